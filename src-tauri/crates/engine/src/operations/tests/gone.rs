//! Files that went and should not have: configuration, parts of a vector store, many at once.
use crate::operations::backup::BackupReport;
use crate::operations::captured;
use crate::operations::test_support::World;
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
    let subject = "data/uploads/0.txt, data/uploads/1.txt, data/uploads/10.txt and 17 more";
    assert_eq!(told(&report), [(Code::FilesLost, subject)]);
    assert_eq!(lost(&world).len(), 20);
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Hourly)).len(), 1, "of one that builds on that too");
    (0..15).for_each(|n| world.write(&format!("uploads/{n}.txt"), "back"));
    world.advance_hours(1);
    assert_eq!(told(&world.backup(Level::Hourly)), [], "a few are none");
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
