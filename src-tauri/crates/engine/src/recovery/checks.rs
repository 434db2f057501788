//! Health checks as steps of an incident.
use super::actions::Hands;
use super::steps::Done;
use crate::error::Result;
use crate::jobs::Job;
use holdfast_domain::runbook::StepResult;

/// The kinds that a runbook may name.
pub const CHECKS: [&str; 2] = ["database", "disk"];

/// The worst of them counts.
pub(super) fn run(hands: &Hands<'_>, checks: &[String], job: &Job) -> Result<Done> {
    let wanted = |kind: &str| checks.is_empty() || checks.iter().any(|check| check == kind);
    let mut done: Vec<Done> = Vec::new();
    if wanted("database") {
        done.push(hands.check_data(job)?);
    }
    if wanted("disk") {
        done.push(hands.free_space()?);
    }
    let badness = |done: &Done| match done.result {
        StepResult::Failing => 3,
        StepResult::Warning => 2,
        StepResult::Unknown => 1,
        _ => 0,
    };
    let result = done.iter().max_by_key(|done| badness(done)).map_or(StepResult::Unknown, |done| done.result);
    let said = done.iter().map(|done| done.told.said.clone()).collect::<Vec<_>>().join(" ");
    Ok(Done::new(result, said).with_lines(done.into_iter().flat_map(|done| done.told.lines)))
}
