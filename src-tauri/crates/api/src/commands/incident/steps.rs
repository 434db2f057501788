//! Goes on by one step.
use super::outside::Given;
use super::{IncidentAnswer, worded};
use crate::{Answer, Failure, Keys, Service};
use holdfast_domain::Code;
use holdfast_domain::incident::{Current, Event};
use holdfast_domain::runbook::{Does, Step};
use holdfast_engine::jobs::Job;
use holdfast_engine::recovery::actions::Hands;
use holdfast_engine::recovery::{After, Incident, perform};
use serde::Deserialize;

/// Which incident, and the keys that its actions may need.
#[derive(Debug, Clone, Default, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct IncidentArgs {
    pub id: Option<String>,
    #[ts(as = "crate::KeysGiven")]
    pub keys: Keys,
}

/// How a step goes on that was cut short.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentDo {
    /// Finds out what became of it, or asks (`Code::CutShort`).
    #[default]
    GoOn,
    /// The person says that it was done.
    WasDone,
    /// The person says that it is to be done once more.
    Again,
}

impl Service {
    /// Does the check or the action that is next. What came of it is in the answer; one that failed stays to be done, and its
    /// failure is returned.
    pub fn do_step(&self, args: &IncidentArgs, how: IncidentDo, job: &Job) -> Answer<IncidentAnswer> {
        let mut incident = self.open_incident(args.id.as_deref())?;
        let profile = self.profile_of(&incident)?;
        let given = Given { service: self, profile: &profile, keys: &args.keys };
        let hands = Hands { context: self.context(), profile: &profile, outside: &given };
        let after = match how {
            IncidentDo::GoOn => After::FindOut,
            IncidentDo::WasDone => After::WasDone,
            IncidentDo::Again => After::DoAgain,
        };
        perform(self.context(), &profile, &mut incident, &hands, after, job)?;
        // What was compared with the folders as they were.
        self.trees().clear();
        self.told(&incident)
    }

    /// A manual step, or a note, is done; `found`: what the step asked for.
    pub fn step_done(&self, id: Option<&str>, found: Option<&str>) -> Answer<IncidentAnswer> {
        let incident = self.open_incident(id)?;
        let (step, current) = self.current(&incident)?;
        let found = found.map(|found| worded("what was found", found)).transpose()?;
        match (&step.does, &found) {
            (Does::Manual { asks: Some(asks), .. }, None) => {
                let failure = Failure::new(Code::BadRequest, &step.id, format!("the step asks: {asks}"));
                return Err(failure.then("Say what you found: holdfast incident done --found '…'."));
            }
            (Does::Manual { .. } | Does::Note, _) => {}
            (does, _) => return Err(not_so(&step, does.kind(), "done by hand")),
        }
        self.append(incident, Event::Done { step: step.id, visit: current.visit, found })
    }

    /// An answer to a decision: its words, the beginning of them, or its number.
    pub fn answer_step(&self, id: Option<&str>, answer: &str) -> Answer<IncidentAnswer> {
        let incident = self.open_incident(id)?;
        let (step, current) = self.current(&incident)?;
        let Does::Ask { choices } = &step.does else { return Err(not_so(&step, step.does.kind(), "answered")) };
        let typed = answer.trim().to_lowercase();
        let by_number = typed.parse::<usize>().ok().and_then(|number| choices.get(number.checked_sub(1)?));
        let whole = choices.iter().find(|choice| choice.answer.to_lowercase() == typed);
        let mut begin = choices.iter().filter(|choice| choice.answer.to_lowercase().starts_with(&typed));
        let begins = begin.next().filter(|_| !typed.is_empty()).xor(begin.next());
        let Some(choice) = by_number.or(whole).or(begins) else {
            let numbered = choices.iter().enumerate().map(|(place, choice)| format!("{} {}", place + 1, choice.answer));
            let next = format!("Answer with one of these: {}.", numbered.collect::<Vec<_>>().join("; "));
            return Err(Failure::new(Code::BadRequest, answer, format!("it is no answer to {}", step.id)).then(next));
        };
        let answer = choice.answer.clone();
        self.append(incident, Event::Answered { step: step.id.clone(), visit: current.visit, answer })
    }

    /// Leaves the step out. A reason is needed: the review asks for it.
    pub fn skip_step(&self, id: Option<&str>, reason: &str) -> Answer<IncidentAnswer> {
        let incident = self.open_incident(id)?;
        let reason = worded("the reason", reason)?;
        let (step, current) = self.current(&incident)?;
        // Nobody skips what another process is just doing.
        let lock = incident.lock(self.context(), "skipping a step")?;
        let answer = self.append(incident, Event::Skipped { step: step.id, visit: current.visit, reason });
        drop(lock);
        answer
    }

    fn current(&self, incident: &Incident) -> Answer<(Step, Current)> {
        let standing = incident.standing(self.clock().now())?;
        let current = standing.current.ok_or_else(|| {
            let (cause, next) = match standing.closed {
                Some(_) => ("it is closed", "Begin another one with holdfast incident start."),
                None => ("all its steps are through", "Close it with holdfast incident close."),
            };
            Failure::new(Code::BadRequest, &incident.id, cause).then(next)
        })?;
        Ok((incident.runbook.steps[current.index].clone(), current))
    }
}

fn not_so(step: &Step, kind: &str, what: &str) -> Failure {
    let how = match kind {
        "decision" => "Answer it: holdfast incident answer.",
        "check" | "action" => "Let Holdfast do it: holdfast incident do.",
        _ => "Do it, then say so: holdfast incident done.",
    };
    Failure::new(Code::BadRequest, &step.id, format!("it is a {kind} step and cannot be {what}")).then(how)
}
