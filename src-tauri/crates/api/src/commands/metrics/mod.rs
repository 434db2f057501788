//! How deployments stand, as metrics for those who watch many things in one place.
mod text;

use super::overview::is_backup;
use super::points::RecoveryPoint;
use super::status::{Gathered, SafetyState};
use super::upkeep::ReadAgain;
use super::verdict::judge;
use crate::{Answer, Service};
use holdfast_domain::Outcome;
use holdfast_engine::catalog::{Operation, Run};
use holdfast_engine::deployment::{self, Profile};
use jiff::Timestamp;
use text::{Family, Text};

const INFO: Family = Family { name: "holdfast_build_info", help: "The version of Holdfast that wrote this." };
const STATE: Family =
    Family { name: "holdfast_state", help: "How safe the deployment is: 1 for the state that it is in." };
const SUCCESS: Family = Family {
    name: "holdfast_last_success_timestamp_seconds",
    help: "When the last backup ended that made an archive, with problems or without.",
};
const RAN: Family =
    Family { name: "holdfast_last_backup_timestamp_seconds", help: "When the last backup ended, however it ended." };
const FAILED: Family = Family { name: "holdfast_last_backup_failed", help: "Whether the last backup made no archive." };
const TOOK: Family = Family { name: "holdfast_last_backup_duration_seconds", help: "How long the last backup took." };
const WROTE: Family =
    Family { name: "holdfast_last_backup_bytes", help: "Size of the archive that the last backup made." };
const PROBLEMS: Family = Family { name: "holdfast_last_backup_problems", help: "Problems of the last backup." };
const NEXT: Family =
    Family { name: "holdfast_next_backup_timestamp_seconds", help: "When the next backup is due; in the past: now." };
const PAUSED: Family =
    Family { name: "holdfast_schedule_paused", help: "Whether nothing is made by itself for now, by somebody's word." };
const ALARMS: Family =
    Family { name: "holdfast_open_alarms", help: "Alarms that nobody acknowledged: something looked wrong." };
const WATCHED: Family =
    Family { name: "holdfast_schedule_watched", help: "Whether a program runs here that makes what is due." };
const RESTORABLE: Family = Family {
    name: "holdfast_restorable_timestamp_seconds",
    help: "The newest moment from which all that matters comes back.",
};
const POINT: Family = Family {
    name: "holdfast_recovery_point_seconds",
    help: "Age of the newest recoverable state of a part; absent where nothing of it comes back.",
};
const TARGET: Family =
    Family { name: "holdfast_recovery_point_target_seconds", help: "How old that should be at most." };
const OVERDUE: Family =
    Family { name: "holdfast_recovery_point_overdue", help: "Whether the part is clearly behind its target." };
const THERE: Family = Family { name: "holdfast_destination_reachable", help: "Whether the place is there now." };
const FREE: Family = Family { name: "holdfast_destination_free_bytes", help: "Room at the place, where it is known." };
const HELD: Family = Family { name: "holdfast_destination_archives", help: "Archives at the place." };
const BYTES: Family = Family { name: "holdfast_destination_stored_bytes", help: "Size of the archives at the place." };
const DUE: Family =
    Family { name: "holdfast_destination_due_archives", help: "Archives that the place should still get." };
const DAMAGED: Family = Family { name: "holdfast_destination_damaged_archives", help: "Archives there found damaged." };
const UNREAD: Family = Family {
    name: "holdfast_destination_unread_seconds",
    help: "Since when the archive there is unread that is so the longest.",
};

const STATES: [(SafetyState, &str); 3] =
    [(SafetyState::Protected, "protected"), (SafetyState::Attention, "attention"), (SafetyState::AtRisk, "at-risk")];

/// Runs that are looked through for the last backup.
const RUNS: usize = 50;

impl Service {
    /// What `status` says, in the text format of Prometheus. No secret is in it, and of paths only what deployments and
    /// places are called. Reads no archive.
    pub fn metrics(&self, name: Option<&str>) -> Answer<String> {
        let profiles = match name {
            Some(name) => vec![self.profile(Some(name))?],
            None => deployment::load_all(&self.context().home)?.profiles,
        };
        let mut text = Text::default();
        text.add(INFO, &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
        for profile in &profiles {
            self.metrics_of(profile, &mut text)?;
        }
        Ok(text.finish())
    }

    fn metrics_of(&self, profile: &Profile, text: &mut Text) -> Answer<()> {
        let now = self.clock().now();
        let gathered = self.gather(profile)?;
        let of = ("deployment", profile.name.as_str());
        let (state, ..) = judge(&gathered.facts, now);
        for (one, word) in STATES {
            text.add(STATE, &[of, ("state", word)], flag(one == state));
        }
        let runs = self.context().catalog()?.0.runs().recent_of(&profile.id, Operation::Backup, RUNS)?;
        let runs: Vec<Run> = runs.into_iter().map(|row| row.run).filter(is_backup).collect();
        backups(&gathered, &runs, of, text);
        text.add_known(NEXT, &[of], gathered.due.level.map(|_| now).or(gathered.due.next).map(seconds));
        text.add(PAUSED, &[of], flag(gathered.schedule.paused_until.is_some()));
        text.add(ALARMS, &[of], gathered.facts.alarms.len() as f64);
        text.add(WATCHED, &[of], flag(gathered.schedule.by.is_some()));
        text.add_known(RESTORABLE, &[of], gathered.facts.whole.map(seconds));
        for point in self.points(profile, &gathered)? {
            component(&point, of, now, text);
        }
        places(&gathered, &self.read_standing(profile)?, of, now, text);
        Ok(())
    }
}

type Of<'a> = (&'static str, &'a str);

fn backups(gathered: &Gathered, runs: &[Run], of: Of<'_>, text: &mut Text) {
    let made = |run: &&Run| matches!(run.outcome, Outcome::Done | Outcome::Problems) && run.archive.is_some();
    // A catalog that was built again knows no runs.
    let success = runs.iter().find(made).map(|run| run.ended).or(gathered.facts.newest.as_ref().map(|a| a.created));
    text.add_known(SUCCESS, &[of], success.map(seconds));
    let Some(last) = runs.first() else { return };
    text.add(RAN, &[of], seconds(last.ended));
    text.add(FAILED, &[of], flag(!made(&last)));
    text.add(TOOK, &[of], last.ended.duration_since(last.started).as_secs_f64().max(0.0));
    text.add(WROTE, &[of], last.stored_bytes as f64);
    text.add(PROBLEMS, &[of], last.problems.len() as f64);
}

fn component(point: &RecoveryPoint, of: Of<'_>, now: Timestamp, text: &mut Text) {
    let labels = [of, ("component", point.class.as_str())];
    text.add_known(POINT, &labels, point.at.map(|at| age(at, now)));
    text.add(TARGET, &labels, point.target_seconds as f64);
    text.add(OVERDUE, &labels, flag(point.overdue));
}

fn places(gathered: &Gathered, read: &ReadAgain, of: Of<'_>, now: Timestamp, text: &mut Text) {
    for place in &gathered.places {
        let labels = [of, ("destination", place.name.as_str()), ("kind", place.kind)];
        let copies = gathered.facts.damaged_copies.iter().find(|(name, _)| *name == place.name);
        let damaged = if place.first { gathered.facts.damaged } else { copies.map_or(0, |(_, count)| *count) };
        let unread = read.places.iter().find(|one| one.id == place.id && !one.believed);
        text.add(THERE, &labels, flag(place.there));
        text.add_known(FREE, &labels, place.free_bytes.map(|bytes| bytes as f64));
        text.add(HELD, &labels, place.archives as f64);
        text.add(BYTES, &labels, place.stored_bytes as f64);
        text.add(DUE, &labels, place.due as f64);
        text.add(DAMAGED, &labels, damaged as f64);
        text.add_known(UNREAD, &labels, unread.and_then(|one| one.unread_since).map(|since| age(since, now)));
    }
}

fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}

fn seconds(at: Timestamp) -> f64 {
    at.as_second() as f64
}

fn age(at: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(at).as_secs().max(0) as f64
}

#[cfg(test)]
mod tests;
