//! Health checks as steps of an incident: the same that `holdfast health` runs.
use super::actions::Hands;
use super::steps::Done;
use crate::error::Result;
use crate::health::Runner;
use crate::jobs::Job;
use crate::operations::health::{self, HealthRequest};
use holdfast_domain::health::{Finding, State, worst};
use holdfast_domain::runbook::StepResult;

/// The kinds that a runbook may name.
pub const CHECKS: [&str; 15] = [
    "backup",
    "certificate",
    "clock",
    "config",
    "database",
    "destination",
    "disk",
    "folders",
    "http",
    "load",
    "memory",
    "rows",
    "running",
    "secrets",
    "verified",
];

/// The worst of them counts. Kinds of which this deployment has none are passed over.
pub(super) fn run(hands: &Hands<'_>, checks: &[String], job: &Job) -> Result<Done> {
    let (context, profile) = (hands.context, hands.profile);
    let planned = health::plan(context, profile, None, job)?;
    let wanted = |kind: &str| checks.is_empty() || checks.iter().any(|check| check == kind);
    let only: Vec<String> =
        planned.iter().filter(|check| wanted(check.id.kind())).map(|check| check.id.as_str().to_owned()).collect();
    if only.is_empty() {
        return Ok(Done::new(StepResult::Unknown, "There is nothing of this kind to check here."));
    }
    let request = HealthRequest { only, occasion: "incident".to_owned(), ..HealthRequest::default() };
    let report = health::look(context, profile, &request, &Runner::default(), job)?;
    let state = worst(&report.findings);
    let count = |state: State| report.findings.iter().filter(|finding| finding.state == state).count();
    let (result, said) = match state {
        State::Ok => (StepResult::Ok, format!("All {} checks are well.", report.findings.len())),
        State::Unknown => (StepResult::Unknown, format!("{} checks could not be made.", count(State::Unknown))),
        State::Warning => (StepResult::Warning, format!("{} checks warn; none fails.", count(State::Warning))),
        State::Failing => (StepResult::Failing, format!("{} checks fail.", count(State::Failing))),
    };
    let mut findings = report.findings;
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.state));
    Ok(Done::new(result, said).with_lines(findings.iter().flat_map(lines)))
}

fn lines(finding: &Finding) -> Vec<String> {
    let mut lines = vec![format!("{}: {}: {}", finding.state, finding.name, finding.seen)];
    lines.extend(finding.what_to_do.iter().map(|what| format!("  {what}")));
    lines
}
