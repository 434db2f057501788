//! The desktop shell: it starts, shows the window and the tray, and hands what they ask to the api. Nothing is decided here
//! that the command line would have to know too.
mod autostart;
mod commands;
mod desk;
mod dialogs;
mod drives;
mod face;
mod instance;
mod kit;
mod log;
mod notify;
mod outside;
mod reveal;
mod schedule;
mod tray;
mod window;

use desk::Desk;
use holdfast_api::{Answer, Service, ServiceOptions, home_folder};
use instance::Start;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tauri_plugin_window_state::StateFlags;

/// Without a keyring, what a person typed opens archives for so long.
const KEYS_KEPT: Duration = Duration::from_mins(10);

/// Straight to the tray, as at login.
const HIDDEN: &str = "--hidden";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--version") {
        println!("holdfast-desktop {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    if ["WAYLAND_DISPLAY", "DISPLAY"].iter().all(|name| std::env::var_os(name).is_none_or(|value| value.is_empty())) {
        eprintln!("There is no display for the window. The command line does the whole job: holdfast --help");
        return ExitCode::FAILURE;
    }
    match run(arguments.iter().any(|argument| argument == HIDDEN)) {
        Ok(code) => code,
        Err(e) => {
            tracing::error!(error = %e, "the window could not be started");
            eprintln!("Holdfast could not be started: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run(hidden: bool) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let (desk, pokes) = Desk::new(Arc::new(service()?));
    // At login, on a machine where nothing is set up, there is nothing to stay for.
    if hidden && desk.service.status(None).is_ok_and(|status| status.deployments.is_empty()) {
        return Ok(ExitCode::SUCCESS);
    }
    let instance = match instance::start(!hidden)? {
        Start::First(instance) => instance,
        Start::HandedOver => return Ok(ExitCode::SUCCESS),
    };
    let window_file = desk.service.home().join("window.json");
    let mut remembered = StateFlags::all();
    remembered.remove(StateFlags::VISIBLE);
    let asked = instance.asked.clone();
    let app = tauri::Builder::default()
        .plugin(
            tauri_plugin_window_state::Builder::default()
                .with_filename(window_file.to_string_lossy())
                .with_state_flags(remembered)
                .with_denylist(&[kit::LABEL])
                .build(),
        )
        .register_uri_scheme_protocol(kit::LABEL, kit::serve)
        .manage(desk.clone())
        .manage(kit::Page::default())
        .invoke_handler(commands::handler())
        .on_window_event(window::on_event)
        .setup(move |app| {
            let app = app.handle();
            desk.serve(app.clone());
            tray::start(app, &desk);
            face::start(app.clone(), desk.clone(), pokes);
            drives::watch(&desk);
            outside::watch(app.clone(), &desk);
            schedule::start(app, &desk);
            let early = asked.serve(app.clone());
            if early || !hidden {
                window::show(app);
            }
            Ok(())
        })
        .build(tauri::generate_context!())?;
    let code = app.run_return(window::on_run_event);
    // Who asks from here on is the first again.
    drop(instance);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

fn service() -> Answer<Service> {
    let variables = |name: &str| std::env::var(name).ok();
    let service =
        Service::new(ServiceOptions { home: home_folder()?, keyring: true, variables }).keeping_keys(KEYS_KEPT);
    log::start(service.prepare_logs().ok().as_deref());
    Ok(service)
}
