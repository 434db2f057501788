//! An incident on the disk: `incidents/ID/journal.jsonl`, and beside it the runbook as it was when the incident began.
use super::shelf::{self, Shelved};
use crate::deployment::Profile;
use crate::durable::{self, Lock};
use crate::error::{Error, Result};
use crate::operations::Context;
use holdfast_domain::Code;
use holdfast_domain::incident::{Event, Record, Standing, stand};
use holdfast_domain::runbook::Runbook;
use jiff::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const JOURNAL: &str = "journal.jsonl";
const RUNBOOK: &str = "runbook.toml";
/// An incident's journal is not read beyond this: a person's week is a thousandth of it.
const JOURNAL_BYTES: u64 = 64 << 20;
/// More incidents of one deployment a day are not begun.
const A_DAY: u32 = 999;

/// One that was begun. What is read stays as it was; `append` reads again what others added.
#[derive(Debug)]
pub struct Incident {
    pub id: String,
    pub folder: PathBuf,
    pub runbook: Runbook,
    pub records: Vec<Record>,
}

/// One in a list.
#[derive(Debug)]
pub struct IncidentLine {
    pub id: String,
    /// Why it cannot be read.
    pub incident: std::result::Result<Incident, Error>,
}

/// Begins one. On the disk when this returns.
pub fn start(context: &Context, profile: &Profile, book: &Shelved, symptom: Option<String>) -> Result<Incident> {
    let now = context.clock.now();
    let incidents = context.home.incidents();
    durable::create_private_dir(&incidents)?;
    let day = now.to_zoned(context.clock.zone()).strftime("%Y-%m-%d").to_string();
    let _lock = Lock::wait(&incidents.join("begin.lock"), true, Duration::from_secs(5))?;
    let free = (1..=A_DAY).map(|number| format!("{}-{day}-{number}", profile.name));
    let id = free.into_iter().find(|id| !incidents.join(id).exists());
    let id = id.ok_or_else(|| Error::new(Code::BadRequest, profile.name.as_str(), "too many incidents began today"))?;
    let folder = incidents.join(&id);
    let started = Event::Started {
        deployment: profile.name.to_string(),
        deployment_id: profile.id.clone(),
        runbook: book.runbook.id.clone(),
        title: book.runbook.title.clone(),
        symptom,
    };
    let record = Record { number: 1, at: now, event: started };
    // Complete under its name or absent, so that a killed start leaves nothing that every list stumbles over.
    let stage =
        tempfile::Builder::new().prefix(".new-").tempdir_in(&incidents).map_err(|e| Error::io(&incidents, e))?;
    durable::write(&stage.path().join(RUNBOOK), book.text.as_bytes(), 0o600)?;
    durable::append_line(&stage.path().join(JOURNAL), &line(&record)?, 0o600)?;
    durable::publish(&stage.keep(), &folder)?;
    Ok(Incident { id, folder, runbook: book.runbook.clone(), records: vec![record] })
}

/// By its id, or the end of it where that is enough.
pub fn open(context: &Context, id: &str) -> Result<Incident> {
    let folder = context.home.incidents().join(id);
    if id.is_empty() || id.contains('/') || id.starts_with('.') || !folder.is_dir() {
        return Err(Error::new(Code::UnknownIncident, id, "there is no incident of this id"));
    }
    read(id, folder)
}

fn read(id: &str, folder: PathBuf) -> Result<Incident> {
    let path = folder.join(RUNBOOK);
    let text = fs::read(&path).map_err(|e| Error::io(&path, e))?;
    let runbook = shelf::parse(&text).map_err(|faults| shelf::broken(&path, &faults))?;
    let records = records(id, &folder.join(JOURNAL))?;
    Ok(Incident { id: id.to_owned(), folder, runbook, records })
}

/// The newest first. `deployment_id`: only of this one; those that cannot be read are of all.
pub fn list(context: &Context, deployment_id: Option<&str>) -> Vec<IncidentLine> {
    let incidents = context.home.incidents();
    let items = fs::read_dir(&incidents).into_iter().flatten().flatten();
    let ids = items.filter_map(|item| item.file_name().into_string().ok());
    let mut lines: Vec<IncidentLine> = ids
        .filter(|id| !id.starts_with('.') && incidents.join(id).is_dir())
        .map(|id| IncidentLine { incident: read(&id, incidents.join(&id)), id })
        .filter(|line| match (&line.incident, deployment_id) {
            (Ok(incident), Some(wanted)) => incident.deployment_id() == wanted,
            _ => true,
        })
        .collect();
    lines.sort_by_key(|line| {
        let started = line.incident.as_ref().ok().map(Incident::started);
        (std::cmp::Reverse(started), std::cmp::Reverse(line.id.clone()))
    });
    lines
}

impl Incident {
    pub fn started(&self) -> Timestamp {
        self.records.first().map_or(Timestamp::UNIX_EPOCH, |record| record.at)
    }

    pub fn deployment_id(&self) -> &str {
        match self.records.first().map(|record| &record.event) {
            Some(Event::Started { deployment_id, .. }) => deployment_id,
            _ => "",
        }
    }

    pub fn deployment(&self) -> &str {
        match self.records.first().map(|record| &record.event) {
            Some(Event::Started { deployment, .. }) => deployment,
            _ => "",
        }
    }

    pub fn standing(&self, now: Timestamp) -> Result<Standing> {
        stand(&self.runbook, &self.records, now).map_err(|misfit| Error::new(Code::IncidentDamaged, &self.id, misfit))
    }

    /// Keeps other processes away while a step is being done; `Code::Locked` says who does.
    pub fn lock(&self, context: &Context, what: &str) -> Result<Lock> {
        Lock::acquire(&context.home.locks(), &format!("incident-{}", self.id), what)
    }

    /// Adds what happened, if it follows from what is there by now. On the disk when this returns.
    pub fn append(&mut self, context: &Context, event: Event) -> Result<Standing> {
        let _lock = Lock::wait(&self.folder.join("journal.lock"), true, Duration::from_secs(5))?;
        let path = self.folder.join(JOURNAL);
        self.records = records(&self.id, &path)?;
        // A clock that was set back does not turn the order around.
        let now = context.clock.now();
        let at = self.records.last().map_or(now, |last| last.at.max(now));
        let record = Record { number: self.records.len() as u64 + 1, at, event };
        let written = line(&record)?;
        self.records.push(record);
        match stand(&self.runbook, &self.records, at) {
            Ok(standing) => {
                if let Err(e) = durable::append_line(&path, &written, 0o600) {
                    self.records.pop();
                    return Err(e);
                }
                Ok(standing)
            }
            Err(misfit) => {
                self.records.pop();
                Err(Error::new(Code::BadRequest, &self.id, misfit.why))
            }
        }
    }
}

fn line(record: &Record) -> Result<Vec<u8>> {
    serde_json::to_vec(record).map_err(|e| Error::new(Code::Internal, "a record of the incident", e))
}

/// What a killed process left of a last line is none.
fn records(id: &str, path: &Path) -> Result<Vec<Record>> {
    let length = fs::metadata(path).map_err(|e| Error::io(path, e))?.len();
    if length > JOURNAL_BYTES {
        let cause = format!("its journal has {length} bytes; at most {JOURNAL_BYTES} are read");
        return Err(Error::new(Code::IncidentDamaged, id, cause));
    }
    let content = fs::read(path).map_err(|e| Error::io(path, e))?;
    let whole = content.iter().rposition(|byte| *byte == b'\n').map_or(&[][..], |end| &content[..end]);
    let mut records = Vec::new();
    for (place, text) in whole.split(|byte| *byte == b'\n').enumerate() {
        let wrong = |e| Error::new(Code::IncidentDamaged, id, format!("line {} of {}: {e}", place + 1, path.display()));
        records.push(serde_json::from_slice(text).map_err(wrong)?);
    }
    Ok(records)
}
