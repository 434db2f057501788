//! The jobs of this program, whoever began them: the window, its tray, later the schedule. They go on when the one who
//! began them is gone; whoever comes joins them, and how one ended is kept until somebody has seen it.
//!
//! The engine locks deployments against other programs; here a second writer is refused before it begins.
mod kind;
mod relay;
#[cfg(test)]
mod tests;

pub use kind::JobKind;
pub use relay::Watcher;

use crate::{Answer, AppEvent, Failure, Service};
use holdfast_domain::{Code, Outcome};
use holdfast_engine::jobs::{Job, Phase, Progress};
use jiff::Timestamp;
use relay::Relay;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A job that goes on, or that ended and was not seen yet.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RunningJob {
    pub id: String,
    pub kind: JobKind,
    pub deployment: Option<String>,
    pub started: Timestamp,
    /// A person asked for it; otherwise the schedule.
    pub asked_for: bool,
    pub cancelling: bool,
    /// What it goes through, in order, as far as that is known.
    pub phases: Vec<Phase>,
    pub progress: Option<Progress>,
    /// How it ended; `null` while it goes on.
    pub outcome: Option<Outcome>,
}

/// What a job is begun with.
#[derive(Debug, Clone)]
pub struct Begin {
    /// Chosen by who begins it, and new.
    pub id: String,
    pub kind: JobKind,
    pub deployment: Option<String>,
    pub asked_for: bool,
}

/// Hears when jobs come and go.
pub type Listener = Arc<dyn Fn(&AppEvent) + Send + Sync>;

/// How many endings are kept for somebody to see.
const ENDINGS_KEPT: usize = 32;

pub struct Jobs {
    service: Arc<Service>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Ended ones are those with an `ending`.
    jobs: BTreeMap<u64, Entry>,
    next: u64,
    listeners: Vec<Listener>,
}

struct Entry {
    begin: Begin,
    started: Timestamp,
    job: Arc<Job>,
    relay: Arc<Relay>,
    ending: Option<Answer<Value>>,
}

/// A job that has its place among the others. Run it, or let go of it.
pub struct Admitted<'a> {
    jobs: &'a Jobs,
    number: u64,
    job: Arc<Job>,
    ended: bool,
}

/// What an answer says of itself.
#[derive(Deserialize)]
struct Ended {
    outcome: Outcome,
}

impl Jobs {
    pub fn new(service: Arc<Service>) -> Self {
        Self { service, state: Mutex::default(), changed: Condvar::new() }
    }

    pub fn listen(&self, listener: Listener) {
        self.lock().listeners.push(listener);
    }

    /// Gives a job its place; it can be cancelled and joined from here on. Fails with `Code::Locked` where it would write
    /// and another one writes of the same deployment.
    pub fn admit(&self, begin: Begin, watcher: Option<Watcher>) -> Answer<Admitted<'_>> {
        let relay = Arc::new(Relay::default());
        if let Some(watcher) = watcher {
            relay.join(watcher);
        }
        let job = self.service.job(relay.clone());
        let mut state = self.lock();
        if state.jobs.values().any(|entry| entry.begin.id == begin.id) {
            return Err(Failure::new(Code::BadRequest, "the job", "there is one of this number already"));
        }
        if let Some(other) = state.writer_against(&begin) {
            let cause = format!("{} since {}", other.begin.kind.words().to_lowercase(), other.started);
            return Err(Failure::new(Code::Locked, begin.deployment.unwrap_or_default(), cause));
        }
        let number = state.next;
        state.next += 1;
        let started = self.service.clock().now();
        let entry = Entry { begin, started, job: job.clone(), relay, ending: None };
        let told = entry.told();
        state.jobs.insert(number, entry);
        drop(state);
        if told.kind != JobKind::Look {
            self.tell(&AppEvent::JobBegan { job: told });
        }
        Ok(Admitted { jobs: self, number, job, ended: false })
    }

    /// Those that go on, and those that ended unseen; the oldest first.
    pub fn list(&self) -> Vec<RunningJob> {
        let state = self.lock();
        state.jobs.values().filter(|entry| entry.begin.kind != JobKind::Look).map(Entry::told).collect()
    }

    /// Asks a job to stop at its next safe point. One that is over, or was never there, is left alone.
    pub fn cancel(&self, id: &str) {
        if let Some(entry) = self.lock().find(id) {
            entry.job.cancel();
        }
    }

    pub fn cancel_all(&self) {
        for entry in self.lock().jobs.values().filter(|entry| entry.ending.is_none()) {
            entry.job.cancel();
        }
    }

    /// Whether any goes on that is more than a look.
    pub fn any_running(&self) -> bool {
        self.lock().jobs.values().any(Entry::goes_on)
    }

    /// Waits until none goes on, for at most so long. Says whether that came true.
    pub fn wait_idle(&self, at_most: std::time::Duration) -> bool {
        let waited = self
            .changed
            .wait_timeout_while(self.lock(), at_most, |state| state.jobs.values().any(|entry| entry.ending.is_none()));
        waited.is_ok_and(|(_, timeout)| !timeout.timed_out())
    }

    /// Takes part in a job: waits for its end, and gives what it gave to who began it. It counts as seen then.
    pub fn join(&self, id: &str, watcher: Option<Watcher>) -> Answer<Value> {
        let unknown = || Failure::new(Code::BadRequest, "the job", "it is over, and its result was seen");
        let mut state = self.lock();
        if let Some(watcher) = watcher {
            state.find(id).ok_or_else(unknown)?.relay.join(watcher);
        }
        loop {
            let ending = state.find(id).ok_or_else(unknown)?.ending.clone();
            if let Some(ending) = ending {
                state.forget(id);
                return ending;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// That somebody has the result of a job now; its ending need not be kept.
    pub fn seen(&self, id: &str) {
        self.lock().forget(id);
    }

    fn tell(&self, event: &AppEvent) {
        let listeners = self.lock().listeners.clone();
        for listener in listeners {
            listener(event);
        }
    }

    fn end(&self, number: u64, ending: Answer<Value>) {
        let outcome = outcome_of(&ending);
        let failure = ending.as_ref().err().cloned();
        let mut state = self.lock();
        let Some(entry) = state.jobs.get_mut(&number) else { return };
        entry.ending = Some(ending);
        let Begin { id, kind, deployment, asked_for } = entry.begin.clone();
        if kind == JobKind::Look {
            state.jobs.remove(&number);
        }
        state.bound();
        drop(state);
        self.changed.notify_all();
        if kind != JobKind::Look {
            self.tell(&AppEvent::JobEnded { id, kind, deployment, asked_for, outcome, failure });
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What a panic leaves behind is a list of jobs, whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admitted<'_> {
    /// Does the work on this thread.
    pub fn run<T: Serialize>(mut self, work: impl FnOnce(&Service, &Arc<Job>) -> Answer<T>) -> Answer<T> {
        let answer = work(&self.jobs.service, &self.job);
        let ending = match &answer {
            Ok(answer) => {
                serde_json::to_value(answer).map_err(|e| Failure::new(Code::Internal, "the answer of a job", e))
            }
            Err(failure) => Err(failure.clone()),
        };
        self.ended = true;
        self.jobs.end(self.number, ending);
        answer
    }
}

impl Drop for Admitted<'_> {
    /// A job that was not run, or whose thread panicked, must not stand in the way for ever.
    fn drop(&mut self) {
        if !self.ended {
            let failure = Failure::new(Code::Internal, "a job", "it ended without an answer");
            self.jobs.end(self.number, Err(failure));
        }
    }
}

impl State {
    fn find(&self, id: &str) -> Option<&Entry> {
        self.jobs.values().find(|entry| entry.begin.id == id)
    }

    fn forget(&mut self, id: &str) {
        self.jobs.retain(|_, entry| entry.ending.is_none() || entry.begin.id != id);
    }

    fn writer_against(&self, begin: &Begin) -> Option<&Entry> {
        let same = |entry: &&Entry| entry.goes_on() && entry.begin.deployment == begin.deployment;
        begin.kind.writes().then(|| self.jobs.values().filter(same).find(|entry| entry.begin.kind.writes())).flatten()
    }

    fn bound(&mut self) {
        let ended: Vec<u64> =
            self.jobs.iter().filter(|(_, entry)| entry.ending.is_some()).map(|(number, _)| *number).collect();
        for number in ended.iter().take(ended.len().saturating_sub(ENDINGS_KEPT)) {
            self.jobs.remove(number);
        }
    }
}

impl Entry {
    fn goes_on(&self) -> bool {
        self.ending.is_none() && self.begin.kind != JobKind::Look
    }

    fn told(&self) -> RunningJob {
        RunningJob {
            id: self.begin.id.clone(),
            kind: self.begin.kind,
            deployment: self.begin.deployment.clone(),
            started: self.started,
            asked_for: self.begin.asked_for,
            cancelling: self.ending.is_none() && self.job.is_cancelled(),
            phases: self.begin.kind.phases().to_vec(),
            progress: self.relay.last(),
            outcome: self.ending.as_ref().map(outcome_of),
        }
    }
}

fn outcome_of(ending: &Answer<Value>) -> Outcome {
    match ending {
        Ok(answer) => Ended::deserialize(answer).map_or(Outcome::Done, |ended| ended.outcome),
        Err(failure) if failure.is_cancelled() => Outcome::Cancelled,
        Err(_) => Outcome::Failed,
    }
}
