use super::*;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_single_file_is_noticed_however_an_editor_writes_it() {
    let yard = Yard::new();
    yard.write(".env", "KEY=a");
    let mut hand = yard.hand();
    assert_eq!(hand.kinds(), []);
    yard.write(".env", "KEY=b");
    let seen = hand.take();
    assert_eq!((kinds(&seen), seen.config.unwrap().examples), (vec![Kind::Config], vec![PathBuf::from(".env")]));
    yard.write(".env.new", "KEY=c");
    assert_eq!(hand.kinds(), [], "something beside it");
    fs::rename(yard.path(".env.new"), yard.path(".env")).unwrap();
    assert_eq!(hand.kinds(), [Kind::Config]);
    fs::set_permissions(yard.path(".env"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(hand.kinds(), [Kind::Config]);
    fs::remove_file(yard.path(".env")).unwrap();
    assert_eq!(hand.kinds(), [Kind::Config]);
    assert_eq!(hand.by(1), By::Missing);
    yard.write(".env", "KEY=d");
    assert_eq!(hand.kinds(), [Kind::Config]);
    let _ = fs::read(yard.path(".env")).unwrap();
    assert_eq!(hand.kinds(), [], "who reads changes nothing");
}

#[test]
fn a_file_behind_a_link_is_noticed() {
    let yard = Yard::new();
    yard.write("shared/env", "KEY=a");
    std::os::unix::fs::symlink(yard.path("shared/env"), yard.path(".env")).unwrap();
    let mut hand = yard.hand();
    yard.write("shared/env", "KEY=b");
    assert_eq!(hand.kinds(), [Kind::Config]);
}

#[test]
fn what_a_database_and_a_log_write_is_no_configuration() {
    let yard = Yard::new();
    yard.write("data/config.yaml", "a: 1");
    let database = rusqlite::Connection::open(yard.path("data/chat.db")).unwrap();
    database.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t (a)").unwrap();
    let mut hand = yard.hand();
    database.execute_batch("INSERT INTO t VALUES (1)").unwrap();
    let seen = hand.take();
    assert_eq!(
        (kinds(&seen), seen.data.unwrap().examples),
        (vec![Kind::Data], vec![PathBuf::from("data/chat.db-wal")])
    );
    let count: i64 = database.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
    assert_eq!((count, hand.kinds()), (1, vec![]), "who reads changes nothing");
    yard.write("data/logs/server.log", "hello");
    hand.take();
    fs::OpenOptions::new().append(true).open(yard.path("data/logs/server.log")).unwrap().set_len(3).unwrap();
    assert_eq!(hand.kinds(), [Kind::Logs]);
    yard.write("data/config.yaml", "a: 2");
    assert_eq!(hand.kinds(), [Kind::Config]);
}

#[test]
fn what_is_left_out_is_not_watched() {
    let yard = Yard::new();
    yard.write("data/node_modules/express/index.js", "x");
    yard.write("data/cached/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55");
    yard.write("data/cached/deep/x", "x");
    yard.write("data/uploads/a.pdf", "x");
    let mut hand = yard.hand();
    assert_eq!(hand.by(0), By::Events { folders: 2 + 1 }, "the root, what people sent, and the tag's own folder");
    yard.write("data/node_modules/express/index.js", "y");
    yard.write("data/node_modules/other/index.js", "y");
    yard.write("data/cached/deep/x", "y");
    assert_eq!(hand.kinds(), []);
}

#[test]
fn what_changed_before_it_began_is_told_when_no_archive_has_it() {
    let yard = Yard::new();
    yard.write("data/uploads/a.pdf", "x");
    yard.write(".env", "KEY=a");
    let seen = |archived| {
        let mut options = yard.options();
        options.archived = Some(archived);
        let filter = Classifier::new(&yard.profile, Path::new("/none")).unwrap();
        let shared = Arc::new(Shared { stop: AtomicBool::new(false), state: Mutex::default() });
        let roots = yard.profile.roots.iter().map(WalkRoot::from).collect();
        let mut worker = Worker::new(roots, Box::new(filter), options, shared);
        worker.begin(0);
        worker.begin(1);
        Hand(worker).kinds()
    };
    assert_eq!(seen(Timestamp::now() + SignedDuration::from_secs(1)), []);
    assert_eq!(seen(Timestamp::now() - SignedDuration::from_secs(60)), [Kind::Config, Kind::Data]);
}
