use crate::words::printable;
use holdfast_domain::Outcome;
use holdfast_domain::incident::{Closing, Event, IncidentClock, List, Record, Standing, State};
use holdfast_domain::runbook::{Contact, Does, Filling, Phase, StepResult, fill};
use holdfast_engine::recovery::{Incident, IncidentLine, actions};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Where an incident stands, with all that a person needs to go on.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct IncidentAnswer {
    /// Of what was asked for; a step that failed is `problems`.
    pub outcome: Outcome,
    pub id: String,
    pub deployment: String,
    /// The runbook's id and title.
    pub runbook: String,
    pub title: String,
    pub symptom: Option<String>,
    pub phase: Phase,
    pub clock: IncidentClock,
    pub closed: Option<Closing>,
    /// The step to do now; `None` where all are through.
    pub current: Option<IncidentStep>,
    /// All of them, in the order of the runbook.
    pub steps: Vec<IncidentStep>,
    pub done: StepsDone,
    pub checklist: Vec<ChecklistItem>,
    pub contacts: Vec<Contact>,
    pub to_do: Vec<String>,
    pub records: Vec<Record>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct StepsDone {
    pub done: u64,
    pub skipped: u64,
    /// In the runbook; not all of them need be come to.
    pub of: u64,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct IncidentStep {
    pub id: String,
    pub phase: Phase,
    /// `check`, `action`, `decision`, `manual` or `note`.
    pub kind: String,
    pub title: String,
    pub text: String,
    pub state: State,
    pub visits: u32,
    pub result: Option<StepResult>,
    /// What it told, in one sentence, and the rest.
    pub said: Option<String>,
    pub lines: Vec<String>,
    /// The answer, what a person found, or why it was skipped.
    pub words: Option<String>,
    /// What Holdfast does, in words.
    pub action: Option<String>,
    /// It changes what is live.
    pub changes: bool,
    pub commands: Vec<StepCommand>,
    /// What the person is to write down.
    pub asks: Option<String>,
    pub answers: Vec<String>,
}

/// What to copy into a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct StepCommand {
    pub text: String,
    /// What is to be filled in by hand, because nothing is known of it here; it stands in capitals.
    pub missing: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct ChecklistItem {
    pub list: List,
    /// In its list, from 1.
    pub number: u64,
    pub text: String,
    pub done: bool,
}

impl IncidentAnswer {
    pub(super) fn of(incident: &Incident, standing: &Standing, filling: &Filling, quoted: fn(&str) -> String) -> Self {
        let steps = incident.runbook.steps.iter().enumerate();
        let steps: Vec<IncidentStep> =
            steps.map(|(index, _)| step(incident, standing, index, filling, quoted)).collect();
        let mut done = StepsDone { of: steps.len() as u64, ..StepsDone::default() };
        for step in &steps {
            match (step.state, step.result) {
                (State::Over { .. }, Some(StepResult::Skipped)) => done.skipped += 1,
                (State::Over { .. }, _) => done.done += 1,
                _ => {}
            }
        }
        let symptom = match incident.records.first().map(|record| &record.event) {
            Some(Event::Started { symptom, .. }) => symptom.clone(),
            _ => None,
        };
        Self {
            outcome: Outcome::Done,
            id: incident.id.clone(),
            deployment: incident.deployment().to_owned(),
            runbook: incident.runbook.id.clone(),
            title: incident.runbook.title.clone(),
            symptom,
            phase: standing.phase,
            clock: standing.clock.clone(),
            closed: standing.closed,
            current: standing.current.as_ref().map(|current| steps[current.index].clone()),
            done,
            checklist: checklist(incident, filling),
            contacts: incident.runbook.contacts.clone(),
            to_do: to_do(&incident.records),
            steps,
            records: incident.records.clone(),
        }
    }
}

fn step(
    incident: &Incident,
    standing: &Standing,
    index: usize,
    filling: &Filling,
    quoted: fn(&str) -> String,
) -> IncidentStep {
    let (step, now) = (&incident.runbook.steps[index], &standing.steps[index]);
    let filled = |text: &str| fill(text, filling, None).text;
    let (mut commands, mut asks, mut answers, mut action, mut changes) = (Vec::new(), None, Vec::new(), None, false);
    match &step.does {
        Does::Manual { commands: given, asks: question } => {
            let each = given.iter().map(|command| fill(command, filling, Some(quoted)));
            commands = each.map(|filled| StepCommand { text: filled.text, missing: filled.missing }).collect();
            asks = question.as_deref().map(filled);
        }
        Does::Ask { choices } => answers = choices.iter().map(|choice| choice.answer.clone()).collect(),
        Does::Action { action: name, .. } => {
            let spec = actions::specs().into_iter().find(|spec| spec.name == name);
            action = spec.map(|spec| spec.does.to_owned());
            changes = spec.is_some_and(|spec| spec.changes);
        }
        Does::Check { checks } => {
            let which = if checks.is_empty() { "all health checks".to_owned() } else { checks.join(", ") };
            action = Some(format!("runs {which}, and changes nothing"));
        }
        Does::Branch { .. } | Does::Note => {}
    }
    IncidentStep {
        id: step.id.clone(),
        phase: step.phase,
        kind: step.does.kind().to_owned(),
        title: filled(&step.title),
        text: filled(&step.text),
        state: now.state,
        visits: now.visits,
        result: now.result,
        said: now.told.as_ref().map(|told| printable(&told.said)),
        lines: now.told.iter().flat_map(|told| told.lines.iter().map(|line| printable(line))).collect(),
        words: now.words.clone(),
        action,
        changes,
        commands,
        asks,
        answers,
    }
}

/// The last word on each item counts.
fn checklist(incident: &Incident, filling: &Filling) -> Vec<ChecklistItem> {
    let mut ticked: BTreeMap<(u8, &str), bool> = BTreeMap::new();
    for record in &incident.records {
        if let Event::Ticked { list, item, done } = &record.event {
            ticked.insert((*list as u8, item), *done);
        }
    }
    let lists = &incident.runbook.checklists;
    let mut items = Vec::new();
    for (list, texts) in [(List::Before, &lists.before), (List::During, &lists.during), (List::After, &lists.after)] {
        for (place, text) in texts.iter().enumerate() {
            let done = ticked.get(&(list as u8, text.as_str())).copied().unwrap_or(false);
            items.push(ChecklistItem { list, number: place as u64 + 1, text: fill(text, filling, None).text, done });
        }
    }
    items
}

pub(super) fn to_do(records: &[Record]) -> Vec<String> {
    let text = |record: &Record| match &record.event {
        Event::ToDo { text } => Some(text.clone()),
        _ => None,
    };
    records.iter().filter_map(text).collect()
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct IncidentList {
    pub incidents: Vec<Listing>,
}

/// One in a list.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Listing {
    pub id: String,
    /// `None` where its journal cannot be read.
    pub incident: Option<IncidentInfo>,
    /// Why it cannot.
    pub cause: Option<String>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct IncidentInfo {
    pub deployment: String,
    pub runbook: String,
    pub title: String,
    pub symptom: Option<String>,
    pub started: Timestamp,
    pub closed: Option<Closing>,
    pub phase: Phase,
    pub clock: IncidentClock,
    /// The step that it stands at.
    pub at: Option<String>,
}

impl IncidentList {
    pub(super) fn of(lines: Vec<IncidentLine>, text: Option<&str>, now: Timestamp) -> Self {
        let wanted = text.map(str::to_lowercase);
        let fits = |line: &IncidentLine| match (&wanted, &line.incident) {
            (None, _) => true,
            (Some(wanted), Ok(incident)) => holds(incident, wanted),
            (Some(wanted), Err(_)) => line.id.contains(wanted.as_str()),
        };
        let incidents = lines.into_iter().filter(fits).map(|line| match info(&line, now) {
            Ok(incident) => Listing { id: line.id, incident: Some(incident), cause: None },
            Err(cause) => Listing { id: line.id, incident: None, cause: Some(cause) },
        });
        Self { incidents: incidents.collect() }
    }
}

fn info(line: &IncidentLine, now: Timestamp) -> Result<IncidentInfo, String> {
    let incident = line.incident.as_ref().map_err(|e| e.cause().to_owned())?;
    let standing = incident.standing(now).map_err(|e| e.cause().to_owned())?;
    let symptom = match incident.records.first().map(|record| &record.event) {
        Some(Event::Started { symptom, .. }) => symptom.clone(),
        _ => None,
    };
    Ok(IncidentInfo {
        deployment: incident.deployment().to_owned(),
        runbook: incident.runbook.id.clone(),
        title: incident.runbook.title.clone(),
        symptom,
        started: incident.started(),
        closed: standing.closed,
        phase: standing.phase,
        at: standing.current.map(|current| incident.runbook.steps[current.index].title.clone()),
        clock: standing.clock,
    })
}

fn holds(incident: &Incident, wanted: &str) -> bool {
    let of = |text: &str| text.to_lowercase().contains(wanted);
    let told = |record: &Record| match &record.event {
        Event::Started { symptom, .. } => symptom.as_deref().is_some_and(of),
        Event::Ended { told, .. } => of(&told.said) || told.lines.iter().any(|line| of(line)),
        Event::Done { found, .. } => found.as_deref().is_some_and(of),
        Event::Answered { answer, .. } => of(answer),
        Event::Skipped { reason, .. } => of(reason),
        Event::Noted { text } | Event::ToDo { text } => of(text),
        Event::Closed { note, .. } => note.as_deref().is_some_and(of),
        Event::Begun { .. } | Event::Reopened { .. } | Event::Ticked { .. } | Event::Wrote { .. } => false,
    };
    of(&incident.id) || of(&incident.runbook.title) || of(&incident.runbook.id) || incident.records.iter().any(told)
}
