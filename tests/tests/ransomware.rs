//! A script encrypts the sample deployment: the alarm rises at the next backup, old archives are held, the last clean one is
//! named, and a restore brings it back. And what is ordinary raises none.
#![allow(clippy::unwrap_used)]

use holdfast_sample::{Mutate, Snapshot, mutate};
use holdfast_tests::{World, args, assert_same, codes, files, fill, left_out, picture_without};
use rusqlite::Connection;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// In place, and every third under a new ending, as such programs do. Gives how many.
fn encrypt(chosen: &[PathBuf]) -> usize {
    for (number, path) in chosen.iter().enumerate() {
        let length = fs::metadata(path).unwrap().len().max(300) as usize;
        let times = fs::metadata(path).unwrap().permissions();
        fill(path, length, number as u64 + 7);
        fs::set_permissions(path, times).unwrap();
        if number % 3 == 2 {
            let mut name = path.clone().into_os_string();
            name.push(".locked");
            fs::rename(path, PathBuf::from(name)).unwrap();
        }
    }
    chosen.len()
}

fn mutated(world: &World, seed: u64) {
    mutate(&world.bot(), &Mutate { percent: 1.0, seed }).unwrap();
}

fn state(world: &World, without: &[String]) -> Snapshot {
    let without: Vec<&str> = without.iter().map(String::as_str).collect();
    picture_without(&world.bot(), &without)
}

fn name(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no name: {value}")).to_owned()
}

/// Nothing looked wrong.
#[track_caller]
fn calm(made: &Value) {
    assert_eq!(made["raised"], serde_json::json!([]), "{made}");
    assert_eq!(made["outcome"], "done", "{made}");
}

#[test]
fn an_encrypted_chatbot_comes_back_from_the_last_clean_archive() {
    let world = World::with_sample(5_000_000);
    let first = world.backup("full");
    let without = left_out(&first);
    for (seed, level) in [(1, "daily"), (2, "hourly"), (3, "hourly")] {
        mutated(&world, seed);
        calm(&world.backup(level));
    }
    let clean = name(&world.json(["list"]).done()["archives"][0]["name"]);
    let before = state(&world, &without);

    let all: Vec<PathBuf> = files(&world.bot()).into_iter().filter(|path| !path.is_symlink()).collect();
    assert!(encrypt(&all) > 50, "{}", all.len());
    let made = world.json(["backup"]).problems();
    assert_eq!(made["raised"], serde_json::json!([1]), "{made}");
    assert!(codes(&made).contains(&"files-scrambled".to_owned()), "{made}");
    let note = made["problems"].as_array().unwrap().iter().find(|note| note["code"] == "files-scrambled").unwrap();
    assert!(note["next_step"].as_str().unwrap().contains(&clean), "the last clean one is named: {note}");

    // Everywhere it is the first thing that is said, and with the archive that helps.
    let alarms = world.json(["alarm"]).problems();
    let alarm = &alarms["alarms"][0];
    assert_eq!((&alarm["good"], &alarm["archive"]), (&Value::from(clean.clone()), &made["archive"]), "{alarm}");
    assert_eq!((&alarm["finding"]["kind"], &alarm["freezes"]), (&"scrambled".into(), &true.into()), "{alarm}");
    let words = world.run(["alarm"]).expect(3).stdout;
    assert!(words.contains(&clean) && words.contains("holdfast restore bot --at"), "{words}");
    let status = world.json(["status"]).problems();
    let of_bot = &status["deployments"][0];
    assert_eq!(of_bot["state"], "at-risk", "{of_bot}");
    assert!(of_bot["reason"].as_str().unwrap().starts_with("Noise in place of what was there"), "{of_bot}");
    assert!(of_bot["next_step"].as_str().unwrap().contains(&clean), "{of_bot}");
    assert_eq!(world.json(["list"]).done()["offered"], clean.as_str());

    // Old archives are held, by every way of removing them.
    for level in ["hourly", "full"] {
        let again = world.json(["backup", "--level", level]).problems();
        assert!(again["pruned"]["frozen"].as_str().unwrap().contains("alarm 1"), "{again}");
        assert_eq!(again["pruned"]["removed"], serde_json::json!([]), "{again}");
    }
    let dry = world.json(["prune", "--dry-run"]).json();
    assert!(dry["alarm"].as_str().unwrap().contains("alarm 1 is open"), "{dry}");
    assert_eq!(dry["removed_count"], 0, "{dry}");
    let said = world.run(["prune", "--yes"]);
    assert!(
        format!("{}{}", said.stdout, said.stderr).contains("Nothing is removed for now: alarm 1 is open"),
        "{said}"
    );

    // A machine that knows nothing takes the clean one from the drive.
    let bare = World::empty();
    let into = bare.path().join("into");
    let from = args!["--identity-file", world.identity_file(), "recover", "--from", world.drive(), "--into", &into];
    let preview = bare.json([&from[..], &args!["--dry-run", "--accept-unverified"]].concat()).json();
    assert!(preview.to_string().contains(&clean), "{preview}");

    // Archives that are made within a second are dated ahead; a restore after them must not seem to be before them.
    std::thread::sleep(std::time::Duration::from_secs(5));
    // Named by nobody, it is what a restore takes.
    let restored = world.keyed(["restore", "--yes"]).json();
    assert_ne!(restored["outcome"], "failed", "{restored}");
    assert_same(&before, &state(&world, &without), "restored from the last clean archive");
    let after = world.json(["backup"]).json();
    assert_eq!(after["raised"], serde_json::json!([]), "{after}");
    assert!(!codes(&after).contains(&"files-scrambled".to_owned()), "{after}");
    let alarm = world.json(["alarm"]).problems()["alarms"][0].clone();
    assert_eq!(alarm["over"], after["archive"], "no longer so, and for a person to close: {alarm}");

    let closed = world.json(["alarm", "acknowledge", "1", "--note", "restored"]).done();
    assert_eq!((&closed["frozen"], &closed["alarm"]["note"]), (&Value::Null, &"restored".into()), "{closed}");
    assert!(world.json(["prune", "--dry-run"]).json()["alarm"].is_null());
    assert_eq!(world.json(["alarm"]).done()["alarms"], serde_json::json!([]));
    assert_eq!(world.json(["alarm", "--all"]).done()["alarms"].as_array().unwrap().len(), 1);
}

#[test]
fn a_tenth_of_the_files_a_day_is_seen_on_the_first_day() {
    let world = World::with_sample(5_000_000);
    world.backup("full");
    mutated(&world, 1);
    let clean = name(&world.backup("hourly")["archive"]);
    let all: Vec<PathBuf> = files(&world.bot().join("data/conversations"));
    let a_day = all.len() / 10;
    assert!(a_day >= 3, "{}", all.len());
    for day in 0..3 {
        mutated(&world, 10 + day);
        let chosen: Vec<PathBuf> =
            all.iter().skip(day as usize * a_day).take(a_day).filter(|path| path.exists()).cloned().collect();
        encrypt(&chosen);
        let made = world.json(["backup"]).problems();
        let raised = if day == 0 { serde_json::json!([1]) } else { serde_json::json!([]) };
        assert_eq!(made["raised"], raised, "day {day}: {made}");
        let alarms = world.json(["alarm"]).problems();
        assert_eq!(alarms["alarms"].as_array().unwrap().len(), 1, "one attack, one alarm: {alarms}");
        assert_eq!(alarms["alarms"][0]["good"], clean.as_str(), "day {day}: {alarms}");
    }
    // Say that it was meant: that is taken for what it is, and can be taken back.
    world.json(["alarm", "acknowledge", "1"]).done();
    mutated(&world, 20);
    let made = world.json(["backup"]).json();
    assert!(!codes(&made).contains(&"files-scrambled".to_owned()), "{made}");
    assert!(made["pruned"]["frozen"].is_null(), "{made}");
    let undone = world.json(["alarm", "acknowledge", "1", "--undo"]).done();
    assert!(undone["frozen"].as_str().unwrap().contains("alarm 1"), "{undone}");
    world.json(["alarm", "acknowledge", "9"]).failed(2, "bad-request");
}

#[test]
fn what_is_ordinary_raises_no_alarm() {
    let world = World::with_sample(5_000_000);
    let code = world.bot().join("app");
    let release = |number: u32| {
        fs::create_dir_all(&code).unwrap();
        for file in 0..60 {
            let text = format!("# release {number}\ndef answer_{file}():\n    return {number}\n");
            fs::write(code.join(format!("part_{file}.py")), text.repeat(30)).unwrap();
        }
    };
    release(1);
    world.backup("full");
    for seed in 1..=5 {
        mutated(&world, seed);
        calm(&world.backup(if seed == 3 { "daily" } else { "hourly" }));
    }
    fill(&world.bot().join("data/uploads/film.mp4"), 12_000_000, 1);
    calm(&world.backup("hourly"));
    release(2);
    calm(&world.backup("hourly"));
    fill(&world.bot().join("data/voice.gguf"), 20_000_000, 2);
    calm(&world.backup("hourly"));
    vacuum(&world.bot().join("data/webui.db"));
    calm(&world.backup("hourly"));
    for path in files(&world.bot().join("data/conversations")) {
        let text = fs::read(&path).unwrap();
        fs::write(&path, text).unwrap();
    }
    calm(&world.backup("hourly"));
    mutate(&world.bot(), &Mutate { percent: 0.5, seed: 9 }).unwrap();
    calm(&world.backup("full"));
    assert_eq!(world.json(["alarm"]).done()["alarms"], serde_json::json!([]));
    assert!(world.json(["prune", "--dry-run"]).json()["alarm"].is_null());
}

fn vacuum(database: &Path) {
    Connection::open(database).unwrap().execute_batch("VACUUM").unwrap();
}

#[test]
fn a_database_that_lost_its_rows_holds_old_archives() {
    let world = World::with_sample(5_000_000);
    let clean = name(&world.backup("full")["archive"]);
    Connection::open(world.bot().join("data/webui.db")).unwrap().execute_batch("DELETE FROM chat").unwrap();
    let made = world.json(["backup"]).problems();
    assert!(codes(&made).contains(&"database-emptied".to_owned()), "{made}");
    let alarm = world.json(["alarm"]).problems()["alarms"][0].clone();
    assert_eq!(
        (&alarm["finding"]["path"], &alarm["good"]),
        (&"bot/data/webui.db".into(), &Value::from(clean)),
        "{alarm}"
    );
    assert!(made["pruned"]["frozen"].is_string(), "{made}");
    let status = world.json(["status"]).problems();
    assert!(status["deployments"][0]["reason"].as_str().unwrap().contains("lost most of its rows"), "{status}");
}
