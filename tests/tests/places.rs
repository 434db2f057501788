//! Places that are full, read-only or gone: it is said of which, and nothing half-made stays.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{Mount, World, args, assert_same, codes, holdfast, is_root, noise, picture, run, skipped};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Replaces a path in the settings.
fn move_in_settings(world: &World, from: &Path, to: &Path) {
    let text = fs::read_to_string(world.settings()).unwrap();
    let quoted = |path: &Path| format!("\"{}\"", path.to_str().unwrap());
    assert!(text.contains(&quoted(from)), "{text}");
    fs::write(world.settings(), text.replace(&quoted(from), &quoted(to))).unwrap();
}

/// The drive becomes a file system of its own.
fn drive_on(world: &World, options: &str) -> Option<Mount> {
    let aside = world.path().join("aside");
    fs::rename(world.drive(), &aside).unwrap();
    let mount = Mount::new(&world.drive(), options);
    if mount.is_some() {
        let status = Command::new("cp").arg("-a").arg(aside.join("Holdfast")).arg(world.drive()).status().unwrap();
        assert!(status.success());
    }
    mount
}

#[test]
fn no_space_for_an_archive() {
    // Before it begins: not a byte is free.
    let world = World::small();
    let Some(mount) = drive_on(&world, "size=1m") else { return };
    let filler = world.drive().join("filler");
    let _ = fs::write(&filler, noise(2 << 20));
    assert_eq!(mount.free(), 0);
    world.refused(args!["backup"], 1, "not-enough-space");
    world.assert_no_litter();
    assert!(world.archive_files().is_empty());
    fs::remove_file(&filler).unwrap();
    world.json(["backup"]).done();
    drop(mount);

    // On the way: more than fits.
    let world = World::small();
    let Some(_mount) = drive_on(&world, "size=4m") else { return };
    world.backup("full");
    fs::write(world.bot().join("data/large.bin"), noise(12 << 20)).unwrap();
    let before = picture(&world.bot());
    for level in ["full", "daily", "hourly"] {
        world.refused(args!["backup", "--level", level], 1, "destination-full");
        world.assert_no_litter();
        assert_eq!(world.archive_files().len(), 1);
    }
    assert_same(&before, &picture(&world.bot()), "the source");
    world.json(["verify", "--all"]).done();
    let status = world.json(["status"]).problems();
    assert_eq!(status["deployments"][0]["state"], "attention", "{status}");
    fs::remove_file(world.bot().join("data/large.bin")).unwrap();
    world.backup("hourly");
}

#[test]
fn no_space_for_a_restore() {
    let world = World::small();
    fs::write(world.bot().join("data/large.bin"), noise(6 << 20)).unwrap();
    for number in 0..200 {
        fs::write(world.bot().join(format!("data/{number}.json")), "{}").unwrap();
    }
    world.backup("full");

    // Before it begins.
    let place = world.path().join("place");
    let Some(mount) = Mount::new(&place, "size=2m") else { return };
    let target = place.join("target");
    world.refused(world.with_key(&args!["restore", "--into", &target]), 1, "not-enough-space");
    assert!(!target.exists());
    drop(mount);

    // On the way: bytes enough, but no more files can be made. It is told of the place that was named, not of the
    // archives; into a folder, and into a mount point itself.
    let told = |said: &serde_json::Value, place: &Path| {
        assert_eq!(said["error"]["subject"], place.to_str().unwrap(), "{said}");
        let text = said.to_string();
        assert!(text.contains("No space left") && !text.contains(".holdfast-") && !text.contains("prune"), "{said}");
    };
    for target in [&target, &place] {
        let Some(mount) = Mount::new(&place, "size=40m,nr_inodes=60") else { return };
        let said = world.refused(world.with_key(&args!["restore", "--into", target]), 1, "not-enough-space");
        told(&said, target);
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0, "something half-made stayed");
        drop(mount);
    }

    // In place: the folder is as it was, and the next run finds nothing to bring to an end.
    let Some(_mount) = Mount::new(&place, "size=40m,nr_inodes=60") else { return };
    let root = place.join("bot");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("present"), "the present state").unwrap();
    move_in_settings(&world, &world.bot(), &root);
    let before = picture(&root);
    let restore = world.with_key(&args!["restore", "--yes", "--no-emergency"]);
    told(&world.refused(restore, 1, "not-enough-space"), &root);
    assert_same(&before, &picture(&root), "the folder in place");
    assert_eq!(fs::read_dir(&place).unwrap().count(), 1, "something half-made stayed");
    let next = world.json(["undo", "--yes"]).failed(1, "nothing-to-undo");
    assert!(next["error"]["cause"].is_string());
}

#[test]
fn a_destination_that_cannot_be_written_to() {
    let world = World::small();
    if let Some(mount) = drive_on(&world, "size=8m") {
        world.backup("full");
        assert!(mount.mount(&["-o", "remount,ro"]));
        let said = world.refused(args!["backup"], 1, "read-only");
        assert!(said["error"]["subject"].as_str().unwrap().contains("drive"), "{said}");
        // Reading works on.
        world.keyed(args!["restore", "--into", world.path().join("into")]).done();
        world.json(["verify", "--all"]).done();
        assert!(mount.mount(&["-o", "remount,rw"]));
        world.assert_no_litter();
        world.json(["backup"]).done();
    }

    // As a user who may not write there.
    let world = World::small();
    world.backup("full");
    let user = 65_534;
    let mut command = Command::new("setpriv");
    if is_root() && run(Command::new("setpriv").arg("--version")).code() == 0 {
        command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups"]);
        command.arg("--").arg(holdfast());
        let all = Command::new("chown").arg("-R").arg(format!("{user}:{user}")).arg(world.path()).status().unwrap();
        assert!(all.success());
    } else if is_root() {
        return skipped("a folder without permission", "setpriv is not installed");
    } else {
        command = Command::new(holdfast());
    }
    if is_root() && run(Command::new("setpriv").args(["--reuid=65534", "test", "-x"]).arg(holdfast())).code() != 0 {
        return skipped("a folder without permission", "the program lies where other users may not go");
    }
    fs::set_permissions(world.archives(), fs::Permissions::from_mode(0o555)).unwrap();
    world.surround(&mut command);
    let ran = run(command.args(["--no-keyring", "--json", "backup"]));
    let said = ran.failed(1, "permission-denied");
    assert!(said["error"]["subject"].as_str().unwrap().contains("drive"), "{said}");
    fs::set_permissions(world.archives(), fs::Permissions::from_mode(0o755)).unwrap();
    world.assert_no_litter();
    assert_eq!(world.archive_files().len(), 1);
}

#[test]
fn places_that_are_gone() {
    let world = World::small();
    world.backup("full");
    let aside = world.path().join("aside");
    fs::rename(world.bot(), &aside).unwrap();
    let said = world.refused(args!["backup"], 1, "root-missing");
    assert_eq!(said["error"]["subject"], world.bot().to_str().unwrap());
    assert_eq!(world.archive_files().len(), 1, "an archive without the folder was made");
    // It can be brought back, and the undo takes it away again.
    world.keyed(["restore", "--yes"]).done();
    assert_same(&picture(&aside), &picture(&world.bot()), "the folder that was gone");
    world.json(["undo", "--yes"]).done();
    assert!(!world.bot().exists());
    fs::rename(&aside, world.bot()).unwrap();

    fs::rename(world.drive(), &aside).unwrap();
    let said = world.refused(args!["backup"], 1, "destination-missing");
    assert!(said["error"]["subject"].as_str().unwrap().contains("drive"), "{said}");
    assert!(!world.drive().exists(), "it was made anew");
    world.refused(args!["prune", "--yes"], 1, "destination-missing");
    world.json(["status"]).problems();
    fs::rename(&aside, world.drive()).unwrap();
    world.json(["backup"]).done();
    world.assert_no_litter();
}

#[test]
fn one_that_does_not_fit_holds_no_smaller_one_up_and_is_told() {
    let world = World::small();
    fs::write(world.bot().join("data/photo.bin"), noise(3_000_000)).unwrap();
    world.backup("full");
    fs::write(world.bot().join("data/film.bin"), noise(20_000_000)).unwrap();
    world.backup("full");
    let small = world.path().join("small");
    fs::create_dir(&small).unwrap();
    let Some(_mount) = Mount::new(&small, "size=16m") else { return };
    world.json(args!["destination", "add", "Small", "--to", &small]).done();
    let planned = world.json(["copy", "--dry-run"]).done();
    let to = &planned["destinations"][0];
    assert_eq!((&to["fits"], &to["waits"]), (&false.into(), &1.into()), "{planned}");
    let copied = world.json(["copy"]).problems();
    assert_eq!(codes(&copied), ["destination-full"], "{copied}");
    let to = &copied["destinations"][0];
    assert_eq!(
        (to["copied"].as_array().unwrap().len(), &to["due"], &to["waits"]),
        (1, &1.into(), &1.into()),
        "{copied}"
    );
    // It is named as long as it waits, and nobody is sent to copy again.
    let listed = world.json(["destination", "list"]).stdout.clone();
    assert!(listed.contains("waits for room: 1 archive, "), "{listed}");
    assert!(listed.contains("Small has no room for what waits") && !listed.contains("Copy to Small"), "{listed}");
}
