//! Roots that are single files: a `.env` beside the program, a key in the folder that it was started from.
use crate::archive::EntryKind;
use crate::deployment::Root;
use crate::operations::restore::{self, RestoreReport, RestoreRequest, Scope, Target};
use crate::operations::test_support::World;
use crate::operations::{backup, diff, undo};
use holdfast_domain::{ArchiveName, Class, Code, Kind, Level, Outcome};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

const ENV: &str = "WEBUI_SECRET_KEY=first\n";

/// A deployment with a folder and, outside of it, a file of mode 0600.
fn world() -> (World, PathBuf) {
    let mut world = World::new();
    let env = world.path().join("start/.env");
    fs::create_dir(env.parent().unwrap()).unwrap();
    fs::write(&env, ENV).unwrap();
    fs::set_permissions(&env, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(env.with_file_name("neighbour"), "not ours").unwrap();
    world.profile.roots = Root::name_all(&[world.root(), env.clone()]);
    world.profile.validate().unwrap();
    world.write("chat", "early");
    (world, env)
}

fn restore(world: &World, archive: &ArchiveName, target: Target, scope: Scope) -> Result<RestoreReport, crate::Error> {
    let request = RestoreRequest {
        profile: Some(world.profile.clone()),
        archive: world.archives().archive(archive),
        scope,
        target,
        emergency: true,
    };
    let (reading, job) = (world.reading(), world.job());
    let plan = restore::plan(&world.context, &reading, request, &job)?;
    restore::run(&world.context, plan, &job)
}

fn text(path: &std::path::Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn mode(path: &std::path::Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

#[test]
fn it_is_captured_under_its_own_name_and_restored_into_a_folder() {
    let (world, _) = world();
    assert!(world.profile.roots[1].file);
    let report = world.backup(Level::Full);
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    let moment = world.moment(&report.archive);
    assert!(moment.manifest().roots[1].file && !moment.manifest().roots[0].file);
    let entries: Vec<_> = moment.entries().unwrap().map(Result::unwrap).collect();
    let entry = entries.iter().find(|entry| entry.path == b".env").unwrap();
    assert_eq!((entry.kind, entry.class, entry.mode), (EntryKind::File, Class::Config, 0o600));
    assert!(!entries.iter().any(|entry| entry.display().contains("neighbour")));

    let into = world.path().join("into");
    restore(&world, &report.archive, Target::Into(into.clone()), Scope::default()).unwrap();
    assert_eq!((text(&into.join(".env")).as_str(), mode(&into.join(".env"))), (ENV, 0o600));
    assert_eq!(text(&into.join("data/chat")), "early");
}

#[test]
fn in_place_it_is_exchanged_and_undo_brings_it_back() {
    let (world, env) = world();
    let full = world.backup(Level::Full).archive;
    world.advance_hours(24);
    fs::write(&env, "WEBUI_SECRET_KEY=second\n").unwrap();
    fs::set_permissions(&env, fs::Permissions::from_mode(0o644)).unwrap();
    world.write("chat", "late");
    let report = restore(&world, &full, Target::InPlace, Scope::default()).unwrap();
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
    assert_eq!((text(&env).as_str(), mode(&env)), (ENV, 0o600));
    assert_eq!(world.tree()["chat"], "644 early");
    assert_eq!(text(&env.with_file_name("neighbour")), "not ours");
    assert_eq!(world.row(&report.emergency.unwrap()).kind, Kind::Emergency);

    // An editor replaces the file as it saves it.
    fs::write(env.with_file_name("new"), "WEBUI_SECRET_KEY=edited\n").unwrap();
    fs::rename(env.with_file_name("new"), &env).unwrap();
    let plan = undo::plan(&world.context, &world.profile, true, &world.job()).unwrap();
    undo::run(&world.context, plan, &world.job()).unwrap();
    assert_eq!((text(&env).as_str(), mode(&env)), ("WEBUI_SECRET_KEY=second\n", 0o644));
    assert_eq!(world.tree()["chat"], "644 late");
    let left: Vec<_> = fs::read_dir(env.parent().unwrap()).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_file_that_is_gone_comes_back_and_goes_again_with_undo() {
    let (world, env) = world();
    let full = world.backup(Level::Full).archive;
    fs::remove_dir_all(env.parent().unwrap()).unwrap();
    let scope = Scope { paths: vec![b".env".to_vec()], ..Scope::default() };
    let report = restore(&world, &full, Target::InPlace, scope).unwrap();
    assert_eq!((text(&env).as_str(), report.roots.len(), report.preserved.len()), (ENV, 1, 0));
    let plan = undo::plan(&world.context, &world.profile, true, &world.job()).unwrap();
    undo::run(&world.context, plan, &world.job()).unwrap();
    assert!(!env.exists());
}

#[test]
fn letting_go_of_the_state_before_removes_the_old_file() {
    let (world, env) = world();
    let full = world.backup(Level::Full).archive;
    fs::write(&env, "later").unwrap();
    let report = restore(&world, &full, Target::InPlace, Scope::default()).unwrap();
    assert!(report.preserved.iter().any(|path| path.is_file()), "{:?}", report.preserved);
    let freed = undo::forget(&world.context, &world.profile, &undo::ForgetRequest::default(), &world.job()).unwrap();
    assert!(freed.freed_bytes > 0);
    assert!(report.preserved.iter().all(|path| !path.exists() && !path.parent().unwrap().exists()));
    assert_eq!(text(&env), ENV);
}

#[test]
fn only_what_changed_of_it_is_in_the_next_archive() {
    let (world, env) = world();
    world.backup(Level::Full);
    world.advance_hours(1);
    assert_eq!(world.backup(Level::Hourly).files_read, 0);
    world.advance_hours(1);
    fs::write(&env, "WEBUI_SECRET_KEY=second\n").unwrap();
    let changed = world.backup(Level::Hourly);
    assert_eq!(changed.files_read, 1);
    let into = world.path().join("into");
    restore(&world, &changed.archive, Target::Into(into.clone()), Scope::default()).unwrap();
    assert_eq!(text(&into.join(".env")), "WEBUI_SECRET_KEY=second\n");
}

#[test]
fn a_missing_file_is_said_and_holds_up_nothing() {
    let (world, env) = world();
    world.backup(Level::Full);
    world.advance_hours(1);
    fs::remove_file(&env).unwrap();
    world.write("chat", "late");
    let hourly = world.backup(Level::Hourly);
    assert_eq!(hourly.outcome, Outcome::Problems);
    assert_eq!(hourly.problems[0].code, Code::RootMissing);
    let into = world.path().join("into");
    restore(&world, &hourly.archive, Target::Into(into.clone()), Scope::default()).unwrap();
    assert_eq!(text(&into.join(".env")), ENV, "what was known of it stays");
    assert_eq!(text(&into.join("data/chat")), "late");

    // A full archive has nothing to go back to: a restore leaves alone what is there by then.
    world.advance_hours(1);
    let full = world.backup(Level::Full);
    assert_eq!(full.outcome, Outcome::Problems);
    fs::write(&env, "made anew").unwrap();
    let request = RestoreRequest {
        profile: Some(world.profile.clone()),
        archive: full.path,
        scope: Scope::default(),
        target: Target::InPlace,
        emergency: false,
    };
    let plan = restore::plan(&world.context, &world.reading(), request, &world.job()).unwrap();
    assert!(plan.preview.notices.iter().any(|note| note.code == Code::NothingToRestore), "{:?}", plan.preview.notices);
    restore::run(&world.context, plan, &world.job()).unwrap();
    assert_eq!(text(&env), "made anew");
}

#[test]
fn differences_of_it_are_seen() {
    let (world, env) = world();
    let full = world.backup(Level::Full).archive;
    let look = || diff::with_now(&world.context, &world.profile, &world.moment(&full), &world.job()).unwrap();
    assert!(look().is_empty());
    fs::write(&env, "WEBUI_SECRET_KEY=other\n").unwrap();
    let seen = look();
    assert_eq!((seen.changes.len(), seen.changes[0].path.as_str()), (1, ".env"));
    fs::remove_file(&env).unwrap();
    let seen = look();
    assert!(seen.changes.is_empty() && seen.problems[0].code == Code::RootMissing, "{seen:?}");
}

#[test]
fn a_second_name_of_a_file_in_a_folder_stands_for_itself() {
    let (mut world, env) = world();
    let name = world.root().join("same");
    fs::hard_link(&env, &name).unwrap();
    world.profile.roots = Root::name_all(&[world.root(), env.clone()]);
    let full = world.backup(Level::Full).archive;
    fs::write(&env, "damaged").unwrap();
    restore(&world, &full, Target::InPlace, Scope::default()).unwrap();
    assert_eq!((text(&env).as_str(), text(&name).as_str()), (ENV, ENV));
}

#[test]
fn a_database_is_more_than_one_file() {
    let (mut world, _) = world();
    world.sql("bot.db", "create table t (x); insert into t values (1)");
    let inside = world.root().join("bot.db");
    let database = world.path().join("bot.db");
    fs::rename(inside, &database).unwrap();
    world.profile.roots = Root::name_all(&[world.root(), database]);
    let report = world.backup(Level::Full);
    assert!(report.problems.iter().any(|problem| problem.code == Code::BadSettings), "{:?}", report.problems);
    let error = restore(&world, &report.archive, Target::InPlace, Scope::default()).unwrap_err();
    assert_eq!(error.code(), Code::BadRequest);
    let into = world.path().join("into");
    restore(&world, &report.archive, Target::Into(into.clone()), Scope::default()).unwrap();
    assert!(into.join("bot.db").is_file());
}

#[test]
fn an_unfinished_exchange_of_files_is_completed() {
    use crate::operations::restore::journal::{Journal, Stage};
    let (world, env) = world();
    let full = world.backup(Level::Full).archive;
    fs::write(&env, "later").unwrap();
    restore(&world, &full, Target::InPlace, Scope::default()).unwrap();
    // As a kill between the two roots leaves it.
    let mut journal = Journal::all(&world.context, &world.profile.id).unwrap().remove(0);
    let file = journal.roots.iter().find(|root| root.file).unwrap().clone();
    let between = env.with_file_name("between");
    fs::rename(&file.live, &between).unwrap();
    fs::rename(&file.aside, &file.live).unwrap();
    fs::rename(&between, &file.aside).unwrap();
    journal.advance(&world.context, Stage::Swapping).unwrap();
    assert_eq!(text(&env), "later");
    let said = restore::recover_interrupted(&world.context, &world.profile.id).unwrap().unwrap();
    assert_eq!(said.code, Code::Interrupted);
    assert_eq!(text(&env), ENV);
    let request = backup::BackupRequest::default();
    backup::plan(&world.context, &world.profile, request, &world.job()).unwrap();
}
