//! Retention after each backup: at every destination, killed at any step.
use crate::catalog::{Operation, State};
use crate::deployment;
use crate::operations::copy::{self, CopyRequest};
use crate::operations::destinations::{self, AddRequest};
use crate::operations::prune::{self, Pruned};
use crate::operations::soundness::{Archives, Soundness};
use crate::operations::test_support::World;
use crate::store::Folder;
use holdfast_domain::{ArchiveName, Kind, Level, Outcome};

fn world() -> World {
    let mut world = World::new();
    let retention = &mut world.profile.retention;
    (retention.hourly, retention.daily, retention.weekly, retention.monthly) = (0, 1, 0, 0);
    retention.manual_days = 0;
    world
}

/// Two chains of a full, a daily and an hourly archive; the rules keep the newest with what it needs.
fn two_chains(world: &World) -> Vec<ArchiveName> {
    let mut names = Vec::new();
    for (number, level) in [Level::Full, Level::Daily, Level::Hourly].into_iter().cycle().take(6).enumerate() {
        world.write("chat.json", format!("state {number}"));
        names.push(world.backup_as(level, Kind::Scheduled).archive);
        world.advance_hours(24);
    }
    names
}

fn after(world: &World) -> Pruned {
    prune::after_success(&world.context, &world.profile, &world.job()).unwrap()
}

fn here(world: &World) -> Vec<ArchiveName> {
    world.archives().list().unwrap().into_iter().map(|listed| listed.name).collect()
}

#[test]
fn what_no_rule_keeps_goes_and_a_second_time_nothing_does() {
    let world = world();
    let names = two_chains(&world);
    let pruned = after(&world);
    let removed: Vec<ArchiveName> = pruned.removed.iter().map(|removed| removed.name.clone()).collect();
    assert_eq!(removed, [names[2].clone(), names[1].clone(), names[0].clone()], "children first");
    assert_eq!((pruned.outcome, pruned.frozen.is_none(), pruned.freed_bytes > 0), (Outcome::Done, true, true));
    assert_eq!(here(&world), names[3..]);
    let runs = || world.catalog().runs().recent_of(&world.profile.id, Operation::Prune, 10).unwrap().len();
    assert_eq!(runs(), 1);
    assert!(after(&world).removed.is_empty());
    assert_eq!(runs(), 1, "what removes nothing is no entry of the history");
}

/// Each archive's removal has four steps: marked, its file gone, its checksum gone, its row gone. A kill between any two of
/// them leaves what the next run brings to its end, and never an archive without one that it needs.
#[test]
fn killed_at_each_step_the_next_one_finishes() {
    for steps in 0..=12 {
        let world = world();
        let names = two_chains(&world);
        let mut left = steps;
        for name in [&names[2], &names[1], &names[0]] {
            let file = world.archives().archive(name);
            for step in 0..4 {
                if left == 0 {
                    break;
                }
                left -= 1;
                match step {
                    0 => world.catalog().archives().set_state(&world.profile.id, name, State::Removing).unwrap(),
                    1 => std::fs::remove_file(&file).unwrap(),
                    2 => std::fs::remove_file(world.archives().checksum(name)).unwrap(),
                    _ => world.catalog().archives().remove(&world.profile.id, name).unwrap(),
                }
            }
        }
        // What is not marked as going can be restored, as the kill left it.
        let rows = world.catalog().archives().list(None).unwrap();
        let known = Archives::of(&rows);
        for row in rows.iter().filter(|row| row.state == State::Present) {
            assert_eq!(known.soundness(row), Soundness::Sound, "{} after {steps} steps", row.name);
            world.moment(&row.name).check().unwrap();
        }
        let pruned = after(&world);
        assert_eq!(pruned.outcome, Outcome::Done, "after {steps} steps: {:?}", pruned.problems);
        assert_eq!(here(&world), names[3..], "after {steps} steps");
        assert_eq!(world.catalog().archives().list(None).unwrap().len(), 3, "after {steps} steps");
        for name in &names[..3] {
            assert!(!world.archives().checksum(name).exists(), "{name} after {steps} steps");
        }
        for name in &names[3..] {
            world.moment(name).check().unwrap();
        }
    }
}

#[test]
fn every_destination_is_judged_by_what_lies_there() {
    let mut world = world();
    let path = world.path().join("shelf");
    std::fs::create_dir(&path).unwrap();
    let request = AddRequest { name: None, path, drive: None, volume_bytes: None };
    let plan = destinations::plan(&world.profile, &world.context, request).unwrap();
    destinations::add(&world.context, &world.profile, plan).unwrap();
    let settings = deployment::path_of(&world.context.home, &world.profile.name);
    let retention = world.profile.retention.clone();
    world.profile = deployment::load(&settings).unwrap();
    world.profile.retention = retention;
    let copy = |world: &World| {
        let plan = copy::plan(&world.context, &world.profile, &CopyRequest::default(), &world.job()).unwrap();
        copy::run(&world.context, plan, &world.job()).unwrap();
    };
    let shelf = Folder::of(&world.profile.destinations[1], &world.profile.name);
    let held = || shelf.list().unwrap().into_iter().map(|listed| listed.name).collect::<Vec<_>>();
    // The shelf gets the first full one while that is the newest, and then misses some days.
    world.write("chat.json", "the first state");
    let first = world.backup_as(Level::Full, Kind::Scheduled).archive;
    world.advance_hours(24);
    copy(&world);
    assert_eq!(held(), std::slice::from_ref(&first));
    let names = two_chains(&world);
    let pruned = after(&world);
    assert_eq!(here(&world), names[3..]);
    assert_eq!((held(), pruned.copies.len()), (vec![first.clone()], 0), "there it is the newest");
    copy(&world);
    let pruned = after(&world);
    assert_eq!(held(), names[3..]);
    assert_eq!((&pruned.copies[0].removed, pruned.removed.len()), (&vec![first], 0));
}

#[test]
fn it_waits_for_nobody_and_says_so() {
    let world = world();
    two_chains(&world);
    let other = world.context.lock("bot", "a test").unwrap();
    let error = prune::after_success(&world.context, &world.profile, &world.job()).unwrap_err();
    assert_eq!((error.code(), here(&world).len()), (holdfast_domain::Code::Locked, 6));
    drop(other);
}
