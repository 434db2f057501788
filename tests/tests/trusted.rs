//! What a person relies on without looking: that a copy is elsewhere, that status knows what brings things back, that a
//! key is told from a wrong one.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{Drive, FileSystem, World, args};
use std::fs;
use std::io::Read;

#[test]
fn a_copy_is_not_put_on_the_own_disk_in_place_of_a_drive() {
    let world = World::small();
    world.backup("full");
    // The stick is not plugged in, or its path is mistyped: nothing is made there.
    for place in ["/media/nobody/STICK", "/mnt/holdfast-nothing-is-here"] {
        let refused = world.json(args!["destination", "add", "Stick", "--to", place]).failed(1, "destination-missing");
        assert!(refused["error"]["cause"].as_str().unwrap().contains("--folder"), "{refused}");
        assert!(!fs::exists(place).unwrap());
    }
    let typo = world.path().join("nope");
    world.json(args!["destination", "add", "--to", &typo]).failed(1, "destination-missing");
    assert!(!typo.exists());
    // A folder that is meant is taken; that it is on the same disk is said.
    let second = world.path().join("second");
    let added = world.json(args!["destination", "add", "--to", &second, "--folder"]).done();
    assert_eq!(added["problems"][0]["code"], "same-disk", "{added}");
    let again = args!["destination", "add", "Again", "--to", &second, "--folder"];
    world.json(again).failed(1, "deployment-exists");
}

#[test]
fn a_drive_that_is_there_and_lacks_archives_is_no_protected_state() {
    let world = World::small();
    let Some(mut drive) = Drive::make(world.path(), "stick", FileSystem::Ext4, 16) else { return };
    let point = world.path().join("media/STICK");
    drive.mount(&point);
    world.json(args!["destination", "add", "Stick", "--to", &point]).done();
    fs::write(point.join("ballast"), vec![1; 11_000_000]).unwrap();
    let mut noise = fs::File::open("/dev/urandom").unwrap().take(6_000_000);
    std::io::copy(&mut noise, &mut fs::File::create(world.bot().join("noise.bin")).unwrap()).unwrap();
    let made = world.json(["backup", "--level", "full"]).problems();
    assert_eq!(made["problems"][0]["code"], "destination-full", "{made}");
    // It was looked before: nothing half-made takes the room that is left.
    assert!(!made["problems"][0]["cause"].as_str().unwrap().contains("bytes"), "{made}");
    assert_eq!(fs::read_dir(point.join("Holdfast/bot")).unwrap().filter(|f| half(f.as_ref().unwrap())).count(), 0);
    let status = world.json(["status"]).problems();
    assert_eq!(status["deployments"][0]["state"], "attention", "{status}");
    assert!(status["deployments"][0]["reason"].as_str().unwrap().contains("Stick"), "{status}");
    fs::remove_file(point.join("ballast")).unwrap();
    world.json(["copy"]).done();
    world.json(["status"]).done();
    drive.unmount();
}

fn half(item: &fs::DirEntry) -> bool {
    item.file_name().to_string_lossy().contains(".partial")
}

#[test]
fn an_export_counts_as_what_it_is() {
    let world = World::small();
    world.backup("full");
    let stick = world.path().join("stick");
    fs::create_dir(&stick).unwrap();
    world.keyed(args!["export", "--to", &stick]).done();
    let status = world.json(["status"]).done();
    let one = &status["deployments"][0];
    assert_eq!((&one["archives"], &one["exports"]), (&1.into(), &1.into()), "{status}");

    // A machine that has nothing but the export: it was restored from it, so it can be.
    let laptop = World::empty();
    let key = args!["--passphrase-file", laptop.passphrase_file()];
    let into = laptop.path().join("new");
    laptop.json([&key[..], &args!["recover", "--from", &stick, "--into", &into]].concat()).done();
    let status = laptop.json(["status"]).problems();
    let one = &status["deployments"][0];
    assert_eq!(one["state"], "attention", "{status}");
    assert!(one["restorable_as_of"].is_string() && one["reason"].as_str().unwrap().contains("export"), "{status}");
    laptop.json(["backup"]).done();
    laptop.json(["status"]).done();
}

#[test]
fn a_key_from_before_a_rotation_checks_what_it_opens() {
    let world = World::small();
    world.backup("full");
    let old = world.path().join("old identity");
    fs::copy(world.identity_file(), &old).unwrap();
    world.json(args!["key", "rotate", "--yes", "--passphrase-file", world.passphrase_file()]).done();
    world.backup("full");
    let answer = world.json(args!["verify", "--all", "--full", "--identity-file", &old]).outcome(5, "failed");
    let mut findings: Vec<&str> =
        answer["archives"].as_array().unwrap().iter().filter_map(|one| one["finding"].as_str()).collect();
    findings.sort_unstable();
    assert_eq!(findings, ["ok", "unreadable"], "{answer}");
}

#[test]
fn an_address_is_no_folder_and_the_first_place_no_second_one() {
    let world = World::small();
    world.backup("full");
    for address in ["s3:/bucket/x", "S3://bucket/x", "dropbox://b/x", "https://s3.example.org/b"] {
        world.json(args!["destination", "add", "Off", "--to", address]).failed(2, "bad-request");
        let setup = args!["setup", "two", "--root", world.bot(), "--to", address, "--yes"];
        world
            .json([&setup[..], &args!["--passphrase-file", world.passphrase_file()]].concat())
            .failed(2, "bad-request");
        world.json(args!["recover", "--from", address]).failed(2, "bad-request");
        world.keyed(args!["export", "--to", address]).failed(2, "bad-request");
    }
    assert!(!world.home().join("deployments/two.toml").exists());
    // The folder in which archives are made, by another name.
    let again = world.drive().join("Holdfast");
    world.json(args!["destination", "add", "Again", "--to", &again]).failed(1, "deployment-exists");
    // A drive that is not plugged in.
    let point = world.path().join("media-stick");
    fs::create_dir(&point).unwrap();
    world.json(args!["destination", "add", "D", "--to", &point, "--drive"]).failed(1, "destination-missing");
    assert_eq!(fs::read_dir(&point).unwrap().count(), 0);
    world.keyed(args!["export", "--to", world.bot()]).failed(1, "bad-destination");
}

#[test]
fn a_sound_copy_is_taken_where_an_archive_is_known_to_be_damaged() {
    let world = World::small();
    world.backup("full");
    let second = world.path().join("second");
    world.json(args!["destination", "add", "Second", "--to", &second, "--folder"]).done();
    world.json(["copy"]).done();
    let archive = world.archive_files().remove(0);
    let mut bytes = fs::read(&archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&archive, bytes).unwrap();
    world.json(["verify"]).outcome(5, "failed");
    let into = world.path().join("back");
    world.keyed(args!["restore", "--into", &into]).done();
    assert!(into.join("bot").is_dir());
    // Its own place is looked at all the same.
    world.json(["verify"]).outcome(5, "failed");
}

#[test]
fn a_new_place_that_nothing_can_be_copied_to_has_not_everything() {
    let world = World::small();
    world.backup("full");
    let second = world.path().join("second");
    fs::rename(world.drive(), world.path().join("away")).unwrap();
    world.json(args!["destination", "add", "Second", "--to", &second, "--folder"]).done();
    let copied = world.json(["copy"]).done();
    assert_eq!((&copied["destinations"][0]["absent"], &copied["destinations"][0]["due"]), (&1.into(), &0.into()));
    assert_eq!(copied["problems"][0]["code"], "copy-due", "{copied}");
    assert!(!world.run(["copy"]).stdout.contains("everything"));
}
