//! What runs with real chatbots taught, each with real SQLite.
#![allow(clippy::unwrap_used)]

use holdfast_tests::{Server, World, args, assert_same, picture, picture_without};
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

const PAGE: u64 = 4096;

/// As a chatbot has it open: in WAL mode, closing folds nothing in.
fn live(path: &Path) -> Connection {
    let db = Connection::open(path).unwrap();
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    db
}

fn count(path: &Path, table: &str) -> i64 {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

fn check(path: &Path) -> String {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

/// Three chats, all of them in the `-wal` alone.
fn chats_in_wal(path: &Path) -> Connection {
    let db = live(path);
    db.execute_batch("CREATE TABLE chat (id INTEGER PRIMARY KEY, title TEXT)").unwrap();
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 0").unwrap();
    for title in ["one", "two", "three"] {
        db.execute("INSERT INTO chat (title) VALUES (?1)", [title]).unwrap();
    }
    db
}

fn root_page(path: &Path, name: &str) -> u64 {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let page: i64 =
        db.query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [name], |row| row.get(0)).unwrap();
    u64::try_from(page).unwrap()
}

fn overwrite(path: &Path, page: u64) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.write_all_at(&[0xa7; PAGE as usize], (page - 1) * PAGE).unwrap();
}

/// 1. Rows that are in the `-wal` alone are captured, and the source stays as it was.
#[test]
fn rows_in_the_wal_are_captured_and_the_source_is_not_touched() {
    let world = World::new();
    let data = world.bot().join("data");
    fs::create_dir_all(&data).unwrap();
    let path = data.join("webui.db");
    let db = chats_in_wal(&path);
    // The copy that people make holds none.
    let naive = world.path().join("naive.db");
    fs::copy(&path, &naive).unwrap();
    assert_eq!((check(&naive).as_str(), count(&naive, "chat")), ("ok", 0));

    let facts = |path: &Path| {
        use std::os::unix::fs::MetadataExt;
        let meta = fs::metadata(path).unwrap();
        (meta.len(), meta.mtime(), meta.mtime_nsec(), meta.ino())
    };
    let files = ["webui.db", "webui.db-wal", "webui.db-shm"].map(|name| data.join(name));
    let content = |path: &Path| fs::read(path).unwrap();
    let before = (facts(&files[0]), facts(&files[1]), facts(&data), content(&files[0]), content(&files[1]));
    world.backup("full");
    let after = (facts(&files[0]), facts(&files[1]), facts(&data), content(&files[0]), content(&files[1]));
    assert!(before == after, "the backup changed the source");
    // The database still works, and with it stopped the backup finds the same.
    db.execute("INSERT INTO chat (title) VALUES ('four')", []).unwrap();
    drop(db);
    assert!(files[1].exists(), "a clean stop does not fold it in");
    let stopped = picture(&data);
    let wal = content(&files[1]);
    world.backup("full");
    assert_same(&stopped, &picture(&data), "the source after the second backup");
    assert_eq!(content(&files[1]), wal);
    let names: Vec<_> = fs::read_dir(&data).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains("journal")), "{names:?}");

    let archives = world.archive_files();
    for (archive, expected) in archives.iter().zip([3, 4]) {
        let into = world.path().join(format!("into-{expected}"));
        world.keyed(args!["restore", "--at", archive, "--into", &into]).done();
        let restored = into.join("bot/data/webui.db");
        assert!(!restored.with_file_name("webui.db-wal").exists());
        assert_eq!((check(&restored).as_str(), count(&restored, "chat")), ("ok", expected));
    }
}

/// 2. A `-wal` that stays over a restored database shows newer rows; a restore removes it.
#[test]
fn a_restore_removes_the_stale_wal() {
    let world = World::new();
    let data = world.bot().join("data");
    fs::create_dir_all(&data).unwrap();
    let path = data.join("webui.db");
    let db = chats_in_wal(&path);
    world.backup("full");
    for title in ["newer", "newest"] {
        db.execute("INSERT INTO chat (title) VALUES (?1)", [title]).unwrap();
    }
    drop(db);
    assert_eq!(count(&path, "chat"), 5);
    fs::write(data.join("webui.db-journal"), b"").unwrap();
    world.keyed(["restore", "--path", "bot/data/webui.db", "--yes"]).done();
    for ending in ["-wal", "-shm", "-journal"] {
        assert!(!data.join(format!("webui.db{ending}")).exists(), "{ending} stayed");
    }
    assert_eq!((check(&path).as_str(), count(&path, "chat")), ("ok", 3));
    world.json(["undo", "--yes"]).done();
    assert_eq!(count(&path, "chat"), 5);
}

/// 3. The full integrity check is made, and what it says is read: a damaged index is reported.
#[test]
fn a_damaged_index_is_reported() {
    let world = World::new();
    let data = world.bot().join("data");
    fs::create_dir_all(&data).unwrap();
    let path = data.join("webui.db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch(
        "CREATE TABLE chat (id INTEGER PRIMARY KEY, title TEXT);
         CREATE INDEX by_title ON chat (title);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
         INSERT INTO chat (title) SELECT 'chat ' || i FROM n;",
    )
    .unwrap();
    drop(db);
    world.backup("full");
    // A change that the index does not know of.
    let db = Connection::open(&path).unwrap();
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false).unwrap();
    db.execute_batch(
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'CREATE INDEX by_title ON chat (title) WHERE id < 0' WHERE name = 'by_title';",
    )
    .unwrap();
    drop(db);
    let db = Connection::open(&path).unwrap();
    db.execute("UPDATE chat SET title = 'unknown to the index' WHERE id = 5", []).unwrap();
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false).unwrap();
    db.execute_batch(
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'CREATE INDEX by_title ON chat (title)' WHERE name = 'by_title';",
    )
    .unwrap();
    drop(db);
    assert_ne!(check(&path), "ok");
    let quick: String = Connection::open(&path).unwrap().query_row("PRAGMA quick_check", [], |row| row.get(0)).unwrap();
    assert_eq!(quick, "ok", "the quick check does not see it");

    let answer = world.json(["backup", "--level", "full"]).problems();
    assert_eq!(codes(&answer), ["database-damaged"], "{answer}");
    assert_eq!(answer["problems"][0]["subject"], "bot/data/webui.db");
    assert!(answer["problems"][0]["next_step"].as_str().is_some_and(|step| !step.is_empty()));
    // It says so again before it is restored.
    let at = answer["archive"].as_str().unwrap();
    let dry = world.keyed(args!["restore", "--at", at, "--dry-run", "--into", world.path().join("x")]).done();
    assert!(codes(&dry).contains(&"database-damaged".to_owned()), "{dry}");
    // It was captured all the same, as it is.
    let into = world.path().join("into");
    world.keyed(args!["restore", "--at", at, "--into", &into]).json();
    assert_eq!(count(&into.join("bot/data/webui.db"), "chat"), 300);
}

fn codes(answer: &serde_json::Value) -> Vec<String> {
    let problems = answer["problems"].as_array().unwrap();
    problems.iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
}

/// 4. The server says that all is well while the chats are gone; a backup and a verification do not.
#[test]
fn http_health_is_not_data_health() {
    let world = World::with_sample(8_000_000);
    let path = world.bot().join("data/webui.db");
    // So that no newer copy of the page is in the `-wal`.
    live(&path).query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let sound = world.backup("full");
    let server = Server::start(&world, &world.bot(), 0, None);
    overwrite(&path, root_page(&path, "chat"));
    assert_eq!(server.get("/health").0, 200);
    let answer = world.json(["backup", "--level", "hourly"]).problems();
    server.stop();
    assert!(codes(&answer).contains(&"database-damaged".to_owned()), "{answer}");
    let status = world.json(["status"]).problems();
    assert_eq!(status["deployments"][0]["state"], "attention", "{status}");
    // The archive is what was written, and says of itself that what it holds is damaged.
    let shown = world.json(["show", "latest"]).done();
    assert!(shown["made_with"].to_string().contains("database-damaged"), "{shown}");
    let (into, at) = (world.path().join("x"), answer["archive"].as_str().unwrap());
    let dry = world.keyed(args!["restore", "--at", at, "--into", &into, "--dry-run"]).done();
    assert!(codes(&dry).contains(&"database-damaged".to_owned()), "{dry}");
    // Where none is named, it is the one in which the database is whole.
    let dry = world.keyed(args!["restore", "--into", &into, "--dry-run"]).done();
    assert_eq!(dry["archive"], sound["archive"], "{dry}");
    assert!(!codes(&dry).contains(&"database-damaged".to_owned()), "{dry}");
    let whole = world.keyed(args!["verify", sound["archive"].as_str().unwrap(), "--full"]).done();
    assert_eq!(whole["archives"][0]["ok"], true);
}

/// 5. Absolute paths inside the database lead to the old place: said before it is restored elsewhere.
#[test]
fn another_place_is_said_in_the_dry_run() {
    let world = World::with_sample(5_000_000);
    world.backup("full");
    let into = world.path().join("elsewhere");
    let dry = world.keyed(args!["restore", "--into", &into, "--dry-run"]).done();
    let notice = dry["problems"].as_array().unwrap().iter().find(|note| note["code"] == "origin-differs").unwrap();
    assert_eq!(notice["severity"], "notice");
    let text = notice.to_string();
    assert!(text.contains("absolute paths"), "{text}");
    assert!(text.contains(world.bot().to_str().unwrap()), "{text}");
    assert!(!into.exists());
    let words = world.run(args!["--identity-file", world.identity_file(), "restore", "--into", &into, "--dry-run"]);
    assert!(words.expect(0).stderr.contains("absolute paths"));
    // In place there is nothing to say.
    let dry = world.keyed(["restore", "--dry-run"]).done();
    assert!(!codes(&dry).contains(&"origin-differs".to_owned()), "{dry}");
    world.keyed(args!["restore", "--into", &into]).done();
    let db = Connection::open_with_flags(into.join("bot/data/webui.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let upload: String = db.query_row("SELECT path FROM file LIMIT 1", [], |row| row.get(0)).unwrap();
    assert!(upload.starts_with(world.bot().to_str().unwrap()), "the rows are as they were: {upload}");
}

/// 7. Chroma is one unit: database and segments' folders come together, and a store that lacks one is reported.
#[test]
fn a_vector_store_is_one_unit() {
    let world = World::with_sample(8_000_000);
    let store = world.bot().join("data/vector_db");
    let whole = picture_without(&store, &[]);
    world.backup("full");
    let segments: Vec<_> =
        fs::read_dir(&store).unwrap().map(|item| item.unwrap().path()).filter(|path| path.is_dir()).collect();
    assert!(!segments.is_empty());

    // Restored into a new folder, all of it is there.
    let into = world.path().join("into");
    world.keyed(args!["restore", "--component", "vectors", "--into", &into]).done();
    assert_same(&whole, &picture(&into.join("bot/data/vector_db")), "the restored store");
    let restored = into.join("bot/data/vector_db/chroma.sqlite3");
    let db = Connection::open_with_flags(&restored, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut ids = db.prepare("SELECT id FROM segments WHERE type LIKE '%hnsw-local-persisted'").unwrap();
    let ids: Vec<String> = ids.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(ids.len(), segments.len());
    for id in ids {
        assert!(into.join("bot/data/vector_db").join(&id).join("data_level0.bin").is_file(), "{id}");
    }

    // The database alone is warned of.
    let dry = world
        .keyed(args![
            "restore",
            "--path",
            "bot/data/vector_db/chroma.sqlite3",
            "--into",
            world.path().join("alone"),
            "--dry-run"
        ])
        .done();
    assert!(codes(&dry).contains(&"vector-store-incomplete".to_owned()), "{dry}");

    // A segment without its folder.
    fs::remove_dir_all(&segments[0]).unwrap();
    let answer = world.json(["backup", "--level", "daily"]).problems();
    assert!(codes(&answer).contains(&"vector-store-incomplete".to_owned()), "{answer}");
    let text = answer.to_string();
    let lost = segments[0].file_name().unwrap().to_str().unwrap();
    assert!(text.contains(lost), "the segment is not named: {text}");

    // Restored from the first archive, the store in place is whole again.
    let first = &world.archive_files()[0];
    world.keyed(args!["restore", "--at", first, "--component", "vectors", "--yes"]).json();
    assert_same(&whole, &picture(&store), "the store after the restore in place");
}
