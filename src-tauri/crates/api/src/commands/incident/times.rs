//! What an incident took, and what it cost, against what was meant.
use crate::words::{duration_words, local_words};
use holdfast_domain::incident::{Event, Record};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::Duration;

pub(super) fn seconds_words(seconds: u64) -> String {
    if seconds == 0 { "0 s".to_owned() } else { duration_words(Duration::from_secs(seconds)) }
}

/// Within the target, or how far beyond.
pub(super) fn against(seconds: u64, target: Option<u64>) -> String {
    match target {
        None => seconds_words(seconds),
        Some(target) if seconds <= target => {
            format!("{} (target {}: met)", seconds_words(seconds), seconds_words(target))
        }
        Some(target) => {
            let over = seconds_words(seconds - target);
            format!("{} (target {}: {over} over)", seconds_words(seconds), seconds_words(target))
        }
    }
}

/// What was brought back, and what was written after it.
pub(super) struct Loss {
    /// Which files; all where there are none.
    pub paths: Vec<String>,
    pub archive: String,
    pub at: Timestamp,
    /// From the moment that came back to the beginning of the incident.
    pub seconds: u64,
}

/// Of restores that were not undone later.
pub(super) fn losses(records: &[Record]) -> Vec<Loss> {
    let started = records.first().map_or(Timestamp::UNIX_EPOCH, |record| record.at);
    let mut losses: Vec<Loss> = Vec::new();
    for record in records {
        let Event::Ended { told, .. } = &record.event else { continue };
        if told.restored_to.is_none() {
            continue;
        }
        // A later restore takes the place of one before it.
        losses.retain(|loss| !told.picks.iter().any(|pick| pick.paths.is_empty() || pick.paths == loss.paths));
        losses.extend(told.picks.iter().map(|pick| Loss {
            paths: pick.paths.clone(),
            archive: pick.archive.to_string(),
            at: pick.at,
            seconds: u64::try_from(started.duration_since(pick.at).as_secs()).unwrap_or(0),
        }));
    }
    losses
}

impl Loss {
    pub fn words(&self, target: u64, zone: &TimeZone) -> String {
        let what = if self.paths.is_empty() { "What was restored".to_owned() } else { self.paths.join(", ") };
        let (at, lost) = (local_words(self.at, zone), against(self.seconds, Some(target)));
        format!("{what}: live again as of {at}, from {}. Written after it and not live: {lost}.", self.archive)
    }
}
