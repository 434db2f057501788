//! A chatbot that is not stopped: what a restore says, and what it keeps.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{Server, World, args, run_for};
use std::path::Path;
use std::time::Duration;

const NOTE: &str = "data/uploads/a-note.txt";

fn names(value: &serde_json::Value) -> Vec<&str> {
    value["in_use"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn a_chatbot_that_goes_on_is_named_and_what_it_writes_is_kept() {
    let world = World::with_sample(6_000_000);
    let bot = world.bot();
    let note = bot.join(NOTE);
    std::fs::create_dir_all(note.parent().unwrap()).unwrap();
    std::fs::write(&note, "noted").unwrap();
    world.backup("full");
    std::fs::write(&note, "spoilt").unwrap();
    let one = args!["restore", "--path", &note, "--yes"];

    // Nobody has anything open: nothing is said of it.
    let quiet = world.keyed(["restore", "--dry-run", "--path", note.to_str().unwrap()]).done();
    assert_eq!(names(&quiet), [""; 0]);
    assert!(quiet["emergency_bytes"].as_u64().unwrap() > 0, "{quiet}");

    let journal = world.path().join("journal");
    let server = Server::start(&world, &bot, 20, Some(&journal));
    let running = world.keyed(["restore", "--dry-run"]).done();
    assert_eq!(names(&running), ["holdfast-sample"]);
    let stop = running["in_use"][0]["command"].as_str().unwrap();
    assert!(stop.contains("stop ") || stop.starts_with("kill "), "{stop}");
    let file = running["in_use"][0]["file"].as_str().unwrap();
    assert!(file.contains(".db"), "the database that it writes is named: {file}");
    assert!(running["in_use"][0]["since"].is_string() && running["in_use"][0]["writes"] == true, "{running}");

    let restored = run_for(world.keyed_command().args(&one), Duration::from_mins(2)).problems();
    assert_eq!(std::fs::read_to_string(&note).unwrap(), "noted");
    assert_eq!(names(&restored), ["holdfast-sample"]);
    let told = restored["problems"].as_array().unwrap();
    assert!(told.iter().any(|problem| problem["code"] == "still-in-use"), "{restored}");
    let status = world.json(["status"]).json();
    assert_eq!(status["deployments"][0]["state"], "attention");
    assert!(status["deployments"][0]["reason"].as_str().unwrap().contains("holdfast-sample"), "{status}");

    let aside = world.preserved();
    let lines = || std::fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    let written = lines();
    while lines() < written + 5 {
        std::thread::sleep(Duration::from_millis(20));
    }
    world.json(["undo", "--forget", "--yes"]).failed(1, "written-aside");
    server.stop();
    // It is nowhere else, also when nobody has it open any more.
    world.json(["undo", "--forget", "--yes"]).failed(1, "written-aside");
    assert!(aside.iter().all(|path| Path::new(path).exists()));
    let status = world.json(["status"]).json();
    assert!(!status["deployments"][0]["reason"].as_str().unwrap().contains("holdfast-sample"), "{status}");

    let gone = world.json(["undo", "--forget", "--yes", "--discard-changes"]).done();
    assert_eq!(gone["removed"], 1);
    assert!(world.preserved().is_empty());
}
