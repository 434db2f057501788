//! Files, folders and stores that do not stand still while they are captured.
#![allow(clippy::unwrap_used)]
mod support;

use holdfast_engine::domain::{Code, Level, Outcome};
use holdfast_engine::operations::backup::{self, BackupReport};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{FileExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};
use support::picture::What;
use support::rng::Rng;
use support::{Time, World, comes_back, reported};

/// Long enough to read that whoever writes to it all the time gets a turn meanwhile.
const BUSY: u64 = 32 << 20;

/// Does something all the time while something else is done.
fn meanwhile<T>(mut all_the_time: impl FnMut() + Send, act: impl FnOnce() -> T) -> T {
    let (begun, done) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                all_the_time();
                begun.store(true, Ordering::Relaxed);
            }
        });
        while !begun.load(Ordering::Relaxed) && !thread.is_finished() {
            std::thread::yield_now();
        }
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
        done.store(true, Ordering::Relaxed);
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[test]
fn a_file_that_grows_while_it_is_read_is_captured_as_it_once_was() {
    let world = World::new(Time::Present);
    let path = world.write("log.txt", "begin\n".repeat(100_000));
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    for level in [Level::Full, Level::Hourly, Level::Daily] {
        let append = || file.write_all(b"another line\n").unwrap();
        let report = meanwhile(append, || world.good_backup(level));
        let into = world.path().join(format!("into-{level}"));
        world.restore_into(&report.archive, &into).unwrap();
        let captured = fs::read(into.join("data/log.txt")).unwrap();
        let now = fs::read(&path).unwrap();
        assert!(captured.len() >= 600_000 && captured.len() < now.len() && now.starts_with(&captured));
    }
}

#[test]
fn a_file_that_never_stands_still_is_captured_and_named() {
    let world = World::new(Time::Present);
    world.write("quiet.txt", "quiet");
    let path = world.write("busy.dat", vec![1; BUSY as usize]);
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    let mut rng = Rng::new(5);
    for level in [Level::Full, Level::Hourly] {
        let scribble = || drop(file.write_all_at(&rng.bytes(64), rng.below(BUSY)));
        let report = meanwhile(scribble, || world.backup(level));
        assert_eq!(report.outcome, Outcome::Problems);
        reported(&report, Code::FileChanged, "data/busy.dat");
        assert_eq!(report.problems.len(), 1);
        let moment = world.moment(&report.archive);
        assert!(matches!(moment[&b"data/busy.dat"[..]].what, What::File { size, .. } if size >= BUSY));
    }
    comes_back(&world, Level::Hourly);
}

#[test]
fn files_that_go_between_the_look_and_the_read_are_named_and_the_rest_is_captured() {
    for level in [Level::Full, Level::Hourly] {
        let world = World::new(Time::Ahead);
        for path in ["gone", "stays", "swapped", "folder/unchanged", "folder/changed", "first", "whole/inside"] {
            world.write(path, format!("first of {path}"));
        }
        symlink("stays", world.data().join("link")).unwrap();
        fs::hard_link(world.data().join("first"), world.data().join("second")).unwrap();
        world.good_backup(Level::Full);
        for path in ["gone", "swapped", "folder/changed", "folder/new", "first"] {
            world.write(path, format!("second state of {path}"));
        }
        fs::remove_file(world.data().join("link")).unwrap();
        symlink("gone", world.data().join("link")).unwrap();
        world.advance_minutes(1);
        let plan = world.plan(level);
        fs::remove_file(world.data().join("gone")).unwrap();
        fs::remove_file(world.data().join("first")).unwrap();
        fs::remove_file(world.data().join("link")).unwrap();
        fs::remove_dir_all(world.data().join("folder")).unwrap();
        fs::remove_file(world.data().join("swapped")).unwrap();
        fs::create_dir(world.data().join("swapped")).unwrap();
        fs::remove_dir_all(world.data().join("whole")).unwrap();
        fs::write(world.data().join("whole"), "now a file").unwrap();
        let report = backup::run(&world.context, plan, &world.job()).unwrap();
        assert_eq!(report.outcome, Outcome::Problems);
        for subject in ["data/gone", "data/first", "data/link", "data/folder/changed", "data/swapped"] {
            reported(&report, Code::FileVanished, subject);
        }
        // Whatever it holds, it holds together.
        let moment = world.moment(&report.archive);
        let has = |path: &str| moment.contains_key(path.as_bytes());
        assert!(
            has("data/stays") && has("data/second") && !has("data/gone") && !has("data/link") && !has("data/first")
        );
        comes_back(&world, Level::Hourly);
    }
}

#[test]
fn folders_that_come_and_go_meanwhile_never_spoil_the_moment() {
    let world = World::new(Time::Present);
    world.write("stays", "x");
    let mut rng = Rng::new(11);
    let churn = || {
        let folder = world.data().join(format!("folder {}", rng.below(3)));
        let inner = folder.join("inner");
        let _ = fs::create_dir_all(&inner);
        for number in 0..3 {
            let _ = fs::write(inner.join(number.to_string()), rng.bytes(100));
            let _ = fs::hard_link(inner.join("0"), inner.join("link"));
        }
        if rng.one_in(2) {
            let _ = fs::remove_dir_all(folder);
        }
    };
    let levels = [Level::Full, Level::Hourly, Level::Daily, Level::Hourly, Level::Hourly, Level::Hourly];
    let reports = meanwhile(churn, || levels.map(|level| world.backup(level)));
    for report in reports {
        assert!(world.moment(&report.archive).contains_key(&b"data/stays"[..]));
    }
    // What went last would be told as lost.
    for path in (0..3).flat_map(|folder| ["0", "1", "2", "link"].map(|name| format!("folder {folder}/inner/{name}"))) {
        world.write(&path, "back");
    }
    comes_back(&world, Level::Hourly);
}

#[test]
fn a_vector_store_that_never_stands_still_is_captured_and_named() {
    let world = World::new(Time::Present);
    let store = world.data().join("vector_db");
    let segment = store.join("00000001-0000-4000-8000-000000000001");
    fs::create_dir_all(&segment).unwrap();
    let database = rusqlite::Connection::open(store.join("chroma.sqlite3")).unwrap();
    database.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE t(a)").unwrap();
    let level = segment.join("data_level0.bin");
    fs::write(&level, vec![1; BUSY as usize]).unwrap();
    let level = OpenOptions::new().write(true).open(level).unwrap();
    let mut rng = Rng::new(13);
    let churn = move || {
        level.write_all_at(&rng.bytes(64), rng.below(BUSY)).unwrap();
        let path = segment.join(format!("{}.bin", rng.below(4)));
        if rng.one_in(3) {
            let _ = fs::remove_file(&path);
        } else {
            fs::write(&path, rng.bytes(2000)).unwrap();
        }
        database.execute("INSERT INTO t VALUES (?1)", [rng.below(100) as i64]).unwrap();
    };
    let levels = [Level::Full, Level::Hourly, Level::Hourly, Level::Hourly];
    let reports = meanwhile(churn, || levels.map(|level| world.backup(level)));
    let has = |report: &BackupReport, code| report.problems.iter().any(|problem| problem.code == code);
    assert!(reports.iter().any(|report| has(report, Code::VectorStoreChanging)), "{reports:?}");
    for report in reports {
        // A disk that is busy may hold the writer up for as long as it takes: then the store did stand still, and all is well.
        assert!(has(&report, Code::VectorStoreChanging) || !has(&report, Code::FileChanged), "{report:?}");
        let moment = world.moment(&report.archive);
        assert!(matches!(moment[&b"data/vector_db/chroma.sqlite3"[..]].what, What::Database(_)));
    }
    comes_back(&world, Level::Hourly);
}
