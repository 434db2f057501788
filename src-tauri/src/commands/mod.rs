//! The commands of the window: one short adapter each. Names are those of the seam, `ui/src/lib/backend/backend.ts`.
mod alarms;
mod archives;
mod call;
mod destinations;
mod jobs;
mod keys;
mod recover;
mod restore;
mod settings;
mod setup;
mod shell;
mod status;

use tauri::Wry;
use tauri::ipc::Invoke;

pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        alarms::acknowledge,
        alarms::alarms,
        archives::archives,
        archives::backup,
        archives::browse,
        archives::delete_archive,
        archives::diff,
        archives::pin,
        archives::plan_delete,
        archives::plan_prune,
        archives::preview_text,
        archives::prune,
        archives::rebuild_catalog,
        archives::salvage,
        archives::search_archive,
        archives::settle,
        archives::settled,
        archives::show,
        archives::verify,
        destinations::add_cloud,
        destinations::add_destination,
        destinations::check_copies,
        destinations::copy,
        destinations::destinations,
        destinations::drives,
        destinations::export,
        destinations::plan_copy,
        destinations::plan_destination,
        destinations::plan_export,
        destinations::remove_destination,
        destinations::rename_destination,
        destinations::repair_copies,
        jobs::cancel_job,
        jobs::drop_plan,
        jobs::jobs,
        jobs::join_job,
        jobs::watch,
        keys::add_person,
        keys::change_passphrase,
        keys::check_kit,
        keys::key,
        keys::kit,
        keys::kit_groups,
        keys::people,
        keys::plan_rotation,
        keys::remove_person,
        keys::rotate,
        recover::plan_recover,
        recover::recover,
        recover::recover_find,
        recover::recover_open,
        recover::recover_trust,
        restore::forget,
        restore::plan_restore,
        restore::plan_undo,
        restore::preserved,
        restore::restore,
        restore::undo,
        settings::app_settings,
        settings::check_settings,
        settings::settings,
        settings::write_app_settings,
        settings::write_settings,
        setup::find,
        setup::check_setup,
        setup::passphrase_strength,
        setup::plan_setup,
        setup::propose_place,
        setup::setup,
        shell::drawn,
        shell::open_path,
        shell::pick_file,
        shell::pick_folder,
        shell::pick_save,
        shell::text_size,
        status::diagnostics,
        status::doctor,
        status::history,
        status::overview,
        status::pause,
        status::resume,
        status::status,
        status::storage,
    ]
}
