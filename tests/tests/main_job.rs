//! The whole story: backed up while the chatbot writes, wrecked, looked at, restored in place, running again; and the
//! restore undone.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{Server, World, args, assert_same, long, picture, picture_without, run, run_for, sample, skipped};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const LIVE: &str = "data/webui.db";

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()
}

/// Runs `holdfast-sample`, which must succeed.
#[track_caller]
fn sample_run<const N: usize>(arguments: [std::ffi::OsString; N]) -> String {
    run_for(Command::new(sample()).args(arguments), Duration::from_mins(10)).expect(0).stdout
}

/// Bytes of everything, as they lie on the disk: stricter than a picture, which reads databases by their rows.
fn raw(folder: &Path) -> BTreeSet<String> {
    let script =
        "find . -type f -print0 | sort -z | xargs -0 sha256sum; find . -printf '%p %y %m %U %G %T@ %l\\n' | sort";
    let ran = run_for(Command::new("sh").arg("-c").arg(script).current_dir(folder), Duration::from_mins(10)).expect(0);
    // SQLite's shared memory holds nothing that lasts, and changes when a database is read.
    ran.stdout.lines().filter(|line| !line.contains("-shm")).map(str::to_owned).collect()
}

#[track_caller]
fn assert_raw(before: &BTreeSet<String>, folder: &Path, what: &str) {
    let after = raw(folder);
    let differ: Vec<_> = before.symmetric_difference(&after).take(12).collect();
    assert!(differ.is_empty() && before.len() > 50, "{what}: {differ:#?}");
}

fn lines(journal: &Path) -> usize {
    std::fs::read_to_string(journal).map_or(0, |text| text.lines().count())
}

#[test]
fn a_wrecked_chatbot_comes_back_and_the_restore_can_be_undone() {
    let size = if long() { 2_000_000_000 } else { 60_000_000 };
    if !long() {
        skipped("the main job with 2 GB", "60 MB are used; HOLDFAST_TEST_LONG=1 takes 2 GB");
    }
    let world = World::with_sample(size);
    let bot = world.bot();
    let journal = world.path().join("journal");

    let server = Server::start(&world, &bot, 200, Some(&journal));
    while lines(&journal) < 20 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let before = picture_without(&bot, &[LIVE]);
    let began = now();
    let made = run_for(world.command().args(["backup", "--json"]), Duration::from_mins(10)).done();
    assert_eq!(made["level"], "full");
    let rows_at_end = lines(&journal);
    assert_same(&before, &picture_without(&bot, &[LIVE]), "the backup left the source as it was");
    // What is written after the backup must not be needed, and must not come back either.
    while lines(&journal) < rows_at_end + 20 {
        std::thread::sleep(Duration::from_millis(20));
    }
    server.stop();
    let written = lines(&journal);

    sample_run(args!["wreck", &bot, "--seed", "3"]);
    let check = run(Command::new(sample()).arg("check").arg(&bot));
    assert_eq!(check.code(), 1, "the wreck is not healthy: {check}");
    let wrecked = raw(&bot);
    let wrecked_picture = picture(&bot);

    let dry = world.keyed(["restore", "--dry-run"]).done();
    assert_eq!(dry["dry_run"], true);
    assert!(dry["replaced"]["files"].as_u64().unwrap() > 0 && dry["created"]["files"].as_u64().unwrap() > 0, "{dry}");
    assert_raw(&wrecked, &bot, "the dry run touched the folder");
    assert_eq!(world.archive_files().len(), 1, "the dry run made an archive");

    let restored = run_for(world.keyed_command().args(["restore", "--yes"]), Duration::from_mins(10)).done();
    assert_eq!(restored["archive"], made["archive"]);
    assert!(restored["emergency"].is_string(), "{restored}");
    assert_eq!(restored["preserved"].as_array().unwrap().len(), 1);
    assert_same(&before, &picture_without(&bot, &[LIVE]), "what was restored");
    for ending in ["-wal", "-shm", "-journal"] {
        assert!(!bot.join(format!("{LIVE}{ending}")).exists(), "a stale {ending} stayed");
    }
    let health = sample_run(args!["check", &bot, "--journal", &journal, "--before", began.to_string(), "--json"]);
    let health: serde_json::Value = serde_json::from_str(&health).unwrap();
    assert!(health["journal_rows"].as_u64().unwrap() >= 20, "{health}");

    let server = Server::start(&world, &bot, 0, None);
    assert_eq!(server.get("/health").0, 200);
    let (status, chats) = server.get("/chats");
    assert_eq!((status, &chats["count"]), (200, &health["chats"]));
    let id = chats["last"][0].as_str().unwrap();
    assert_eq!(server.get(&format!("/chat/{id}")).0, 200);
    server.stop();
    assert!(written > rows_at_end);

    let undone = world.json(["undo", "--yes"]).done();
    assert_eq!(undone["id"], restored["id"]);
    assert_raw(&wrecked, &bot, "what undo brought back");
    assert_same(&wrecked_picture, &picture(&bot), "what undo brought back");
    world.assert_no_litter();
    assert!(world.preserved().is_empty());
    world.json(["undo", "--yes"]).failed(1, "nothing-to-undo");

    // The archives are sound after all that, the one of the wrecked state too.
    let verified = run_for(world.keyed_command().args(["verify", "--all", "--full"]), Duration::from_mins(10));
    let verified = verified.json();
    let verdicts = verified["archives"].as_array().unwrap();
    // The first, the wreck before the restore, and what was served before the undo.
    assert_eq!(verdicts.len(), 3, "{verified}");
    let of = |name: &serde_json::Value| verdicts.iter().find(|verdict| verdict["archive"] == *name).unwrap();
    assert_eq!(of(&made["archive"])["ok"], true, "{verified}");
}

#[test]
fn a_restore_into_a_new_folder_is_the_same_and_leaves_the_source_alone() {
    let world = World::with_sample(8_000_000);
    let made = world.backup("full");
    let left_out: Vec<String> =
        made["left_out"].as_array().unwrap().iter().map(|path| path.as_str().unwrap().to_owned()).collect();
    assert!(left_out.iter().any(|path| path.starts_with("bot/data/cache")), "{left_out:?}");
    let without: Vec<&str> = left_out.iter().filter_map(|path| path.strip_prefix("bot/")).collect();
    let before = picture_without(&world.bot(), &without);
    let raw_before = raw(&world.bot());
    let into = world.path().join("elsewhere/deep");
    world.keyed(args!["restore", "--into", &into]).done();
    assert_same(&before, &picture_without(&into.join("bot"), &without), "what was restored");
    assert_raw(&raw_before, &world.bot(), "the source");
    world.assert_no_litter();

    // Only a part.
    let part = world.path().join("part");
    let answer = world.keyed(args!["restore", "--path", "bot/config/.env", "--into", &part]).done();
    assert_eq!(answer["files"], 1);
    let text = std::fs::read(part.join("bot/config/.env")).unwrap();
    assert_eq!(text, std::fs::read(world.bot().join("config/.env")).unwrap());
    assert!(!part.join("bot/data/webui.db").exists());
}
