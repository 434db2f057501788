use super::watched::watched_words;
use crate::Note;
use crate::words::{ago_words, count_words, duration_words, moment_words, size_words};
use holdfast_domain::{ArchiveName, Level, Outcome};
use holdfast_engine::operations::upkeep::SampleResult;
use holdfast_engine::scheduler::{Event, Work};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::time::Duration;

/// What a scheduler did or noticed, with a line for people.
#[derive(Debug, Clone, Serialize)]
pub struct ScheduleEvent {
    pub at: Timestamp,
    pub event: ScheduleEventKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    pub said: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive: Option<ArchiveName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The drive that got copies and may be pulled now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safe_to_unplug: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleEventKind {
    Woke,
    ClockSetBack,
    OtherOwner,
    Watched,
    Waits,
    Begins,
    Made,
    Copied,
    Removed,
    Upkept,
    Failed,
    Cancelled,
}

impl ScheduleEvent {
    fn new(event: ScheduleEventKind, deployment: Option<String>, said: String, at: Timestamp) -> Self {
        Self {
            at,
            event,
            deployment,
            said,
            level: None,
            archive: None,
            outcome: None,
            safe_to_unplug: None,
            problems: Vec::new(),
        }
    }

    /// `who` is at work on the schedule, and is waited for.
    pub(super) fn other_owner(who: &str, at: Timestamp) -> Self {
        Self::new(ScheduleEventKind::OtherOwner, None, format!("waits to take the schedule over: {who}"), at)
    }

    pub(super) fn of(event: &Event, now: Timestamp, zone: &TimeZone) -> Self {
        use ScheduleEventKind as Kind;
        let seconds = |seconds: i64| duration_words(Duration::from_secs(seconds.unsigned_abs()));
        let when = |at: Timestamp| moment_words(at, now, zone, false);
        let name = |name: &holdfast_domain::DeploymentName| Some(name.to_string());
        match event {
            Event::Woke { asleep_seconds } => {
                Self::new(Kind::Woke, None, format!("awake again after {}", seconds(*asleep_seconds)), now)
            }
            Event::ClockSetBack { by_seconds } => {
                Self::new(Kind::ClockSetBack, None, format!("the clock was set back by {}", seconds(*by_seconds)), now)
            }
            Event::Watched { deployment, root } => Self::new(Kind::Watched, name(deployment), watched_words(root), now),
            Event::Waits { deployment, level, since, hold } => {
                let since = since.map(|since| format!("due since {}, ", when(since))).unwrap_or_default();
                let said = format!("{level} archive: {since}{}", hold.words(when));
                Self { level: Some(*level), ..Self::new(Kind::Waits, name(deployment), said, now) }
            }
            Event::Begins { deployment, work, level, reason } => {
                let what = match (work, level) {
                    (Work::Copy, _) => "copies".to_owned(),
                    (_, Some(level)) => format!("{level} archive"),
                    _ => "backup".to_owned(),
                };
                let said = format!("{what} begins: {reason}");
                Self { level: *level, ..Self::new(Kind::Begins, name(deployment), said, now) }
            }
            Event::Made { deployment, archive, level, outcome, reason: _, stored_bytes, problems } => {
                let with = if *outcome == Outcome::Done { "" } else { ", with problems" };
                let said = format!("{level} archive made{with}: {archive}, {}", size_words(*stored_bytes));
                Self {
                    level: Some(*level),
                    archive: Some(archive.clone()),
                    outcome: Some(*outcome),
                    problems: Note::all(problems.iter().cloned()),
                    ..Self::new(Kind::Made, name(deployment), said, now)
                }
            }
            Event::Copied { deployment, destination, archives, bytes, due, safe_to_unplug } => {
                let count = count_words(*archives, "archive", "archives");
                let rest = if *due > 0 { format!("; {due} still due") } else { String::new() };
                let said = format!("{count} copied to {destination}, {}{rest}", size_words(*bytes));
                let safe_to_unplug = safe_to_unplug.then(|| destination.clone());
                Self { safe_to_unplug, ..Self::new(Kind::Copied, name(deployment), said, now) }
            }
            Event::Removed { deployment, archives, bytes } => {
                let count = count_words(*archives, "archive", "archives");
                let said = format!("{count} removed that no rule keeps, {} freed", size_words(*bytes));
                Self::new(Kind::Removed, name(deployment), said, now)
            }
            Event::Upkept { deployment, outcome, archives, bytes, sample, repaired, problems } => {
                let mut said = Vec::new();
                if *bytes > 0 {
                    let count = count_words(*archives, "archive", "archives");
                    said.push(format!("{count} read again and compared, {}", size_words(*bytes)));
                }
                match sample {
                    Some(SampleResult::Restored) => said.push("a sample restored".to_owned()),
                    Some(SampleResult::Damaged) => {
                        said.push("a sample does not come out as it was captured".to_owned());
                    }
                    Some(SampleResult::NoKey) => said.push("no sample: the key is not at hand".to_owned()),
                    None => {}
                }
                if *repaired > 0 {
                    said.push(format!("{} good again", count_words(*repaired, "archive is", "archives are")));
                }
                Self {
                    outcome: Some(*outcome),
                    problems: Note::all(problems.iter().cloned()),
                    ..Self::new(Kind::Upkept, name(deployment), said.join("; "), now)
                }
            }
            Event::Failed { deployment, work, problem, again } => {
                let what = match work {
                    Work::Backup => "the backup failed",
                    Work::Copy => "the copy failed",
                    Work::Upkeep => "reading again failed",
                    Work::Look => "cannot be looked at",
                };
                let note = Note::from(problem.clone());
                let again = again.map(|again| format!(" Next try {}.", ago_words(again, now))).unwrap_or_default();
                let said = format!("{what}: {}{again}", note.title);
                Self {
                    outcome: Some(Outcome::Failed),
                    problems: vec![note],
                    ..Self::new(Kind::Failed, deployment.as_ref().and_then(name), said, now)
                }
            }
            Event::Cancelled { deployment, work } => {
                let what = match work {
                    Work::Copy => "the copy",
                    Work::Upkeep => "reading again",
                    Work::Backup | Work::Look => "the backup",
                };
                let said = format!("{what} was cancelled and leaves nothing half-done");
                let outcome = Some(Outcome::Cancelled);
                Self { outcome, ..Self::new(Kind::Cancelled, name(deployment), said, now) }
            }
        }
    }
}
