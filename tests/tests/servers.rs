//! A chatbot whose conversations are in a database server: told until it is settled.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{World, args};
use std::fs;

/// A deployment `chat` with a compose file beside its data that runs MongoDB.
fn set_up(world: &World, more: &[&str]) -> serde_json::Value {
    let data = world.root("chat/data");
    fs::create_dir_all(data.join("uploads")).unwrap();
    fs::write(data.join("uploads/a.txt"), "a file").unwrap();
    let compose = "services:\n  api:\n    image: chat\n  mongodb:\n    image: mongo:7\n";
    fs::write(world.root("chat/docker-compose.yml"), compose).unwrap();
    let mut command = args!["--passphrase-file", world.passphrase_file(), "setup", "chat", "--root", data].to_vec();
    command.extend(args!["--to", world.drive(), "--yes"]);
    command.extend(more.iter().map(Into::into));
    world.json(command).json()
}

fn state(world: &World) -> (String, String) {
    let status = world.json(["status", "chat"]).json();
    let chat = &status["deployments"][0];
    (chat["state"].as_str().unwrap().to_owned(), chat["reason"].as_str().unwrap().to_owned())
}

#[test]
fn a_server_beside_a_folder_that_was_named_is_told_until_the_person_settles_it() {
    let world = World::empty();
    let made = set_up(&world, &[]);
    assert_eq!((&made["outcome"], &made["problems"][0]["code"]), (&"problems".into(), &"server-not-captured".into()));
    for _ in 0..2 {
        let backup = world.json(["backup", "chat"]).problems();
        assert_eq!(backup["problems"][0]["subject"], "mongodb", "{backup}");
        let (state, reason) = state(&world);
        assert!(state == "attention" && reason.contains("mongodb") && reason.contains("not captured"), "{reason}");
    }
    let words = world.run(["status", "chat"]).expect(3);
    assert!(words.stdout.contains("holdfast server settle mongodb --deployment chat"), "{words}");
    let list = world.json(["server", "list"]).problems();
    assert_eq!(list["servers"][0]["kind"], "mongodb", "{list}");

    // A dump in what is protected.
    let dumps = world.root("chat/data/dumps");
    fs::create_dir(&dumps).unwrap();
    world.refused(args!["server", "dump", "mongodb", "--in", world.drive()], 2, "bad-request");
    world.json(args!["server", "dump", "mongodb", "--in", &dumps]).problems();
    fs::write(dumps.join("chat.archive.gz"), "a dump").unwrap();
    world.json(["backup", "chat"]).done();
    assert_eq!(state(&world).0, "protected");
    fs::remove_file(dumps.join("chat.archive.gz")).unwrap();
    assert_eq!(state(&world).0, "attention");

    // Or the person's word; the newest archive's own note of it counts no more.
    world.json(["backup", "chat"]).problems();
    world.json(["server", "settle", "mongo"]).done();
    assert_eq!(state(&world).0, "protected");
    world.json(["backup", "chat"]).done();
    world.json(["server", "list"]).done();
}

#[test]
fn at_set_up_it_can_be_settled_too() {
    let world = World::empty();
    let made = set_up(&world, &["--without-server", "mongodb"]);
    assert_eq!(made["outcome"], "done", "{made}");
    world.json(["backup", "chat"]).done();
    assert_eq!(state(&world).0, "protected");
}
