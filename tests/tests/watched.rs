//! `holdfast watch` as a real process notices real changes of configuration, and takes no restore for one.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{Watching, World, long, skipped};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The schedule is looked at twice a minute.
const NOTICED: Duration = Duration::from_secs(31);
/// Two archives of changes are five minutes apart.
const ARCHIVED: Duration = Duration::from_mins(7);

fn watching(world: &World) -> Watching {
    let mut watching = Watching::start(world, &["--settle", "0s"]);
    watching.waits_for("full archive made: ");
    watching
}

/// Whether a change is noted that no archive holds yet.
fn is_noted(world: &World) -> bool {
    let notes = fs::read_dir(world.home().join("schedule")).into_iter().flatten();
    notes.flatten().any(|note| fs::read_to_string(note.path()).is_ok_and(|text| text.contains("config-changed")))
}

#[track_caller]
fn wait_until_noted(world: &World) {
    let begun = Instant::now();
    while !is_noted(world) {
        assert!(begun.elapsed() < NOTICED * 2, "nothing was noticed");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_setting_that_is_changed_is_archived_and_a_burst_is_one_archive() {
    let world = World::small();
    fs::write(world.bot().join(".env"), "KEY=1\n").unwrap();
    let mut watching = watching(&world);
    assert!(!is_noted(&world));
    for number in 0..500 {
        fs::write(world.bot().join(".env"), format!("KEY={number}\n")).unwrap();
    }
    wait_until_noted(&world);
    assert_eq!(world.archive_files().len(), 1, "it waits until a little after the last archive");
    if !long() {
        skipped("the archive of a change of configuration", "it comes after five minutes; HOLDFAST_TEST_LONG=1");
        return;
    }
    watching.waits_long_for("hourly archive begins: the configuration changed", ARCHIVED);
    watching.waits_for("hourly archive made: ");
    std::thread::sleep(NOTICED * 2);
    assert_eq!(world.archive_files().len(), 2, "{}", watching.printed());
    let into = world.path().join("into");
    world.keyed(["restore", "bot", "--into", into.to_str().unwrap()]).done();
    assert_eq!(fs::read_to_string(into.join("bot/.env")).unwrap(), "KEY=499\n");
}

#[test]
fn a_restore_is_no_change_of_configuration() {
    let world = World::small();
    let _watching = watching(&world);
    fs::write(world.bot().join("data/notes.md"), "spoilt").unwrap();
    // What follows an archive may still be at work.
    let tries = (0..50).map(|_| world.keyed(["restore", "bot", "--yes"]));
    let restored = tries.inspect(|ran| assert!([0, 4].contains(&ran.code()), "{ran}")).find(|ran| ran.code() == 0);
    assert!(restored.is_some());
    std::thread::sleep(NOTICED);
    assert!(!is_noted(&world));
    assert_eq!(world.archive_files().len(), 2, "the first one, and that of the state before the restore");
    fs::write(world.bot().join("config.json"), "{\"a\": 1}").unwrap();
    wait_until_noted(&world);
}

#[test]
fn what_it_has_to_look_for_by_itself_it_says() {
    let world = World::small();
    let behind = world.path().join("behind");
    fs::rename(world.bot(), &behind).unwrap();
    fs::create_dir(world.bot()).unwrap();
    if !see_through_fuse(&behind, &world.bot()) {
        skipped("watching behind FUSE", "bindfs is missing or may not mount (scripts/setup --test)");
        return;
    }
    let said = std::panic::catch_unwind(|| watching(&world).waits_for(" noticed within 2 min and not at once: "));
    assert!(Command::new("umount").arg("-l").arg(world.bot()).status().unwrap().success());
    said.unwrap();
}

fn see_through_fuse(behind: &Path, point: &Path) -> bool {
    let mut command = Command::new("bindfs");
    command.arg("--no-allow-other").arg(behind).arg(point).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
