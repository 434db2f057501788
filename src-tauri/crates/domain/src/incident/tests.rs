use super::*;
use crate::runbook::{ActionSpec, Known, Runbook, StepResult, read};
use jiff::{SignedDuration, Timestamp};

const ACTION: ActionSpec = ActionSpec { name: "backup", does: "", parameters: &[], changes: true };

fn book() -> Runbook {
    let text = r#"
id = "bad-day"
title = "A bad day"
symptoms = ["it is bad"]
target = "30 min"
[phase-targets]
detect = "2 min"
[[step]]
id = "look"
phase = "detect"
kind = "check"
title = "Look"
checks = ["http"]
[[step]]
id = "branch"
phase = "assess"
kind = "decision"
title = "How bad"
of = "look"
choice = [{ results = ["ok"], to = "learn" }, { otherwise = true, to = "save" }]
[[step]]
id = "save"
phase = "contain"
kind = "action"
title = "Save"
action = "backup"
[[step]]
id = "by-hand"
phase = "recover"
kind = "manual"
title = "Do it"
asks = "Which one?"
[[step]]
id = "again"
phase = "verify"
kind = "decision"
title = "Is it well?"
choice = [{ answer = "yes", to = "learn" }, { answer = "no", to = "look" }]
[[step]]
id = "learn"
phase = "learn"
kind = "note"
title = "Learn"
text = "Write it down."
"#;
    read(text.as_bytes(), &Known { checks: &["http"], actions: &[ACTION] }).unwrap()
}

struct Log {
    book: Runbook,
    records: Vec<Record>,
}

impl Log {
    fn new() -> Self {
        let started = Event::Started {
            deployment: "bot".to_owned(),
            deployment_id: "1".to_owned(),
            runbook: "bad-day".to_owned(),
            title: String::new(),
            symptom: None,
        };
        let mut log = Self { book: book(), records: Vec::new() };
        log.put(0, started);
        log
    }

    fn put(&mut self, minute: i64, event: Event) {
        let number = self.records.len() as u64 + 1;
        self.records.push(Record { number, at: at(minute), event });
    }

    fn try_put(&mut self, minute: i64, event: Event) -> Result<(), Misfit> {
        self.put(minute, event);
        let stands = stand(&self.book, &self.records, at(minute)).map(|_| ());
        if stands.is_err() {
            self.records.pop();
        }
        stands
    }

    fn at(&self, minute: i64) -> Standing {
        stand(&self.book, &self.records, at(minute)).unwrap()
    }

    fn current(&self) -> Option<String> {
        let standing = self.at(1000);
        standing.current.map(|current| self.book.steps[current.index].id.clone())
    }

    fn did(&mut self, minute: i64, step: &str, visit: u32, result: StepResult) {
        self.put(minute, Event::Begun { step: step.to_owned(), visit });
        self.put(minute, Event::Ended { step: step.to_owned(), visit, result, told: Told::default() });
    }
}

fn at(minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
}

fn step(id: &str) -> String {
    id.to_owned()
}

#[test]
fn it_goes_from_step_to_step_and_branches_by_results() {
    let mut log = Log::new();
    assert_eq!(log.current().as_deref(), Some("look"));
    log.did(5, "look", 1, StepResult::Failing);
    assert_eq!(log.current().as_deref(), Some("save"), "the branch is gone through by itself");
    assert_eq!(log.at(5).steps[1].words.as_deref(), Some("look: failing"));
    log.did(6, "save", 1, StepResult::Done);
    log.put(7, Event::Done { step: step("by-hand"), visit: 1, found: Some("that one".to_owned()) });
    assert_eq!(log.at(7).results["by-hand"], "that one");
    log.put(8, Event::Answered { step: step("again"), visit: 1, answer: step("no") });
    assert_eq!(log.current().as_deref(), Some("look"), "it goes back");
    assert_eq!(log.at(8).steps[0].visits, 2);
    log.did(9, "look", 2, StepResult::Ok);
    assert_eq!(log.current().as_deref(), Some("learn"));
    log.put(20, Event::Done { step: step("learn"), visit: 1, found: None });
    assert_eq!(log.current(), None);
    log.put(30, Event::Closed { how: Closing::Resolved, note: None });
    let clock = log.at(500).clock;
    assert_eq!(clock.recovered, Some(at(9)), "learning is no part of the time that it took");
    assert_eq!((clock.elapsed_seconds, clock.over_seconds), (9 * 60, 0));
    assert_eq!(clock.closed, Some(at(30)));
}

#[test]
fn the_clock_counts_each_phase_in_all_its_visits() {
    let mut log = Log::new();
    log.did(5, "look", 1, StepResult::Failing);
    log.did(6, "save", 1, StepResult::Done);
    log.put(7, Event::Done { step: step("by-hand"), visit: 1, found: None });
    log.put(8, Event::Answered { step: step("again"), visit: 1, answer: step("no") });
    let clock = log.at(40).clock;
    let seconds: Vec<u64> = clock.phases.iter().map(|phase| phase.seconds / 60).collect();
    assert_eq!(seconds, [5 + 32, 0, 1, 1, 1, 0]);
    assert_eq!(clock.phases[0].over_seconds, 35 * 60);
    assert_eq!((clock.elapsed_seconds, clock.over_seconds), (40 * 60, 10 * 60));
    assert_eq!(clock.recovered, None);
}

#[test]
fn what_began_and_did_not_end_is_seen_and_a_failure_stays_to_be_done() {
    let mut log = Log::new();
    log.put(1, Event::Begun { step: step("look"), visit: 1 });
    let state = |log: &Log| log.at(1000).current.map(|current| current.state);
    assert_eq!(state(&log), Some(State::Begun { at: at(1) }));
    let twice = log.try_put(2, Event::Begun { step: step("look"), visit: 1 });
    assert!(twice.is_err(), "it cannot begin twice");
    log.put(3, Event::Reopened { step: step("look"), visit: 1, why: step("killed") });
    assert_eq!(state(&log), Some(State::Open));
    log.did(4, "look", 1, StepResult::Failing);
    log.did(5, "save", 1, StepResult::Failed);
    assert_eq!(state(&log), Some(State::Failed { at: at(5) }));
    log.did(6, "save", 1, StepResult::Done);
    assert_eq!(log.current().as_deref(), Some("by-hand"));
}

#[test]
fn what_does_not_follow_is_refused() {
    let mut log = Log::new();
    let refused = [
        Event::Begun { step: step("save"), visit: 1 },
        Event::Begun { step: step("look"), visit: 2 },
        Event::Ended { step: step("look"), visit: 1, result: StepResult::Ok, told: Told::default() },
        Event::Done { step: step("look"), visit: 1, found: None },
        Event::Answered { step: step("look"), visit: 1, answer: step("yes") },
    ];
    for event in refused {
        assert!(log.try_put(1, event.clone()).is_err(), "{event:?}");
    }
    log.put(1, Event::Skipped { step: step("look"), visit: 1, reason: step("no time") });
    assert_eq!(log.current().as_deref(), Some("save"), "what was skipped has no result: otherwise");
    log.did(2, "save", 1, StepResult::Done);
    log.put(3, Event::Skipped { step: step("by-hand"), visit: 1, reason: step("no time") });
    let skipped = Event::Skipped { step: step("again"), visit: 1, reason: step("no time") };
    assert!(log.try_put(4, skipped).is_err(), "nobody knows where a decision goes on");
    let answer = Event::Answered { step: step("again"), visit: 1, answer: step("perhaps") };
    assert!(log.try_put(4, answer).is_err());
    log.put(4, Event::Closed { how: Closing::Abandoned, note: None });
    assert!(log.try_put(5, Event::Answered { step: step("again"), visit: 1, answer: step("yes") }).is_err());
    assert!(log.try_put(5, Event::Closed { how: Closing::Resolved, note: None }).is_err());
    log.try_put(5, Event::ToDo { text: step("buy a disk") }).unwrap();
    let mut gap = log.records.clone();
    gap.remove(1);
    assert_eq!(stand(&log.book, &gap, at(9)).unwrap_err().number, 3);
}
