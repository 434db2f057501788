//! Recovery from real drives: taken out of one machine and mounted elsewhere in another, and one that cannot be written to.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{Drive, FileSystem, World, args, assert_same, picture_without, run, skipped};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

fn taken_to_another_machine(kind: FileSystem) {
    let world = World::empty();
    // What mkfs.xfs asks for at least.
    let Some(mut drive) = Drive::make(world.path(), "stick", kind, 320) else { return };
    let key = |on: &World, rest: &[OsString]| [rest, &args!["--passphrase-file", on.passphrase_file()]].concat();
    // The old machine.
    let at_home = world.path().join("media/ana/STICK");
    drive.mount(&at_home);
    world.generate(5_000_000);
    world.json(key(&world, &args!["setup", "bot", "--root", world.bot(), "--to", &at_home, "--yes"])).done();
    let made = world.backup("full");
    let out: Vec<&str> =
        made["left_out"].as_array().unwrap().iter().filter_map(|p| p.as_str()?.strip_prefix("bot/")).collect();
    let before = picture_without(&world.bot(), &out);
    drive.unmount();
    assert!(fs::read_dir(&at_home).unwrap().next().is_none());
    fs::remove_dir_all(world.bot()).unwrap();
    fs::remove_dir_all(world.home()).unwrap();

    // The new one; the person points at the folder that drives are mounted in.
    let laptop = World::empty();
    let here = laptop.path().join("run/media/anna/STICK");
    drive.mount(&here);
    let from = laptop.path().join("run/media/anna");
    let into = laptop.path().join("new");
    let done = laptop.json(key(&laptop, &args!["recover", "--from", &from, "--into", &into])).done();
    assert_eq!(done["archive"], made["archive"]);
    assert_same(&before, &picture_without(&into.join("bot"), &out), "what was recovered");
    let next = laptop.json(["backup", "--level", "hourly"]).done();
    let path = PathBuf::from(next["path"].as_str().unwrap());
    assert!(path.starts_with(&here) && next["level"] == "hourly", "{next}");
    assert_eq!(laptop.json(["list"]).done()["archives"].as_array().unwrap().len(), 2);

    // Pulled: it is said, and nothing is written where it was. Mounted elsewhere, it is known again.
    drive.unmount();
    laptop.json(["backup"]).failed(1, "destination-missing");
    assert!(fs::read_dir(&here).unwrap().next().is_none());
    let elsewhere = laptop.path().join("mnt/again");
    drive.mount(&elsewhere);
    let again = laptop.json(["backup", "--level", "hourly"]).done();
    assert!(again["path"].as_str().unwrap().starts_with(elsewhere.to_str().unwrap()), "{again}");

    // Write-protected: everything comes back from it all the same.
    if run(Command::new("mount").args(["-o", "remount,ro"]).arg(&elsewhere)).code() != 0 {
        skipped("recovery from a read-only drive", &format!("{kind:?} cannot be remounted read-only here"));
        return;
    }
    let third = World::empty();
    let into = third.path().join("new");
    let done = third.json(key(&third, &args!["recover", "--from", &elsewhere, "--into", &into])).problems();
    assert_eq!((&done["archive"], &done["protected"]["archives"]), (&again["archive"], &3.into()));
    assert_same(&before, &picture_without(&into.join("bot"), &out), "from a drive that is read-only");
    third.json(["backup"]).failed(1, "read-only");
}

#[test]
fn a_drive_is_taken_to_another_machine_and_mounted_elsewhere() {
    taken_to_another_machine(FileSystem::Ext4);
}

#[test]
fn so_is_one_with_exfat() {
    taken_to_another_machine(FileSystem::Exfat);
}
