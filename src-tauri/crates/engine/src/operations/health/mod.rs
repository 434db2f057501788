//! Whether a chatbot is well: which checks its settings, its preset and its folders ask for, and what they find.
//!
//! `plan` works the list out, `look` runs it and keeps what was found. Nothing of the chatbot is changed; [`fixes`] does that,
//! of what is safe to change, when it is told to.
mod backups;
mod counts;
pub mod fixes;
mod found;
mod history;
mod places;
mod plan;
mod running;

pub use found::{Found, find};
pub use history::{Point, trend};
pub use plan::plan;

use super::context::Context;
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::health::{Check, Probe, Runner};
use crate::jobs::Job;
use crate::service::{Maintenance, maintenance};
use crate::vault::KeySet;
use holdfast_domain::Code;
use holdfast_domain::health::{About, Finding, State, Turn};
use jiff::Timestamp;
use std::time::Duration;

/// What is looked at, and for what.
#[derive(Debug, Clone, Default)]
pub struct HealthRequest {
    /// Ids or kinds of checks; all where it is empty.
    pub only: Vec<String>,
    /// Left out of them, likewise.
    pub without: Vec<String>,
    /// All where it is empty.
    pub about: Vec<About>,
    /// Opens archives, to count their rows; without it the keyring is asked, and nobody else.
    pub keys: Option<KeySet>,
    /// What it is kept under: empty for a plain look, or `before-restore ID`, say.
    pub occasion: String,
    /// No check takes longer, even one that reads databases.
    pub longest: Option<Duration>,
    /// While watched: what reads much is looked at once an hour.
    pub watched: bool,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct HealthReport {
    pub at: Timestamp,
    /// In the order in which people read them.
    pub findings: Vec<Finding>,
    /// What came out otherwise than the last time; all of it where there was none.
    pub turns: Vec<Turn>,
    /// The person has stopped the chatbot on purpose: that it does not answer says nothing.
    pub maintenance: Option<Maintenance>,
}

/// Looks at a deployment. `Code::BadRequest` where no check is meant by what was asked for, `Code::Cancelled`.
pub fn look(
    context: &Context,
    profile: &Profile,
    request: &HealthRequest,
    runner: &Runner,
    job: &Job,
) -> Result<HealthReport> {
    let checks = chosen(plan(context, profile, request.keys.as_ref(), job)?, profile, request)?;
    let scratch = context.scratch_for_verify()?;
    let probe = Probe::new(context.clock.clone(), scratch.path().to_owned());
    let mut findings = runner.run(&checks, &probe, job, !request.watched)?;
    let at = context.clock.now();
    let maintenance = maintenance(&context.home, &profile.id, at);
    if maintenance.is_some() {
        for finding in findings.iter_mut().filter(|finding| finding.about == About::Chatbot && finding.state.is_bad()) {
            finding.state = State::Unknown;
            finding.what_to_do = Some("It was stopped on purpose. Start it again: holdfast service start.".to_owned());
        }
    }
    let turns = history::record(context, profile, at, &request.occasion, &findings)?;
    Ok(HealthReport { at, findings, turns, maintenance })
}

fn chosen(mut checks: Vec<Check>, profile: &Profile, request: &HealthRequest) -> Result<Vec<Check>> {
    if let Some(typed) = request.only.iter().find(|typed| !checks.iter().any(|check| check.id.is_meant_by(typed))) {
        let ids: Vec<&str> = checks.iter().map(|check| check.id.as_str()).collect();
        let cause = format!("{} has no check of this name; there is {}", profile.name, ids.join(", "));
        return Err(Error::new(Code::BadRequest, typed, cause));
    }
    checks.retain(|check| {
        let named = request.only.is_empty() || request.only.iter().any(|typed| check.id.is_meant_by(typed));
        let left_out = request.without.iter().any(|typed| check.id.is_meant_by(typed));
        named && !left_out && (request.about.is_empty() || request.about.contains(&check.about))
    });
    if let Some(longest) = request.longest {
        for check in &mut checks {
            check.limit = check.limit.min(longest);
        }
    }
    Ok(checks)
}

#[cfg(test)]
mod tests;
