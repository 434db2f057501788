//! Files that went and should not have: configuration, parts of a vector store, many at once.
use crate::operations::backup::BackupReport;
use crate::operations::captured;
use crate::operations::test_support::World;
use crate::operations::{restore, settle};
use holdfast_domain::{Class, Code, Level, Outcome};

fn world() -> World {
    let world = World::new();
    world.write("config/.env", "WEBUI_SECRET_KEY=abc");
    world.write("config/.env.bak", "WEBUI_SECRET_KEY=old");
    world.sql("chat.db", "CREATE TABLE chat (text); INSERT INTO chat VALUES ('hello');");
    for n in 0..30 {
        world.write(&format!("uploads/{n}.txt"), format!("upload {n}"));
    }
    world
}

fn told(report: &BackupReport) -> Vec<(Code, &str)> {
    report.problems.iter().map(|problem| (problem.code, problem.subject.as_str())).collect()
}

fn lost(world: &World) -> Vec<(String, Class)> {
    let lost = captured::told_lost(&world.catalog(), &world.profile).unwrap().unwrap();
    lost.into_iter().map(|lost| (lost.path, lost.class)).collect()
}

#[test]
fn configuration_that_went_is_told_until_it_is_back() {
    let world = world();
    let full = world.backup(Level::Full).archive;
    world.remove("config/.env");
    world.remove("config/.env.bak");
    // Also of those that build on one that does not have it.
    for level in [Level::Hourly, Level::Daily, Level::Hourly] {
        world.advance_hours(1);
        let report = world.backup(level);
        assert_eq!(told(&report), [(Code::ConfigLost, "data/config/.env")], "{level:?}");
        assert_eq!((report.outcome, &report.lost[0].since), (Outcome::Problems, &full));
    }
    assert_eq!(lost(&world), [("data/config/.env".to_owned(), Class::Config)]);
    world.write("config/.env", "WEBUI_SECRET_KEY=abc");
    assert!(lost(&world).is_empty(), "it is back, and no backup is needed to see that");
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Daily)), []);
    world.remove("config/.env");
    world.advance_hours(1);
    assert_eq!(world.backup(Level::Hourly).lost.len(), 1);
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Full)), [(Code::ConfigLost, "data/config/.env")]);
    assert_eq!(lost(&world).len(), 1);
}

#[test]
fn who_tidies_up_is_left_alone_and_a_fall_of_many_is_told() {
    let world = world();
    world.backup(Level::Full);
    (0..9).for_each(|n| world.remove(&format!("uploads/{n}.txt")));
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Hourly)), []);
    // As many new ones come as old ones go.
    for n in 9..20 {
        world.remove(&format!("uploads/{n}.txt"));
        world.write(&format!("uploads/new-{n}.txt"), "new");
    }
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Hourly)), []);
    (9..20).for_each(|n| world.remove(&format!("uploads/new-{n}.txt")));
    world.advance_hours(1);
    let report = world.backup(Level::Daily);
    let subject = "data/uploads/0.txt, data/uploads/1.txt, data/uploads/10.txt and 28 more";
    assert_eq!(told(&report), [(Code::FilesLost, subject)]);
    assert_eq!(lost(&world).len(), 31, "those that came instead, too");
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Hourly)).len(), 1, "of one that builds on that too");
    (0..20).for_each(|n| world.write(&format!("uploads/{n}.txt"), "back"));
    (9..11).for_each(|n| world.write(&format!("uploads/new-{n}.txt"), "back"));
    world.advance_hours(1);
    let report = world.backup(Level::Hourly);
    let subject = "data/uploads/new-11.txt, data/uploads/new-12.txt, data/uploads/new-13.txt and 6 more";
    assert_eq!(told(&report), [(Code::FilesLost, subject)], "the rest of what was told stays told");
}

#[test]
fn a_few_files_that_go_with_something_graver_are_told_with_it() {
    let world = world();
    world.backup(Level::Full);
    world.remove("uploads/1.txt");
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Hourly)), []);
    for path in ["uploads/2.txt", "uploads/3.txt", "config/.env"] {
        world.remove(path);
    }
    world.advance_hours(1);
    let both = [(Code::ConfigLost, "data/config/.env"), (Code::FilesLost, "data/uploads/2.txt and data/uploads/3.txt")];
    assert_eq!(told(&world.backup(Level::Hourly)), both, "not the one that went before");
    world.write("config/.env", "WEBUI_SECRET_KEY=abc");
    for level in [Level::Hourly, Level::Full] {
        world.advance_hours(1);
        assert_eq!(told(&world.backup(level)), both[1..], "until they are back, or it was meant: {level:?}");
    }
    for path in ["uploads/2.txt", "uploads/3.txt"] {
        world.write(path, "back");
    }
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Hourly)), []);
}

#[test]
fn an_index_that_lacks_a_part_or_is_cut_short_is_told_and_one_that_went_as_a_whole_is_not() {
    let world = world();
    let index = |name: &str, part: &str| format!("vector_db/{name}/{part}");
    for name in ["5a55945b-f601-4b7d-8c20-886d5592c2c5", "unused"] {
        for part in ["data_level0.bin", "header.bin", "length.bin"] {
            world.write(&index(name, part), vec![3; 5000]);
        }
    }
    world.sql("vector_db/chroma.sqlite3", "CREATE TABLE segments (id TEXT, type TEXT, collection TEXT);");
    world.backup(Level::Full);
    std::fs::remove_dir_all(world.root().join("vector_db/unused")).unwrap();
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Hourly)), []);
    let used = |part| index("5a55945b-f601-4b7d-8c20-886d5592c2c5", part);
    world.remove(&used("length.bin"));
    world.write(&used("data_level0.bin"), vec![3; 4000]);
    for level in [Level::Daily, Level::Hourly] {
        world.advance_hours(1);
        let report = world.backup(level);
        assert_eq!(told(&report).iter().map(|(code, _)| *code).collect::<Vec<_>>(), [Code::VectorsLost], "{level:?}");
        assert!(
            report.problems[0].subject.contains("length.bin")
                && report.problems[0].cause.starts_with("1 of 2 cut short")
        );
    }
    world.write(&used("length.bin"), vec![3; 5000]);
    assert_eq!(lost(&world).len(), 1);
    world.write(&used("data_level0.bin"), vec![3; 5000]);
    assert!(lost(&world).is_empty());
}

fn named(report: &BackupReport) -> Vec<(Code, &str, &str)> {
    report.lost.iter().map(|lost| (lost.code().unwrap(), lost.path.as_str(), lost.since.as_str())).collect()
}

#[test]
fn what_is_written_once_and_became_shorter_is_told_and_what_is_written_to_is_not() {
    let world = world();
    let written = [
        "chats/active/1.json",
        "chats/archived/2.json",
        "events.log",
        "uploads/events.jsonl",
        "config/settings.yaml",
        "notes.md",
    ];
    for path in written {
        world.write(path, vec![b'a'; 5000]);
    }
    let once = ["uploads/scan.pdf", "uploads/voice.ogg", "chats/attachments/1.json"];
    for path in once {
        world.write(path, vec![b'a'; 5000]);
    }
    world.backup(Level::Full);
    world.write("uploads/later.pdf", vec![b'a'; 5000]);
    world.advance_hours(1);
    let hourly = world.backup(Level::Hourly).archive;
    for path in written {
        world.write(path, "a");
    }
    world.write("uploads/scan.pdf", vec![b'a'; 4999]);
    world.write("uploads/voice.ogg", "");
    world.write("uploads/later.pdf", "a");
    // Longer is no loss.
    world.write("chats/attachments/1.json", vec![b'a'; 5001]);
    let short = ["data/uploads/later.pdf", "data/uploads/scan.pdf", "data/uploads/voice.ogg"];
    let expected: Vec<_> = short.iter().map(|path| (Code::FilesCutShort, *path, hourly.as_str())).collect();
    for level in [Level::Hourly, Level::Full, Level::Daily] {
        world.advance_hours(1);
        let report = world.backup(level);
        let mut found = named(&report);
        found.sort_by_key(|(_, path, _)| *path);
        assert_eq!(found, expected, "{level:?}");
        let [(code, subject)] = told(&report)[..] else { panic!("{:?}", report.problems) };
        assert_eq!(code, Code::FilesCutShort);
        assert!(short.iter().all(|path| subject.contains(path)), "{subject}");
        assert!(report.problems[0].cause.starts_with("3 of 3 cut short since"), "{}", report.problems[0].cause);
    }
    world.write("uploads/scan.pdf", vec![b'a'; 5000]);
    assert_eq!(lost(&world).len(), 2, "it is whole again, and no backup is needed to see that");
    // It was meant to be shorter; cut once more it is lost anew, and gone too.
    let plan = settle::plan(&world.context, &world.profile, settle::Word::Meant, &[]).unwrap();
    settle::run(&world.context, plan).unwrap();
    world.advance_hours(1);
    let last = world.backup(Level::Hourly);
    assert_eq!(told(&last), []);
    world.write("uploads/later.pdf", "");
    world.advance_hours(1);
    assert_eq!(
        named(&world.backup(Level::Hourly)),
        [(Code::FilesCutShort, "data/uploads/later.pdf", last.archive.as_str())]
    );
}

#[test]
fn what_was_written_since_the_last_full_archive_is_lost_like_the_rest() {
    let world = world();
    let full = world.backup(Level::Full).archive;
    world.write("other/.env", "{}");
    (0..40).for_each(|n| world.write(&format!("chats/{n}.json"), "chat"));
    world.sql("later.db", "CREATE TABLE chat (text)");
    world.advance_hours(1);
    world.backup(Level::Hourly);
    // A conversation here and there, and others come instead.
    for n in 0..20 {
        world.remove(&format!("chats/{n}.json"));
        world.write(&format!("chats/new-{n}.json"), "chat");
    }
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Hourly)), []);
    (20..25).for_each(|n| world.remove(&format!("chats/{n}.json")));
    world.advance_hours(1);
    let hourly = world.backup(Level::Hourly);
    assert_eq!(told(&hourly), []);
    // As many as nobody deletes, of this week and older.
    world.remove("other/.env");
    world.remove("later.db");
    (25..40).for_each(|n| world.remove(&format!("chats/{n}.json")));
    (0..20).for_each(|n| world.remove(&format!("chats/new-{n}.json")));
    (0..5).for_each(|n| world.remove(&format!("uploads/{n}.txt")));
    for level in [Level::Hourly, Level::Hourly, Level::Full] {
        world.advance_hours(1);
        let report = world.backup(level);
        let count = |code| (code, report.lost.iter().filter(|lost| lost.code() == Some(code)).count());
        assert_eq!(count(Code::ConfigLost), (Code::ConfigLost, 1), "{level:?}");
        assert_eq!(count(Code::FilesLost), (Code::FilesLost, 40), "{level:?}");
        assert!(report.lost.iter().any(|lost| lost.path == "data/later.db"), "{level:?}");
        assert!(report.lost.iter().all(|lost| lost.since == hourly.archive && lost.since != full), "{:?}", report.lost);
    }
}

/// What a restore took away is not lost.
#[test]
fn a_restore_of_an_older_state_is_no_loss_of_what_came_since() {
    let world = world();
    let full = world.backup(Level::Full).archive;
    (0..60).for_each(|n| world.write(&format!("chats/{n}.json"), "chat"));
    world.write("other/.env", "{}");
    world.advance_hours(1);
    world.backup(Level::Hourly);
    world.advance_hours(1);
    let request = restore::RestoreRequest {
        profile: Some(world.profile.clone()),
        archive: world.archives().archive(&full),
        scope: restore::Scope::default(),
        target: restore::Target::InPlace,
        emergency: true,
    };
    let plan = restore::plan(&world.context, &world.reading(), request, &world.job()).unwrap();
    restore::run(&world.context, plan, &world.job()).unwrap();
    for level in [Level::Hourly, Level::Hourly] {
        world.advance_hours(1);
        assert_eq!(told(&world.backup(level)), []);
    }
}
