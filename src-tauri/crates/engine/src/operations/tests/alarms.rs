use crate::archive::BeforeNote;
use crate::catalog::ArchiveRow;
use crate::operations::backup::{self, BackupReport, BackupRequest};
use crate::operations::test_support::World;
use crate::operations::{alarms, branches, prune, rebuild};
use holdfast_domain::alarm::{Alarm, Finding};
use holdfast_domain::{ArchiveName, Code, Kind, Level, Outcome};
use std::collections::BTreeSet;

/// A chatbot of so many conversations, a database, and code.
fn world(chats: usize) -> World {
    let mut world = World::new();
    let retention = &mut world.profile.retention;
    (retention.hourly, retention.daily, retention.weekly, retention.monthly) = (1, 0, 0, 0);
    retention.manual_days = 0;
    for chat in 0..chats {
        world.write(&chat_of(chat), conversation(chat));
    }
    world.write("config.toml", "port = 8080\nname = 'bot'\n".repeat(20));
    world.sql("webui.db", "CREATE TABLE chat (id INTEGER PRIMARY KEY, text TEXT)");
    fill(&world, 200);
    world
}

fn chat_of(number: usize) -> String {
    format!("conversations/{number:03}.json")
}

fn conversation(number: usize) -> String {
    format!(r#"{{"id": {number}, "messages": [{{"role": "user", "content": "What about harbour {number}?"}}]}}"#)
        .repeat(6)
}

fn fill(world: &World, rows: u32) {
    world.sql(
        "webui.db",
        &format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) INSERT INTO chat (text) SELECT 'chat ' || i FROM n"),
    );
}

/// As even as chance.
fn noise(seed: usize, length: usize) -> Vec<u8> {
    let mut state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let byte = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    (0..length).map(byte).collect()
}

fn encrypt(world: &World, chats: std::ops::Range<usize>) {
    for chat in chats {
        world.write(&chat_of(chat), noise(chat, 700));
    }
}

fn next(world: &World, level: Level) -> BackupReport {
    world.advance_hours(2);
    world.backup_as(level, Kind::Scheduled)
}

fn open(world: &World) -> Vec<Alarm> {
    alarms::open(&world.context, &world.profile).unwrap()
}

fn codes(report: &BackupReport) -> BTreeSet<Code> {
    report.problems.iter().map(|problem| problem.code).collect()
}

fn whole(world: &World) -> Option<ArchiveName> {
    let catalog = world.catalog();
    let rows: Vec<ArchiveRow> = catalog.archives().list(Some(&world.profile.id)).unwrap();
    branches::newest_whole(&catalog, &world.profile.id, &rows).unwrap().map(|row| row.name.clone())
}

fn after(world: &World) -> prune::Pruned {
    world.advance_hours(2);
    prune::after_success(&world.context, &world.profile, &world.job()).unwrap()
}

#[test]
fn encrypted_files_raise_one_alarm_hold_old_archives_and_name_the_last_good_one() {
    let world = world(30);
    let first = next(&world, Level::Full);
    world.write(&chat_of(3), "a word more ".repeat(30));
    let good = next(&world, Level::Hourly);
    assert_eq!((good.outcome, good.raised.len()), (Outcome::Done, 0), "{:?}", good.problems);
    encrypt(&world, 0..20);
    for chat in 20..25 {
        world.remove(&chat_of(chat));
        world.write(&format!("{}.locked", chat_of(chat)), noise(chat, 700));
    }
    world.write("webui.db", noise(99, 8192));
    let bad = next(&world, Level::Hourly);
    assert_eq!(bad.outcome, Outcome::Problems);
    assert_eq!(bad.raised.len(), 1, "{:?}", bad.raised);
    let alarm = &bad.raised[0];
    let Finding::Scrambled { files, renamed, databases, paths } = &alarm.finding else { panic!("{alarm:?}") };
    assert_eq!((*files, *renamed, *databases), (26, 5, 1), "{paths:?}");
    assert!(
        paths.contains(&"data/webui.db".to_owned()) && paths.contains(&"data/conversations/024.json.locked".to_owned())
    );
    assert_eq!((alarm.good.as_ref(), &alarm.archive), (Some(&good.archive), &bad.archive));
    assert!(codes(&bad).contains(&Code::FilesScrambled));
    assert_eq!(whole(&world), Some(good.archive.clone()), "what is encrypted is nothing to go back to");

    // Nothing goes, though the rules keep one archive alone.
    let held = after(&world);
    assert!(
        held.removed.is_empty() && held.frozen.as_ref().is_some_and(|why| why.contains("alarm 1 is open")),
        "{held:?}"
    );
    // It goes on: told again, and no second alarm; a full archive is no way round it.
    let again = next(&world, Level::Full);
    assert_eq!((again.outcome, again.raised.len()), (Outcome::Problems, 0), "{:?}", again.raised);
    assert!(codes(&again).contains(&Code::FilesScrambled));
    assert_eq!(whole(&world), Some(good.archive.clone()));
    assert_eq!(open(&world).len(), 1);

    // It was meant, say: then those archives are worth as much as others, and the rules hold again.
    alarms::acknowledge(&world.context, &world.profile, 1, Some("sealed by hand".to_owned())).unwrap();
    assert!(open(&world).is_empty());
    let pruned = after(&world);
    assert!(pruned.frozen.is_none(), "{pruned:?}");
    let gone: BTreeSet<ArchiveName> = pruned.removed.into_iter().map(|removed| removed.name).collect();
    assert!(gone.contains(&bad.archive), "{gone:?}");
    assert!(!gone.contains(&first.archive) || gone.contains(&good.archive), "never a parent in use");
    let calm = next(&world, Level::Hourly);
    assert!(!codes(&calm).contains(&Code::FilesScrambled), "{:?}", calm.problems);
    // Taken back, it holds again.
    alarms::reopen(&world.context, &world.profile, 1).unwrap();
    assert_eq!(open(&world).len(), 1);
    let unknown = alarms::acknowledge(&world.context, &world.profile, 7, None).unwrap_err();
    assert_eq!(unknown.code(), Code::BadRequest);
}

#[test]
fn a_slow_attack_is_one_alarm_that_grows() {
    let world = world(40);
    let good = next(&world, Level::Full).archive;
    for day in 0..5 {
        encrypt(&world, day * 4..day * 4 + 4);
        let report = next(&world, if day == 3 { Level::Daily } else { Level::Hourly });
        assert_eq!(report.outcome, Outcome::Problems, "day {day}");
        assert_eq!(report.raised.len(), usize::from(day == 0), "day {day}: {:?}", report.raised);
        let [alarm] = &open(&world)[..] else { panic!("one alarm") };
        let Finding::Scrambled { files, paths, .. } = &alarm.finding else { panic!("{alarm:?}") };
        assert_eq!((*files, paths.len()), (4 * (day as u64 + 1), 4 * (day + 1)), "day {day}");
        assert_eq!(alarm.good.as_ref(), Some(&good));
        assert_eq!(whole(&world), Some(good.clone()));
    }
    // Brought back: no longer so, and still for a person to close.
    for chat in 0..40 {
        world.write(&chat_of(chat), conversation(chat));
    }
    let back = next(&world, Level::Hourly);
    assert_eq!((back.outcome, back.raised.len()), (Outcome::Done, 0), "{:?}", back.problems);
    assert_eq!(whole(&world), Some(back.archive.clone()));
    let [alarm] = &open(&world)[..] else { panic!("it stays open") };
    assert_eq!(alarm.over.as_ref(), Some(&back.archive));
    assert!(after(&world).frozen.is_some());
    // Anew, it is another one.
    encrypt(&world, 0..6);
    assert_eq!(next(&world, Level::Hourly).raised.len(), 1);
    assert_eq!(open(&world).iter().map(|alarm| alarm.id).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn a_catalog_that_is_built_again_knows_what_the_newest_archive_carries() {
    let world = world(30);
    let good = next(&world, Level::Full).archive;
    encrypt(&world, 0..10);
    next(&world, Level::Hourly);
    let before = open(&world);
    assert_eq!(before.len(), 1);
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", world.context.home.catalog().display()));
    }
    rebuild::run(&world.context, &world.profile, &world.reading(), &world.job()).unwrap();
    assert_eq!(open(&world), before);
    assert_eq!(whole(&world), Some(good));
    assert!(after(&world).frozen.is_some());
    // What was acknowledged is carried too, by the next archive.
    alarms::acknowledge(&world.context, &world.profile, 1, None).unwrap();
    next(&world, Level::Hourly);
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", world.context.home.catalog().display()));
    }
    rebuild::run(&world.context, &world.profile, &world.reading(), &world.job()).unwrap();
    assert!(open(&world).is_empty());
    assert_eq!(alarms::list(&world.context, &world.profile).unwrap().len(), 1);
}

#[test]
fn an_emptied_database_is_nothing_to_go_back_to_until_its_rows_are_there_again() {
    let world = world(3);
    let good = next(&world, Level::Full).archive;
    world.sql("webui.db", "DELETE FROM chat WHERE id > 10");
    let bad = next(&world, Level::Hourly);
    assert_eq!(bad.raised.len(), 1, "{:?}", bad.problems);
    let emptied =
        Finding::DatabaseEmptied { path: "data/webui.db".to_owned(), rows: 10, before: 200, tables: Vec::new() };
    assert_eq!(bad.raised[0].finding, emptied);
    assert_eq!(whole(&world), Some(good.clone()));
    world.write("notes.txt", "something else");
    let still = next(&world, Level::Hourly);
    assert_eq!((still.outcome, still.raised.len()), (Outcome::Problems, 0));
    assert_eq!(whole(&world), Some(good));
    fill(&world, 190);
    let back = next(&world, Level::Hourly);
    assert_eq!(back.outcome, Outcome::Done, "{:?}", back.problems);
    assert_eq!(whole(&world), Some(back.archive.clone()));
    assert_eq!(open(&world)[0].over, Some(back.archive));
}

#[test]
fn what_is_ordinary_raises_nothing() {
    let world = world(60);
    for file in 0..30 {
        world.write(&format!("app/{file}.py"), format!("print({file})\n").repeat(40));
    }
    next(&world, Level::Full);
    let quiet = |what: &str, level: Level| {
        let report = next(&world, level);
        assert_eq!((report.outcome, report.raised.len()), (Outcome::Done, 0), "{what}: {:?}", report.problems);
    };
    // Only their times change.
    for chat in 0..60 {
        world.write(&chat_of(chat), conversation(chat));
    }
    quiet("touched", Level::Hourly);
    for file in 0..30 {
        world.write(&format!("app/{file}.py"), format!("print('new {file}')\n").repeat(40));
    }
    quiet("an update of the application", Level::Daily);
    world.write("uploads/film.bin", noise(1, 3_000_000));
    world.write("uploads/scan.pdf", [b"%PDF-1.7\n", &noise(2, 300_000)[..]].concat());
    quiet("a big upload", Level::Hourly);
    world.write("uploads/model.gguf", [b"GGUF", &noise(3, 4_000_000)[..]].concat());
    quiet("a model", Level::Hourly);
    world.sql("webui.db", "UPDATE chat SET text = text || hex(randomblob(400)); VACUUM;");
    quiet("a database that grew", Level::Hourly);
    world.sql("webui.db", "UPDATE chat SET text = 'short'; VACUUM;");
    quiet("a vacuum", Level::Hourly);
    for chat in 0..12 {
        world.write(&chat_of(chat), conversation(chat + 1000));
    }
    world.write("secret.json", noise(4, 700));
    quiet("chats that go on, and one file that is sealed", Level::Full);
}

/// A program that seals what it writes is no attack: what it did not touch is noise as well.
#[test]
fn files_that_are_noise_by_nature_are_left_aside() {
    let world = world(0);
    encrypt(&world, 0..40);
    next(&world, Level::Full);
    for chat in 0..10 {
        world.write(&chat_of(chat), noise(chat + 500, 700));
    }
    let report = next(&world, Level::Hourly);
    assert!(report.raised.is_empty(), "{:?}", report.raised);
}

#[test]
fn most_files_changed_at_once_is_told_once_and_is_something_to_go_back_to() {
    let world = world(40);
    let good = next(&world, Level::Full).archive;
    for chat in 0..40 {
        world.write(&chat_of(chat), conversation(chat + 1000));
    }
    let bad = next(&world, Level::Hourly);
    let [alarm] = &bad.raised[..] else { panic!("{:?}", bad.problems) };
    assert_eq!(alarm.finding, Finding::MostChanged { changed: 40, gone: 0, of: 41 });
    assert_eq!(alarm.good, Some(good));
    assert_eq!(whole(&world), Some(bad.archive), "it may well have been an update");
    let next = next(&world, Level::Hourly);
    assert_eq!((next.outcome, next.raised.len()), (Outcome::Done, 0), "{:?}", next.problems);
    assert!(after(&world).frozen.is_some());
}

/// What a restore is about to replace may be encrypted before any backup saw it: that archive is nothing to go back to.
#[test]
fn an_archive_before_a_restore_says_of_itself_that_it_is_noise() {
    let world = world(30);
    let good = next(&world, Level::Full).archive;
    encrypt(&world, 0..30);
    world.advance_hours(2);
    let before = BeforeNote { act: crate::archive::Act::Restore, restore: "r1".to_owned(), part: false };
    let request = BackupRequest { kind: Kind::Emergency, before: Some(before), ..BackupRequest::default() };
    let job = world.job();
    let plan = backup::plan(&world.context, &world.profile, request, &job).unwrap();
    let report = backup::run(&world.context, plan, &job).unwrap();
    assert!(codes(&report).contains(&Code::FilesScrambled), "{:?}", report.problems);
    assert!(report.raised.is_empty() && open(&world).is_empty());
    assert_eq!(whole(&world), Some(good));
}
