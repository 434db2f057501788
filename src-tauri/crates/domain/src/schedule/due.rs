use super::windows::Windows;
use super::{Circumstances, Past, Policy};
use crate::Level;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// What to make now; `None` where nothing is due.
    pub level: Option<Level>,
    pub reason: Reason,
    /// Since when, where that can be told: the opening of the first window that has no archive.
    pub since: Option<Timestamp>,
    /// When something is due the next time, after what is due now (if anything) is made.
    pub next: Option<Timestamp>,
}

/// Why something is due, or nothing is. Says itself in one line for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Reason {
    SwitchedOff,
    NothingDue,
    NoFullYet,
    FullIsOld { of: Date },
    NoneOfTheDay { date: Date, at: Time },
    NoneOfTheHour { minutes_old: i64, interval: u32 },
    ConfigChanged,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SwitchedOff => f.write_str("the schedule is switched off"),
            Self::NothingDue => f.write_str("nothing is due"),
            Self::NoFullYet => f.write_str("there is no full archive yet"),
            Self::FullIsOld { of } => write!(f, "the newest full archive is of {of}"),
            Self::NoneOfTheDay { date, at } => {
                write!(f, "nothing was made for the day since {date} {}", at.strftime("%H:%M"))
            }
            Self::NoneOfTheHour { minutes_old, interval } => {
                write!(f, "the newest archive is {minutes_old} minutes old, the interval is {interval}")
            }
            Self::ConfigChanged => f.write_str("the configuration changed"),
        }
    }
}

/// An archive dated so little ahead was made in the present window all the same: clocks are set right by seconds.
pub(super) const SLACK: SignedDuration = SignedDuration::from_mins(10);
/// A configuration that changes all the time makes no archive more often than this.
pub(super) const BETWEEN_CHANGES: SignedDuration = SignedDuration::from_mins(5);
/// What does not come to rest is archived all the same.
pub(super) const UNSETTLED: SignedDuration = SignedDuration::from_mins(15);

/// What is due at `now`, whatever may stand in its way.
///
/// Emergency archives and exports do not count, and neither do archives dated after `now`: a clock that was wrong once
/// must not stop backups until it is right again.
pub fn due(policy: &Policy, history: &[Past], now: Timestamp, zone: &TimeZone) -> Due {
    due_in(policy, history, &Circumstances::default(), now, zone)
}

pub(super) fn due_in(
    policy: &Policy,
    history: &[Past],
    circumstances: &Circumstances,
    now: Timestamp,
    zone: &TimeZone,
) -> Due {
    if !policy.enabled {
        return Due { level: None, reason: Reason::SwitchedOff, since: None, next: None };
    }
    let windows = Windows { policy, zone };
    let day = windows.day(now);
    let regular = || history.iter().filter(|past| past.kind.is_regular());
    // Of the day's windows one is done by any archive that is dated in it, also by one from before the clock was set back.
    let of_day = |fits: fn(Level) -> bool| {
        regular().filter(|past| past.at < day.ends && fits(past.level)).map(|past| past.at).max()
    };
    // Hours that come a second time have a second archive: what was made in the first is as old as it is.
    let lived = |past: &&Past| !circumstances.ahead.contains(&past.at);
    let horizon = now.saturating_add(SLACK).unwrap_or(now);
    let last = Last {
        full: of_day(|level| level == Level::Full),
        daily: of_day(|level| level != Level::Hourly),
        any: regular().filter(|past| past.at <= horizon).filter(lived).map(|past| past.at).max(),
    };
    let asked = Asked { windows, last, circumstances, now };
    let found = asked.due();
    let made = |by: &[Level], of: Option<Timestamp>| match &found {
        Some((level, ..)) if by.contains(level) => Some(now),
        _ => of,
    };
    // What comes next is asked of the history as it is once the archive due now is made.
    let after = Last {
        full: made(&[Level::Full], last.full),
        daily: made(&[Level::Full, Level::Daily], last.daily),
        any: made(&[Level::Full, Level::Daily, Level::Hourly], last.any),
    };
    let next = Asked { last: after, ..asked }.next(found.is_some());
    match found {
        Some((level, reason, since)) => Due { level: Some(level), reason, since, next },
        None => Due { level: None, reason: Reason::NothingDue, since: None, next },
    }
}

/// The newest archive of each kind.
#[derive(Clone, Copy)]
struct Last {
    full: Option<Timestamp>,
    /// For the day: a full one does as well.
    daily: Option<Timestamp>,
    any: Option<Timestamp>,
}

#[derive(Clone, Copy)]
struct Asked<'a> {
    windows: Windows<'a>,
    last: Last,
    circumstances: &'a Circumstances,
    now: Timestamp,
}

impl Asked<'_> {
    fn due(&self) -> Option<(Level, Reason, Option<Timestamp>)> {
        let policy = self.windows.policy;
        let Some(full) = self.last.full else { return Some((Level::Full, Reason::NoFullYet, None)) };
        let opens = self.windows.full_opens(full);
        if self.now >= opens {
            let of = full.to_zoned(self.windows.zone.clone()).date();
            return Some((Level::Full, Reason::FullIsOld { of }, Some(opens)));
        }
        let day = self.windows.day(self.now);
        let daily = self.last.daily.unwrap_or(full);
        if policy.daily && daily < day.opens {
            let reason = Reason::NoneOfTheDay { date: day.date, at: policy.daily_at };
            return Some((Level::Daily, reason, Some(self.windows.day(daily).ends)));
        }
        if let Some(hour) = self.windows.hourly(self.now)
            && self.last.any.is_none_or(|any| any < hour.opens)
        {
            let any = self.last.any.unwrap_or(full);
            let minutes_old = self.now.duration_since(any).as_mins().max(0);
            let reason = Reason::NoneOfTheHour { minutes_old, interval: policy.hourly_minutes };
            let since = self.last.any.and_then(|any| self.windows.hourly(any)).map_or(hour.opens, |last| last.ends);
            return Some((Level::Hourly, reason, Some(since)));
        }
        let opens = self.change_opens()?;
        (self.now >= opens)
            .then(|| (Level::Hourly, Reason::ConfigChanged, self.circumstances.config.map(|it| it.since)))
    }

    /// When a change of configuration that no archive holds yet is due.
    fn change_opens(&self) -> Option<Timestamp> {
        let change = self.circumstances.config.filter(|_| self.windows.policy.on_change)?;
        if self.last.any.is_some_and(|any| any > change.since) {
            return None;
        }
        let after = |at: Timestamp, wait| at.saturating_add(wait).unwrap_or(at);
        let rest = if change.settled { change.since } else { after(change.since, UNSETTLED) };
        let apart = self.last.any.map_or(rest, |any| after(any, BETWEEN_CHANGES));
        Some(rest.max(apart))
    }

    /// Called with a history in which nothing is due.
    fn next(&self, made: bool) -> Option<Timestamp> {
        let full = self.last.full.map(|at| self.windows.full_opens(at));
        let daily = self.windows.policy.daily.then(|| self.windows.day(self.now).ends);
        let hourly = self.windows.hourly(self.now).map(|window| window.ends);
        let change = if made { None } else { self.change_opens() };
        [full, daily, hourly, change].into_iter().flatten().filter(|at| *at < Timestamp::MAX).min()
    }
}
