//! When archives are made by themselves: pure functions of (policy, history, now), which also say why.
//!
//! A day's window opens at `daily_at` and lasts until the next one opens; the hourly windows divide it. A window is done
//! when an archive is dated in it. However many were missed, one archive catches up with all of them.
mod due;
mod hold;
mod verdict;
mod windows;

pub use due::{Due, Reason, due};
pub use hold::{Hold, Waited};
pub use verdict::{Change, Circumstances, Failed, Verdict, back_off, jitter, verdict};
pub use windows::local;

use crate::{Class, Kind, Level};
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
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
    /// 0 switches the hourly level off. More than a day is a day.
    pub hourly_minutes: u32,
    /// Changed configuration is archived soon, and not only in the next window.
    pub on_change: bool,
    /// On battery, nothing is made below this charge. 0: the battery does not matter.
    pub min_battery_percent: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            enabled: true,
            full_every_days: 7,
            daily: true,
            daily_at: Time::constant(2, 0, 0, 0),
            hourly_minutes: 60,
            on_change: true,
            min_battery_percent: 0,
        }
    }
}

const DAY_MINUTES: u32 = 24 * 60;

/// A drive for copies that was away for longer is missed.
pub const DRIVE_INTERVAL: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Policy {
    /// The longest time between two archives as long as the machine runs; `None` where none is made by itself.
    pub fn interval(&self) -> Option<SignedDuration> {
        self.enabled.then(|| match self.hourly_minutes {
            0 if self.daily => SignedDuration::from_hours(24),
            0 => SignedDuration::from_hours(24 * i64::from(self.full_every_days)),
            minutes => SignedDuration::from_mins(i64::from(minutes.min(DAY_MINUTES))),
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
