//! Whoever has the public key can seal an archive, and who can write to the drive can put it there. Without the signing
//! key it is refused, in words, by every command that reads archives.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{World, args, copy_tree, run};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// An archive of what an intruder wants back on the machine, sealed to the right key; signed by another key, or not at
/// all. It lies on the world's drive, newer than all others, with a checksum of its own.
fn smuggle(world: &World, signed: bool) -> PathBuf {
    let forger = world.path().join(format!("forger-{signed}"));
    let (home, drive, evil) = (forger.join("home"), forger.join("drive"), forger.join("evil"));
    fs::create_dir(&forger).unwrap();
    copy_tree(&world.home(), &home);
    // What only the machine has: whoever forges knows no names that are taken, and no signing key.
    fs::remove_file(home.join("catalog.db")).unwrap();
    let keys = fs::read_dir(home.join("keys")).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(keys.join("signing.key")).unwrap();
    if signed {
        let other = World::with_roots(&["another"]);
        let theirs = fs::read_dir(other.home().join("keys")).unwrap().next().unwrap().unwrap().path();
        fs::copy(theirs.join("signing.key"), keys.join("signing.key")).unwrap();
    }
    fs::create_dir_all(drive.join("Holdfast/bot")).unwrap();
    fs::create_dir_all(&evil).unwrap();
    fs::write(evil.join("evil.sh"), "#!/bin/sh").unwrap();
    let settings = home.join("deployments/bot.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let text = text.replace(world.drive().to_str().unwrap(), drive.to_str().unwrap());
    fs::write(&settings, text.replace(world.bot().to_str().unwrap(), evil.to_str().unwrap())).unwrap();
    let mut command = world.command();
    command.env("HOLDFAST_HOME", &home).args(["backup", "bot", "--level", "full", "--json"]);
    let made = run(&mut command).expect(if signed { 0 } else { 3 }).json();
    let made = PathBuf::from(made["path"].as_str().unwrap());
    // Its name makes it the newest.
    let smuggled = world.archives().join(made.file_name().unwrap());
    for ending in ["", ".sha256"] {
        let of = |path: &Path| PathBuf::from(format!("{}{ending}", path.display()));
        fs::copy(of(&made), of(&smuggled)).unwrap();
    }
    smuggled
}

fn codes(value: &Value) -> Vec<&str> {
    value["problems"].as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap()).collect()
}

fn forged_is_refused(signed: bool, code: &str) {
    let world = World::with_sample(5_000_000);
    let good = world.backup("full");
    // Names have seconds: the forged one must be newer.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let forged = smuggle(&world, signed);
    let name = forged.file_name().unwrap().to_str().unwrap().trim_end_matches(".tar.zst.age").to_owned();
    assert!(name.as_str() > good["archive"].as_str().unwrap());
    let into = |name: &str| world.path().join(name);
    let key: Vec<OsString> = args!["--identity-file", world.identity_file()].to_vec();
    let with_key = |arguments: &[OsString]| [arguments, &key].concat();

    for arguments in [
        args!["restore", "--at", &forged, "--yes"].to_vec(),
        args!["restore", "--at", &forged, "--dry-run"].to_vec(),
        args!["restore", "--at", &forged, "--into", into("restored")].to_vec(),
        args!["show", &forged].to_vec(),
        args!["show", &forged, "evil/evil.sh"].to_vec(),
        args!["diff", &forged].to_vec(),
        args!["diff", good["archive"].as_str().unwrap(), &forged].to_vec(),
        args!["recover", "--from", &forged, "--into", into("recovered"), "--yes"].to_vec(),
        args!["recover", "--from", world.drive(), "--at", &name, "--into", into("recovered")].to_vec(),
        args!["recover", "--from", world.drive(), "--at", &name, "--dry-run"].to_vec(),
    ] {
        let refused = world.refused(with_key(&arguments), 5, code);
        let said = refused["error"]["title"].as_str().unwrap();
        assert!(said.contains("signed") || said.contains("proves"), "{said}");
    }
    assert!(!into("restored").exists() && !into("recovered").exists() && !world.bot().join("evil.sh").exists());

    for full in [&args![][..] as &[OsString], &args!["--full"]] {
        let arguments = with_key(&[&args!["verify", &forged][..], full].concat());
        let verdict = world.json(&arguments).outcome(5, "failed");
        let problems = verdict["archives"][0]["problems"].as_array().unwrap();
        assert!(problems.iter().any(|problem| problem["code"] == code), "{verdict}");
    }

    // A fresh machine takes the newest that is ours, and says which it passed over.
    let laptop = World::empty();
    let rest = args!["recover", "--from", world.drive(), "--into", laptop.path().join("x"), "--no-adopt"];
    let done = laptop.json(with_key(&rest)).done();
    assert_eq!(done["archive"], good["archive"], "{done}");
    assert!(codes(&done).contains(&code), "{done}");

    // It does not come into the catalog, and nothing is built on it.
    let rebuilt = world.json(with_key(&args!["catalog", "rebuild"])).problems();
    assert_eq!(codes(&rebuilt), [code], "{rebuilt}");
    assert_eq!(rebuilt["recorded"].as_array().unwrap().len(), 1);
    world.json(with_key(&args!["restore", "--at", &name, "--into", into("restored")])).failed(5, code);
    let latest = world.json(with_key(&args!["restore", "--into", into("latest")])).done();
    assert_eq!(latest["archive"], good["archive"]);
    let next = world.backup("hourly");
    // That a file lies there which the catalog does not know is said.
    let listed = world.json(["list"]).problems();
    let row = listed["archives"].as_array().unwrap().iter().find(|row| row["name"] == next["archive"]).unwrap();
    assert_eq!(row["needs"][0], good["archive"]);

    // What salvage gets out of it, it does not vouch for.
    let salvaged = world.json(with_key(&args!["salvage", &forged, "--into", into("salvaged")])).problems();
    assert!(salvaged.to_string().contains("\"unsigned\""), "{salvaged}");
}

#[test]
fn an_archive_signed_by_another_key_is_refused_everywhere() {
    forged_is_refused(true, "signed-by-other");
}

#[test]
fn an_archive_without_a_signature_is_refused_everywhere() {
    forged_is_refused(false, "unsigned");
}

#[test]
fn only_forged_archives_are_no_recovery() {
    let world = World::with_sample(5_000_000);
    let forged = smuggle(&world, true);
    let laptop = World::empty();
    let key = || args!["--identity-file", world.identity_file(), "--from", world.drive()].to_vec();
    let refused = laptop.json([&args!["recover"][..], &key()].concat()).failed(5, "signed-by-other");
    assert!(refused["error"]["subject"].as_str().unwrap().ends_with(forged.file_name().unwrap().to_str().unwrap()));
    // A deliberate word goes on all the same, and it is said what that is.
    let rest = args!["--accept-unverified", "--into", laptop.path().join("x"), "--no-adopt"];
    let done = laptop.json([&args!["recover"][..], &key(), &rest].concat()).done();
    assert!(codes(&done).contains(&"unsigned"), "{done}");
}
