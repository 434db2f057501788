use crate::catalog::State;
use crate::deployment::{self, Profile};
use crate::operations::backup::{self, BackupReport, BackupRequest};
use crate::operations::copy::{self, CopyRequest};
use crate::operations::destinations::{self, AddRequest, Meaning};
use crate::operations::test_support::World;
use crate::store::Folder;
use holdfast_domain::{Code, Kind, Level, Outcome};
use std::fs;

fn settings(world: &World) -> Profile {
    deployment::load(&deployment::path_of(&world.context.home, &world.profile.name)).unwrap()
}

fn add(world: &World, name: &str) {
    let path = world.path().join(name);
    fs::create_dir_all(&path).unwrap();
    let request = AddRequest { name: None, path, drive: Some(false), volume_bytes: None };
    let plan = destinations::plan(&settings(world), &world.context, request).unwrap();
    destinations::add(&world.context, &settings(world), plan).unwrap();
}

fn backup(world: &World, level: Option<Level>) -> BackupReport {
    world.advance_hours(3);
    world.write("note", format!("{:?}", world.clock));
    let request = BackupRequest { level, kind: Kind::Scheduled, ..BackupRequest::default() };
    let plan = backup::plan(&world.context, &settings(world), request, &world.job()).unwrap();
    backup::run(&world.context, plan, &world.job()).unwrap()
}

fn copy_all(world: &World) {
    let plan = copy::plan(&world.context, &settings(world), &CopyRequest::default(), &world.job()).unwrap();
    assert_eq!(copy::run(&world.context, plan, &world.job()).unwrap().outcome, Outcome::Done);
}

fn first(world: &World, name: &str) -> Meaning {
    let plan = destinations::plan_first(&world.context, &settings(world), name).unwrap();
    destinations::make_first(&world.context, &settings(world), &plan).unwrap();
    plan.meaning
}

fn refused(world: &World, name: &str) -> Code {
    destinations::plan_first(&world.context, &settings(world), name).unwrap_err().code()
}

#[test]
fn copies_become_the_archives_when_the_first_place_is_gone_for_good() {
    let world = World::new();
    add(&world, "shelf");
    let full = backup(&world, Some(Level::Full));
    copy_all(&world);
    let late = backup(&world, Some(Level::Hourly));
    fs::remove_dir_all(world.path().join("drive")).unwrap();

    let meaning = first(&world, "shelf");
    assert!(!meaning.before_there && !meaning.next_full);
    assert_eq!((meaning.held, &meaning.lost[..], meaning.before.as_str()), (1, &[late.archive][..], "drive"));
    let now = settings(&world);
    assert_eq!(now.destinations[0].name(), "shelf");
    let row = world.row(&full.archive);
    assert_eq!((row.folder.as_path(), row.state), (Folder::of(&now.destinations[0], &now.name).dir(), State::Present));
    assert!(world.catalog().copies().list(&now.id, None).unwrap().is_empty());
    // The next one builds on what lies there.
    let next = backup(&world, Some(Level::Hourly));
    assert_eq!((next.level, next.path.starts_with(world.path().join("shelf"))), (Level::Hourly, true));
    assert_eq!(world.row(&next.archive).parent, Some(full.archive));
    // The lost place can be taken out now.
    destinations::forget(&world.context, &now, "drive").unwrap();
    assert_eq!(settings(&world).destinations.len(), 1);
    assert_eq!(refused(&world, "shelf"), Code::BadRequest, "it is the first already");
}

#[test]
fn at_an_empty_place_the_next_archive_is_full_and_the_old_place_gets_copies() {
    let world = World::new();
    let full = backup(&world, Some(Level::Full));
    add(&world, "new");
    let meaning = first(&world, "new");
    assert!(meaning.next_full && meaning.before_there && meaning.lost.is_empty() && meaning.held == 0);
    let next = backup(&world, None);
    assert_eq!((next.level, next.reason.contains("another place")), (Level::Full, true), "{}", next.reason);
    assert!(next.path.starts_with(world.path().join("new")) && world.row(&full.archive).state == State::Present);
    copy_all(&world);
    assert!(Folder::of(&settings(&world).destinations[1], &world.profile.name).holds(&next.archive));
    // And back: what was made before and copied since lies there.
    let meaning = first(&world, "drive");
    assert!(!meaning.next_full && meaning.before_there);
    assert_eq!(backup(&world, Some(Level::Daily)).level, Level::Daily);
}

#[test]
fn a_new_disk_at_the_path_of_the_lost_one_is_begun_anew() {
    let world = World::new();
    let full = backup(&world, Some(Level::Full));
    assert_eq!(refused(&world, "drive"), Code::BadRequest, "it is there");
    fs::remove_dir_all(world.path().join("drive")).unwrap();
    assert_eq!(refused(&world, "drive"), Code::DestinationMissing, "nothing is there to begin with");
    fs::create_dir(world.path().join("drive")).unwrap();
    let meaning = first(&world, "drive");
    assert!(meaning.next_full && meaning.lost == [full.archive]);
    assert!(world.archives().recovery_key().is_file());
    assert_eq!(backup(&world, None).level, Level::Full);
    assert_eq!(settings(&world).destinations.len(), 1);
    assert_eq!(refused(&world, "nowhere"), Code::BadRequest);
}
