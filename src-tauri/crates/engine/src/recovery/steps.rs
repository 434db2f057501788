//! Does the step that is to be done now: a check or an action.
//!
//! The race that this module prevents is with the power switch. That a step begins is on the disk before it does anything,
//! and that it ended is after everything. What lies between on the next start was cut short, and is asked about: some
//! things can be done twice without harm, of others Holdfast finds out whether they were done, and the rest a person says.
use super::filling::filling;
use super::journal::Incident;
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::Context;
use holdfast_domain::Code;
use holdfast_domain::incident::{Current, Event, Standing, State, Told};
use holdfast_domain::runbook::{Arguments, Does, Step, StepResult, Value, fill};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How a check or an action ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub result: StepResult,
    pub told: Told,
}

impl Done {
    pub fn new(result: StepResult, said: impl Into<String>) -> Self {
        Self { result, told: Told { said: said.into(), ..Told::default() } }
    }

    #[must_use]
    pub fn with_lines(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.told.lines.extend(lines);
        self
    }

    #[must_use]
    pub fn with_value(mut self, value: impl ToString) -> Self {
        self.told.value = Some(value.to_string());
        self
    }
}

/// What is to be done, with its placeholders filled.
#[derive(Debug)]
pub struct Request {
    pub incident: String,
    pub action: String,
    pub with: Arguments,
    /// What other steps told, the last time that they were done.
    pub told: BTreeMap<String, Told>,
    /// When the incident began.
    pub started: Timestamp,
    /// When this step began, the first time that it did since it was come to: what was done since then was done by it.
    pub since: Timestamp,
}

/// What became of an action that had begun and did not end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// It can be done once more: nothing came of it, or twice is as good as once.
    Again,
    /// It was done.
    Was(Done),
    /// Only a person can say, who is told why.
    Ask(String),
}

/// What a person says of an action that was cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Nothing: it is found out.
    FindOut,
    WasDone,
    DoAgain,
}

/// What Holdfast can do in an incident.
pub trait Actions {
    /// Health checks of these kinds; all where there are none.
    fn check(&self, checks: &[String], job: &Job) -> Result<Done>;
    fn act(&self, request: &Request, job: &Job) -> Result<Done>;
    /// Of an action that began at this time and was cut short.
    fn after_cut(&self, request: &Request, began: Timestamp, job: &Job) -> Result<Cut>;
}

/// Does the current step, which has to be a check or an action. A failure of it is a result, and is noted; an error means
/// that nothing is known to have been done, and the step is as it was.
pub fn perform(
    context: &Context,
    profile: &Profile,
    incident: &mut Incident,
    actions: &dyn Actions,
    after: After,
    job: &Job,
) -> Result<Standing> {
    let _lock = incident.lock(context, "a step of the incident")?;
    let standing = incident.standing(context.clock.now())?;
    let Some(current) = standing.current.clone() else {
        return Err(Error::new(Code::BadRequest, &incident.id, "there is nothing left to do"));
    };
    let step = incident.runbook.steps[current.index].clone();
    let Some(request) = request(context, profile, incident, &standing, &step) else {
        let cause = format!("{} is for a person: a {}", step.id, step.does.kind());
        return Err(Error::new(Code::BadRequest, &incident.id, cause));
    };
    if let State::Begun { at } = current.state {
        let cut = match (after, &step.does) {
            (After::WasDone, _) => Cut::Was(Done::new(StepResult::Done, "It was done, as a person said.")),
            (After::DoAgain, _) | (_, Does::Check { .. }) => Cut::Again,
            (After::FindOut, _) => actions.after_cut(&request, at, job)?,
        };
        let id = incident.id.clone();
        match cut {
            Cut::Was(done) => return ended(context, incident, &step, &current, done),
            Cut::Again => {
                let why = "it was cut short, and is done once more".to_owned();
                incident.append(context, Event::Reopened { step: step.id.clone(), visit: current.visit, why })?;
            }
            Cut::Ask(why) => return Err(Error::new(Code::CutShort, format!("{} of {id}", step.id), why)),
        }
    }
    drop(standing);
    incident.append(context, Event::Begun { step: step.id.clone(), visit: current.visit })?;
    let done = match &step.does {
        Does::Check { checks } => actions.check(checks, job),
        _ => actions.act(&request, job),
    };
    let done = match done {
        Ok(done) => done,
        Err(e) if is_not_begun(e.code()) => {
            // Nothing happened, and nothing is to be known of it but that.
            let why = format!("{}: {}", e.code().as_str(), e.cause());
            incident.append(context, Event::Reopened { step: step.id.clone(), visit: current.visit, why })?;
            return Err(e);
        }
        Err(e) => {
            let failed = Done::new(StepResult::Failed, format!("{}: {}", e.subject(), e.cause()));
            let standing = ended(context, incident, &step, &current, failed)?;
            // The next step goes by it.
            let is_result = matches!(step.does, Does::Action { may_fail: true, .. } | Does::Check { .. });
            return if is_result { Ok(standing) } else { Err(e) };
        }
    };
    ended(context, incident, &step, &current, done)
}

/// A key that is missing, somebody else at work, a yes that was not given: the step is still to be done.
fn is_not_begun(code: Code) -> bool {
    matches!(
        code,
        Code::Cancelled | Code::Locked | Code::KeyNeeded | Code::WrongPassphrase | Code::WrongKey | Code::Mistyped
    )
}

fn ended(context: &Context, incident: &mut Incident, step: &Step, current: &Current, done: Done) -> Result<Standing> {
    let Done { result, told } = done;
    incident.append(context, Event::Ended { step: step.id.clone(), visit: current.visit, result, told })
}

/// The step with its placeholders filled; `None` where a person does it.
pub(super) fn request(
    context: &Context,
    profile: &Profile,
    incident: &Incident,
    standing: &Standing,
    step: &Step,
) -> Option<Request> {
    let (action, with) = match &step.does {
        Does::Check { .. } => ("check", Arguments::new()),
        Does::Action { action, with, .. } => (action.as_str(), with.clone()),
        _ => return None,
    };
    let filling = filling(context, profile, incident, standing);
    let filled = |text: &str| fill(text, &filling, None).text;
    let with = with.into_iter().map(|(name, value)| {
        let value = match value {
            Value::Text(text) => Value::Text(filled(&text)),
            Value::Texts(texts) => Value::Texts(texts.iter().map(|text| filled(text)).collect()),
            other => other,
        };
        (name, value)
    });
    let told = incident.runbook.steps.iter().zip(&standing.steps);
    let told = told.filter_map(|(step, standing)| Some((step.id.clone(), standing.told.clone()?))).collect();
    let visit = standing.current.as_ref().map_or(0, |current| current.visit);
    let began = |event: &Event| matches!(event, Event::Begun { step: id, visit: of } if *id == step.id && *of == visit);
    let since = incident.records.iter().find(|record| began(&record.event)).map(|record| record.at);
    Some(Request {
        incident: incident.id.clone(),
        action: action.to_owned(),
        with: with.collect(),
        told,
        started: incident.started(),
        since: since.unwrap_or_else(|| context.clock.now()),
    })
}
