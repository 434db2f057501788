use crate::runbook::{Phase, Runbook};
use jiff::Timestamp;
use serde::Serialize;

/// The time that an incident took, against what it should take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct IncidentClock {
    pub started: Timestamp,
    /// When the chatbot was back: everything before the phase Learn was through. Unset again where it goes back.
    pub recovered: Option<Timestamp>,
    pub closed: Option<Timestamp>,
    /// Until it was back, or so far.
    pub elapsed_seconds: u64,
    pub target_seconds: u64,
    /// Beyond the target.
    pub over_seconds: u64,
    pub phases: Vec<PhaseClock>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct PhaseClock {
    pub phase: Phase,
    /// In all visits together.
    pub seconds: u64,
    pub target_seconds: Option<u64>,
    pub over_seconds: u64,
}

/// What is counted while the records are gone through.
#[derive(Debug, Clone)]
pub(super) struct Counting {
    started: Timestamp,
    recovered: Option<Timestamp>,
    closed: Option<Timestamp>,
    /// The phase that it is in, since when.
    running: Option<(Phase, Timestamp)>,
    seconds: [u64; 6],
}

impl Counting {
    pub fn new(started: Timestamp) -> Self {
        Self { started, recovered: None, closed: None, running: None, seconds: [0; 6] }
    }

    /// `None`: all steps are through.
    pub fn enter(&mut self, phase: Option<Phase>, at: Timestamp) {
        if self.running.map(|(phase, _)| phase) != phase {
            self.stop(at);
            self.running = phase.map(|phase| (phase, at));
        }
        match phase {
            None | Some(Phase::Learn) => self.recovered = self.recovered.or(Some(at)),
            Some(_) => self.recovered = None,
        }
    }

    pub fn close(&mut self, at: Timestamp, resolved: bool) {
        self.stop(at);
        self.closed = Some(at);
        if resolved {
            self.recovered = self.recovered.or(Some(at));
        }
    }

    fn stop(&mut self, at: Timestamp) {
        if let Some((phase, since)) = self.running.take() {
            self.seconds[phase as usize] += between(since, at);
        }
    }

    pub fn read(mut self, runbook: &Runbook, now: Timestamp) -> IncidentClock {
        self.stop(now);
        let until = self.recovered.or(self.closed).unwrap_or(now);
        let elapsed_seconds = between(self.started, until);
        let phase = |phase: Phase| {
            let (seconds, target_seconds) = (self.seconds[phase as usize], runbook.phase_targets.get(&phase).copied());
            let over_seconds = target_seconds.map_or(0, |target| seconds.saturating_sub(target));
            PhaseClock { phase, seconds, target_seconds, over_seconds }
        };
        IncidentClock {
            started: self.started,
            recovered: self.recovered,
            closed: self.closed,
            elapsed_seconds,
            target_seconds: runbook.target_seconds,
            over_seconds: elapsed_seconds.saturating_sub(runbook.target_seconds),
            phases: Phase::ALL.map(phase).into(),
        }
    }
}

/// A clock that was set back counts nothing.
fn between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_secs()).unwrap_or(0)
}
