use super::*;
use jiff::tz::TimeZone;

mod clocks;
mod holds;

/// Written out, so that the tests need no time zone files.
fn berlin() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn past(level: Level, text: &str) -> Past {
    Past { level, at: at(text), kind: Kind::Scheduled }
}

fn level(history: &[Past], now: &str) -> Option<Level> {
    due(&Policy::default(), history, at(now), &berlin()).level
}

fn next(history: &[Past], now: &str) -> Timestamp {
    due(&Policy::default(), history, at(now), &berlin()).next.unwrap()
}

#[test]
fn without_a_full_archive_a_full_one_is_due() {
    assert_eq!(level(&[], "2026-11-21T12:00:00Z"), Some(Level::Full));
    // What an hourly one builds on is gone: nothing can build on it.
    let orphan = [past(Level::Hourly, "2026-11-21T11:59:00Z")];
    assert_eq!(level(&orphan, "2026-11-21T12:00:00Z"), Some(Level::Full));
}

#[test]
fn the_weekly_full_keeps_its_hour_however_long_each_run_takes() {
    let full = [past(Level::Full, "2026-11-14T01:40:00Z")];
    // 2026-11-21 is seven days later; the window opens at 02:00 local, 01:00 UTC.
    assert_ne!(level(&full, "2026-11-21T00:59:59Z"), Some(Level::Full));
    assert_eq!(level(&full, "2026-11-21T01:00:00Z"), Some(Level::Full));
}

#[test]
fn one_archive_catches_up_for_many_missed_windows() {
    let mut history = vec![past(Level::Full, "2026-11-15T01:00:00Z"), past(Level::Daily, "2026-11-16T01:00:00Z")];
    assert_eq!(level(&history, "2026-11-19T09:00:00Z"), Some(Level::Daily));
    history.push(past(Level::Daily, "2026-11-19T09:00:00Z"));
    assert_eq!(level(&history, "2026-11-19T09:01:00Z"), None);
    assert_eq!(level(&history, "2026-11-19T10:00:00Z"), Some(Level::Hourly));
}

#[test]
fn any_level_starts_the_hour_again_and_a_full_one_the_day() {
    let history = [past(Level::Full, "2026-11-19T09:00:00Z")];
    assert_eq!(level(&history, "2026-11-19T09:59:59Z"), None);
    assert_eq!(next(&history, "2026-11-19T09:30:00Z"), at("2026-11-19T10:00:00Z"));
    assert_eq!(level(&history, "2026-11-19T10:00:00Z"), Some(Level::Hourly));
    assert_eq!(level(&history, "2026-11-20T01:00:00Z"), Some(Level::Daily));
}

#[test]
fn an_emergency_archive_does_not_count() {
    let history = [Past { level: Level::Full, at: at("2026-11-19T09:00:00Z"), kind: Kind::Emergency }];
    assert_eq!(level(&history, "2026-11-19T09:01:00Z"), Some(Level::Full));
}

#[test]
fn archives_from_the_future_do_not_stop_backups() {
    let history = [
        past(Level::Full, "2026-11-19T01:00:00Z"),
        past(Level::Daily, "2031-01-01T01:00:00Z"),
        past(Level::Full, "2031-01-01T02:00:00Z"),
    ];
    assert_eq!(level(&history, "2026-11-19T02:00:00Z"), Some(Level::Hourly));
    assert_eq!(level(&history[1..], "2026-11-19T02:00:00Z"), Some(Level::Full));
}

#[test]
fn a_night_without_0200_has_one_window_and_so_has_a_night_with_two() {
    // 2026-03-29: 02:00 local is skipped, the window opens at 03:00 CEST = 01:00 UTC.
    let history = [past(Level::Full, "2026-03-28T01:00:00Z")];
    let quiet = Policy { hourly_minutes: 0, ..Policy::default() };
    let ask = |history: &[Past], now| due(&quiet, history, at(now), &berlin());
    assert_eq!(ask(&history, "2026-03-29T00:59:00Z").level, None);
    assert_eq!(ask(&history, "2026-03-29T00:59:00Z").next, Some(at("2026-03-29T01:00:00Z")));
    assert_eq!(ask(&history, "2026-03-29T01:00:00Z").level, Some(Level::Daily));

    // 2026-10-25: 02:00 comes twice, at 00:00 and at 01:00 UTC.
    let history = [past(Level::Full, "2026-10-24T00:00:00Z"), past(Level::Daily, "2026-10-25T00:00:30Z")];
    assert_eq!(ask(&history[..1], "2026-10-25T00:00:00Z").level, Some(Level::Daily));
    let after = ask(&history, "2026-10-25T01:00:30Z");
    assert_eq!(after.level, None);
    assert_eq!(after.next, Some(at("2026-10-26T01:00:00Z")));
}

#[test]
fn next_looks_past_what_is_due_now() {
    let due_now = due(&Policy::default(), &[], at("2026-11-21T00:30:00Z"), &berlin());
    assert_eq!(due_now.level, Some(Level::Full));
    // The daily window at 01:00 UTC comes before the hour is over.
    assert_eq!(due_now.next, Some(at("2026-11-21T01:00:00Z")));
}

#[test]
fn a_schedule_can_be_switched_off() {
    let off = Policy { enabled: false, ..Policy::default() };
    let due = due(&off, &[], at("2026-11-21T00:30:00Z"), &berlin());
    assert_eq!((due.level, due.next), (None, None));
}

#[test]
fn a_policy_is_plain_toml() {
    let policy: Policy = toml::from_str("daily-at = \"03:15\"\nhourly-minutes = 15").unwrap();
    assert_eq!(policy.daily_at, Time::constant(3, 15, 0, 0));
    assert_eq!(policy.full_every_days, 7);
    let text = toml::to_string(&policy).unwrap();
    assert!(text.contains("daily-at = \"03:15\""), "{text}");
    assert_eq!(toml::from_str::<Policy>(&text).unwrap(), policy);
    assert!(toml::from_str::<Policy>("daily-at = \"25:00\"").is_err());
    assert!(toml::from_str::<Policy>("dayly-at = \"05:00\"").is_err());
}
