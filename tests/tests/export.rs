//! One moment on a drive, as one archive with all that opening it takes.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{PASSPHRASE, World, args, assert_same, files, left_out, picture_without, run, skipped, start};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

fn stick(world: &World) -> PathBuf {
    let stick = world.path().join("stick");
    fs::create_dir_all(&stick).unwrap();
    stick
}

fn file(made: &Value) -> PathBuf {
    PathBuf::from(made["path"].as_str().unwrap())
}

/// A deployment with a full, a daily and an hourly archive; what the last one left out.
fn changing(bytes: u64) -> (World, Value) {
    let world = World::with_sample(bytes);
    world.backup("full");
    let mut made = Value::Null;
    for (level, seed) in [("daily", 1), ("hourly", 2)] {
        holdfast_sample::mutate(&world.bot(), &holdfast_sample::Mutate { percent: 3.0, seed }).unwrap();
        made = world.backup(level);
    }
    (world, made)
}

#[test]
fn the_stick_and_the_passphrase_are_enough() {
    let (world, made) = changing(12_000_000);
    let out = left_out(&made);
    let without: Vec<&str> = out.iter().map(String::as_str).collect();
    let before = picture_without(&world.bot(), &without);
    // The live data is not asked for anything.
    fs::rename(world.bot(), world.path().join("away")).unwrap();
    let stick = stick(&world);
    let exported = world.keyed(args!["export", "--to", &stick]).done();
    assert_eq!(exported["from"], made["archive"]);
    assert_eq!(exported["created"], made["created"]);
    assert_eq!(exported["signed"], true);
    assert_eq!(exported["format"], "age");
    let listed = world.json(["list"]).done();
    let row = listed["archives"].as_array().unwrap().iter().find(|a| a["name"] == exported["archive"]).unwrap();
    assert_eq!((&row["kind"], &row["level"], &row["restorable"]), (&"export".into(), &"full".into(), &true.into()));

    // Another machine: its own home, nothing set up, the program that lies on the stick.
    let fresh = World::empty();
    let there = fresh.path().join("media");
    fs::rename(&stick, &there).unwrap();
    let base = there.join("Holdfast");
    let program = files(&base).into_iter().find(|path| path.to_string_lossy().ends_with(std::env::consts::ARCH));
    let program = program.expect("the program lies beside the archive");
    let archive = base.join("bot").join(file(&exported).file_name().unwrap());
    let restored = fresh.path().join("restored");
    let mut command = Command::new(&program);
    fresh.surround(&mut command);
    fs::write(fresh.passphrase_file(), PASSPHRASE).unwrap();
    command.args(["--json", "--no-keyring", "--passphrase-file"]).arg(fresh.passphrase_file());
    command.args(["restore", "--at"]).arg(&archive).arg("--into").arg(&restored);
    run(&mut command).done();
    assert_same(&before, &picture_without(&restored.join("bot"), &without), "what the stick gave back");

    for name in ["HOW-TO-RESTORE.html", "restore.py", "bot/recovery-key.age"] {
        assert!(base.join(name).is_file(), "{name}");
    }
    for folder in [&base, &base.join("bot")] {
        run(Command::new("bash").args(["-euc", "sha256sum -c *.sha256"]).current_dir(folder)).expect(0);
    }
}

#[test]
fn it_opens_by_hand_as_any_full_archive_does() {
    let missing = ["age", "zstd", "tar"].map(|name| (name, run_version(name))).into_iter().find(|(_, there)| !there);
    if let Some((name, _)) = missing {
        skipped("an export by hand", &format!("{name} is not installed"));
        return;
    }
    let (world, made) = changing(8_000_000);
    let out = left_out(&made);
    let without: Vec<&str> = out.iter().map(String::as_str).collect();
    let exported = world.keyed(args!["export", "--to", stick(&world), "--no-program"]).done();
    let restored = world.path().join("restored");
    fs::create_dir(&restored).unwrap();
    let script = format!(
        "age -d -i '{}' '{}' | zstd -dc | tar -xpf - --xattrs --xattrs-include='*' --delay-directory-restore
         sha256sum -c --quiet .holdfast/SHA256SUMS",
        world.identity_file().display(),
        file(&exported).display()
    );
    run(Command::new("bash").args(["-euo", "pipefail", "-c", &script]).current_dir(&restored)).expect(0);
    assert_same(
        &picture_without(&world.bot(), &without),
        &picture_without(&restored.join("bot"), &without),
        "what tar unpacked",
    );
    let manifest: Value = serde_json::from_slice(&fs::read(restored.join(".holdfast/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["exported"]["from"], made["archive"]);
    assert_eq!(manifest["needs"].as_array().unwrap().len(), 0);
}

fn run_version(name: &str) -> bool {
    Command::new(name).arg("--version").output().is_ok()
}

#[test]
fn a_dry_run_says_what_it_takes_and_writes_nothing() {
    let (world, made) = changing(5_000_000);
    let stick = stick(&world);
    let preview = world.keyed(args!["export", "--to", &stick, "--dry-run"]).done();
    assert_eq!(preview["dry_run"], true);
    assert_eq!(preview["reads"].as_array().unwrap().len(), 3, "{preview}");
    assert_eq!(files(&stick), Vec::<PathBuf>::new());
    let exported = world.keyed(args!["export", "--to", &stick, "--no-program"]).done();
    let (needed, stored) = (preview["needed_bytes"].as_u64().unwrap(), exported["stored_bytes"].as_u64().unwrap());
    assert!(needed > stored, "{needed} {stored}");
    assert_eq!(exported["files"], made["files"]);

    let words = run(world.command().args(args!["--identity-file", world.identity_file(), "export", "--to", &stick]));
    let words = words.expect(0);
    assert!(words.stdout.contains("read back and compared"), "{words}");
    assert!(words.stdout.contains("may now be ejected"), "{words}");
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let (world, _) = changing(5_000_000);
    let nowhere = world.path().join("nowhere").to_string_lossy().into_owned();
    let identity = world.identity_file().to_string_lossy().into_owned();
    world.refused(["export", "--identity-file", &identity, "--to", &nowhere], 1, "destination-missing");
    assert!(!Path::new(&nowhere).exists());
    let stick = stick(&world).to_string_lossy().into_owned();
    world.refused(["export", "--to", &stick], 5, "key-needed");
    world.refused(
        ["export", "--identity-file", &identity, "--at", "1999-01-01", "--to", &stick],
        1,
        "nothing-to-restore",
    );
    assert_eq!(files(Path::new(&stick)), Vec::<PathBuf>::new());
}

#[test]
fn a_stick_without_room_is_left_as_it_was() {
    let (world, _) = changing(12_000_000);
    let stick = stick(&world);
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&stick).output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        skipped("an export to a full drive", "mounting a small tmpfs takes root");
        return;
    }
    let refused = world.keyed(args!["export", "--to", &stick]);
    let left = files(&stick);
    Command::new("umount").arg(&stick).output().unwrap();
    refused.failed(1, "not-enough-space");
    assert_eq!(left, Vec::<PathBuf>::new());
}

#[test]
fn a_killed_export_is_swept_by_the_next() {
    let (world, _) = changing(40_000_000);
    let stick = stick(&world);
    let mut command = world.keyed_command();
    command.args(args!["export", "--to", &stick, "--no-program"]);
    let mut child = start(&mut command);
    let begun = Instant::now();
    let partial = || files(&stick).into_iter().any(|path| path.to_string_lossy().ends_with(".partial"));
    while !partial() && child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let exported = world.keyed(args!["export", "--to", &stick, "--no-program"]).done();
    let litter: Vec<_> = files(&stick).into_iter().filter(|p| p.to_string_lossy().ends_with(".partial")).collect();
    assert_eq!(litter, Vec::<PathBuf>::new());
    world.assert_no_litter();
    let archive = file(&exported);
    let verified = world.keyed(args!["verify", &archive, "--full"]).done();
    assert_eq!(verified["archives"][0]["ok"], true);
}
