//! Random histories of a deployment: whatever happens to it, every moment that was backed up comes back as it was.
//!
//! `HOLDFAST_TEST_SEED=N` runs one history again, `HOLDFAST_TEST_LONG=1` a thousand.
#![allow(clippy::unwrap_used)]
mod support;

use holdfast_engine::domain::{ArchiveName, Code, Kind, Level, Outcome, retention};
use holdfast_engine::operations::backup::{self, BackupRequest};
use holdfast_engine::operations::restore::Target;
use holdfast_engine::operations::{prune, undo};
use std::sync::atomic::{AtomicU64, Ordering};
use support::life::Life;
use support::picture::{Picture, assert_same};
use support::rng::Rng;
use support::{Time, World};

const SHORT: u64 = 25;
const LONG: u64 = 1000;

struct History {
    rng: Rng,
    world: World,
    life: Life,
    moments: Vec<(ArchiveName, Picture)>,
    /// Restores and compares all that there is, rather than some.
    thorough: bool,
}

/// Says which seed failed.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("run it again with HOLDFAST_TEST_SEED={}", self.0);
        }
    }
}

#[test]
fn every_moment_of_every_history_comes_back() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let thorough = number("HOLDFAST_TEST_LONG").is_some();
    if let Some(seed) = number("HOLDFAST_TEST_SEED") {
        return history(seed, true);
    }
    let count = if thorough { LONG } else { SHORT };
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= count {
                        break;
                    }
                    history(seed, thorough);
                }
            });
        }
    });
}

fn history(seed: u64, thorough: bool) {
    let _seed = Seed(seed);
    let mut rng = Rng::new(seed);
    let world = World::new(if rng.one_in(3) { Time::Present } else { Time::Ahead });
    let life = Life::new(world.path());
    let mut history = History { rng, world, life, moments: Vec::new(), thorough };
    for _ in 0..12 {
        history.life.change(&mut history.rng);
    }
    history.backup(Level::Full);
    for _ in 0..3 + history.rng.below(4) {
        for _ in 0..=history.rng.below(8) {
            history.life.change(&mut history.rng);
        }
        history.world.advance_minutes(history.rng.below(40 * 60) as i64);
        let level = [Level::Hourly, Level::Hourly, Level::Daily, Level::Full][history.rng.below(4) as usize];
        history.backup(level);
        if history.rng.one_in(5) {
            history.restore_in_place();
        }
    }
    history.compare();
    history.prune();
}

impl History {
    fn backup(&mut self, level: Level) {
        let kind = if self.rng.one_in(4) { Kind::Manual } else { Kind::Scheduled };
        let picture = self.world.picture();
        // Whatever chance takes away is taken away on purpose.
        let request = BackupRequest { level: Some(level), kind, allow_empty: true, ..BackupRequest::default() };
        let (context, job) = (&self.world.context, self.world.job());
        let plan = backup::plan(context, &self.world.profile, request, &job).unwrap();
        let report = backup::run(context, plan, &job).unwrap();
        let gone = |code| matches!(code, Code::ConfigLost | Code::VectorsLost | Code::FilesLost | Code::FilesCutShort);
        let chance = |code| gone(code) || matches!(code, Code::RootEmpty | Code::RootShrunk | Code::DatabaseLost);
        assert!(report.problems.iter().all(|problem| chance(problem.code)), "{:?}", report.problems);
        assert_same(&picture, &self.world.picture(), "a backup changes nothing");
        self.moments.push((report.archive, picture));
    }

    /// Some moments, or all.
    fn compare(&mut self) {
        let mut chosen: Vec<usize> = (0..self.moments.len()).collect();
        while !self.thorough && chosen.len() > 3 {
            chosen.swap_remove(self.rng.below(chosen.len() as u64) as usize);
        }
        for number in chosen {
            let (name, picture) = &self.moments[number];
            assert_same(picture, &self.world.moment(name), name.as_str());
        }
        if self.thorough || self.rng.one_in(4) {
            let names: Vec<_> = self.moments.iter().map(|moment| moment.0.clone()).collect();
            let report = self.world.verify(&names, true).unwrap();
            assert_eq!(report.outcome, Outcome::Done, "{report:?}");
        }
    }

    fn restore_in_place(&mut self) {
        // The chatbot is stopped, as it should be.
        self.life.databases.close();
        let before = self.world.picture();
        let (name, picture) = self.rng.of(&self.moments).unwrap().clone();
        let mut request = self.world.request(&name, Target::InPlace);
        request.emergency = self.rng.one_in(2);
        let report = self.world.restore(request).unwrap();
        assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
        assert_same(&picture, &self.world.picture(), "a restore in place");
        self.moments.extend(report.emergency.map(|emergency| (emergency, before.clone())));
        let (context, profile, job) = (&self.world.context, &self.world.profile, self.world.job());
        if self.rng.one_in(2) {
            let plan = undo::plan(context, profile, true, &job).unwrap();
            undo::run(context, plan, &job).unwrap();
            assert_same(&before, &self.world.picture(), "undo");
        } else {
            assert_eq!(undo::forget(context, profile, &undo::ForgetRequest::default(), &job).unwrap().removed, 1);
            assert_same(&picture, &self.world.picture(), "letting the old state go");
        }
    }

    /// What a prune leaves is as good as before.
    fn prune(&mut self) {
        let rng = &mut self.rng;
        self.world.profile.retention = retention::Policy {
            hourly: rng.below(3) as u32,
            daily: rng.below(3) as u32,
            weekly: rng.below(2) as u32,
            monthly: rng.below(2) as u32,
            manual_days: rng.below(3) as u32,
        };
        let (context, job) = (&self.world.context, self.world.job());
        let plan = prune::plan(context, &self.world.profile, &job).unwrap();
        let report = prune::run(context, plan, &job).unwrap();
        assert_eq!((report.outcome, report.alarm), (Outcome::Done, None), "{:?}", report.problems);
        let mut left: Vec<_> = self.world.archives().list().unwrap().into_iter().map(|listed| listed.name).collect();
        assert!(!left.is_empty(), "the newest is always kept");
        assert_eq!(left.len() + report.removed.len(), self.moments.len());
        while !self.thorough && left.len() > 2 {
            left.swap_remove(self.rng.below(left.len() as u64) as usize);
        }
        for name in left {
            let (_, picture) = self.moments.iter().find(|moment| moment.0 == name).unwrap();
            assert_same(picture, &self.world.moment(&name), "after a prune");
        }
    }
}
