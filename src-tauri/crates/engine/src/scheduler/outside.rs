use super::{Event, Notice, Work};
use crate::deployment::Profile;
use crate::error::Result;
use crate::jobs::Job;
use crate::watch::RootStanding;
use holdfast_domain::Outcome;
use holdfast_domain::schedule::Change;
use jiff::Timestamp;
use std::sync::Arc;

/// What a scheduler gets from the program that it runs in.
pub trait Outside: Send + Sync {
    /// Charge in percent while on battery; `None` on mains, and where nobody can say.
    fn battery(&self) -> Option<u32>;

    /// Does a piece of work, on this thread, under a job that people can see and cancel. `Code::Locked` where another one
    /// of this program is in the way: then it is tried again later, without a word. `go` says how it ended.
    fn run(&self, work: Work, profile: &Profile, go: &mut dyn FnMut(&Arc<Job>) -> Outcome) -> Result<()>;

    fn tell(&self, event: &Event);

    /// Says it to the person. Called once for each trouble, until it is over.
    fn notify(&self, notice: &Notice);

    /// The program ends: no new work begins, and work that is cancelled is no failure.
    fn stops(&self) -> bool;
}

/// What tells that the configuration changed.
pub trait Changes: Send {
    /// What changed and was not told before. Called at every step.
    fn config(&mut self, profile: &Profile, now: Timestamp) -> Option<Change>;

    /// How that is known, for each root; empty where nobody looks.
    fn standing(&self, _deployment_id: &str) -> Vec<RootStanding> {
        Vec::new()
    }

    /// There are no other deployments any more.
    fn only(&mut self, _profiles: &[Profile]) {}
}

/// Nobody looks: changes are archived in the next window.
#[derive(Debug, Clone, Copy)]
pub struct NoChanges;

impl Changes for NoChanges {
    fn config(&mut self, _: &Profile, _: Timestamp) -> Option<Change> {
        None
    }
}
