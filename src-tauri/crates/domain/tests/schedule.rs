//! Whatever a machine goes through, no window has two archives and none is missed without a reason.
#![allow(clippy::unwrap_used)]
use holdfast_domain::schedule::{Circumstances, Failed, Hold, Past, Policy, verdict};
use holdfast_domain::{Kind, Level};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// On, asked every minute.
    Minutes(i64),
    Asleep(i64),
    Paused(i64),
    PlaceAway(i64),
    /// Each try fails.
    Failing(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..400_i64).prop_map(Step::Minutes),
        2 => (1..6_000_i64).prop_map(Step::Asleep),
        1 => (1..300_i64).prop_map(Step::Paused),
        1 => (1..300_i64).prop_map(Step::PlaceAway),
        1 => (1..300_i64).prop_map(Step::Failing),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    let hourly = prop_oneof![Just(0_u32), Just(15), Just(60), Just(90), Just(360), Just(420), Just(1440), Just(5000)];
    (hourly, any::<bool>(), 1..9_u32, 0..24_i8, prop_oneof![Just(0_i8), Just(30)]).prop_map(
        |(hourly_minutes, daily, full_every_days, hour, minute)| Policy {
            hourly_minutes,
            daily,
            full_every_days,
            daily_at: Time::constant(hour, minute, 0, 0),
            ..Policy::default()
        },
    )
}

fn berlin() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn one_run_for_each_window_and_none_missed(
        policy in policy(),
        // Around both changes of the clocks, and in between.
        start in prop_oneof![Just("2026-03-27T20:00:00Z"), Just("2026-10-23T20:00:00Z"), Just("2026-06-01T00:13:00Z")],
        steps in proptest::collection::vec(step(), 1..12),
    ) {
        let zone = berlin();
        let mut now: Timestamp = start.parse().unwrap();
        let mut history: Vec<Past> = Vec::new();
        let mut failed: Option<Failed> = None;
        // When the last moment was in which nothing held it up.
        for step in steps {
            let begun = now;
            let (minutes, asks) = match step {
                Step::Asleep(minutes) => (minutes, false),
                Step::Minutes(minutes) | Step::Paused(minutes) | Step::PlaceAway(minutes) | Step::Failing(minutes) => (minutes, true),
            };
            let until = now + SignedDuration::from_mins(minutes);
            while asks && now < until {
                let circumstances = Circumstances {
                    paused_until: matches!(step, Step::Paused(_)).then_some(until),
                    place_away: matches!(step, Step::PlaceAway(_)),
                    failed,
                    ..Circumstances::default()
                };
                let verdict = verdict(&policy, &history, &circumstances, now, &zone);
                match (verdict.run(), step) {
                    (Some(_), Step::Failing(_)) => {
                        failed = Some(Failed { at: now, times: failed.map_or(1, |failed| failed.times + 1) });
                    }
                    (Some(level), _) => {
                        prop_assert!(matches!(step, Step::Minutes(_)), "made while {step:?}");
                        let since = verdict.due.since;
                        // Due since before now, and nothing was made since: else a window had two.
                        if let Some(since) = since {
                            prop_assert!(since <= now);
                            let newer = |past: &&Past| past.at >= since && (level == Level::Hourly || past.level <= level);
                            prop_assert_eq!(history.iter().find(newer), None, "{} twice, since {}", level, since);
                        } else {
                            prop_assert!(history.is_empty());
                        }
                        history.push(Past { level, at: now, kind: Kind::Scheduled });
                        failed = None;
                        let after = holdfast_domain::schedule::due(&policy, &history, now, &zone);
                        prop_assert_eq!(after.level, None, "something is due right after {}", level);
                        prop_assert!(after.next.is_none_or(|next| next > now));
                        prop_assert_eq!(after.next, verdict.due.next);
                    }
                    (None, _) if verdict.due.level.is_some() => {
                        // Missed for now, with a reason.
                        let held = verdict.held.unwrap();
                        let fits = match held {
                            Hold::Paused { .. } => matches!(step, Step::Paused(_)),
                            Hold::PlaceAway => matches!(step, Step::PlaceAway(_)),
                            Hold::Failed { .. } => failed.is_some(),
                            _ => false,
                        };
                        prop_assert!(fits, "{held:?} while {step:?}");
                    }
                    // Nothing is due: then the window that is open has its archive.
                    (None, _) => prop_assert!(verdict.again.is_some_and(|again| again > now)),
                }
                now += SignedDuration::from_mins(1);
            }
            now = until;
            prop_assert!(now > begun);
        }
    }
}
