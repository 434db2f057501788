//! With real folders and the real inotify. What is not about the thread drives the worker by hand, so nothing waits.
mod bursts;
mod fallback;
mod folders;
mod kinds;
mod sweep;
mod thread;

use super::worker::Worker;
use super::{Budget, By, Exchanged, Kind, NoRestores, Options, Ours, Seen, Shared};
use crate::capture::walk::WalkRoot;
use crate::clock::Clock;
use crate::deployment::{Classifier, Profile, Root};
use holdfast_domain::DeploymentName;
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The real time: what is compared are times of files.
#[derive(Debug)]
pub struct RealClock(Instant);

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

pub fn clock() -> Arc<dyn Clock> {
    Arc::new(RealClock(Instant::now()))
}

/// A deployment with a root `data`, and what it needs to be watched.
pub struct Yard {
    pub folder: tempfile::TempDir,
    pub profile: Profile,
    pub budget: Arc<Budget>,
}

impl Yard {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let mut profile = Profile::new(DeploymentName::new("bot").unwrap());
        let root = |name: &str, file| Root { name: name.into(), path: folder.path().join(name), data: None, file };
        profile.roots = vec![root("data", false), root(".env", true)];
        Self { folder, profile, budget: Budget::new(100_000) }
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn write(&self, below: &str, content: impl AsRef<[u8]>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn options(&self) -> Options {
        Options {
            settle: SignedDuration::from_millis(100),
            scan_every: Duration::ZERO,
            check_every: Duration::from_millis(20),
            ..Options::new(clock(), self.budget.clone(), Box::new(NoRestores))
        }
    }

    /// A worker that has begun and does nothing by itself.
    pub fn hand(&self) -> Hand {
        self.hand_with(self.options())
    }

    pub fn hand_with(&self, options: Options) -> Hand {
        let filter = Classifier::new(&self.profile, Path::new("/none")).unwrap();
        let roots: Vec<WalkRoot> = self.profile.roots.iter().map(WalkRoot::from).collect();
        let shared = Arc::new(Shared { stop: AtomicBool::new(false), state: Mutex::default() });
        let mut worker = Worker::new(roots, Box::new(filter), options, shared);
        for index in 0..self.profile.roots.len() {
            worker.begin(index);
        }
        let mut hand = Hand(worker);
        hand.take();
        hand
    }
}

pub struct Hand(pub Worker);

impl Hand {
    /// Everything that the system has to tell, and a look after it.
    pub fn take(&mut self) -> Seen {
        for _ in 0..3 {
            while !self.0.hear() {}
            // It need not rest between two looks.
            self.0.places.iter_mut().for_each(|place| place.took = Duration::ZERO);
            self.0.look_after(true);
        }
        self.0.publish();
        self.0.shared.lock().pending.take(Timestamp::now(), SignedDuration::ZERO)
    }

    pub fn kinds(&mut self) -> Vec<Kind> {
        kinds(&self.take())
    }

    pub fn by(&self, root: usize) -> By {
        self.0.shared.lock().standing[root].by.clone()
    }
}

pub fn kinds(seen: &Seen) -> Vec<Kind> {
    let all = [
        (Kind::Config, &seen.config),
        (Kind::Data, &seen.data),
        (Kind::Application, &seen.application),
        (Kind::Logs, &seen.logs),
    ];
    all.into_iter().filter(|(_, since)| since.is_some()).map(|(kind, _)| kind).collect()
}

/// A restore as its journal tells of it.
#[derive(Clone, Default)]
pub struct Told(pub Arc<Mutex<Vec<Exchanged>>>);

impl Ours for Told {
    fn exchanged(&self) -> Vec<Exchanged> {
        self.0.lock().unwrap().clone()
    }
}
