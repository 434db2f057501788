use crate::operations::restore::{self, RestoreRequest, Scope, Target};
use crate::operations::test_support::World;
use crate::operations::undo::{self, ForgetRequest};
use holdfast_domain::{Code, Kind, Level};

/// A deployment whose present state was replaced by an earlier one; returns what it was before and after.
fn restored(world: &World) -> [std::collections::BTreeMap<String, String>; 2] {
    world.write("chat", "early");
    let full = world.backup(Level::Full).path;
    world.advance_hours(24);
    world.write("chat", "late");
    world.write("added", "added");
    let before = world.tree();
    let request = RestoreRequest {
        profile: Some(world.profile.clone()),
        archive: full,
        scope: Scope::default(),
        target: Target::InPlace,
        emergency: false,
    };
    let (reading, job) = (world.reading(), world.job());
    let plan = restore::plan(&world.context, &reading, request, &job).unwrap();
    restore::run(&world.context, plan, &job).unwrap();
    let after = world.tree();
    assert_ne!(before, after);
    [before, after]
}

#[test]
fn it_brings_back_what_there_was_before_the_restore() {
    let world = World::new();
    let [before, _] = restored(&world);
    let plan = undo::plan(&world.context, &world.profile, true, &world.job()).unwrap();
    assert!(!plan.changed_since && plan.emergency_bytes.is_none());
    assert_eq!(plan.roots[0].path, world.root().canonicalize().unwrap());
    let report = undo::run(&world.context, plan, &world.job()).unwrap();
    assert!(report.problems.is_empty());
    assert_eq!(report.emergency, None, "nothing was changed since");
    assert_eq!(world.tree(), before);
    let error = undo::plan(&world.context, &world.profile, true, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::NothingToUndo, "it can be undone once");
}

#[test]
fn without_a_restore_there_is_nothing_to_undo() {
    let world = World::new();
    let error = undo::plan(&world.context, &world.profile, true, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::NothingToUndo);
}

#[test]
fn letting_go_removes_the_preserved_state_and_keeps_the_restored_one() {
    let world = World::new();
    let [_, after] = restored(&world);
    assert_eq!(undo::preserved(&world.context, &world.profile).unwrap().len(), 1);
    let report = undo::forget(&world.context, &world.profile, &ForgetRequest::default(), &world.job()).unwrap();
    assert_eq!(report.removed, 1);
    assert!(report.freed_bytes > 0);
    assert_eq!(world.tree(), after);
    let error = undo::plan(&world.context, &world.profile, true, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::NothingToUndo);
    let aside = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(".holdfast-");
    assert!(!std::fs::read_dir(world.path()).unwrap().any(|item| aside(&item.unwrap().file_name())));
}

#[test]
fn a_folder_that_is_not_the_restored_one_is_not_exchanged() {
    let world = World::new();
    restored(&world);
    std::fs::rename(world.root(), world.path().join("moved")).unwrap();
    world.write("chat", "someone's new start");
    let plan = undo::plan(&world.context, &world.profile, true, &world.job()).unwrap();
    let error = undo::run(&world.context, plan, &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::NothingToUndo);
    assert!(world.tree()["chat"].ends_with("someone's new start"));
}

fn undone(world: &World, emergency: bool) -> crate::Result<undo::UndoReport> {
    let plan = undo::plan(&world.context, &world.profile, emergency, &world.job())?;
    undo::run(&world.context, plan, &world.job())
}

#[test]
fn what_was_written_since_the_restore_is_archived_first() {
    let world = World::new();
    let [before, _] = restored(&world);
    world.write("chat", "ninety-eight new chats");
    world.write("new", "new");
    let present = world.tree();
    let plan = undo::plan(&world.context, &world.profile, true, &world.job()).unwrap();
    assert!(plan.changed_since);
    assert_eq!(plan.emergency_bytes, Some(25), "the two files that the newest archive has not");
    let report = undo::run(&world.context, plan, &world.job()).unwrap();
    assert_eq!(world.tree(), before);
    let emergency = report.emergency.unwrap();
    assert_eq!(world.row(&emergency).kind, Kind::Emergency);
    let request = RestoreRequest {
        profile: Some(world.profile.clone()),
        archive: world.archives().archive(&emergency),
        scope: Scope::default(),
        target: Target::InPlace,
        emergency: false,
    };
    let plan = restore::plan(&world.context, &world.reading(), request, &world.job()).unwrap();
    restore::run(&world.context, plan, &world.job()).unwrap();
    assert_eq!(world.tree(), present);
}

#[test]
fn what_keeps_its_time_or_is_moved_in_is_a_change_too() {
    for change in ["kept time", "moved folder"] {
        let world = World::new();
        restored(&world);
        if change == "kept time" {
            world.write("old", "old");
            let file = std::fs::File::options().write(true).open(world.root().join("old")).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        } else {
            std::fs::create_dir(world.path().join("elsewhere")).unwrap();
            std::fs::rename(world.path().join("elsewhere"), world.root().join("moved")).unwrap();
        }
        assert!(undone(&world, true).unwrap().emergency.is_some(), "{change}");
    }
}

#[test]
fn without_the_archive_nothing_is_undone_unless_that_was_asked_for() {
    let world = World::new();
    let [before, _] = restored(&world);
    world.write("chat", "ninety-eight new chats");
    let present = world.tree();
    let (drive, away) = (world.path().join("drive"), world.path().join("away"));
    std::fs::rename(&drive, &away).unwrap();
    assert_eq!(undone(&world, true).unwrap_err().code(), Code::EmergencyFailed);
    assert_eq!(world.tree(), present);
    assert_eq!(undone(&world, false).unwrap().emergency, None);
    assert_eq!(world.tree(), before);
}
