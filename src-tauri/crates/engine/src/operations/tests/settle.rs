//! Losses that were meant: nothing but a person settles them.
use crate::operations::backup::BackupReport;
use crate::operations::settle::Word;
use crate::operations::test_support::World;
use crate::operations::{captured, settle};
use holdfast_domain::{Code, Kind, Level};

fn world() -> World {
    let world = World::new();
    world.write(".env", "WEBUI_SECRET_KEY=abc");
    world.sql("chat.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello');");
    for n in 0..30 {
        world.write(&format!("uploads/{n}.txt"), format!("upload {n}"));
    }
    world.backup(Level::Full);
    world
}

fn told(report: &BackupReport) -> Vec<(Code, &str)> {
    report.problems.iter().map(|problem| (problem.code, problem.subject.as_str())).collect()
}

fn open(world: &World) -> Vec<String> {
    let lost = captured::told_lost(&world.catalog(), &world.profile).unwrap().unwrap();
    lost.into_iter().map(|lost| lost.path).collect()
}

fn settled(world: &World, paths: &[&str]) -> usize {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let plan = settle::plan(&world.context, &world.profile, Word::Meant, &paths).unwrap();
    settle::run(&world.context, plan).unwrap().len()
}

/// A week of what `backup` makes by itself.
const WEEK: [(Level, Kind); 6] = [
    (Level::Hourly, Kind::Scheduled),
    (Level::Daily, Kind::Scheduled),
    (Level::Hourly, Kind::Scheduled),
    (Level::Full, Kind::Scheduled),
    (Level::Full, Kind::Manual),
    (Level::Hourly, Kind::Scheduled),
];

#[test]
fn what_is_lost_is_told_by_every_backup_of_whatever_level() {
    let world = world();
    world.remove(".env");
    world.remove("chat.db");
    (0..25).for_each(|n| world.remove(&format!("uploads/{n}.txt")));
    for (level, kind) in WEEK {
        world.advance_hours(1);
        let report = world.backup_as(level, kind);
        let codes: Vec<Code> = report.problems.iter().map(|problem| problem.code).collect();
        for code in [Code::ConfigLost, Code::DatabaseLost, Code::FilesLost] {
            assert_eq!(
                codes.iter().filter(|other| **other == code).count(),
                1,
                "{level:?} {kind:?} {code:?} {codes:?}"
            );
        }
    }
    assert_eq!(open(&world).len(), 27);
    world.write(".env", "WEBUI_SECRET_KEY=abc");
    world.sql("chat.db", "CREATE TABLE chat (text)");
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Full)).len(), 1, "what is there again is told no more");
}

#[test]
fn what_was_meant_is_settled_by_itself_and_stays_so() {
    let world = world();
    world.remove(".env");
    world.remove("chat.db");
    (0..25).for_each(|n| world.remove(&format!("uploads/{n}.txt")));
    world.advance_hours(1);
    world.backup(Level::Hourly);
    assert_eq!(settled(&world, &["data/uploads"]), 25);
    assert_eq!(open(&world), ["data/.env", "data/chat.db"]);
    let error = settle::plan(&world.context, &world.profile, Word::Meant, &["data/uploads".to_owned()]).unwrap_err();
    assert_eq!(error.code(), Code::BadRequest);
    // Also where the archive that is built on still holds them. One that goes while those are open is told with them.
    world.remove("uploads/25.txt");
    for (level, kind) in WEEK {
        world.advance_hours(1);
        let report = world.backup_as(level, kind);
        let mut codes = told(&report);
        codes.sort_by_key(|(_, subject)| *subject);
        let expected = [
            (Code::ConfigLost, "data/.env"),
            (Code::DatabaseLost, "data/chat.db"),
            (Code::FilesLost, "data/uploads/25.txt"),
        ];
        assert_eq!(codes, expected, "{level:?} {kind:?}");
    }
    assert_eq!(settled(&world, &[]), 3);
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Hourly)), []);
    assert_eq!(settled(&world, &[]), 0, "nothing is open");
}

/// What was settled, came again, and goes again, is a loss again.
#[test]
fn what_comes_again_is_no_longer_settled() {
    let world = world();
    world.remove(".env");
    world.advance_hours(1);
    world.backup(Level::Hourly);
    assert_eq!(settled(&world, &["data/.env"]), 1);
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Hourly)), []);
    world.write(".env", "WEBUI_SECRET_KEY=abc");
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Daily)), []);
    world.remove(".env");
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Hourly)), [(Code::ConfigLost, "data/.env")]);
}

fn take_back(world: &World, paths: &[&str]) -> usize {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let plan = settle::plan(&world.context, &world.profile, Word::TakenBack, &paths).unwrap();
    settle::run(&world.context, plan).unwrap().len()
}

fn meant(world: &World) -> Vec<String> {
    let said = settle::said(&world.catalog(), &world.profile).unwrap();
    said.meant.into_iter().map(|settled| settled.lost.path).collect()
}

/// Also after full archives, which hold nothing of it, and though a few files alone are no loss.
#[test]
fn what_was_meant_is_listed_until_it_is_there_again_and_taken_back_it_is_lost_at_once() {
    let world = world();
    world.remove(".env");
    world.remove("chat.db");
    (0..25).for_each(|n| world.remove(&format!("uploads/{n}.txt")));
    world.advance_hours(1);
    world.backup(Level::Hourly);
    settled(&world, &[]);
    for level in [Level::Full, Level::Hourly, Level::Full] {
        world.advance_hours(1);
        assert_eq!(told(&world.backup(level)), [], "{level:?}");
        assert_eq!(meant(&world).len(), 27, "{level:?}");
    }
    let refused = settle::plan(&world.context, &world.profile, Word::TakenBack, &["data/config".to_owned()]);
    assert_eq!(refused.unwrap_err().code(), Code::BadRequest);
    assert_eq!(take_back(&world, &[".env", "data/chat.db", "data/uploads/3.txt"]), 3);
    let mut now = open(&world);
    now.sort();
    assert_eq!(now, ["data/.env", "data/chat.db", "data/uploads/3.txt"], "no backup is needed for that");
    for level in [Level::Hourly, Level::Full, Level::Hourly] {
        world.advance_hours(1);
        let report = world.backup(level);
        let mut codes = told(&report);
        codes.sort_by_key(|(_, subject)| *subject);
        let expected = [
            (Code::ConfigLost, "data/.env"),
            (Code::DatabaseLost, "data/chat.db"),
            (Code::FilesLost, "data/uploads/3.txt"),
        ];
        assert_eq!(codes, expected, "{level:?}");
    }
    assert_eq!((settled(&world, &["data/.env"]), meant(&world).len()), (1, 25), "said once more");
    // What is there again cannot be taken back, and is no longer listed.
    world.write("uploads/7.txt", "upload 7");
    assert_eq!(meant(&world).len(), 24);
    world.advance_hours(1);
    world.backup(Level::Hourly);
    world.remove("uploads/7.txt");
    assert_eq!(meant(&world).len(), 24, "that it went once more is another loss");
    assert_eq!(take_back(&world, &[]), 24);
    assert_eq!((meant(&world).len(), take_back(&world, &[])), (0, 0));
}

/// The run that an archive before a restore leaves saw another state.
#[test]
fn an_archive_before_a_restore_forgets_nothing() {
    let world = world();
    world.remove(".env");
    world.advance_hours(1);
    world.backup(Level::Hourly);
    world.write(".env", "of the state that goes");
    world.advance_hours(1);
    world.backup_as(Level::Hourly, Kind::Emergency);
    world.remove(".env");
    assert_eq!(open(&world), ["data/.env"]);
}

/// What a catalog that was built again knows: what the last archive says.
#[test]
fn a_database_that_was_lost_stays_told_by_a_catalog_that_knows_no_runs() {
    let world = world();
    world.remove("chat.db");
    world.advance_hours(1);
    let last = world.backup(Level::Daily);
    let manifest = captured::manifest(&world.catalog(), &world.profile.id, &last.archive).unwrap().unwrap();
    assert_eq!(captured::databases_lost(&manifest), last.lost);
}
