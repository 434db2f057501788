//! What is due: a pure function of (policy, history, now).
use crate::{Class, Kind, Level};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// When archives are made by themselves. Local times are those of the person's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Off: nothing is ever due.
    pub enabled: bool,
    /// A full archive in the first window after this many days. At least 1.
    pub full_every_days: u32,
    pub daily: bool,
    /// Local time at which a day's window opens, for daily and full archives alike.
    #[serde(with = "clock_time")]
    pub daily_at: Time,
    /// 0 switches the hourly level off.
    pub hourly_minutes: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            enabled: true,
            full_every_days: 7,
            daily: true,
            daily_at: Time::constant(2, 0, 0, 0),
            hourly_minutes: 60,
        }
    }
}

/// A drive for copies that was away for longer is missed.
pub const DRIVE_INTERVAL: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Policy {
    /// The longest time between two archives as long as the machine runs; `None` where none is made by itself.
    pub fn interval(&self) -> Option<SignedDuration> {
        self.enabled.then(|| match self.hourly_minutes {
            0 if self.daily => SignedDuration::from_hours(24),
            0 => SignedDuration::from_hours(24 * i64::from(self.full_every_days)),
            minutes => SignedDuration::from_mins(i64::from(minutes)),
        })
    }

    /// What a class is measured against: what the schedule promises, which is one for all that an archive takes in, or what
    /// the class asks for where nothing is promised.
    pub fn target(&self, class: Class) -> SignedDuration {
        self.interval().unwrap_or_else(|| class.recovery_point())
    }
}

/// An archive that was made, as far as the schedule cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    pub level: Level,
    pub at: Timestamp,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// What to make now; `None` where nothing is due.
    pub level: Option<Level>,
    /// Why, in one line for people.
    pub reason: String,
    /// When something is due the next time, after what is due now (if anything) is made.
    pub next: Option<Timestamp>,
}

/// A window opens at `daily_at` of its date and lasts until the next one opens.
#[derive(Debug, Clone, Copy)]
struct Window {
    date: Date,
    opens: Timestamp,
}

/// What is due at `now`. However many windows were missed, one archive catches up.
///
/// Emergency archives and exports do not count, and neither do archives dated after `now`: a clock that was
/// wrong once must not stop backups until it is right again.
pub fn due(policy: &Policy, history: &[Past], now: Timestamp, zone: &TimeZone) -> Due {
    if !policy.enabled {
        return Due { level: None, reason: "the schedule is switched off".to_owned(), next: None };
    }
    let newest = |fits: fn(Level) -> bool| {
        history
            .iter()
            .filter(|past| past.kind.is_regular() && past.at <= now && fits(past.level))
            .map(|past| past.at)
            .max()
    };
    let plan = Plan { policy, now, zone };
    let last_full = newest(|level| level == Level::Full);
    let last_daily = newest(|level| level != Level::Hourly);
    let last_any = newest(|_| true);

    let found = plan.level_due(last_full, last_daily, last_any);
    let (level, reason) = match found {
        Some((level, reason)) => (Some(level), reason),
        None => (None, "nothing is due".to_owned()),
    };
    // What comes next is asked of the history as it is once the archive due now is made.
    let made = |of: Option<Timestamp>, by: &[Level]| match level {
        Some(level) if by.contains(&level) => Some(now),
        _ => of,
    };
    let next = plan.next(made(last_full, &[Level::Full]), made(last_any, &[Level::Full, Level::Daily, Level::Hourly]));
    Due { level, reason, next }
}

struct Plan<'a> {
    policy: &'a Policy,
    now: Timestamp,
    zone: &'a TimeZone,
}

impl Plan<'_> {
    fn level_due(
        &self,
        last_full: Option<Timestamp>,
        last_daily: Option<Timestamp>,
        last_any: Option<Timestamp>,
    ) -> Option<(Level, String)> {
        let (Some(full), Some(daily), Some(any)) = (last_full, last_daily, last_any) else {
            return Some((Level::Full, "there is no full archive yet".to_owned()));
        };
        let window = self.window_at(self.now);
        if self.now >= self.full_opens(full) {
            let day = full.to_zoned(self.zone.clone()).date();
            return Some((Level::Full, format!("the newest full archive is of {day}")));
        }
        if self.policy.daily && daily < window.opens {
            let reason = format!(
                "nothing was made for the day since {} {}",
                window.date,
                self.policy.daily_at.strftime("%H:%M")
            );
            return Some((Level::Daily, reason));
        }
        let minutes = self.policy.hourly_minutes;
        if minutes > 0 && self.now.duration_since(any) >= self.interval() {
            let ago = self.now.duration_since(any).as_mins();
            return Some((
                Level::Hourly,
                format!("the newest archive is {ago} minutes old, the interval is {minutes}"),
            ));
        }
        None
    }

    /// Called with a history in which nothing is due.
    fn next(&self, last_full: Option<Timestamp>, last_any: Option<Timestamp>) -> Option<Timestamp> {
        let full = last_full.map(|at| self.full_opens(at));
        let daily = self
            .policy
            .daily
            .then(|| self.window_at(self.now).date.tomorrow().ok())
            .flatten()
            .and_then(|date| self.opens(date));
        let hourly =
            last_any.filter(|_| self.policy.hourly_minutes > 0).and_then(|at| at.checked_add(self.interval()).ok());
        [full, daily, hourly].into_iter().flatten().min()
    }

    fn interval(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.policy.hourly_minutes))
    }

    /// Counted from window to window and not in hours, so that the time of the weekly archive does
    /// not creep forward by the length of each run.
    fn full_opens(&self, last_full: Timestamp) -> Timestamp {
        let days = self.policy.full_every_days.clamp(1, 3660);
        self.window_at(last_full)
            .date
            .checked_add(i64::from(days).days())
            .ok()
            .and_then(|date| self.opens(date))
            .unwrap_or(Timestamp::MAX)
    }

    fn window_at(&self, at: Timestamp) -> Window {
        let today = at.to_zoned(self.zone.clone()).date();
        [Ok(today), today.yesterday()]
            .into_iter()
            .flatten()
            .filter_map(|date| self.opens(date).map(|opens| Window { date, opens }))
            .find(|window| window.opens <= at)
            .unwrap_or(Window { date: today, opens: at })
    }

    /// A time that the clocks skip is the first moment after the gap; one that they run through
    /// twice is the first of the two.
    fn opens(&self, date: Date) -> Option<Timestamp> {
        date.to_datetime(self.policy.daily_at).to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp())
    }
}

/// `"02:00"`, as people write it.
mod clock_time {
    use jiff::civil::Time;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    // The signature is serde's.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub fn serialize<S: Serializer>(time: &Time, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&time.strftime("%H:%M"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        let text = String::deserialize(from)?;
        Time::strptime("%H:%M", &text)
            .map_err(|_| D::Error::custom(format!("{text:?} is not a time such as \"02:00\"")))
    }
}

#[cfg(test)]
mod tests;
