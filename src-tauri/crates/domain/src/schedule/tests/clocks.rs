//! Golden cases of clocks that change, and of windows that were missed.
use super::*;

/// A machine that asks every minute while it is on, and makes what is due at once.
struct Machine {
    policy: Policy,
    now: Timestamp,
    history: Vec<Past>,
    ahead: Vec<Timestamp>,
    log: Vec<String>,
}

impl Machine {
    fn new(policy: Policy, now: &str) -> Self {
        Self { policy, now: at(now), history: Vec::new(), ahead: Vec::new(), log: Vec::new() }
    }

    fn runs_until(&mut self, until: &str) -> &mut Self {
        while self.now < at(until) {
            self.ask();
            self.now += SignedDuration::from_mins(1);
        }
        self
    }

    fn sleeps_until(&mut self, until: &str) -> &mut Self {
        self.now = at(until);
        self
    }

    fn is_set_back_to(&mut self, to: &str) -> &mut Self {
        let (to, from) = (at(to), self.now);
        self.ahead = self.history.iter().map(|past| past.at).filter(|at| *at > to && *at <= from).collect();
        self.now = to;
        self
    }

    fn ask(&mut self) {
        let circumstances = Circumstances { ahead: self.ahead.clone(), ..Circumstances::default() };
        let verdict = verdict(&self.policy, &self.history, &circumstances, self.now, &berlin());
        let Some(level) = verdict.run() else { return };
        // An archive is dated where none is yet.
        let mut at = self.now;
        while self.history.iter().any(|past| past.at == at) {
            at += SignedDuration::from_secs(1);
        }
        self.history.push(Past { level, at, kind: Kind::Scheduled });
        let local = |at: Timestamp| at.to_zoned(berlin()).strftime("%d %H:%M%:::z").to_string();
        let since = verdict.due.since.map_or_else(|| "ever".to_owned(), local);
        self.log.push(format!("{} {level} since {since}", local(self.now)));
    }

    #[track_caller]
    fn made(&mut self, expected: &[&str]) -> &mut Self {
        assert_eq!(self.log, expected);
        self.log.clear();
        self
    }
}

fn every(hourly_minutes: u32) -> Policy {
    Policy { hourly_minutes, ..Policy::default() }
}

#[test]
fn the_hours_divide_the_day_from_its_opening_on() {
    let mut machine =
        Machine::new(Policy { daily_at: Time::constant(2, 30, 0, 0), ..every(360) }, "2026-06-01T10:00:00Z");
    machine.runs_until("2026-06-02T20:00:00Z").made(&[
        "01 12:00+02 full since ever",
        "01 14:30+02 hourly since 01 14:30+02",
        "01 20:30+02 hourly since 01 20:30+02",
        "02 02:30+02 daily since 02 02:30+02",
        "02 08:30+02 hourly since 02 08:30+02",
        "02 14:30+02 hourly since 02 14:30+02",
        "02 20:30+02 hourly since 02 20:30+02",
    ]);
}

#[test]
fn a_quarter_of_an_hour_works() {
    let mut machine = Machine::new(every(15), "2026-06-01T10:07:00Z");
    machine.runs_until("2026-06-01T10:50:00Z").made(&[
        "01 12:07+02 full since ever",
        "01 12:15+02 hourly since 01 12:15+02",
        "01 12:30+02 hourly since 01 12:30+02",
        "01 12:45+02 hourly since 01 12:45+02",
    ]);
}

#[test]
fn a_sleep_over_several_windows_has_one_run_and_says_since_when() {
    let mut machine = Machine::new(every(60), "2026-06-01T10:10:00Z");
    machine.runs_until("2026-06-01T10:30:00Z").made(&["01 12:10+02 full since ever"]);
    machine.sleeps_until("2026-06-01T15:20:00Z").runs_until("2026-06-01T16:10:00Z");
    machine.made(&["01 17:20+02 hourly since 01 13:00+02", "01 18:00+02 hourly since 01 18:00+02"]);
    // Over three nights: the day's archive is due since the first of them.
    machine.sleeps_until("2026-06-04T05:30:00Z").runs_until("2026-06-04T06:10:00Z");
    machine.made(&["04 07:30+02 daily since 02 02:00+02", "04 08:00+02 hourly since 04 08:00+02"]);
    // Over more than a week: the full one.
    machine.sleeps_until("2026-06-14T05:30:00Z").runs_until("2026-06-14T05:50:00Z");
    machine.made(&["14 07:30+02 full since 08 02:00+02"]);
}

#[test]
fn in_spring_the_night_has_one_hour_less_and_in_autumn_one_more() {
    let mut machine = Machine::new(every(60), "2026-03-28T22:00:00Z");
    machine.runs_until("2026-03-29T02:30:00Z").made(&[
        "28 23:00+01 full since ever",
        "29 00:00+01 hourly since 29 00:00+01",
        "29 01:00+01 hourly since 29 01:00+01",
        // 02:00 does not come.
        "29 03:00+02 daily since 29 03:00+02",
        "29 04:00+02 hourly since 29 04:00+02",
    ]);
    let mut machine = Machine::new(every(60), "2026-10-24T22:00:00Z");
    machine.runs_until("2026-10-25T02:30:00Z").made(&[
        "25 00:00+02 full since ever",
        "25 01:00+02 hourly since 25 01:00+02",
        "25 02:00+02 daily since 25 02:00+02",
        "25 02:00+01 hourly since 25 02:00+01",
        "25 03:00+01 hourly since 25 03:00+01",
    ]);
}

#[test]
fn a_clock_that_is_set_back_leaves_no_hour_of_life_without_an_archive_and_makes_no_day_twice() {
    let mut machine = Machine::new(every(60), "2026-06-01T22:30:00Z");
    machine.runs_until("2026-06-02T03:30:00Z").made(&[
        "02 00:30+02 full since ever",
        "02 01:00+02 hourly since 02 01:00+02",
        "02 02:00+02 daily since 02 02:00+02",
        "02 03:00+02 hourly since 02 03:00+02",
        "02 04:00+02 hourly since 02 04:00+02",
        "02 05:00+02 hourly since 02 05:00+02",
    ]);
    // From 05:30 to 01:30: the day of the 2nd is done, its hours are lived again.
    machine.is_set_back_to("2026-06-01T23:30:00Z").runs_until("2026-06-02T02:30:00Z").made(&[
        "02 02:00+02 hourly since 02 02:00+02",
        "02 03:00+02 hourly since 02 03:00+02",
        "02 04:00+02 hourly since 02 04:00+02",
    ]);
}

#[test]
fn a_clock_set_right_by_a_minute_changes_nothing() {
    let mut machine = Machine::new(every(60), "2026-06-01T10:30:00Z");
    machine.runs_until("2026-06-01T11:02:00Z");
    machine.made(&["01 12:30+02 full since ever", "01 13:00+02 hourly since 01 13:00+02"]);
    machine.now = at("2026-06-01T10:59:00Z");
    machine.runs_until("2026-06-01T11:59:00Z").made(&[]);
}

#[test]
fn a_clock_that_was_ahead_for_years_is_caught_up_with_once_each_way() {
    let mut machine = Machine::new(every(60), "2026-06-01T10:30:00Z");
    machine.runs_until("2026-06-01T11:30:00Z");
    machine.made(&["01 12:30+02 full since ever", "01 13:00+02 hourly since 01 13:00+02"]);
    machine.sleeps_until("2031-01-10T11:30:00Z").runs_until("2031-01-10T11:50:00Z");
    machine.made(&["10 12:30+01 full since 08 02:00+02"]);
    machine.is_set_back_to("2026-06-01T11:50:00Z").runs_until("2026-06-01T13:10:00Z");
    machine.made(&["01 14:00+02 hourly since 01 14:00+02", "01 15:00+02 hourly since 01 15:00+02"]);
}
