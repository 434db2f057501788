//! The place where archives are made is gone for good: another one takes its part. And a deployment that goes altogether.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{Mount, World, args, assert_same, picture};
use std::fs;

fn reason(world: &World) -> (String, String) {
    let status = world.json(["status"]).json();
    let text = |name: &str| status["deployments"][0][name].as_str().unwrap_or_default().to_owned();
    (text("reason"), text("next_step"))
}

#[test]
fn another_place_becomes_the_first_one() {
    let world = World::small();
    world.backup("full");
    let shelf = world.path().join("shelf");
    fs::create_dir(&shelf).unwrap();
    world.json(args!["destination", "add", "Shelf", "--to", &shelf, "--folder"]).done();
    world.json(["copy"]).done();
    fs::remove_dir_all(world.drive()).unwrap();
    world.refused(["backup"], 1, "destination-missing");
    let (_, step) = reason(&world);
    assert!(step.contains("holdfast destination first Shelf"), "{step}");

    let plan = world.json(["destination", "first", "Shelf", "--dry-run"]).done();
    assert_eq!((plan["held"].as_u64(), plan["next_full"].as_bool()), (Some(1), Some(false)), "{plan}");
    world.refused(["destination", "first", "Shelf"], 2, "bad-request");
    let words = world.run(["destination", "first", "Shelf", "--yes"]).expect(0);
    assert!(
        words.stderr.contains("destination remove drive") || words.stdout.contains("destination remove drive"),
        "{words}"
    );
    let made = world.json(["backup", "--level", "hourly"]).done();
    assert!(made["level"] == "hourly" && made["path"].as_str().unwrap().starts_with(shelf.to_str().unwrap()), "{made}");
    world.json(["destination", "remove", "drive"]).done();
    world.keyed(["verify", "--all", "--full"]).done();
    world.json(["status"]).done();
    let into = world.path().join("into");
    world.keyed(args!["restore", "--into", &into]).done();
    assert_same(&picture(&world.bot()), &picture(&into.join("bot")), "restored");
}

#[test]
fn a_drive_that_was_formatted_anew_is_said_and_can_take_its_own_place() {
    let world = World::small();
    let point = world.path().join("mnt/stick");
    let Some(mount) = Mount::new(&point, "size=30m") else { return };
    world.json(args!["destination", "add", "Stick", "--to", &point]).done();
    world.json(["destination", "first", "Stick", "--yes"]).done();
    world.backup("full");
    drop(mount);
    let away = world.refused(["backup"], 1, "destination-missing");
    assert!(away["error"]["cause"].as_str().unwrap().contains("not plugged in"), "{away}");
    world.refused(["destination", "first", "Stick", "--yes"], 1, "destination-missing");
    // Another one at its place.
    let Some(_mount) = Mount::new(&point, "size=30m") else { return };
    let other = world.refused(["backup"], 1, "destination-missing");
    let cause = other["error"]["cause"].as_str().unwrap();
    assert!(cause.contains("formatted anew") && cause.contains("destination first"), "{cause}");
    let made = world.json(["destination", "first", "Stick", "--yes"]).done();
    assert_eq!(
        (made["next_full"].as_bool(), made["lost"].as_array().unwrap().len()),
        (Some(true), 0),
        "a copy lies at the other place: {made}"
    );
    assert_eq!(world.json(["backup"]).done()["level"], "full");
    assert!(point.join("Holdfast/bot/recovery-key.age").is_file());
}

#[test]
fn a_deployment_is_forgotten_and_recover_brings_it_back() {
    let world = World::small();
    world.backup("full");
    let (archives, bot) = (picture(&world.drive()), picture(&world.bot()));
    world.refused(["forget", "bot"], 2, "bad-request");
    world.refused(["forget", "other", "--yes"], 1, "unknown-deployment");
    let plan = world.json(["forget", "bot", "--dry-run"]).done();
    assert_eq!(plan["places"][0]["archives"], 1, "{plan}");
    world.json(["forget", "bot", "--yes"]).done();
    assert_same(&archives, &picture(&world.drive()), "the drive");
    assert_same(&bot, &picture(&world.bot()), "the chatbot");
    assert!(!world.settings().exists());
    let text = fs::read_dir(world.home().join("keys")).map_or(0, Iterator::count);
    assert_eq!(text, 0, "keys stay on this machine");
    let into = world.path().join("back");
    let recover = args![
        "--passphrase-file",
        world.passphrase_file(),
        "recover",
        "--from",
        world.drive(),
        "--into",
        &into,
        "--yes"
    ];
    let back = world.json(recover).json();
    assert_ne!(back["outcome"], "failed", "{back}");
    assert_same(&bot, &picture(&into.join("bot")), "brought back");
}
