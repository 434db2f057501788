//! What keeps archives readable: reading them again, restoring samples, mending what rotted.
use crate::words::{count_words, number_words};
use crate::{Answer, Keys, Note, Service};
use holdfast_domain::{Code, Outcome, upkeep as rules};
use holdfast_engine::deployment::Profile;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::upkeep::{self, Limits, PlaceRead, ReadStanding, Repaired, SampleResult, Sampled};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct UpkeepArgs {
    pub deployment: Option<String>,
    #[ts(as = "crate::KeysGiven")]
    pub keys: Keys,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct UpkeepAnswer {
    /// `failed` where something is damaged now, `problems` where it was and was mended.
    pub outcome: Outcome,
    pub deployment: String,
    /// The places at which something was due.
    pub places: Vec<PlaceRead>,
    /// Absent where none was due.
    pub sample: Option<Sampled>,
    pub repaired: Vec<Repaired>,
    /// How things stand now.
    pub read: ReadAgain,
    pub problems: Vec<Note>,
}

impl UpkeepAnswer {
    pub fn nothing_was_due(&self) -> bool {
        self.places.is_empty() && self.sample.is_none() && self.repaired.is_empty() && self.problems.is_empty()
    }

    /// What was done, a sentence a line.
    pub fn said(&self) -> Vec<String> {
        let read = self.places.iter().map(|place| {
            let whole = count_words(place.archives, "archive", "archives");
            let bytes = crate::words::size_words(place.bytes);
            let left =
                if place.left > 0 { format!("; {} to go on with", number_words(place.left)) } else { String::new() };
            format!("{}: {bytes} read again, {whole} compared{left}", place.name)
        });
        let sample = self.sample.iter().map(|sample| {
            let files = count_words(sample.files, "file", "files");
            match sample.result {
                SampleResult::Restored if sample.databases > 0 => {
                    format!("Sample: {files} of {} restored and compared, a database checked", sample.archive)
                }
                SampleResult::Restored => format!("Sample: {files} of {} restored and compared", sample.archive),
                SampleResult::NoKey => {
                    "Sample: none, no key is at hand. That what is read is what was written was checked; that it opens was \
                     not"
                        .to_owned()
                }
                SampleResult::Damaged => format!("Sample: {} does not come out as it was captured", sample.archive),
            }
        });
        let repaired = self.repaired.iter().map(|one| format!("{} is good again at {}", one.archive, one.place));
        read.chain(sample).chain(repaired).collect()
    }
}

/// How long what lies at the places of a deployment has not been read.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ReadAgain {
    /// Every byte should be read within so many days.
    pub within_days: u64,
    /// The first place first.
    pub places: Vec<ReadStanding>,
    /// Of the places that are read: since when something there is unread.
    pub unread_since: Option<Timestamp>,
    /// Something is unread for longer than it should be.
    pub overdue: bool,
    /// All of it in one sentence.
    pub said: String,
}

impl Service {
    /// Does what the upkeep of a deployment has due now. Never asks for a key: a sample is restored with what is given, or
    /// with the keyring's.
    pub fn upkeep(&self, args: &UpkeepArgs, job: &Job) -> Answer<UpkeepAnswer> {
        let mut problems = Vec::new();
        drop(self.catalog(&mut problems)?);
        let profile = self.profile(args.deployment.as_deref())?;
        let plan = upkeep::plan(self.context(), &profile, Limits::default())?;
        let keys = Keys { ask: None, ..args.keys.clone() };
        let reading = match self.reading(Some(&profile), None, &keys) {
            Ok(reading) => Some(reading),
            Err(failure) if !keys.is_given() && matches!(failure.code, Code::KeyNeeded | Code::WrongKey) => None,
            Err(failure) => return Err(failure),
        };
        let report = upkeep::run(self.context(), plan, reading.as_ref(), job)?;
        problems.extend(Note::all(report.problems));
        Ok(UpkeepAnswer {
            outcome: report.outcome,
            deployment: profile.name.to_string(),
            places: report.places,
            sample: report.sample,
            repaired: report.repaired,
            read: self.read_standing(&profile)?,
            problems,
        })
    }

    /// As the catalog knows it; looks at no place.
    pub(super) fn read_standing(&self, profile: &Profile) -> Answer<ReadAgain> {
        let places = upkeep::standing(self.context(), profile)?;
        let days = rules::WITHIN.as_hours() as u64 / 24;
        let read = || places.iter().filter(|place| !place.believed);
        let unread_since = read().filter_map(|place| place.unread_since).min();
        let worst = read().filter(|place| place.overdue > 0).min_by_key(|place| place.unread_since);
        let said = match (worst, unread_since) {
            (Some(worst), Some(since)) => {
                let archives = count_words(worst.overdue, "archive", "archives");
                let was = if worst.overdue == 1 { "was" } else { "were" };
                let (name, since) = (&worst.name, self.moment(worst.unread_since.unwrap_or(since)));
                format!("{archives} at {name} {was} not read for more than {days} days, the longest since {since}")
            }
            (None, Some(since)) => {
                format!("every byte was read within {days} days, the longest unread since {}", self.moment(since))
            }
            _ => String::new(),
        };
        Ok(ReadAgain { within_days: days, overdue: worst.is_some(), unread_since, said, places })
    }
}
