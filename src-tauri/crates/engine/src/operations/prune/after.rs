//! What the rules let go of once a new archive is there.
use super::plan::{PrunePlan, judge};
use super::run::carry_out;
use super::{CopiesRemoved, Removed};
use crate::deployment::Profile;
use crate::error::Result;
use crate::jobs::Job;
use crate::operations::context::Context;
use holdfast_domain::{ArchiveName, Outcome, Problem};
use serde::Serialize;

/// What went after a backup.
#[derive(Debug, Clone, Serialize)]
pub struct Pruned {
    /// `Cancelled` where it was stopped between two archives: what it names is gone all the same.
    pub outcome: Outcome,
    /// Where archives are made, in the order in which they went.
    pub removed: Vec<Removed>,
    pub freed_bytes: u64,
    /// At the destinations that get copies and are there.
    pub copies: Vec<CopiesRemoved>,
    /// Archives whose removal an earlier run had begun.
    pub finished: Vec<ArchiveName>,
    /// Why nothing went, whatever the rules say.
    pub frozen: Option<String>,
    pub problems: Vec<Problem>,
}

/// Removes by the deployment's rules, at each of its destinations, what none of them keeps. Nobody is asked: what goes is what
/// the settings let go of. Takes the deployment's lock, which the backup must have given back; killed at any point, the
/// next one goes on. A run that removes nothing leaves no entry in the history.
pub fn after_success(context: &Context, profile: &Profile, job: &Job) -> Result<Pruned> {
    let started = context.clock.now();
    let (plan, _locks) = judge(context, profile, job)?;
    if is_idle(&plan) {
        // What keeps archives from being judged is no failure of the backup: `status` and a prune that is asked for say it.
        return Ok(Pruned {
            outcome: Outcome::Done,
            removed: Vec::new(),
            freed_bytes: 0,
            copies: Vec::new(),
            finished: Vec::new(),
            frozen: plan.alarm,
            problems: Vec::new(),
        });
    }
    let report = carry_out(context, plan, &|_| true, &|_, _| true, started, job)?;
    Ok(Pruned {
        outcome: report.outcome,
        removed: report.removed,
        freed_bytes: report.freed_bytes,
        copies: report.copies.into_iter().filter(|copies| !copies.removed.is_empty()).collect(),
        finished: report.finished,
        frozen: report.alarm,
        problems: report.problems,
    })
}

fn is_idle(plan: &PrunePlan) -> bool {
    plan.going.is_empty() && plan.finished.is_empty() && plan.copies.iter().all(|copies| copies.freed_count() == 0)
}
