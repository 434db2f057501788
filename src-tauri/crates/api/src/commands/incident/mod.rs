//! Runbooks and incidents: begun, gone through step by step, closed, reported.
mod answers;
mod books;
mod document;
mod outside;
mod report;
mod steps;
mod times;

pub use answers::{
    ChecklistItem, IncidentAnswer, IncidentInfo, IncidentList, IncidentStep, Listing, StepCommand, StepsDone,
};
pub use books::{BrokenRunbook, RunbookAnswer, RunbookInfo, RunbookList, RunbookStep};
pub use report::{ReportAnswer, ReportArgs, ReportForm, ReportKind};
pub use steps::{IncidentArgs, IncidentDo};

use crate::words::quoted;
use crate::{Answer, Failure, Service};
use holdfast_domain::incident::{Closing, Event, List, Message};
use holdfast_domain::runbook::fill;
use holdfast_domain::{Code, DeploymentName};
use holdfast_engine::Error;
use holdfast_engine::deployment::Profile;
use holdfast_engine::recovery::{self, Incident, shelf};
use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct IncidentStartArgs {
    pub deployment: Option<String>,
    /// The id of a runbook; where none is given, the one that the symptom fits best.
    pub scenario: Option<String>,
    /// What a person sees, in their own words.
    pub symptom: Option<String>,
}

impl Service {
    /// Begins an incident. `Code::BadRequest` where no runbook fits the symptom, with those that there are.
    pub fn start_incident(&self, args: &IncidentStartArgs) -> Answer<IncidentAnswer> {
        let shelf = shelf(&self.context().home)?;
        let book = match (&args.scenario, &args.symptom) {
            (Some(id), _) => shelf.find(id).ok_or_else(|| books::unknown(&shelf, id))?,
            (None, Some(symptom)) => books::fitting(&shelf, symptom).ok_or_else(|| books::no_fit(&shelf, symptom))?,
            (None, None) => return Err(books::no_fit(&shelf, "nothing")),
        };
        let profile = self.profile_or_stranger(args.deployment.as_deref())?;
        let incident = recovery::start(self.context(), &profile, book, args.symptom.clone())?;
        self.told(&incident)
    }

    /// One by its id; where none is given, the only open one, or the newest of several.
    pub fn incident(&self, id: Option<&str>) -> Answer<IncidentAnswer> {
        let incident = self.open_incident(id)?;
        self.told(&incident)
    }

    /// Those that were, the newest first; `text`: only where it is in the title, the symptom, a note or what was said.
    pub fn incidents(&self, deployment: Option<&str>, text: Option<&str>) -> Answer<IncidentList> {
        let deployment = deployment.map(|name| self.profile(Some(name))).transpose()?;
        let lines = recovery::list(self.context(), deployment.as_ref().map(|profile| profile.id.as_str()));
        let now = self.clock().now();
        Ok(IncidentList::of(lines, text, now))
    }

    /// Writes down what somebody saw, or did.
    pub fn note_incident(&self, id: Option<&str>, text: &str) -> Answer<IncidentAnswer> {
        self.add(id, Event::Noted { text: worded("the note", text)? })
    }

    /// Something to be done later: an action item of the review.
    pub fn add_to_do(&self, id: Option<&str>, text: &str) -> Answer<IncidentAnswer> {
        self.add(id, Event::ToDo { text: worded("what is to be done", text)? })
    }

    /// Ticks an item of a checklist by its number from 1, or takes the tick back.
    pub fn tick_incident(&self, id: Option<&str>, list: List, number: usize, done: bool) -> Answer<IncidentAnswer> {
        let incident = self.open_incident(id)?;
        let lists = &incident.runbook.checklists;
        let items = match list {
            List::Before => &lists.before,
            List::During => &lists.during,
            List::After => &lists.after,
        };
        let item = number.checked_sub(1).and_then(|place| items.get(place)).ok_or_else(|| {
            let cause = format!("the list has {} items", items.len());
            Failure::new(Code::BadRequest, format!("item {number}"), cause)
        })?;
        let item = item.clone();
        self.append(incident, Event::Ticked { list, item, done })
    }

    /// A message out of its template, filled in; that it was written is noted. Sending it is the person's.
    pub fn incident_message(&self, id: Option<&str>, message: Message) -> Answer<String> {
        let mut incident = self.open_incident(id)?;
        let messages = &incident.runbook.messages;
        let template = match message {
            Message::First => &messages.first,
            Message::Progress => &messages.progress,
            Message::Resolved => &messages.resolved,
        };
        if template.is_empty() {
            let failure = Failure::new(Code::BadRequest, "this message", "the runbook has no template for it");
            return Err(failure.then("Write it in your own words."));
        }
        let profile = self.profile_of(&incident)?;
        let standing = incident.standing(self.clock().now())?;
        let text = fill(template, &recovery::filling(self.context(), &profile, &incident, &standing), None).text;
        incident.append(self.context(), Event::Wrote { message })?;
        Ok(text)
    }

    pub fn close_incident(&self, id: Option<&str>, how: Closing, note: Option<String>) -> Answer<IncidentAnswer> {
        let note = note.map(|note| worded("the note", &note)).transpose()?;
        self.add(id, Event::Closed { how, note })
    }

    fn add(&self, id: Option<&str>, event: Event) -> Answer<IncidentAnswer> {
        let incident = self.open_incident(id)?;
        self.append(incident, event)
    }

    fn append(&self, mut incident: Incident, event: Event) -> Answer<IncidentAnswer> {
        incident.append(self.context(), event)?;
        self.told(&incident)
    }

    /// By id; else the newest that is open, else the newest.
    fn open_incident(&self, id: Option<&str>) -> Answer<Incident> {
        if let Some(id) = id {
            return Ok(recovery::open(self.context(), id)?);
        }
        let now = self.clock().now();
        let mut known: Vec<Incident> =
            recovery::list(self.context(), None).into_iter().filter_map(|line| line.incident.ok()).collect();
        let open = known.iter().position(|one| one.standing(now).is_ok_and(|standing| standing.closed.is_none()));
        let place = open.unwrap_or(0);
        if place >= known.len() {
            let failure = Failure::new(Code::UnknownIncident, "on this machine", "none was begun");
            return Err(failure.then("Begin one with holdfast incident start."));
        }
        Ok(known.swap_remove(place))
    }

    /// The settings of an incident's deployment. On a machine that does not know it, settings that say nothing: what is to
    /// be done by hand can be followed there too.
    fn profile_of(&self, incident: &Incident) -> Answer<Profile> {
        match self.profile(Some(incident.deployment())) {
            Ok(profile) if profile.id == incident.deployment_id() => Ok(profile),
            Err(failure) if failure.code != Code::UnknownDeployment => Err(failure),
            _ => Ok(Profile { id: incident.deployment_id().to_owned(), ..stranger(incident.deployment())? }),
        }
    }

    fn profile_or_stranger(&self, name: Option<&str>) -> Answer<Profile> {
        match self.profile(name) {
            // After the loss of a machine, nothing is set up on the next one.
            Err(failure) if failure.code == Code::UnknownDeployment && self.knows_none() => {
                stranger(name.unwrap_or("chatbot"))
            }
            other => other,
        }
    }

    fn knows_none(&self) -> bool {
        holdfast_engine::deployment::load_all(&self.context().home).is_ok_and(|loaded| loaded.profiles.is_empty())
    }

    fn told(&self, incident: &Incident) -> Answer<IncidentAnswer> {
        let profile = self.profile_of(incident)?;
        let standing = incident.standing(self.clock().now())?;
        let filling = recovery::filling(self.context(), &profile, incident, &standing);
        Ok(IncidentAnswer::of(incident, &standing, &filling, quoted))
    }
}

fn stranger(name: &str) -> Answer<Profile> {
    let name = DeploymentName::new(name).map_err(|e| Error::new(Code::BadRequest, name, e))?;
    Ok(Profile::new(name))
}

/// Longer texts belong into a file.
const LETTERS: usize = 4000;

/// What a person wrote: something, and not too much.
fn worded(what: &str, text: &str) -> Answer<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LETTERS {
        let cause = format!("it has to have 1 to {LETTERS} letters");
        return Err(Failure::new(Code::BadRequest, what, cause));
    }
    Ok(text.to_owned())
}
