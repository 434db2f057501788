//! Long work: what it does now, how far it is, and how it is cancelled.
mod meter;
mod problems;

pub use meter::{Meter, Rate};
pub use problems::Problems;

use crate::clock::Clock;
use crate::error::{Error, Result};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// What a run does now. The words for people are in the words table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Preparing,
    Decrypting,
    Scanning,
    BackingUp,
    Exporting,
    ReadingBack,
    Verifying,
    CheckingDatabases,
    Restoring,
    CheckingRestored,
    Swapping,
    Comparing,
    Removing,
    Copying,
    WaitingForDrive,
    Finishing,
}

/// A moment of a run. Totals are zero while they are not known.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub struct Progress {
    pub phase: Phase,
    pub files_done: u64,
    pub files_total: u64,
    pub bytes_done: u64,
    pub bytes_total: u64,
    /// Bytes a second over the last seconds; `None` until there is something to measure.
    pub bytes_per_second: Option<u64>,
    pub seconds_left: Option<u64>,
    /// The file or archive at hand, as people know it.
    pub current: Option<String>,
}

/// Receives progress, on whichever thread it arises.
pub trait Monitor: Send + Sync {
    fn progress(&self, progress: &Progress);
}

/// A monitor that listens to nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Monitor for Silent {
    fn progress(&self, _: &Progress) {}
}

/// One run's counters, cancel flag and monitor; shared by all of its threads.
pub struct Job {
    clock: Arc<dyn Clock>,
    monitor: Arc<dyn Monitor>,
    cancelled: Arc<AtomicBool>,
    /// By the clock's `elapsed`.
    ends_at: Option<Duration>,
    files: AtomicU64,
    bytes: AtomicU64,
    state: std::sync::Mutex<State>,
    next_report_ms: AtomicU64,
}

struct State {
    phase: Phase,
    files_total: u64,
    bytes_total: u64,
    current: Option<String>,
    meter: Meter,
}

/// At most ten reports a second.
const REPORT_EVERY: Duration = Duration::from_millis(100);

impl Job {
    pub fn new(clock: Arc<dyn Clock>, monitor: Arc<dyn Monitor>) -> Arc<Self> {
        Self::with(clock, monitor, Arc::default(), None)
    }

    fn with(
        clock: Arc<dyn Clock>,
        monitor: Arc<dyn Monitor>,
        cancelled: Arc<AtomicBool>,
        ends_at: Option<Duration>,
    ) -> Arc<Self> {
        Arc::new(Self {
            clock,
            monitor,
            cancelled,
            ends_at,
            files: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            state: std::sync::Mutex::new(State {
                phase: Phase::Preparing,
                files_total: 0,
                bytes_total: 0,
                current: None,
                meter: Meter::default(),
            }),
            next_report_ms: AtomicU64::new(0),
        })
    }

    /// A job that nobody watches.
    pub fn silent(clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::new(clock, Arc::new(Silent))
    }

    /// A part of this job that nobody watches and that must end by then (by the clock's `elapsed`): past that, its
    /// checkpoints fail as if it were cancelled, while this one goes on. Cancelling either cancels both.
    pub fn until(&self, ends_at: Duration) -> Arc<Self> {
        Self::with(self.clock.clone(), Arc::new(Silent), self.cancelled.clone(), Some(ends_at))
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Asks the run to stop at its next named point.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// A named point at which the run may end: fails with `Code::Cancelled` when it was asked to.
    pub fn checkpoint(&self) -> Result<()> {
        let over = self.ends_at.is_some_and(|end| self.clock.elapsed() >= end);
        if over || self.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Begins a phase: counters start again.
    pub fn phase(&self, phase: Phase, files_total: u64, bytes_total: u64) {
        self.files.store(0, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
        {
            let mut state = self.lock();
            state.phase = phase;
            state.files_total = files_total;
            state.bytes_total = bytes_total;
            state.current = None;
            state.meter = Meter::default();
        }
        self.report();
    }

    pub fn add_files(&self, files: u64) {
        self.files.fetch_add(files, Ordering::Relaxed);
        self.report_if_due();
    }

    pub fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.report_if_due();
    }

    /// Names what is at hand. Only worth calling for things that take a while.
    pub fn current(&self, what: impl Into<String>) {
        self.lock().current = Some(what.into());
        self.report_if_due();
    }

    fn report_if_due(&self) {
        let now = self.clock.elapsed().as_millis() as u64;
        let due = self.next_report_ms.load(Ordering::Relaxed);
        let next = now + REPORT_EVERY.as_millis() as u64;
        if now >= due && self.next_report_ms.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.report();
        }
    }

    fn report(&self) {
        let mut state = self.lock();
        let files_done = self.files.load(Ordering::Relaxed);
        let bytes_done = self.bytes.load(Ordering::Relaxed);
        let total = state.bytes_total;
        let rate = state.meter.observe(self.clock.elapsed(), bytes_done, total);
        let progress = Progress {
            phase: state.phase,
            files_done,
            files_total: state.files_total,
            bytes_done,
            bytes_total: state.bytes_total,
            bytes_per_second: rate.bytes_per_second,
            seconds_left: rate.seconds_left,
            current: state.current.clone(),
        };
        drop(state);
        self.monitor.progress(&progress);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic while the lock was held leaves only counters behind: still usable.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}
