use super::{is_backup, level_of};
use crate::{Answer, Service};
use holdfast_domain::{DeploymentName, Level, Outcome, schedule};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use std::collections::HashMap;

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct HistoryAnswer {
    pub deployment: DeploymentName,
    /// 365, oldest first, in the local time zone; the last is today.
    pub days: Vec<HistoryDay>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct HistoryDay {
    /// `2026-11-21`.
    pub date: Date,
    pub state: DayState,
    pub made: u64,
    /// By the schedule as it is now.
    pub due: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum DayState {
    /// Before Holdfast was there.
    None,
    Some,
    All,
    /// With a full archive.
    Full,
    /// Backups were tried, and none was made.
    Missed,
    /// Nothing ran: the machine was off, or the schedule.
    Off,
}

const DAYS: i64 = 365;
/// More than a year of an archive every quarter of an hour.
const RUNS: usize = 40_000;

#[derive(Debug, Default, Clone, Copy)]
struct Day {
    made: u64,
    listed: u64,
    full: bool,
    tried: bool,
}

impl Service {
    /// What was made on each day of a year, as far as the catalog remembers.
    pub fn history(&self, deployment: Option<&str>) -> Answer<HistoryAnswer> {
        let profile = self.profile(deployment)?;
        let (now, zone) = (self.clock().now(), self.clock().zone());
        let catalog = self.context().catalog()?.0;
        let mut days: HashMap<Date, Day> = HashMap::new();
        for row in catalog.runs().recent_brief(Some(&profile.id), RUNS)? {
            if !is_backup(&row) {
                continue;
            }
            let day = days.entry(row.started.to_zoned(zone.clone()).date()).or_default();
            day.tried = true;
            let made = matches!(row.outcome, Outcome::Done | Outcome::Problems);
            day.made += u64::from(made);
            day.full |= made && row.archive.as_ref().is_some_and(|name| level_of(name) == Level::Full);
        }
        // A catalog that was built again has forgotten the runs and knows the archives.
        for row in catalog.archives().list(Some(&profile.id))?.iter().filter(|row| row.kind.is_regular()) {
            let day = days.entry(row.created.to_zoned(zone.clone()).date()).or_default();
            day.listed += 1;
            day.full |= row.level == Level::Full;
        }
        let today = now.to_zoned(zone.clone()).date();
        let first = days.keys().min().copied();
        let days = (0..DAYS).rev().map(|back| {
            let date = today.saturating_sub(back.days());
            let known = days.get(&date).copied().unwrap_or_default();
            let began = first.is_some_and(|first| first <= date);
            let due = if began { due_on(&profile.schedule, date, now, &zone) } else { 0 };
            day(date, known, began, due)
        });
        Ok(HistoryAnswer { deployment: profile.name.clone(), days: days.collect() })
    }
}

fn day(date: Date, known: Day, began: bool, due: u64) -> HistoryDay {
    let made = known.made.max(known.listed);
    let state = match (began, made) {
        (false, _) => DayState::None,
        (true, 0) if known.tried => DayState::Missed,
        (true, 0) => DayState::Off,
        (true, _) if known.full => DayState::Full,
        (true, made) if made >= due => DayState::All,
        (true, _) => DayState::Some,
    };
    let due = if state == DayState::Off { 0 } else { due };
    HistoryDay { date, state, made, due }
}

/// Archives that a machine makes that runs all day; of today so far.
fn due_on(policy: &schedule::Policy, date: Date, now: Timestamp, zone: &TimeZone) -> u64 {
    if !policy.enabled {
        return 0;
    }
    let start = date.to_zoned(zone.clone()).map_or(now, |zoned| zoned.timestamp());
    let end =
        date.tomorrow().ok().and_then(|next| next.to_zoned(zone.clone()).ok()).map_or(now, |next| next.timestamp());
    let minutes = end.min(now).duration_since(start).as_mins().max(0) as u64;
    let hourly = match policy.hourly_minutes {
        0 => 0,
        interval => minutes / u64::from(interval),
    };
    let opened = date.to_datetime(policy.daily_at).to_zoned(zone.clone()).is_ok_and(|at| at.timestamp() <= now);
    hourly + u64::from(policy.daily && opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_what_was_made_on_it() {
        let date = Date::constant(2026, 11, 21);
        let state = |made, full, tried, due| day(date, Day { made, listed: 0, full, tried }, true, due).state;
        assert_eq!(state(0, false, false, 25), DayState::Off);
        assert_eq!(state(0, false, true, 25), DayState::Missed);
        assert_eq!(state(3, false, true, 25), DayState::Some);
        assert_eq!(state(25, false, true, 25), DayState::All);
        assert_eq!(state(2, true, true, 25), DayState::Full);
        assert_eq!(day(date, Day::default(), false, 25).state, DayState::None);
        assert_eq!(day(date, Day { listed: 2, ..Day::default() }, true, 25).made, 2);
    }

    #[test]
    fn as_many_are_due_as_the_schedule_asks_for() {
        let policy = schedule::Policy { hourly_minutes: 15, ..schedule::Policy::default() };
        let now: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
        let due = |policy: &schedule::Policy, day| due_on(policy, Date::constant(2026, 11, day), now, &TimeZone::UTC);
        assert_eq!((due(&policy, 20), due(&policy, 21)), (97, 25));
        assert_eq!(due(&schedule::Policy { enabled: false, ..policy.clone() }, 20), 0);
        assert_eq!(due(&schedule::Policy { hourly_minutes: 0, ..policy }, 20), 1);
    }
}
