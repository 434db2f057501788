//! Pauses the schedule, and lets it go on.
use super::super::steps::{Done, Request};
use super::Hands;
use crate::error::Result;
use crate::jobs::Job;
use crate::scheduler;
use holdfast_domain::runbook::StepResult;
use jiff::SignedDuration;

/// A week, where nothing is said: it ends by itself.
const PAUSE_SECONDS: u64 = 7 * 24 * 3600;

pub(super) fn pause(hands: &Hands<'_>, request: &Request, _: &Job) -> Result<Done> {
    let seconds = request.number("for", PAUSE_SECONDS);
    let length = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    let until = request.since.saturating_add(length).unwrap_or(request.since);
    scheduler::pause(hands.context, &hands.profile.id, until)?;
    let said = format!("Nothing is archived or removed by itself until {}.", hands.when(until));
    Ok(Done::new(StepResult::Done, said))
}

pub(super) fn resume(hands: &Hands<'_>, _: &Request, _: &Job) -> Result<Done> {
    let was = scheduler::resume(hands.context, &hands.profile.id)?;
    Ok(if was {
        Done::new(StepResult::Done, "The schedule goes on.")
    } else {
        Done::new(StepResult::Nothing, "The schedule was not paused.")
    })
}
