//! A year in the life of a computer: the real engine, on a clock that is made. At the end exactly those archives are there
//! that should be, no window has two, and none is without one unless something stood in its way all the while.
//!
//! `HOLDFAST_GENERATE=1` writes `year.txt` anew; `HOLDFAST_TEST_LONG=1` makes an archive every hour of the year.
#![allow(clippy::unwrap_used)]
mod support;

use holdfast_engine::domain::{Level, Outcome};
use holdfast_engine::durable::Lock;
use holdfast_engine::operations::destinations::{self, AddRequest};
use holdfast_engine::operations::prune;
use holdfast_engine::scheduler::{self, Event};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use support::computer::{Computer, berlin, local, said};

const GOLDEN: &str = "tests/year.txt";

#[derive(Debug, Clone, Copy)]
enum Act {
    On,
    Off,
    /// Until this hour and minute of the same day.
    Sleep(&'static str),
    ClockTo(&'static str),
    Plug,
    Unplug,
    Every(u32),
    ShelfAway,
    ShelfBack,
    Empty,
    Refill,
    Damage,
    Mend,
    Lock,
    Unlock,
    PauseUntil(&'static str),
    Busy,
    Free,
    /// The person talks to the chatbot.
    Talk,
}

/// In 2101 the clocks change on 27 March and 30 October; 1 January is a Saturday.
fn script(usual: u32) -> Vec<(Timestamp, Act)> {
    let mut acts = vec![
        // Two weeks in which it is off at night, one archive of the day each morning.
        ("2101-01-01 09:00", Act::On),
        // A week in which it slept through the afternoon.
        ("2101-03-26 02:00", Act::Every(60)),
        ("2101-03-28 02:00", Act::Every(usual)),
        ("2101-04-05 01:00", Act::ShelfAway),
        ("2101-04-05 18:00", Act::ShelfBack),
        ("2101-05-11 15:00", Act::ClockTo("2101-05-11 12:00")),
        ("2101-05-12 09:00", Act::ClockTo("2101-05-12 12:00")),
        ("2101-06-02 01:00", Act::Empty),
        ("2101-06-02 20:00", Act::Refill),
        // Holidays.
        ("2101-07-10 08:00", Act::Off),
        ("2101-07-31 19:10", Act::On),
        ("2101-08-10 01:00", Act::Damage),
        ("2101-08-11 10:00", Act::Mend),
        ("2101-09-05 01:50", Act::Lock),
        ("2101-09-05 02:20", Act::Unlock),
        ("2101-09-06 01:50", Act::Lock),
        ("2101-09-06 20:00", Act::Unlock),
        ("2101-09-20 10:00", Act::PauseUntil("2101-09-22 12:00")),
        ("2101-10-29 02:00", Act::Every(60)),
        ("2101-10-31 02:00", Act::Every(usual)),
        ("2101-12-05 13:50", Act::Busy),
        ("2101-12-05 14:20", Act::Free),
    ]
    .into_iter()
    .map(|(at, act)| (local(at), act))
    .collect::<Vec<_>>();
    let at = |day: Date, hour: i8, minute: i8| day.at(hour, minute, 0, 0).to_zoned(berlin()).unwrap().timestamp();
    let mut day = date(2101, 1, 1);
    while day < date(2102, 1, 1) {
        let holidays = (date(2101, 7, 10)..date(2101, 7, 31)).contains(&day);
        if !holidays {
            acts.push((at(day, 11, 40), Act::Talk));
            // The drive is plugged in on Saturdays and taken along on Sundays.
            match day.weekday() {
                jiff::civil::Weekday::Saturday => acts.push((at(day, 10, 5), Act::Plug)),
                jiff::civil::Weekday::Sunday => acts.push((at(day, 20, 5), Act::Unplug)),
                _ => {}
            }
        }
        if day.month() == 1 && day.day() > 1 && day.day() <= 14 {
            acts.push((at(day, 0, 30), Act::Off));
            acts.push((at(day, 8, 15), Act::On));
        }
        if day.month() == 2 && day.day() <= 7 {
            acts.push((at(day, 13, 30), Act::Sleep("17:45")));
        }
        if day.month() == 11 && (10..20).contains(&day.day()) {
            acts.push((at(day, 1, 30), Act::Sleep("07:00")));
        }
        day = day.tomorrow().unwrap();
    }
    acts.sort_by_key(|(at, _)| *at);
    acts
}

struct Year {
    computer: Computer,
    stick: PathBuf,
    busy: Option<Lock>,
    on: bool,
    away: bool,
    empty: bool,
    paused_until: Option<Timestamp>,
    /// When something could be made, from and until.
    free: Vec<(Timestamp, Timestamp)>,
    made: Vec<(Timestamp, Level, Outcome)>,
    copied: u64,
    /// What is worth a line in the golden file.
    log: String,
    interval: BTreeMap<Date, u32>,
    curve: Vec<(Date, usize, u64)>,
    talks: u32,
    begun: std::time::Instant,
}

/// Between what lets it begin, and that it has begun and is done: settling, back-off, the keyring's patience.
const SOON: SignedDuration = SignedDuration::from_mins(3);
const AFTER_FAILURE: SignedDuration = SignedDuration::from_mins(63);
const AFTER_LOCK: SignedDuration = SignedDuration::from_mins(33);

impl Year {
    fn new(usual: u32) -> Self {
        let mut computer = Computer::new("2101-01-01 08:59");
        let stick = computer.path().join("stick");
        std::fs::create_dir(&stick).unwrap();
        let request =
            AddRequest { name: Some("Stick".to_owned()), path: stick.clone(), drive: None, volume_bytes: None };
        let plan = destinations::plan(&computer.profile, &computer.context, request).unwrap();
        destinations::add(&computer.context, &computer.profile, plan).unwrap();
        std::fs::rename(&stick, computer.path().join("pulled")).unwrap();
        computer.change(|profile| profile.schedule.hourly_minutes = usual);
        let interval = BTreeMap::from([(date(2100, 12, 31), usual)]);
        Self {
            computer,
            stick,
            busy: None,
            on: false,
            away: false,
            empty: false,
            paused_until: None,
            free: Vec::new(),
            made: Vec::new(),
            copied: 0,
            log: String::new(),
            interval,
            curve: Vec::new(),
            talks: 0,
            begun: std::time::Instant::now(),
        }
    }

    fn live_until(&mut self, until: Timestamp) {
        let begun = self.computer.now();
        if !self.on {
            if until > begun {
                self.computer.sleep_to(until);
            }
            return;
        }
        if until <= begun {
            return;
        }
        self.computer.run_to(until);
        let paused = self.paused_until.filter(|at| *at > begun);
        let from = paused.map_or(begun, |at| at.min(until));
        if !self.away && !self.empty && self.busy.is_none() && from < until {
            self.free.push((from, until));
        }
        self.hear();
    }

    fn hear(&mut self) {
        let events = std::mem::take(&mut *self.computer.hands.events.lock().unwrap());
        for (at, event) in events {
            match event {
                Event::Made { level, outcome, problems, .. } => {
                    if outcome != Outcome::Done {
                        let codes: Vec<String> = problems.iter().map(|problem| problem.code.as_str()).collect();
                        writeln!(self.log, "{} {level} made with problems: {}", said(at), codes.join(", ")).unwrap();
                    }
                    self.made.push((Timestamp::from_second(at.as_second()).unwrap(), level, outcome));
                }
                Event::Begins { level: Some(level), reason, .. } if reason.starts_with("due since") => {
                    let reason = reason.split(';').next().unwrap();
                    writeln!(self.log, "{} {level} {reason}", said(at)).unwrap();
                }
                Event::Copied { archives, .. } => self.copied += archives,
                Event::Failed { problem, .. } => {
                    writeln!(self.log, "{} failed: {}", said(at), problem.code.as_str()).unwrap();
                }
                Event::ClockSetBack { .. } => writeln!(self.log, "{} the clock was set back", said(at)).unwrap(),
                _ => {}
            }
        }
        for notice in std::mem::take(&mut *self.computer.hands.notices.lock().unwrap()) {
            writeln!(self.log, "{} NOTICE {}", said(self.computer.now()), notice.problem.code.as_str()).unwrap();
        }
    }

    fn act(&mut self, act: Act) {
        let data = self.computer.data();
        let (kept, shelf_aside) = (self.computer.path().join("kept"), self.computer.path().join("shelf-aside"));
        match act {
            Act::On => {
                self.computer.start();
                self.on = true;
                self.settles(SOON);
            }
            Act::Off => {
                self.computer.shut_down();
                self.on = false;
            }
            Act::Sleep(until) => {
                let today = self.computer.now().to_zoned(berlin()).date();
                self.computer.sleep_until(&format!("{today} {until}"));
                self.settles(SOON);
            }
            Act::ClockTo(to) => self.computer.set_clock(to),
            Act::Plug => {
                std::fs::rename(self.computer.path().join("pulled"), &self.stick).unwrap();
                if let Some(scheduler) = &mut self.computer.scheduler {
                    scheduler.drives_changed();
                }
            }
            Act::Unplug => std::fs::rename(&self.stick, self.computer.path().join("pulled")).unwrap(),
            Act::Every(minutes) => {
                self.computer.change(|profile| profile.schedule.hourly_minutes = minutes);
                self.interval.insert(self.computer.now().to_zoned(berlin()).date(), minutes);
            }
            Act::ShelfAway => {
                std::fs::rename(self.computer.shelf(), shelf_aside).unwrap();
                self.away = true;
            }
            Act::ShelfBack => {
                std::fs::rename(shelf_aside, self.computer.shelf()).unwrap();
                self.away = false;
                self.settles(SOON);
            }
            Act::Empty => {
                std::fs::rename(&data, &kept).unwrap();
                std::fs::create_dir(&data).unwrap();
                self.empty = true;
            }
            Act::Refill => {
                std::fs::remove_dir(&data).unwrap();
                std::fs::rename(&kept, &data).unwrap();
                self.empty = false;
                self.settles(AFTER_FAILURE);
            }
            Act::Damage => {
                std::fs::copy(data.join("chat.db"), self.computer.path().join("chat-kept.db")).unwrap();
                let bytes = std::fs::read(data.join("chat.db")).unwrap();
                let broken: Vec<u8> =
                    bytes.iter().enumerate().map(|(at, b)| if at < 4096 { *b } else { !*b }).collect();
                std::fs::write(data.join("chat.db"), broken).unwrap();
            }
            Act::Mend => {
                std::fs::copy(self.computer.path().join("chat-kept.db"), data.join("chat.db")).unwrap();
            }
            Act::Lock => {
                self.computer.keyring.locked.store(true, Ordering::Relaxed);
                self.settles(AFTER_LOCK);
            }
            Act::Unlock => {
                self.computer.keyring.locked.store(false, Ordering::Relaxed);
                self.settles(SOON);
            }
            Act::PauseUntil(until) => {
                let until = local(until);
                scheduler::pause(&self.computer.context, &self.computer.profile.id, until).unwrap();
                self.paused_until = Some(until);
            }
            Act::Busy => self.busy = Some(self.computer.context.lock("bot", "a restore").unwrap()),
            Act::Free => {
                self.busy = None;
                self.settles(SOON);
            }
            Act::Talk => {
                self.talks += 1;
                if data.join("chat.db").exists() && !self.empty && self.talks.is_multiple_of(3) {
                    let text = format!("INSERT INTO chat (text) VALUES ('{}')", "a word ".repeat(20));
                    // Not while the database is damaged.
                    if !self.computer.path().join("chat-kept.db").exists() || self.talks > 240 {
                        self.computer.sql(&text);
                    }
                } else if !self.empty {
                    std::fs::write(data.join("notes.md"), format!("note {}\n", self.talks).repeat(30)).unwrap();
                }
                self.measure();
            }
        }
    }

    /// It works, and this time counts for nothing.
    fn settles(&mut self, time: SignedDuration) {
        if self.on {
            let until = self.computer.now() + time;
            self.computer.run_to(until);
            self.hear();
        }
    }

    /// A point of the storage curve, on the first days of months.
    fn measure(&mut self) {
        let today = self.computer.now().to_zoned(berlin()).date();
        if !matches!(today.day(), 1 | 11 | 21) {
            return;
        }
        let rows = self.computer.context.catalog().unwrap().0.archives().list(Some(&self.computer.profile.id)).unwrap();
        println!(
            "{today}: {} archives made, {} steps, {:?}",
            self.made.len(),
            self.computer.steps,
            self.begun.elapsed()
        );
        self.curve.push((today, rows.len(), rows.iter().map(|row| row.stored_bytes).sum()));
    }

    fn free_in(&self, from: Timestamp, until: Timestamp) -> SignedDuration {
        let overlap =
            |(a, b): &(Timestamp, Timestamp)| (*b).min(until).duration_since((*a).max(from)).max(SignedDuration::ZERO);
        self.free.iter().map(overlap).fold(SignedDuration::ZERO, |sum, one| sum + one)
    }

    /// Reckoned here once more, by the calendar alone.
    fn check_windows(&self) -> (usize, usize) {
        let opens = |day: Date| day.at(2, 0, 0, 0).to_zoned(berlin()).unwrap().timestamp();
        let enough = SignedDuration::from_mins(5);
        let (mut windows, mut missed) = (0, 0);
        let mut day = date(2100, 12, 31);
        while day < date(2101, 12, 31) {
            let (from, until) = (opens(day), opens(day.tomorrow().unwrap()));
            let of_day = |at: &Timestamp| *at >= from && *at < until;
            let dailies = self.made.iter().filter(|(at, level, _)| of_day(at) && *level != Level::Hourly).count();
            assert!(dailies <= 1, "{dailies} archives for the day {day}");
            let could = self.free_in(from, until) >= enough;
            assert!(dailies == 1 || !could, "the day {day} was missed without a reason");
            let interval = *self.interval.range(..=day).next_back().unwrap().1;
            // In these hours the clock was wrong, and some came twice.
            let wrong = [date(2101, 5, 11), date(2101, 5, 12)].contains(&day);
            let mut hour = from;
            while hour < until {
                let ends = (hour + SignedDuration::from_mins(i64::from(interval))).min(until);
                let made = self.made.iter().filter(|(at, _, _)| *at >= hour && *at < ends).count();
                let could = self.free_in(hour, ends) >= enough;
                assert!(made <= 1 || wrong, "{made} archives for the window of {}", said(hour));
                assert!(made >= 1 || !could || wrong, "the window of {} was missed without a reason", said(hour));
                windows += 1;
                missed += usize::from(made == 0);
                hour = ends;
            }
            day = day.checked_add(1.day()).unwrap();
        }
        (windows, missed)
    }

    fn report(&mut self) -> String {
        let (windows, missed) = self.check_windows();
        let count = |level| self.made.iter().filter(|(_, of, _)| *of == level).count();
        let mut text = String::new();
        let (full, daily, hourly) = (count(Level::Full), count(Level::Daily), count(Level::Hourly));
        writeln!(text, "{windows} windows, {missed} of them without an archive because nothing could be made").unwrap();
        writeln!(text, "{} archives made: {full} full, {daily} daily, {hourly} hourly", self.made.len()).unwrap();
        text.push_str("\nWhat was not as usual:\n");
        text.push_str(&self.log);
        let job = self.computer.job();
        let plan = prune::plan(&self.computer.context, &self.computer.profile, &job).unwrap();
        assert_eq!(plan.archives.iter().filter(|judged| !judged.keep).count(), 0, "what no rule keeps is gone");
        writeln!(text, "\nKept at the end, {}:", plan.archives.len()).unwrap();
        for judged in plan.archives.iter().rev() {
            let reasons: Vec<String> = judged.reasons.iter().map(|reason| to_the_minute(&reason.to_string())).collect();
            writeln!(
                text,
                "{} {}: {}",
                judged.created.to_zoned(berlin()).strftime("%Y-%m-%d %H:%M"),
                judged.level,
                reasons.join("; ")
            )
            .unwrap();
        }
        text.push_str("\nArchives there, through the year:\n");
        for (day, archives, _) in &self.curve {
            writeln!(text, "{day} {archives:3} {}", "#".repeat(*archives)).unwrap();
        }
        text
    }
}

/// Names of archives without their seconds: the deployment's id, which is chance, decides by how many it begins later.
fn to_the_minute(text: &str) -> String {
    let mut minutes = String::new();
    for part in text.split_inclusive("Z_") {
        let time = part.strip_suffix("Z_").filter(|time| time.len() > 2 && time.is_char_boundary(time.len() - 2));
        match time {
            Some(time) => minutes.extend([&time[..time.len() - 2], "Z_"]),
            None => minutes.push_str(part),
        }
    }
    minutes
}

#[test]
fn a_year() {
    let long = std::env::var_os("HOLDFAST_TEST_LONG").is_some_and(|value| value == "1");
    let usual = if long { 60 } else { 720 };
    let mut year = Year::new(usual);
    for (at, act) in script(usual) {
        year.live_until(at);
        year.act(act);
    }
    year.live_until(local("2102-01-01 00:00"));
    let text = year.report();
    let most = year.curve.iter().map(|(_, _, bytes)| *bytes).max().unwrap();
    println!("Bytes stored, through the year ({most} at most):");
    for (day, _, bytes) in &year.curve {
        println!("{day} {}", "#".repeat((bytes * 60 / most) as usize));
    }
    // The year ends on a Saturday: the drive is plugged in.
    assert!(year.copied > 50, "{}", year.copied);
    let names = |folder: &Path| std::fs::read_dir(folder.join("Holdfast/bot")).unwrap().count();
    assert!(names(&year.stick) > 50);
    if long {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDEN);
    if std::env::var_os("HOLDFAST_GENERATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "the year went otherwise than in {GOLDEN}:\n{text}");
}
