use crate::archive::EntryKind;
use crate::catalog::State;
use crate::operations::backup::{self, BackupRequest};
use crate::operations::browse;
use crate::operations::test_support::World;
use holdfast_domain::{Code, Kind, Level, Outcome};

fn request(level: Level) -> BackupRequest {
    BackupRequest { level: Some(level), kind: Kind::Manual, ..BackupRequest::default() }
}

#[test]
fn an_incremental_archive_reads_and_holds_what_changed() {
    let world = World::new();
    world.write("a", "a");
    world.write("b", "b");
    let full = world.backup(Level::Full);
    assert_eq!((full.outcome, full.level, full.files, full.files_read), (Outcome::Done, Level::Full, 2, 2));
    assert!(full.signed && full.problems.is_empty());
    world.advance_hours(24);
    let idle = world.backup(Level::Daily);
    assert_eq!((idle.files, idle.files_read), (2, 0));
    world.advance_hours(24);
    world.write("b", "other");
    world.write("c", "c");
    world.remove("a");
    let daily = world.backup(Level::Daily);
    assert_eq!((daily.files, daily.files_read, daily.bytes), (2, 2, 6));
    let moment = world.moment(&daily.archive);
    moment.check().unwrap();
    let paths: Vec<_> = moment.entries().unwrap().map(|e| e.unwrap().display().into_owned()).collect();
    assert_eq!(paths, ["data", "data/b", "data/c"], "what is gone is gone from the moment");
    assert_eq!(world.row(&daily.archive).parent, Some(full.archive));
}

#[test]
fn without_a_full_archive_to_build_on_it_makes_one() {
    let world = World::new();
    world.write("a", "a");
    let first = world.backup(Level::Hourly);
    assert_eq!(first.level, Level::Full);
    std::fs::remove_file(&first.path).unwrap();
    world.advance_hours(1);
    assert_eq!(world.backup(Level::Hourly).level, Level::Full, "the one that there was is gone");
}

#[test]
fn an_hourly_archive_builds_on_the_daily_one() {
    let world = World::new();
    world.write("a", "a");
    let full = world.backup(Level::Full).archive;
    world.advance_hours(24);
    let daily = world.backup(Level::Daily).archive;
    world.advance_hours(1);
    let hourly = world.backup(Level::Hourly).archive;
    assert_eq!(world.row(&hourly).needs, [daily, full]);
}

#[test]
fn no_archive_builds_on_one_of_a_damaged_state() {
    let world = World::new();
    world.write("a", "a");
    let full = world.backup(Level::Full).archive;
    world.advance_hours(1);
    world.backup_as(Level::Daily, Kind::Emergency);
    world.advance_hours(1);
    let hourly = world.backup(Level::Hourly).archive;
    assert_eq!(world.row(&hourly).needs, [full]);
}

#[test]
fn cancelled_it_leaves_nothing() {
    let world = World::new();
    world.write("a", "a");
    let job = world.job();
    let plan = backup::plan(&world.context, &world.profile, request(Level::Full), &job).unwrap();
    job.cancel();
    let error = backup::run(&world.context, plan, &job).unwrap_err();
    assert_eq!(error.code(), Code::Cancelled);
    let left: Vec<_> = std::fs::read_dir(world.archives().dir()).unwrap().map(|i| i.unwrap().file_name()).collect();
    assert_eq!(left, ["recovery-key.age"]);
    assert!(world.catalog().archives().list(None).unwrap().is_empty());
    // And the next one works.
    world.backup(Level::Full);
}

#[test]
fn one_at_a_time() {
    let world = World::new();
    let job = world.job();
    let plan = backup::plan(&world.context, &world.profile, request(Level::Full), &job).unwrap();
    let error = backup::plan(&world.context, &world.profile, request(Level::Full), &job).unwrap_err();
    assert_eq!(error.code(), Code::Locked);
    drop(plan);
    backup::plan(&world.context, &world.profile, request(Level::Full), &job).unwrap();
}

#[test]
fn a_drive_that_is_away_is_not_made_anew() {
    let world = World::new();
    let drive = world.path().join("drive");
    std::fs::rename(&drive, world.path().join("away")).unwrap();
    let error = backup::plan(&world.context, &world.profile, request(Level::Full), &world.job()).unwrap_err();
    assert_eq!(error.code(), Code::DestinationMissing);
    assert!(!drive.exists());
}

#[test]
fn rows_that_are_in_the_wal_alone_are_captured() {
    let world = World::new();
    let open = rusqlite::Connection::open(world.root().join("chat.db")).unwrap();
    open.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;
         CREATE TABLE chat (text); INSERT INTO chat VALUES ('in the wal');",
    )
    .unwrap();
    let report = world.backup(Level::Full);
    let paths: Vec<_> =
        world.moment(&report.archive).entries().unwrap().map(|e| e.unwrap().display().into_owned()).collect();
    assert_eq!(paths, ["data", "data/chat.db"], "its sidecars are part of it");
    let (moment, readers) = world.reading().moment(&report.path, |_| false).unwrap();
    let entry = browse::details(&moment, b"data/chat.db").unwrap();
    let copy = world.path().join("copy.db");
    let mut file = std::fs::File::create(&copy).unwrap();
    browse::read_file(&readers, &entry, &mut file, &world.job()).unwrap();
    let text: String =
        rusqlite::Connection::open(&copy).unwrap().query_row("SELECT text FROM chat", [], |row| row.get(0)).unwrap();
    assert_eq!(text, "in the wal");
}

#[test]
fn an_archive_that_was_moved_away_stays_known() {
    let world = World::new();
    world.write("a", "a");
    let full = world.backup(Level::Full);
    let away = world.path().join("away.age");
    std::fs::rename(&full.path, &away).unwrap();
    for _ in 0..2 {
        let rows = browse::archives(&world.context, Some(&world.profile.id)).unwrap();
        assert!(rows.iter().any(|row| row.name == full.archive && row.state == State::Missing), "{rows:?}");
        world.advance_hours(1);
        world.backup(Level::Hourly);
    }
    assert!(world.archives().checksum(&full.archive).exists());
    std::fs::rename(&away, &full.path).unwrap();
    browse::archives(&world.context, None).unwrap();
    assert_eq!(world.row(&full.archive).state, State::Present);
}

#[test]
fn a_database_whose_first_name_goes_is_captured_under_its_others() {
    let world = World::new();
    let path = |name: &str| world.root().join(name);
    // With a -wal beside it, it is known for a database at once, and captured after the rest.
    let open = rusqlite::Connection::open(path("a.db")).unwrap();
    open.execute_batch(
        "PRAGMA journal_mode=WAL; CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello');
         PRAGMA wal_checkpoint(TRUNCATE);",
    )
    .unwrap();
    for name in ["b.db", "c.db"] {
        std::fs::hard_link(path("a.db"), path(name)).unwrap();
    }
    for level in [Level::Full, Level::Daily] {
        world.advance_hours(24);
        let job = world.job();
        let plan = backup::plan(&world.context, &world.profile, request(level), &job).unwrap();
        std::fs::rename(path("a.db"), world.path().join("away")).unwrap();
        let report = backup::run(&world.context, plan, &job).unwrap();
        let told: Vec<_> = report.problems.iter().map(|p| (p.code, p.subject.as_str())).collect();
        assert_eq!(told, [(Code::FileVanished, "data/a.db")]);
        let (moment, readers) = world.reading().moment(&report.path, |_| false).unwrap();
        moment.check().unwrap();
        let paths: Vec<_> = moment.entries().unwrap().map(|e| e.unwrap().display().into_owned()).collect();
        assert_eq!(paths, ["data", "data/b.db", "data/c.db"]);
        for name in ["b.db", "c.db"] {
            let entry = browse::details(&moment, format!("data/{name}").as_bytes()).unwrap();
            assert!(entry.kind == EntryKind::File && entry.database, "{entry:?}");
            let copy = world.path().join("copy.db");
            browse::read_file(&readers, &entry, &mut std::fs::File::create(&copy).unwrap(), &job).unwrap();
            let copy = rusqlite::Connection::open(&copy).unwrap();
            let text: String = copy.query_row("SELECT text FROM chat", [], |row| row.get(0)).unwrap();
            assert_eq!(text, "hello");
        }
        std::fs::rename(world.path().join("away"), path("a.db")).unwrap();
        open.execute_batch("CREATE TABLE IF NOT EXISTS more (n)").unwrap();
    }
}

/// A vector store with segments; its database and their folders.
fn segments(world: &World, ids: &[&str]) {
    std::fs::create_dir_all(world.root().join("vector_db")).unwrap();
    let store = "vector_db/chroma.sqlite3";
    world.sql(store, "CREATE TABLE IF NOT EXISTS segments(id TEXT, type TEXT, collection TEXT)");
    for id in ids {
        let kind = "urn:chroma:segment/vector/hnsw-local-persisted";
        world.sql(store, &format!("INSERT INTO segments VALUES ('{id}', '{kind}', 'c')"));
        world.write(&format!("vector_db/{id}/data_level0.bin"), format!("index of {id}"));
    }
}

#[test]
fn what_is_made_in_a_vector_store_after_the_walk_is_captured_with_it() {
    let world = World::new();
    segments(&world, &["1111"]);
    for (level, id) in [(Level::Full, "2222"), (Level::Daily, "dddd")] {
        world.advance_hours(24);
        world.sql("vector_db/chroma.sqlite3", &format!("CREATE TABLE changed_{id}(n)"));
        let job = world.job();
        let plan = backup::plan(&world.context, &world.profile, request(level), &job).unwrap();
        segments(&world, &[id]);
        world.write(&format!("vector_db/1111/made_with_{id}"), "x");
        let report = backup::run(&world.context, plan, &job).unwrap();
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        let moment = world.moment(&report.archive);
        moment.check().unwrap();
        let paths: Vec<_> = moment.entries().unwrap().map(|e| e.unwrap().display().into_owned()).collect();
        for made in [format!("{id}/data_level0.bin"), id.to_owned(), format!("1111/made_with_{id}")] {
            assert!(paths.contains(&format!("data/vector_db/{made}")), "{made}: {paths:?}");
        }
    }
}

#[test]
fn a_segment_that_is_there_and_was_not_captured_is_named() {
    let mut world = World::new();
    world.profile.exclude = vec!["2222/".to_owned()];
    segments(&world, &["1111", "2222"]);
    let report = world.backup(Level::Full);
    let told: Vec<_> = report.problems.iter().map(|p| (p.code, p.cause.as_str())).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].0 == Code::VectorStoreIncomplete && told[0].1.ends_with(": 2222"), "{told:?}");
}

#[test]
fn a_folder_that_says_it_is_a_cache_is_taken_where_it_was_asked_for() {
    let mut world = World::new();
    world.write("a.txt", "a");
    world.write("warm/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55");
    world.write("warm/deep/model.bin", "m");
    assert_eq!(world.backup(Level::Full).files, 1);
    world.profile.include_recreatable = vec!["/warm".to_owned()];
    assert_eq!(world.backup(Level::Full).files, 3);
}
