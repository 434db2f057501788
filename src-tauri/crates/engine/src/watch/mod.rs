//! Notices that files of a deployment change: which kind of thing, and since when; not which files.
//!
//! Every folder that backups go into is watched by inotify, in constant memory beside a name for each folder. Where that is
//! not to be had (the watch limit, network drives, FUSE) the root is looked through again and again, and `standing` says so.
//!
//! The races: a folder is watched before it is listed, so a file is either listed or told of. Whatever the system may not have
//! told (its queue ran over, a folder went and came again, a mount came over it) is looked through again and compared with
//! what it was like before; what cannot be compared counts as changed.
//!
//! The crate `inotify` of rustix is used directly, because a general crate neither leaves folders out nor says which watch
//! failed, and both are what keeps a million files from using up all watches. *Absent:* what is written through shared memory
//! (`mmap`) is told by no system; the next scheduled backup takes it.
mod attach;
mod budget;
mod events;
mod folders;
mod kind;
mod look;
mod notices;
mod ours;
mod place;
mod print;
mod seen;
mod standing;
#[cfg(test)]
mod tests;
mod worker;

pub use budget::Budget;
pub use kind::Kind;
pub use ours::{Exchanged, NoRestores, Ours};
pub use seen::{Seen, Since};
pub use standing::{By, RootStanding, Why};

use crate::capture::walk::WalkRoot;
use crate::clock::Clock;
use crate::deployment::{Classifier, Profile};
use crate::error::{Error, Result};
use holdfast_domain::Code;
use jiff::{SignedDuration, Timestamp};
use seen::Pending;
use std::io::PipeWriter;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use worker::Worker;

/// How to watch.
pub struct Options {
    pub clock: Arc<dyn Clock>,
    /// One for all deployments of a process.
    pub budget: Arc<Budget>,
    pub ours: Box<dyn Ours>,
    /// The newest archive: what changed after it, while nobody watched, is told at the start.
    pub archived: Option<Timestamp>,
    /// A burst is over when nothing changed for so long.
    pub settle: SignedDuration,
    /// Between two looks through a root that the system does not tell of; longer where a look takes long.
    pub scan_every: Duration,
    /// Between two looks at what is at the paths of the roots.
    pub check_every: Duration,
}

impl Options {
    pub fn new(clock: Arc<dyn Clock>, budget: Arc<Budget>, ours: Box<dyn Ours>) -> Self {
        Self {
            clock,
            budget,
            ours,
            archived: None,
            settle: SignedDuration::from_secs(5),
            scan_every: Duration::from_mins(2),
            check_every: Duration::from_secs(5),
        }
    }
}

/// Watches the roots of one deployment on a thread of its own until it is dropped.
pub struct Watch {
    shared: Arc<Shared>,
    /// Closed, it wakes the thread.
    end: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
    settle: SignedDuration,
}

struct Shared {
    stop: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pending: Pending,
    standing: Vec<RootStanding>,
    /// Something is being looked through, or will be as soon as it is quiet.
    busy: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held leaves only notes behind: still usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// Returns at once: the roots are looked through on the thread, and are `By::Starting` until then. Changes from now on are
    /// told. A root may be missing. `home` is where Holdfast keeps its own things.
    pub fn start(profile: &Profile, home: &Path, options: Options) -> Result<Self> {
        let filter = Classifier::new(profile, home)?;
        let roots: Vec<WalkRoot> = profile.roots.iter().map(WalkRoot::from).collect();
        let internal = |e| Error::new(Code::Internal, &profile.name, e);
        let (ended, end) = std::io::pipe().map_err(internal)?;
        let settle = options.settle;
        let shared = Arc::new(Shared { stop: AtomicBool::new(false), state: Mutex::default() });
        let mut worker = Worker::new(roots, Box::new(filter), options, shared.clone());
        worker.publish();
        let thread = std::thread::Builder::new().name("watch".to_owned());
        let thread = thread.spawn(move || worker.run(&ended)).map_err(internal)?;
        Ok(Self { shared, end: Some(end), thread: Some(thread), settle })
    }

    /// What changed since it was asked before.
    pub fn take(&self, now: Timestamp) -> Seen {
        let mut state = self.shared.lock();
        let mut seen = state.pending.take(now, self.settle);
        seen.settled &= !state.busy;
        seen
    }

    /// How each root is watched, in the order of the settings.
    pub fn standing(&self) -> Vec<RootStanding> {
        self.shared.lock().standing.clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("standing", &self.standing()).finish_non_exhaustive()
    }
}
