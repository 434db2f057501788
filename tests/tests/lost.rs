//! What this machine keeps is damaged or gone: the archives and a key are enough.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{World, args, assert_same, noise, open_recovery_key, picture};
use std::fs;

#[test]
fn a_damaged_catalog_is_set_aside_and_built_again() {
    let world = World::small();
    for level in ["full", "daily", "hourly"] {
        fs::write(world.bot().join("data").join(level), level).unwrap();
        world.backup(level);
    }
    let names = |answer: &serde_json::Value| -> Vec<String> {
        let archives = answer["archives"].as_array().unwrap();
        archives.iter().map(|archive| archive["name"].as_str().unwrap().to_owned()).collect()
    };
    let before = names(&world.json(["list"]).done());
    assert_eq!(before.len(), 3);
    for what in ["noise", "cut", "gone"] {
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(world.home().join(format!("catalog.db{ending}")));
        }
        match what {
            "noise" => fs::write(world.catalog(), noise(40_000)).unwrap(),
            "cut" => fs::File::options().write(true).open(world.catalog()).unwrap().set_len(5_000).unwrap(),
            _ => fs::remove_file(world.catalog()).unwrap(),
        }
        let list = world.json(["list"]);
        if what != "gone" {
            let said = list.problems();
            assert_eq!(said["problems"][0]["code"], "catalog-damaged", "{what}: {said}");
            assert!(said["problems"][0]["next_step"].as_str().unwrap().contains("catalog rebuild"), "{said}");
            let aside = fs::read_dir(world.home()).unwrap().map(|item| item.unwrap().file_name());
            let aside = aside.filter(|name| name.to_string_lossy().starts_with("catalog")).count();
            assert!(aside >= 2, "{what}: the damaged one was not kept");
        }
        let rebuilt = world.keyed(["catalog", "rebuild"]).json();
        assert_eq!(rebuilt["recorded"].as_array().unwrap().len(), 3, "{what}: {rebuilt}");
        assert_eq!(names(&world.json(["list"]).done()), before, "{what}");
        world.keyed(["verify", "--all", "--full"]).done();
    }
    // It is good for building on, and for restoring by name.
    let next = world.backup("hourly");
    assert_eq!((&next["level"], next["files"].as_u64()), (&serde_json::Value::from("hourly"), Some(6)), "{next}");
    world.keyed(args!["restore", "--at", &before[0], "--into", world.path().join("into")]).done();
    world.assert_no_litter();
}

/// Restoring needs no catalog, no settings, no keys of this machine: archives and a passphrase do.
#[test]
fn everything_on_this_machine_is_gone() {
    let world = World::small();
    let made = world.backup("full");
    let before = picture(&world.bot());
    fs::remove_dir_all(world.home()).unwrap();
    let into = world.path().join("into");
    let archive = made["path"].as_str().unwrap();
    let restore = args!["--passphrase-file", world.passphrase_file(), "restore", "--at", archive, "--into", &into];
    world.json(restore).done();
    assert_same(&before, &picture(&into.join("bot")), "restored with nothing but the drive and the passphrase");
    let sealed = fs::read(world.archives().join("recovery-key.age")).unwrap();
    assert_eq!(open_recovery_key(&sealed, holdfast_tests::PASSPHRASE), fs::read(world.identity_file()).unwrap());
    let in_place = args!["--passphrase-file", world.passphrase_file(), "restore", "--at", archive, "--yes"];
    world.refused(in_place, 1, "unknown-deployment");
}

#[test]
fn damaged_settings_are_named_and_touch_nothing() {
    let world = World::small();
    world.backup("full");
    let good = fs::read_to_string(world.settings()).unwrap();
    let bad = [
        "this is no toml [".to_owned(),
        String::new(),
        good.replacen("version = 1", "version = 99", 1),
        good.replace("[retention]", "[retention]\nsurprise = 1"),
        good.replace(world.bot().to_str().unwrap(), "relative/path"),
    ];
    for text in bad {
        assert_ne!(text, good);
        fs::write(world.settings(), &text).unwrap();
        let said = world.refused(["backup"], 1, "bad-settings");
        assert!(said["error"]["subject"].as_str().unwrap().contains("bot.toml"), "{said}");
        // Others are still looked after: one bad file is a problem of the status, not its failure.
        let status = world.json(["status"]).problems();
        assert!(status.to_string().contains("bot.toml"), "{status}");
        let doctor = world.json(["doctor"]).json();
        assert_eq!(doctor["outcome"], "failed", "{doctor}");
    }
    // The archives are reached all the same.
    let archive = &world.archive_files()[0];
    let into = world.path().join("into");
    world.keyed(args!["restore", "--at", archive, "--into", &into]).done();
    fs::write(world.settings(), good).unwrap();
    world.json(["backup"]).done();
    world.assert_no_litter();
}
