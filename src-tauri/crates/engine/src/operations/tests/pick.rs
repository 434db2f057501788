use crate::operations::pick::{self, Picked};
use crate::operations::test_support::World;
use holdfast_domain::{ArchiveName, Code, Kind, Level};

fn pick(world: &World, text: &str) -> Result<Picked, crate::Error> {
    pick::pick(&world.context, &world.catalog(), &world.profile, text)
}

fn name(world: &World, text: &str) -> ArchiveName {
    match pick(world, text).unwrap() {
        Picked::Row(row) => row.name,
        Picked::File(path) => panic!("{text} was taken for the file {}", path.display()),
    }
}

/// At 12:00 on the first of March a full archive, a day later a daily one, and a day later an emergency one.
fn three(world: &World) -> [ArchiveName; 3] {
    world.write("a", "a");
    let full = world.backup(Level::Full).archive;
    world.advance_hours(24);
    let daily = world.backup(Level::Daily).archive;
    world.advance_hours(24);
    let emergency = world.backup_as(Level::Hourly, Kind::Emergency).archive;
    world.advance_hours(1);
    [full, daily, emergency]
}

#[test]
fn the_latest_is_the_newest_that_is_there_and_not_of_a_damaged_state() {
    let world = World::new();
    let [full, daily, _] = three(&world);
    assert_eq!(name(&world, "latest"), daily);
    std::fs::remove_file(world.archives().archive(&daily)).unwrap();
    assert_eq!(name(&world, "latest"), full);
}

#[test]
fn names_are_taken_whole_as_files_and_by_their_beginning() {
    let world = World::new();
    let [full, daily, emergency] = three(&world);
    assert_eq!(name(&world, full.as_str()), full);
    assert_eq!(name(&world, &daily.file_name()), daily);
    assert_eq!(name(&world, "bot_2100-03-02"), daily);
    assert_eq!(name(&world, emergency.as_str()), emergency, "by name also those of a damaged state");
    assert_eq!(pick(&world, "bot_2100").unwrap_err().code(), Code::BadRequest);
    assert_eq!(pick(&world, "bot_2099").unwrap_err().code(), Code::ArchiveMissing);
    assert_eq!(pick(&world, "nonsense").unwrap_err().code(), Code::ArchiveMissing);
}

#[test]
fn a_time_gives_the_newest_archive_that_is_not_later() {
    let world = World::new();
    let [full, daily, _] = three(&world);
    for (text, expected) in [
        ("2100-03-01 12:00", &full),
        ("2100-03-01", &full),
        ("2100-03-02T11:59:59Z", &full),
        ("2100-03-02 12:00", &daily),
        ("yesterday 11:00", &full),
        ("yesterday", &daily),
        ("26h ago", &full),
        ("1 hour ago", &daily),
    ] {
        assert_eq!(name(&world, text), *expected, "{text}");
    }
}

#[test]
fn a_time_before_the_first_archive_names_the_oldest() {
    let world = World::new();
    let error = pick(&world, "latest").unwrap_err();
    assert_eq!(error.code(), Code::NothingToRestore);
    let [full, ..] = three(&world);
    let error = pick(&world, "2100-02-28").unwrap_err();
    assert_eq!(error.code(), Code::NothingToRestore);
    assert!(error.cause().contains(full.as_str()), "{error}");
}

#[test]
fn a_file_needs_no_catalog() {
    let world = World::new();
    let [full, ..] = three(&world);
    let path = world.archives().archive(&full);
    world.catalog().archives().remove(&world.profile.id, &full).unwrap();
    assert_eq!(pick(&world, path.to_str().unwrap()).unwrap().path(), path);
    let error = pick(&world, "/nowhere/at-all.tar.zst.age").unwrap_err();
    assert_eq!(error.code(), Code::ArchiveMissing);
}
