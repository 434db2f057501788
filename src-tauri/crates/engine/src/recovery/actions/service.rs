//! Stops and starts the chatbot.
use super::super::steps::{Done, Request};
use super::Hands;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::service::{self, Act, ServiceReport};
use holdfast_domain::Code;
use holdfast_domain::runbook::StepResult;

/// `nothing` where Holdfast does not know how: a person does it then.
pub(super) fn stop(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    act(hands, Act::Stop, &request.incident, job)
}

pub(super) fn start(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    act(hands, Act::Start, &request.incident, job)
}

fn act(hands: &Hands<'_>, act: Act, incident: &str, job: &Job) -> Result<Done> {
    let word = if act == Act::Stop { "stopped" } else { "started" };
    let unknown = |e: &Error| e.code() == Code::ServiceUnknown;
    let done = service::plan(hands.context, hands.profile, act)
        .and_then(|plan| service::run(hands.context, &plan, &format!("the incident {incident}"), job));
    match done {
        Ok(report) => {
            let said = format!("The chatbot is {word}.");
            Ok(Done::new(StepResult::Done, said).with_lines(lines(&report)))
        }
        Err(e) if unknown(&e) => {
            let said = format!("Holdfast does not know how it is {word}: {}.", e.cause());
            Ok(Done::new(StepResult::Nothing, said))
        }
        Err(e) => Err(e),
    }
}

fn lines(report: &ServiceReport) -> Vec<String> {
    let done = report.done.iter().map(|step| format!("{}: {} ({:.1} s)", step.part, step.how, step.seconds));
    let proof = report.proof.iter().map(|proof| {
        let word = if proof.holds { "yes" } else { "no" };
        format!("{}: {word}, {}", proof.what, proof.seen)
    });
    done.chain(proof).collect()
}
