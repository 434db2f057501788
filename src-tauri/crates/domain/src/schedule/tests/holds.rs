use super::*;

/// The newest archive is of 09:00; at 10:00 the next hour is due.
fn ask(circumstances: &Circumstances, now: &str) -> Verdict {
    ask_by(&Policy::default(), circumstances, now)
}

fn ask_by(policy: &Policy, circumstances: &Circumstances, now: &str) -> Verdict {
    let history = [past(Level::Full, "2026-06-01T02:00:00Z"), past(Level::Hourly, "2026-06-01T09:00:00Z")];
    verdict(policy, &history, circumstances, at(now), &TimeZone::UTC)
}

fn said(verdict: &Verdict) -> String {
    let when = |at: Timestamp| at.strftime("%H:%M").to_string();
    let since = verdict.due.since.map(when).unwrap_or_default();
    format!("due since {since}, {}", verdict.held.map(|hold| hold.words(when)).unwrap_or_default())
}

#[test]
fn what_is_due_waits_and_says_for_what() {
    let none = Circumstances::default();
    assert_eq!(ask(&none, "2026-06-01T10:05:00Z").run(), Some(Level::Hourly));
    assert_eq!(ask(&none, "2026-06-01T09:59:59Z").again, Some(at("2026-06-01T10:00:00Z")));

    let later = Some(at("2026-06-01T12:00:00Z"));
    let cases = [
        (Circumstances { paused_until: later, ..none.clone() }, "paused until 12:00"),
        (Circumstances { place_away: true, ..none.clone() }, "waits for the drive or folder that archives are made on"),
        (Circumstances { awake_from: later, ..none.clone() }, "waits until 12:00, a little after waking"),
        (
            Circumstances { locked_until: later, ..none.clone() },
            "waits for the keyring to be unlocked, until 12:00 at most",
        ),
        (Circumstances { busy_until: later, ..none.clone() }, "waits for another run to end"),
        (
            Circumstances { failed: Some(Failed { at: at("2026-06-01T10:03:00Z"), times: 1 }), ..none.clone() },
            "the last try failed, the next is at 10:08",
        ),
        (
            Circumstances { failed: Some(Failed { at: at("2026-06-01T10:03:00Z"), times: 3 }), ..none.clone() },
            "the last 3 tries failed, the next is at 10:23",
        ),
    ];
    for (circumstances, words) in cases {
        let verdict = ask(&circumstances, "2026-06-01T10:05:00Z");
        assert_eq!(verdict.run(), None, "{words}");
        assert_eq!(verdict.due.level, Some(Level::Hourly));
        assert_eq!(said(&verdict), format!("due since 10:00, {words}"));
        // It ends by itself.
        let over = verdict.held.and_then(Hold::until);
        assert_eq!(verdict.again, over);
        if let Some(over) = over {
            let after = ask(&circumstances, &over.to_string());
            assert_eq!(after.run(), Some(Level::Hourly));
        }
    }
}

#[test]
fn the_battery_matters_where_it_is_wanted() {
    let circumstances = Circumstances { battery: Some(29), ..Circumstances::default() };
    assert_eq!(ask(&circumstances, "2026-06-01T10:05:00Z").run(), Some(Level::Hourly));
    let policy = Policy { min_battery_percent: 30, ..Policy::default() };
    let held = ask_by(&policy, &circumstances, "2026-06-01T10:05:00Z");
    assert_eq!(said(&held), "due since 10:00, waits for power: 29 % of battery, 30 % wanted");
    let enough = Circumstances { battery: Some(30), ..Circumstances::default() };
    assert_eq!(ask_by(&policy, &enough, "2026-06-01T10:05:00Z").run(), Some(Level::Hourly));
    // On mains.
    assert_eq!(ask_by(&policy, &Circumstances::default(), "2026-06-01T10:05:00Z").run(), Some(Level::Hourly));
}

#[test]
fn tries_that_fail_come_less_often_but_never_less_than_once_an_hour() {
    let waits = |policy: &Policy| (1..9).map(|times| back_off(policy, times).as_mins()).collect::<Vec<_>>();
    assert_eq!(waits(&Policy::default()), [5, 10, 20, 40, 60, 60, 60, 60]);
    assert_eq!(waits(&Policy { hourly_minutes: 15, ..Policy::default() }), [5, 10, 15, 15, 15, 15, 15, 15]);
    assert_eq!(waits(&Policy { hourly_minutes: 0, ..Policy::default() })[7], 60);
    // A failure dated after now is none that anybody waits for.
    let failed = Some(Failed { at: at("2031-01-01T00:00:00Z"), times: 4 });
    let circumstances = Circumstances { failed, ..Circumstances::default() };
    assert_eq!(ask(&circumstances, "2026-06-01T10:05:00Z").run(), Some(Level::Hourly));
}

#[test]
fn a_deployment_has_its_turn_a_little_after_its_window_opens() {
    let policy = Policy::default();
    let turns: Vec<i64> = ["a", "b", "0123456789abcdef"].map(|id| jitter(id, &policy).as_secs()).to_vec();
    assert!(turns.iter().all(|turn| (0..60).contains(turn)), "{turns:?}");
    assert_eq!(jitter("a", &policy), jitter("a", &policy));
    let circumstances = Circumstances { jitter: SignedDuration::from_secs(40), ..Circumstances::default() };
    let early = ask(&circumstances, "2026-06-01T10:00:39Z");
    assert_eq!(early.held, Some(Hold::Turn { until: at("2026-06-01T10:00:40Z") }));
    assert_eq!(ask(&circumstances, "2026-06-01T10:00:40Z").run(), Some(Level::Hourly));
    // What is late has no turn to wait for.
    assert_eq!(ask(&circumstances, "2026-06-01T11:00:01Z").run(), Some(Level::Hourly));
}

#[test]
fn a_change_of_configuration_is_archived_when_it_came_to_rest() {
    let change = |since: &str, settled| Circumstances {
        config: Some(Change { since: at(since), settled }),
        ..Circumstances::default()
    };
    let settled = ask(&change("2026-06-01T09:20:00Z", true), "2026-06-01T09:21:00Z");
    assert_eq!(settled.run(), Some(Level::Hourly));
    assert_eq!(settled.due.reason, Reason::ConfigChanged);
    assert_eq!(settled.due.since, Some(at("2026-06-01T09:20:00Z")));
    // Written to all the time: at the latest a quarter of an hour later.
    let restless = change("2026-06-01T09:20:00Z", false);
    assert_eq!(ask(&restless, "2026-06-01T09:34:59Z").run(), None);
    assert_eq!(ask(&restless, "2026-06-01T09:34:59Z").again, Some(at("2026-06-01T09:35:00Z")));
    assert_eq!(ask(&restless, "2026-06-01T09:35:00Z").run(), Some(Level::Hourly));
    // Not more often than every five minutes, and not when an archive holds it already.
    let soon = change("2026-06-01T09:01:00Z", true);
    assert_eq!(ask(&soon, "2026-06-01T09:02:00Z").again, Some(at("2026-06-01T09:05:00Z")));
    assert_eq!(ask(&soon, "2026-06-01T09:05:00Z").run(), Some(Level::Hourly));
    assert_eq!(ask(&change("2026-06-01T08:59:00Z", true), "2026-06-01T09:30:00Z").run(), None);
    let off = Policy { on_change: false, ..Policy::default() };
    assert_eq!(ask_by(&off, &change("2026-06-01T09:20:00Z", true), "2026-06-01T09:30:00Z").run(), None);
}

#[test]
fn settings_of_before_are_understood() {
    let policy: Policy =
        toml::from_str("enabled = true\nfull-every-days = 7\ndaily = true\nhourly-minutes = 60").unwrap();
    assert_eq!(policy, Policy::default());
    assert!(policy.on_change && policy.min_battery_percent == 0);
    let policy: Policy = toml::from_str("on-change = false\nmin-battery-percent = 30").unwrap();
    assert!(!policy.on_change && policy.min_battery_percent == 30);
}
