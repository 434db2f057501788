//! What Holdfast says is true: of archives, of times, of what is not there.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{Ran, World, args, run};
use rusqlite::Connection;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A chatbot of a few files and one database, with a full archive.
fn world() -> (World, PathBuf) {
    let world = World::new();
    let data = world.bot().join("data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("a"), "a").unwrap();
    let noise: Vec<u8> = (0..400_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    fs::write(data.join("noise"), noise).unwrap();
    let full = world.backup("full")["path"].as_str().unwrap().into();
    (world, full)
}

/// Another archive, that needs the full one.
fn hourly(world: &World, text: &str) -> Value {
    fs::write(world.bot().join("data/b"), text).unwrap();
    world.backup("hourly")
}

fn damage(path: &Path) {
    let file = fs::File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    let at = file.metadata().unwrap().len() / 2;
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1], at).unwrap();
}

fn status(world: &World) -> Value {
    world.json(["status"]).json()["deployments"][0].clone()
}

fn listed(world: &World) -> Vec<Value> {
    world.json(["list"]).json()["archives"].as_array().unwrap().clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn an_archive_is_not_called_good_where_one_that_it_needs_is_damaged() {
    let (world, full) = world();
    hourly(&world, "b");
    world.json(["verify", "--all"]).done();
    damage(&full);
    // Without a key, and though only the newest is asked for.
    let verified = world.json(["verify"]).outcome(5, "failed");
    let findings: Vec<_> = verified["archives"].as_array().unwrap().iter().map(|v| text(&v["finding"])).collect();
    assert_eq!(findings, ["damaged", "incomplete"], "{verified}");
    assert!(world.run(["verify"]).expect(5).stdout.contains("INCOMPLETE"));
    let rows = listed(&world);
    assert_eq!((&rows[0]["soundness"], &rows[0]["restorable"]), (&"needs-damaged".into(), &false.into()), "{rows:?}");
    assert!(world.run(["list"]).expect(0).stdout.contains("needs a damaged one"));
    let said = status(&world);
    assert_eq!((text(&said["state"]), &said["restorable_as_of"]), ("at-risk", &Value::Null), "{said}");

    // The next one builds on nothing that is damaged, and says why.
    let next = world.json(["backup"]).done();
    assert_eq!((text(&next["level"]), text(&next["reason"])), ("full", "the newest full archive is damaged"));
    world.json(["verify"]).done();
    let said = status(&world);
    assert_eq!(said["restorable_as_of"], next["created"], "{said}");
    let step = text(&said["next_step"]);
    assert!(!step.contains("--level full"), "that was done already: {said}");
    // Another archive needs it: never to delete it.
    assert!(step.contains("holdfast salvage") && !step.contains("rm "), "{said}");
    fs::remove_file(&full).unwrap();
    assert_eq!(text(&status(&world)["state"]), "protected", "what was settled is settled");
}

#[test]
fn an_archive_is_not_called_good_where_one_that_it_needs_is_gone() {
    let (world, full) = world();
    hourly(&world, "b");
    let away = world.path().join("away");
    fs::rename(&full, &away).unwrap();
    let verified = world.json(["verify"]).outcome(1, "failed");
    let codes: Vec<_> =
        verified["archives"].as_array().unwrap().iter().map(|v| text(&v["problems"][0]["code"])).collect();
    assert_eq!(codes, ["archive-missing", "parent-missing"], "{verified}");
    let words = world.run(["verify"]).expect(1).stdout;
    assert!(words.contains("MISSING") && words.contains("INCOMPLETE") && !words.contains("DAMAGED"), "{words}");
    // That it was not there is no damage: back again, it is as it was.
    fs::rename(&away, &full).unwrap();
    assert!(listed(&world).iter().all(|row| row["restorable"] == true && row["verified"]["ok"] != false));
    world.json(["verify", "--all"]).done();
}

#[test]
fn an_archive_that_was_away_is_known_again_when_it_is_back() {
    let (world, full) = world();
    hourly(&world, "b");
    let sum = PathBuf::from(format!("{}.sha256", full.display()));
    let (away, sum_away) = (world.path().join("away"), world.path().join("away.sha256"));
    for with_sum in [false, true] {
        fs::rename(&full, &away).unwrap();
        if with_sum {
            fs::rename(&sum, &sum_away).unwrap();
        }
        world.json(["backup", "--level", "full"]).done();
        world.json(["backup"]).done();
        let name = full.file_name().unwrap().to_str().unwrap().trim_end_matches(".tar.zst.age").to_owned();
        let row = || listed(&world).into_iter().find(|row| text(&row["name"]) == name);
        assert_eq!(row().map(|row| text(&row["state"]).to_owned()).as_deref(), Some("missing"), "still listed");
        fs::rename(&away, &full).unwrap();
        if with_sum {
            fs::rename(&sum_away, &sum).unwrap();
        }
        assert_eq!(row().map(|row| row["restorable"] == true), Some(true));
        assert!(listed(&world).iter().all(|row| row["restorable"] == true), "and what needs it");
        world.keyed(args!["verify", &name]).done();
    }
}

#[test]
fn what_cannot_be_compared_is_not_called_damaged() {
    let (world, full) = world();
    let copy = world.path().join("x.age");
    fs::copy(&full, &copy).unwrap();
    let verified = world.json(args!["verify", &copy]).problems();
    assert_eq!(text(&verified["archives"][0]["finding"]), "not-checked", "{verified}");
    assert!(!world.run(args!["verify", &copy]).expect(3).stdout.contains("DAMAGED"));
    // With the key it is looked at byte by byte.
    let verified = world.keyed(args!["verify", &copy]).done();
    assert_eq!((&verified["archives"][0]["full"], &verified["archives"][0]["ok"]), (&true.into(), &true.into()));
    damage(&copy);
    world.keyed(args!["verify", &copy]).outcome(5, "failed");
    // Neither is what cannot be read.
    fs::remove_file(&full).unwrap();
    std::os::unix::fs::symlink(&full, &full).unwrap();
    let verified = world.json(["verify", "--all"]).outcome(1, "failed");
    assert_eq!(text(&verified["archives"][0]["finding"]), "unreadable", "{verified}");
    assert!(listed(&world)[0]["verified"]["ok"] != false);
}

#[test]
fn the_time_that_the_list_shows_finds_the_archive() {
    let (world, _) = world();
    let shown = |ran: &Ran| ran.stdout.lines().nth(1).unwrap()[..16].to_owned();
    let made = hourly(&world, "b");
    // In UTC, as the test's environment has no other zone.
    let time = shown(&world.run(["list"]).expect(0));
    let found = world.json(["show", time.as_str()]).done();
    assert_eq!(found["archive"], made["archive"], "{time}");
    let refused = world.refused(["show", "a fortnight past"], 1, "archive-missing");
    assert!(text(&refused["error"]["cause"]).contains("'yesterday 14:30'"), "{refused}");
    let refused = world.refused(["show", "2020-01-01 10:00"], 1, "nothing-to-restore");
    assert!(text(&refused["error"]["cause"]).contains("as old as 2020-01-01 10:00"), "{refused}");
    world.refused(["show", ""], 2, "bad-request");
    assert!(world.run(["restore", "--help"]).expect(0).stdout.contains("'an hour ago'"));
}

#[test]
fn archives_dated_after_now_do_not_make_it_look_safe() {
    let (world, _) = world();
    let newest = hourly(&world, "b");
    // As a clock that ran years ahead once would have made it.
    let catalog = Connection::open(world.catalog()).unwrap();
    let century = 100 * 365 * 86_400 * 1_000_000_000_i64;
    let ahead = "UPDATE archives SET created = created + ?1 WHERE name = ?2";
    assert_eq!(catalog.execute(ahead, (century, text(&newest["archive"]))).unwrap(), 1);
    drop(catalog);
    let said = status(&world);
    assert_eq!(text(&said["state"]), "attention", "{said}");
    assert!(text(&said["reason"]).contains("dated after now"), "{said}");
    assert_ne!(said["newest"]["name"], newest["archive"]);
    assert_ne!(world.json(["show", "latest"]).done()["archive"], newest["archive"]);
}

#[test]
fn archives_that_the_catalog_does_not_know_are_not_denied() {
    let (world, full) = world();
    hourly(&world, "b");
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(world.home().join(format!("catalog.db{ending}")));
    }
    let list = world.json(["list"]).problems();
    assert_eq!(text(&list["problems"][0]["code"]), "catalog-incomplete", "{list}");
    let words = world.run(["list"]).expect(3);
    assert!(!words.stdout.contains("no archive yet"), "{words}");
    let said = status(&world);
    assert_eq!(text(&said["state"]), "attention");
    assert_eq!(text(&said["next_step"]), "Build it again: holdfast catalog rebuild bot", "{said}");
    assert!(text(&said["reason"]).contains("2 archives lie in"), "{said}");
    world.refused(["show", "latest"], 1, "catalog-incomplete");
    // By its name it is found all the same.
    let name = full.file_name().unwrap().to_str().unwrap().trim_end_matches(".tar.zst.age").to_owned();
    assert_eq!(text(&world.keyed(args!["show", &name]).done()["archive"]), name);
    world.keyed(["catalog", "rebuild"]).done();
    assert_eq!(listed(&world).len(), 2);
    assert_eq!(text(&status(&world)["state"]), "protected");
}

#[test]
fn on_a_machine_that_knows_nothing_the_way_on_is_named() {
    let (world, _) = world();
    let newest = hourly(&world, "newest");
    fs::rename(world.home(), world.path().join("gone")).unwrap();
    for command in ["list", "status"] {
        let words = world.run([command]).expect(0).stdout;
        assert!(words.contains("holdfast recover --from") && !words.contains("no archive yet"), "{words}");
    }
    let setup = args!["setup", "bot", "--root", world.bot(), "--to", world.drive(), "--yes"];
    let refused = world.refused(setup, 1, "deployment-exists");
    let step = text(&refused["error"]["next_step"]);
    assert!(step.contains("holdfast recover --from") && step.contains("holdfast restore --at"), "{refused}");
    // The folder, the one above it, or the drive: the newest archive in it.
    for (number, place) in [world.archives(), world.drive().join("Holdfast"), world.drive()].iter().enumerate() {
        let into = world.path().join(format!("into-{number}"));
        let restored = world.keyed(args!["restore", "--at", place, "--into", &into]).done();
        assert_eq!(restored["archive"], newest["archive"], "{}", place.display());
        assert_eq!(fs::read_to_string(into.join("bot/data/b")).unwrap(), "newest");
    }
    let empty = world.path().join("empty");
    fs::create_dir(&empty).unwrap();
    world.refused(args!["restore", "--at", &empty, "--into", world.path().join("x")], 1, "archive-missing");
}

#[test]
fn a_drive_that_is_away_is_told_for_what_it_is() {
    let (world, _) = world();
    let away = world.path().join("away");
    fs::rename(world.drive(), &away).unwrap();
    for command in [&["restore", "--dry-run"][..], &["verify"], &["verify", "--all"], &["show", "yesterday"]] {
        world.refused(command, 1, "destination-missing");
    }
    let words = world.run(["list"]).expect(0);
    assert!(words.stdout.contains("away") && !words.stdout.contains("missing"), "{words}");
    fs::rename(&away, world.drive()).unwrap();
    world.json(["verify"]).done();
}

/// As a chatbot leaves it that was not stopped well: rows in the `-wal` alone.
fn database_with_wal(path: &Path) {
    let db = Connection::open(path).unwrap();
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    db.execute_batch("CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello')").unwrap();
    assert!(path.with_file_name("webui.db-wal").exists());
}

#[test]
fn what_did_not_change_is_not_called_changed() {
    let (world, _) = world();
    let path = world.bot().join("data/webui.db");
    database_with_wal(&path);
    world.backup("full");
    let dry = |world: &World| world.keyed(["restore", "--dry-run"]).done()["changes"].clone();
    assert_eq!(dry(&world), serde_json::json!([]), "with its -wal it is as it was captured");
    world.keyed(["restore", "--yes", "--no-emergency"]).done();
    let diff = world.json(["diff"]).done();
    assert_eq!(diff["changes"], serde_json::json!([]), "what was restored is what was captured: {diff}");
    assert_eq!(dry(&world), serde_json::json!([]));
    // And what did change is.
    Connection::open(&path).unwrap().execute("INSERT INTO chat VALUES ('again')", []).unwrap();
    let changed = |changes: &Value, sign: &str| {
        let changes = changes.as_array().unwrap().clone();
        changes.len() == 1 && text(&changes[0]["path"]) == "bot/data/webui.db" && changes[0].to_string().contains(sign)
    };
    let diff = world.json(["diff"]).done();
    assert!(changed(&diff["changes"], "changed"), "{diff}");
    let preview = dry(&world);
    assert!(changed(&preview, "replace"), "{preview}");
}

#[test]
fn nothing_is_promised_that_does_not_happen() {
    let world = World::empty();
    fs::create_dir(world.bot()).unwrap();
    fs::write(world.bot().join("a"), "a").unwrap();
    let mut setup = world.command();
    setup.args(["setup", "bot", "--yes", "--root"]).arg(world.bot()).arg("--to").arg(world.drive());
    setup.arg("--passphrase-file").arg(world.passphrase_file());
    let said = run(&mut setup).expect(0).stdout;
    assert!(!said.contains("by themselves"), "{said}");
    let line = said.lines().find(|line| line.contains("* * * *")).unwrap();
    assert!(line.contains(world.home().to_str().unwrap()) && line.contains(" --no-keyring "), "{line}");
    // What cron would run, runs.
    let command = line.trim_start().split_once("* * * * ").unwrap().1;
    let mut shell = std::process::Command::new("sh");
    shell.arg("-c").arg(command).env_clear().env("HOME", world.path().join("person"));
    let ran = run(&mut shell).expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(listed(&world).len(), 1);
    assert!(world.run(["status"]).expect(0).stdout.contains("made by nobody: holdfast watch makes it"));
    let reason = world.json(["backup"]).done();
    assert_eq!(text(&reason["reason"]), "asked for; nothing is due");
}

#[test]
fn what_is_lost_is_brought_back_by_one_command_or_settled_by_its_name() {
    let world = World::new();
    let data = world.bot().join("data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("a"), "a").unwrap();
    fs::write(data.join(".env"), "WEBUI_SECRET_KEY=abc").unwrap();
    world.backup("full");
    fs::remove_file(data.join(".env")).unwrap();
    // A full archive settles nothing.
    for level in ["hourly", "full"] {
        let ran = world.run(["backup", "--level", level]).expect(3);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("holdfast settle bot --path bot/data/.env"), "{level}: {ran}");
    }
    let named = world.run(["settle", "--dry-run"]).expect(0);
    assert!(named.stdout.contains("  bot/data/.env"), "{named}");
    world.keyed(["restore", "--lost", "--yes"]).done();
    assert_eq!(fs::read_to_string(data.join(".env")).unwrap(), "WEBUI_SECRET_KEY=abc");
    assert!(world.run(["settle"]).expect(0).stdout.contains("Nothing that bot lost is open"));

    world.backup("hourly");
    fs::remove_file(data.join(".env")).unwrap();
    world.run(["backup", "--level", "full"]).expect(3);
    let settled = world.json(["settle", "--path", "bot/data/.env", "--yes"]).done();
    assert_eq!(settled["settled"], serde_json::json!(["bot/data/.env"]));
    world.run(["backup", "--level", "full"]).expect(0);

    // Taken back, it is told at once.
    let listed = world.run(["settle", "--list"]).expect(0);
    assert!(listed.stdout.contains("  bot/data/.env") && listed.stdout.contains("--undo"), "{listed}");
    assert_eq!(world.json(["settle", "--list"]).done()["settled"][0]["path"], "bot/data/.env");
    assert_eq!(text(&status(&world)["state"]), "protected");
    let back = world.json(["settle", "--undo", "--path", "data/.env", "--yes"]).done();
    assert_eq!(back["taken_back"], serde_json::json!(["bot/data/.env"]));
    assert_eq!(text(&status(&world)["state"]), "attention");
    assert!(world.run(["settle", "--list"]).expect(0).stdout.contains("Nothing that bot lost was settled"));
    world.run(["backup", "--level", "full"]).expect(3);
}
