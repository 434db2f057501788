use super::{Kept, Policy, plan};
use crate::{ArchiveName, DeploymentName, Kind, Level, schedule};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// How many archives there will be of each level, once the rules have been at work for long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expected {
    pub full: u64,
    pub daily: u64,
    pub hourly: u64,
}

impl Expected {
    pub fn total(self) -> u64 {
        self.full + self.daily + self.hourly
    }
}

/// Nobody keeps more than this; what is beyond is not counted out.
const LONGEST_DAYS: i64 = 3660;
const MOST_HOURLY: i64 = 5000;

/// What a machine that always runs would make by this schedule, judged by the rules themselves.
pub fn expected(
    policy: &Policy,
    schedule: &schedule::Policy,
    deployment: &DeploymentName,
    now: Timestamp,
    zone: &TimeZone,
) -> Expected {
    if !schedule.enabled {
        return Expected::default();
    }
    let archives = made(policy, schedule, deployment, now, zone);
    let mut expected = Expected::default();
    for (archive, decision) in archives.iter().zip(plan(policy, &archives, false, now, zone)) {
        let count = match archive.level {
            Level::Full => &mut expected.full,
            Level::Daily => &mut expected.daily,
            Level::Hourly => &mut expected.hourly,
        };
        *count += u64::from(decision.keep);
    }
    expected
}

/// Oldest first.
fn made(
    policy: &Policy,
    schedule: &schedule::Policy,
    deployment: &DeploymentName,
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<Kept> {
    let minutes = i64::from(schedule.hourly_minutes);
    let hourly_span = SignedDuration::from_mins((i64::from(policy.hourly) + 2).saturating_mul(minutes.max(60)));
    let full_every = i64::from(schedule.full_every_days.max(1));
    let spans = [
        hourly_span.as_hours() / 24 + 1,
        i64::from(policy.daily) + 1,
        i64::from(policy.weekly).saturating_mul(7),
        i64::from(policy.monthly).saturating_mul(31),
    ];
    // One full archive before all that, for the others to build on.
    let days = spans.into_iter().max().unwrap_or(0).min(LONGEST_DAYS) + full_every;
    let today = now.to_zoned(zone.clone()).date();
    let mut times: Vec<(Timestamp, Level)> = Vec::new();
    for back in (0..=days).rev() {
        let level = if (days - back) % full_every == 0 { Level::Full } else { Level::Daily };
        let at = today.saturating_sub(back.days()).to_datetime(schedule.daily_at).to_zoned(zone.clone());
        if let Ok(at) = at
            && (level == Level::Full || schedule.daily)
        {
            times.push((at.timestamp(), level));
        }
    }
    if minutes > 0 {
        let count = (hourly_span.as_mins() / minutes).min(MOST_HOURLY);
        // A minute off, so that no two have the same time.
        let at = |number: i64| now.checked_sub(SignedDuration::from_mins(number.saturating_mul(minutes) + 1)).ok();
        times.extend((0..count).filter_map(at).map(|at| (at, Level::Hourly)));
    }
    times.retain(|(at, _)| *at <= now);
    times.sort_unstable_by_key(|(at, level)| (*at, level.number()));
    let (mut full, mut daily): (Option<ArchiveName>, Option<ArchiveName>) = (None, None);
    let mut archives = Vec::with_capacity(times.len());
    for (at, level) in times {
        let name = ArchiveName::new(deployment, at, level, Kind::Scheduled);
        let parent = match level {
            Level::Full => None,
            Level::Daily => full.clone(),
            Level::Hourly => daily.clone().or_else(|| full.clone()),
        };
        match level {
            Level::Full => (full, daily) = (Some(name.clone()), None),
            Level::Daily => daily = Some(name.clone()),
            Level::Hourly => {}
        }
        let kind = Kind::Scheduled;
        archives.push(Kept { name, level, kind, at, parent, verified: true, pinned: false, stored_bytes: 0 });
    }
    archives
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(policy: &Policy, schedule: &schedule::Policy) -> Expected {
        let name = DeploymentName::new("bot").unwrap();
        expected(policy, schedule, &name, "2026-11-21T13:45:00Z".parse().unwrap(), &TimeZone::UTC)
    }

    #[test]
    fn the_usual_rules_keep_about_as_many_as_they_say() {
        let usual = count(&Policy::default(), &schedule::Policy::default());
        // 24 hours, 7 days, 4 weeks and 12 months overlap; what they need is kept too.
        assert!((40..=60).contains(&usual.total()), "{usual:?}");
        assert!(usual.full >= 12 && usual.hourly >= 20, "{usual:?}");
    }

    #[test]
    fn more_is_kept_where_more_is_asked_for_and_nothing_is_made_where_the_schedule_is_off() {
        let schedule = schedule::Policy::default();
        let few = Policy { hourly: 0, daily: 3, weekly: 0, monthly: 0, manual_days: 0 };
        let many = Policy { daily: 30, ..few.clone() };
        assert!(count(&few, &schedule).total() < count(&many, &schedule).total());
        assert_eq!(count(&many, &schedule::Policy { enabled: false, ..schedule.clone() }), Expected::default());
        let without = schedule::Policy { hourly_minutes: 0, ..schedule.clone() };
        assert_eq!(count(&Policy::default(), &without).hourly, 0);
        let huge = Policy { hourly: u32::MAX, daily: u32::MAX, weekly: u32::MAX, monthly: u32::MAX, manual_days: 0 };
        let dense = schedule::Policy { hourly_minutes: 1, ..schedule };
        assert!(count(&huge, &dense).total() < 20_000);
    }
}
