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

#[test]
fn the_time_that_the_list_shows_finds_the_archive() {
    let world = World::new();
    world.write("a", "a");
    let first = world.backup(Level::Full).archive;
    world.advance_seconds(34);
    let second = world.backup(Level::Full).archive;
    assert_eq!(name(&world, "2100-03-01 12:00"), second, "a minute is covered to its end");
    assert_eq!(name(&world, "2100-03-01 12:00:00"), first);
    assert_eq!(name(&world, "2100-03-01 12:00:34"), second);
}

#[test]
fn the_time_of_an_archive_made_before_a_restore_means_that_archive() {
    let world = World::new();
    let [_, daily, emergency] = three(&world);
    for text in ["2100-03-03 12:00", "2100-03-03T12:00:00Z", "today 12:00", "12:00"] {
        assert_eq!(name(&world, text), emergency, "{text}");
    }
    // Nobody who says these has it in mind.
    for text in ["2100-03-03 12:01", "2100-03-03", "today", "1 hour ago", "now", "latest"] {
        assert_eq!(name(&world, text), daily, "{text}");
    }
    world.advance_hours(-1);
    world.advance_seconds(30);
    let hourly = world.backup(Level::Hourly).archive;
    assert_eq!(name(&world, "2100-03-03 12:00"), hourly, "of one minute rather the one that no restore made");
    assert_eq!(name(&world, "2100-03-03 12:00:00"), emergency);
}

#[test]
fn a_clock_that_was_wrong_once_does_not_decide_what_is_newest() {
    let world = World::new();
    world.write("a", "a");
    let before = world.backup(Level::Full).archive;
    world.advance_hours(24 * 400);
    let wrong = world.backup(Level::Full).archive;
    world.advance_hours(-24 * 399);
    for text in ["latest", "LATEST", "today", "2101-12-01", "now"] {
        assert_eq!(name(&world, text), before, "{text}");
    }
    let right = world.backup(Level::Hourly);
    assert_eq!(name(&world, "latest"), right.archive);
    assert!(!world.row(&right.archive).needs.contains(&wrong), "nothing is built on it");
    assert_eq!(name(&world, wrong.as_str()), wrong, "by name it is found");
    // A board without a battery wakes up long ago: then it is now that is wrong.
    world.advance_hours(-24 * 365 * 50);
    assert_eq!(name(&world, "latest"), wrong);
    assert_eq!(name(&world, "2100-06-01"), right.archive);
}

#[test]
fn a_drive_that_is_away_is_not_called_nothing() {
    let world = World::new();
    three(&world);
    let drive = world.path().join("drive");
    let away = world.path().join("away");
    std::fs::rename(&drive, &away).unwrap();
    for text in ["latest", "yesterday"] {
        assert_eq!(pick(&world, text).unwrap_err().code(), Code::DestinationMissing, "{text}");
    }
    crate::operations::browse::archives(&world.context, None).unwrap();
    std::fs::rename(&away, &drive).unwrap();
    assert!(pick(&world, "latest").is_ok(), "though it was marked as missing meanwhile");
}

#[test]
fn archives_that_the_catalog_lost_are_not_denied() {
    let world = World::new();
    let [full, daily, _] = three(&world);
    std::fs::remove_file(world.context.home.catalog()).unwrap();
    let error = pick(&world, "latest").unwrap_err();
    assert_eq!(error.code(), Code::CatalogIncomplete, "{error}");
    assert!(error.cause().starts_with("3 archives lie in"), "{error}");
    assert_eq!(pick(&world, full.as_str()).unwrap().path(), world.archives().archive(&full), "by name it is found");
    assert_eq!(pick(&world, &daily.file_name()).unwrap().path(), world.archives().archive(&daily));
}

#[test]
fn what_is_not_understood_is_told_what_would_be() {
    let world = World::new();
    three(&world);
    let error = pick(&world, "a fortnight past").unwrap_err();
    assert!(error.cause().contains("yesterday 14:30"), "{error}");
    assert_eq!(pick(&world, " ").unwrap_err().code(), Code::BadRequest);
    // A time of day that is yet to come is yesterday's: where nothing is so old, the answer says so.
    world.advance_hours(-48);
    let error = pick(&world, "23:00").unwrap_err();
    assert!(error.cause().contains("no archive is as old as 2100-02-28 23:00"), "{error}");
}
