use super::clock::Counting;
use super::{Closing, Event, IncidentClock, Record, Told};
use crate::runbook::{Does, Phase, Runbook, StepResult, To};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Where an incident stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub current: Option<Current>,
    pub phase: Phase,
    pub steps: Vec<StepStanding>,
    pub clock: IncidentClock,
    pub closed: Option<Closing>,
    /// What `{result:...}` of steps stands for.
    pub results: BTreeMap<String, String>,
}

/// The step that is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// In the runbook.
    pub index: usize,
    pub visit: u32,
    pub state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case", tag = "state")]
#[ts(rename = "StepState")]
pub enum State {
    /// Not come to, or passed by.
    Ahead,
    Open,
    /// It has begun and has not ended: it is being done, or was cut short.
    Begun {
        at: Timestamp,
    },
    /// It was done and failed; it can be done again.
    Failed {
        at: Timestamp,
    },
    Over {
        at: Timestamp,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepStanding {
    pub state: State,
    pub visits: u32,
    /// Of the last visit.
    pub result: Option<StepResult>,
    pub told: Option<Told>,
    /// The answer, what a person found, or why it was skipped.
    pub words: Option<String>,
}

/// A record that does not follow from those before it: the journal is not of this runbook, or was changed by hand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {number} does not fit: {why}")]
pub struct Misfit {
    pub number: u64,
    pub why: String,
}

/// Goes through the records. The same records give the same standing, on whichever day they are read.
pub fn stand(runbook: &Runbook, records: &[Record], now: Timestamp) -> Result<Standing, Misfit> {
    let misfit = |number: u64, why: &str| Misfit { number, why: why.to_owned() };
    let Some(first) = records.first() else { return Err(misfit(1, "there is none")) };
    if !matches!(first.event, Event::Started { .. }) {
        return Err(misfit(first.number, "an incident begins with its start"));
    }
    let mut walk = Walk::new(runbook, first.at);
    for (place, record) in records.iter().enumerate() {
        let wrong = |why: String| Misfit { number: record.number, why };
        if record.number != place as u64 + 1 {
            return Err(wrong(format!("number {} was expected", place + 1)));
        }
        if place > 0 {
            walk.take(record).map_err(wrong)?;
        }
    }
    Ok(walk.end(now))
}

struct Walk<'a> {
    runbook: &'a Runbook,
    current: Option<Current>,
    steps: Vec<StepStanding>,
    results: BTreeMap<String, String>,
    counting: Counting,
    phase: Phase,
    closed: Option<Closing>,
}

impl<'a> Walk<'a> {
    fn new(runbook: &'a Runbook, started: Timestamp) -> Self {
        let ahead = StepStanding { state: State::Ahead, visits: 0, result: None, told: None, words: None };
        let mut walk = Self {
            runbook,
            current: None,
            steps: vec![ahead; runbook.steps.len()],
            results: BTreeMap::new(),
            counting: Counting::new(started),
            phase: Phase::Detect,
            closed: None,
        };
        walk.enter(Some(0), started);
        walk
    }

    /// Comes to a step; goes on through those that decide by a result.
    fn enter(&mut self, mut to: Option<usize>, at: Timestamp) {
        // No circle of branches passes the reading of a runbook; the bound is for runbooks that were built otherwise.
        for _ in 0..=self.runbook.steps.len() {
            let Some(index) = to.filter(|index| *index < self.runbook.steps.len()) else { break };
            let step = &self.runbook.steps[index];
            let standing = &mut self.steps[index];
            standing.visits += 1;
            standing.state = State::Open;
            (standing.result, standing.told, standing.words) = (None, None, None);
            let visit = standing.visits;
            self.phase = step.phase;
            self.counting.enter(Some(step.phase), at);
            let Does::Branch { of, cases, otherwise } = &step.does else {
                self.current = Some(Current { index, visit, state: State::Open });
                return;
            };
            let result =
                self.runbook.steps.iter().position(|other| other.id == *of).and_then(|of| self.steps[of].result);
            let case = cases.iter().find(|case| result.is_some_and(|result| case.results.contains(&result)));
            let leads = case.map_or(otherwise, |case| &case.to);
            let said =
                result.map_or_else(|| format!("{of} was not done"), |result| format!("{of}: {}", result.as_str()));
            let standing = &mut self.steps[index];
            standing.state = State::Over { at };
            standing.result = Some(StepResult::Done);
            standing.words = Some(said);
            to = self.place(leads);
        }
        self.current = None;
        self.counting.enter(None, at);
    }

    fn place(&self, to: &To) -> Option<usize> {
        match to {
            To::End => None,
            To::Step(id) => self.runbook.steps.iter().position(|step| step.id == *id),
        }
    }

    fn take(&mut self, record: &Record) -> Result<(), String> {
        let at = record.at;
        match &record.event {
            Event::Started { .. } => return Err("it was started already".to_owned()),
            Event::Begun { step, visit } => {
                self.expect(step, *visit, |state| !matches!(state, State::Begun { .. }))?;
                self.set(State::Begun { at });
            }
            Event::Ended { step, visit, result, told } => {
                let index = self.expect(step, *visit, |state| matches!(state, State::Begun { .. }))?;
                let standing = &mut self.steps[index];
                (standing.result, standing.told) = (Some(*result), Some(told.clone()));
                match &told.value {
                    Some(value) => self.results.insert(step.clone(), value.clone()),
                    None => self.results.remove(step),
                };
                let may_fail = matches!(&self.runbook.steps[index].does, Does::Action { may_fail: true, .. });
                if *result == StepResult::Failed && !may_fail {
                    self.set(State::Failed { at });
                } else {
                    self.leave(index, at);
                }
            }
            Event::Reopened { step, visit, .. } => {
                self.expect(step, *visit, |state| matches!(state, State::Begun { .. }))?;
                self.set(State::Open);
            }
            Event::Done { step, visit, found } => {
                let index = self.expect(step, *visit, is_open)?;
                if !matches!(self.runbook.steps[index].does, Does::Manual { .. } | Does::Note) {
                    return Err(format!("{step} is not done by hand"));
                }
                self.results.extend(found.clone().map(|found| (step.clone(), found)));
                self.finish(index, StepResult::Done, found.clone(), at);
            }
            Event::Answered { step, visit, answer } => {
                let index = self.expect(step, *visit, is_open)?;
                let Does::Ask { choices } = &self.runbook.steps[index].does else {
                    return Err(format!("{step} asks nothing"));
                };
                let choice = choices.iter().find(|choice| choice.answer == *answer);
                let choice = choice.ok_or_else(|| format!("{answer:?} is no answer to {step}"))?;
                let to = self.place(&choice.to);
                self.results.insert(step.clone(), answer.clone());
                self.over(index, StepResult::Done, Some(answer.clone()), at);
                self.enter(to, at);
            }
            Event::Skipped { step, visit, reason } => {
                let index = self.expect(step, *visit, |_| true)?;
                if matches!(self.runbook.steps[index].does, Does::Ask { .. }) {
                    return Err(format!("{step} is a decision; without an answer nobody knows where it goes on"));
                }
                self.finish(index, StepResult::Skipped, Some(reason.clone()), at);
            }
            Event::Closed { how, .. } => {
                if self.closed.is_some() {
                    return Err("it was closed already".to_owned());
                }
                self.closed = Some(*how);
                self.counting.close(at, *how == Closing::Resolved);
                self.current = None;
            }
            Event::Noted { .. } | Event::Ticked { .. } | Event::Wrote { .. } | Event::ToDo { .. } => {}
        }
        Ok(())
    }

    /// The position of the current step, which has to be this one.
    fn expect(&self, step: &str, visit: u32, fits: impl Fn(State) -> bool) -> Result<usize, String> {
        let Some(current) = &self.current else { return Err(format!("{step} is not to be done now")) };
        let is = &self.runbook.steps[current.index].id;
        if is != step || current.visit != visit {
            return Err(format!("{step} is not to be done now, but {is}"));
        }
        if !fits(current.state) {
            return Err(format!("{step} is in another state"));
        }
        Ok(current.index)
    }

    fn set(&mut self, state: State) {
        if let Some(current) = &mut self.current {
            current.state = state;
            self.steps[current.index].state = state;
        }
    }

    fn over(&mut self, index: usize, result: StepResult, words: Option<String>, at: Timestamp) {
        let standing = &mut self.steps[index];
        standing.state = State::Over { at };
        standing.result = Some(result);
        standing.words = words;
    }

    fn finish(&mut self, index: usize, result: StepResult, words: Option<String>, at: Timestamp) {
        self.over(index, result, words, at);
        self.leave(index, at);
    }

    fn leave(&mut self, index: usize, at: Timestamp) {
        self.steps[index].state = State::Over { at };
        let to = match &self.runbook.steps[index].next {
            Some(to) => self.place(to),
            None => Some(index + 1),
        };
        self.enter(to, at);
    }

    fn end(self, now: Timestamp) -> Standing {
        Standing {
            current: self.current,
            phase: self.phase,
            steps: self.steps,
            clock: self.counting.read(self.runbook, now),
            closed: self.closed,
            results: self.results,
        }
    }
}

fn is_open(state: State) -> bool {
    matches!(state, State::Open)
}
