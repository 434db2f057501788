use super::{DAY_MINUTES, Policy};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// From its opening until the next one opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// The day that it belongs to.
    pub date: Date,
    pub opens: Timestamp,
    pub ends: Timestamp,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Windows<'a> {
    pub policy: &'a Policy,
    pub zone: &'a TimeZone,
}

impl Windows<'_> {
    pub fn day(&self, at: Timestamp) -> Window {
        let today = at.to_zoned(self.zone.clone()).date();
        let dates = [Ok(today), today.yesterday()].into_iter().flatten();
        let opened = dates.filter_map(|date| self.opens(date).map(|opens| (date, opens)));
        let (date, opens) = opened.into_iter().find(|(_, opens)| *opens <= at).unwrap_or((today, at));
        let ends = date.tomorrow().ok().and_then(|next| self.opens(next)).unwrap_or(Timestamp::MAX);
        Window { date, opens, ends }
    }

    /// `None` where the hourly level is off. Counted in elapsed time from the day's opening: a night in which the clocks
    /// change has an hour more or less, and none twice.
    pub fn hourly(&self, at: Timestamp) -> Option<Window> {
        let minutes = self.policy.hourly_minutes.min(DAY_MINUTES);
        if minutes == 0 {
            return None;
        }
        let length = i64::from(minutes) * 60;
        let day = self.day(at);
        let passed = (at.as_second() - day.opens.as_second()).max(0) / length * length;
        let opens = day.opens.saturating_add(SignedDuration::from_secs(passed)).unwrap_or(day.opens);
        let ends = opens.saturating_add(SignedDuration::from_secs(length)).unwrap_or(day.ends);
        Some(Window { date: day.date, opens, ends: ends.min(day.ends) })
    }

    /// When the next full archive is due after this one. Counted from window to window and not in hours, so that the
    /// time of the weekly archive does not creep forward by the length of each run.
    pub fn full_opens(&self, last_full: Timestamp) -> Timestamp {
        let days = self.policy.full_every_days.clamp(1, 3660);
        let date = self.day(last_full).date.checked_add(i64::from(days).days());
        date.ok().and_then(|date| self.opens(date)).unwrap_or(Timestamp::MAX)
    }

    /// A time that the clocks skip is the first moment after the gap; one that they run through twice is the first of
    /// the two.
    fn opens(&self, date: Date) -> Option<Timestamp> {
        date.to_datetime(self.policy.daily_at).to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp())
    }
}

/// A time as it is said to people: the day is left out where it is today's.
pub fn local(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let format = if at.date() == now.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    at.strftime(format).to_string()
}
