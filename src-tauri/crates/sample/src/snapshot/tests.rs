use rusqlite::config::DbConfig;

use super::*;

fn entry<'a>(snapshot: &'a [Entry], path: &str) -> &'a Entry {
    snapshot.iter().find(|entry| entry.path == path).unwrap()
}

#[test]
fn every_difference_shows() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("a"), "one").unwrap();
    fs::write(at("b"), "two").unwrap();
    std::os::unix::fs::symlink("a", at("link")).unwrap();
    let before = snapshot(dir.path(), &[]).unwrap();
    assert!(diff(&before, &snapshot(dir.path(), &[]).unwrap()).is_empty());

    fs::write(at("a"), "eno").unwrap();
    fs::remove_file(at("b")).unwrap();
    fs::hard_link(at("a"), at("z")).unwrap();
    fs::remove_file(at("link")).unwrap();
    std::os::unix::fs::symlink("z", at("link")).unwrap();
    let after = snapshot(dir.path(), &[]).unwrap();
    let lines = diff(&without_mtime(before), &without_mtime(after.clone()));
    let starts: Vec<_> = lines.iter().map(|l| l.split('\t').next().unwrap()).collect();
    assert_eq!(starts, ["-a", "+a", "-b", "-link", "+link", "+z"]);
    assert_eq!(entry(&after, "z").same_as.as_deref(), Some("a"));
}

#[test]
fn excluded_names_are_left_out_with_what_is_in_them() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("cache/deep")).unwrap();
    fs::write(dir.path().join("kept"), "").unwrap();
    fs::write(dir.path().join("db-wal"), "").unwrap();
    let paths: Vec<_> = snapshot(dir.path(), &["cache".into()]).unwrap().into_iter().map(|entry| entry.path).collect();
    assert_eq!(paths, [".", "kept"]);
}

#[test]
fn a_database_is_its_rows_wherever_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let open = || {
        let db = rusqlite::Connection::open(&path).unwrap();
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
        db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap();
        db
    };
    open().execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1), ('x')").unwrap();
    let in_wal = snapshot(dir.path(), &[]).unwrap();
    let shm = beside_time(dir.path());
    assert_eq!(in_wal, snapshot(dir.path(), &[]).unwrap());
    assert_eq!(shm, beside_time(dir.path()), "the folder was touched");
    assert_eq!(entry(&in_wal, "db").kind, Kind::Sqlite);

    open().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let folded = snapshot(dir.path(), &[]).unwrap();
    assert_eq!(entry(&in_wal, "db").hash, entry(&folded, "db").hash);

    open().execute_batch("UPDATE t SET a = '1' WHERE a = 1").unwrap();
    let changed = snapshot(dir.path(), &[]).unwrap();
    assert_ne!(entry(&folded, "db").hash, entry(&changed, "db").hash);
}

fn beside_time(folder: &Path) -> i64 {
    fs::metadata(folder).unwrap().mtime_nsec()
}

#[test]
fn names_stay_on_their_line() {
    assert_eq!(escape("Größe 🏖".as_bytes()), "Größe 🏖");
    assert_eq!(escape(b"a\nb\tc\\d\xff"), "a\\nb\\tc\\\\d\\xff");
}
