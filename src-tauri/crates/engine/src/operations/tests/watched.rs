//! A watch and restores: what an archive holds is no change, whoever made it live.
use crate::clock::Clock;
use crate::operations::restore::{self, OwnRestores, RestoreRequest, Scope, Target};
use crate::operations::test_support::World;
use crate::operations::undo;
use crate::watch::{Budget, By, Options, Seen, Watch};
use holdfast_domain::{ArchiveName, Level};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The times of files are real.
struct RealClock(Instant);

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }
}

fn watch(world: &World) -> Watch {
    let ours = Box::new(OwnRestores::new(&world.context, &world.profile.id));
    let mut options = Options::new(Arc::new(RealClock(Instant::now())), Budget::new(1000), ours);
    options.check_every = Duration::from_millis(20);
    let watch = Watch::start(&world.profile, world.context.home.path(), options).unwrap();
    let began = Instant::now();
    while !matches!(watch.standing()[0].by, By::Events { .. }) {
        assert!(began.elapsed() < Duration::from_secs(20), "{watch:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
    watch.take(Timestamp::now());
    watch
}

/// Everything that was told until now: a log is written, and what is told comes in order.
fn told(world: &World, watch: &Watch) -> Seen {
    world.write("mark.log", "mark");
    let mut all = Seen::default();
    let began = Instant::now();
    while all.logs.is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "{watch:?}");
        std::thread::sleep(Duration::from_millis(10));
        let seen = watch.take(Timestamp::now());
        all.config = all.config.or(seen.config);
        all.data = all.data.or(seen.data);
        all.logs = seen.logs;
    }
    all
}

fn restore(world: &World, archive: &ArchiveName) {
    let request = RestoreRequest {
        profile: Some(world.profile.clone()),
        archive: world.archives().archive(archive),
        scope: Scope::default(),
        target: Target::InPlace,
        emergency: true,
    };
    let plan = restore::plan(&world.context, &world.reading(), request, &world.job()).unwrap();
    restore::run(&world.context, plan, &world.job()).unwrap();
}

#[test]
fn neither_a_restore_nor_its_undo_is_a_change() {
    let world = World::new();
    world.write(".env", "KEY=1");
    world.write("chats/one.json", "one");
    let archive = world.backup(Level::Full).archive;
    world.write(".env", "KEY=2");
    let watch = watch(&world);

    restore(&world, &archive);
    let seen = told(&world, &watch);
    assert!(seen.config.is_none() && seen.data.is_none(), "{seen:?}");
    world.write(".env", "KEY=3");
    let seen = told(&world, &watch);
    assert!(seen.config.is_some() && seen.data.is_none(), "{seen:?}");

    let plan = undo::plan(&world.context, &world.profile, true, &world.job()).unwrap();
    undo::run(&world.context, plan, &world.job()).unwrap();
    assert_eq!(std::fs::read(world.root().join(".env")).unwrap(), b"KEY=2");
    let seen = told(&world, &watch);
    assert!(seen.config.is_none() && seen.data.is_none(), "{seen:?}");
    world.write("chats/one.json", "two");
    assert!(told(&world, &watch).data.is_some());
}

#[test]
fn a_watch_that_begins_after_a_restore_does_not_take_it_for_a_change_either() {
    let world = World::new();
    world.write(".env", "KEY=1");
    let archive = world.backup(Level::Full).archive;
    restore(&world, &archive);
    let ours = Box::new(OwnRestores::new(&world.context, &world.profile.id));
    let mut options = Options::new(Arc::new(RealClock(Instant::now())), Budget::new(1000), ours);
    options.archived = Some("2000-01-01T00:00:00Z".parse().unwrap());
    let begun = Watch::start(&world.profile, world.context.home.path(), options).unwrap();
    let seen = told(&world, &begun);
    assert!(seen.config.is_none() && seen.data.is_none(), "{seen:?}");
}
