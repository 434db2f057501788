//! An incident is killed at each point: it goes on where it was, and nothing is done twice.
use super::super::steps::{Actions, Cut, Done, Request};
use super::*;
use crate::jobs::Job;
use holdfast_domain::Code;
use holdfast_domain::incident::{Closing, State};
use holdfast_domain::runbook::{Does, StepResult};
use jiff::Timestamp;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;

const STEPS: &str = r#"
[[step]]
id = "look"
phase = "detect"
kind = "check"
title = "Look"
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
title = "By hand"
asks = "Which?"
[[step]]
id = "bring-back"
phase = "recover"
kind = "action"
title = "Bring back {result:by-hand}"
action = "restore"
with = { at = "{result:by-hand}" }
[[step]]
id = "enough"
phase = "verify"
kind = "decision"
title = "Enough?"
choice = [{ answer = "no", to = "look" }, { answer = "yes", to = "carry" }]
[[step]]
id = "carry"
phase = "verify"
kind = "action"
title = "Carry"
action = "export"
with = { to = "/media/drive" }
"#;

/// A world in which each action leaves a trace that tells whether it was done, as archives and restores do.
#[derive(Default)]
struct Traces(RefCell<BTreeMap<String, u32>>);

impl Traces {
    fn key(request: &Request) -> String {
        format!("{} {:?}", request.action, request.with)
    }
}

impl Actions for Traces {
    fn check(&self, _: &[String], _: &Job) -> Result<Done> {
        Ok(Done::new(StepResult::Ok, "well"))
    }
    fn act(&self, request: &Request, _: &Job) -> Result<Done> {
        *self.0.borrow_mut().entry(Self::key(request)).or_default() += 1;
        Ok(Done::new(StepResult::Done, "done").with_value(request.action.as_str()))
    }
    fn after_cut(&self, request: &Request, _: Timestamp, _: &Job) -> Result<Cut> {
        if request.action == "export" {
            return Ok(Cut::Ask("look at the drive".to_owned()));
        }
        let done = self.0.borrow().contains_key(&Self::key(request));
        Ok(if done { Cut::Was(Done::new(StepResult::Done, "it was done")) } else { Cut::Again })
    }
}

/// Goes through all that is left, as a person would.
fn finish(world: &World, incident: &mut Incident, traces: &Traces) {
    for _ in 0..40 {
        let standing = incident.standing(world.context.clock.now()).unwrap();
        if standing.closed.is_some() {
            return;
        }
        let Some(current) = standing.current else {
            incident.append(&world.context, Event::Closed { how: Closing::Resolved, note: None }).unwrap();
            continue;
        };
        let step = incident.runbook.steps[current.index].clone();
        let (id, visit) = (step.id.clone(), current.visit);
        let event = match &step.does {
            Does::Check { .. } | Does::Action { .. } => {
                let job = world.job();
                let goes_on = perform(&world.context, &world.profile, incident, traces, After::FindOut, &job);
                if let Err(e) = goes_on {
                    assert_eq!(e.code(), Code::CutShort, "{e}");
                    let was_done = traces.0.borrow().keys().any(|key| key.starts_with("export"));
                    let after = if was_done { After::WasDone } else { After::DoAgain };
                    perform(&world.context, &world.profile, incident, traces, after, &job).unwrap();
                }
                continue;
            }
            Does::Ask { .. } => Event::Answered { step: id, visit, answer: "yes".to_owned() },
            Does::Manual { .. } => Event::Done { step: id, visit, found: Some("that one".to_owned()) },
            _ => Event::Done { step: id, visit, found: None },
        };
        incident.append(&world.context, event).unwrap();
    }
    panic!("it does not end: {:#?}", incident.records);
}

#[test]
fn it_goes_on_after_a_kill_at_each_record_and_within_each() {
    let world = World::new();
    let book = book_of(STEPS);
    let whole = {
        let mut incident = begin(&world, &book);
        finish(&world, &mut incident, &Traces::default());
        incident
    };
    let journal = fs::read(whole.folder.join("journal.jsonl")).unwrap();
    let ends: Vec<usize> = (0..journal.len()).filter(|at| journal[*at] == b'\n').map(|at| at + 1).collect();
    assert_eq!(ends.len(), whole.records.len());
    assert!(ends.len() >= 14, "{}", ends.len());
    // The first record is there before the incident is.
    for (place, end) in ends.iter().enumerate().skip(1) {
        let (start, middle) = (ends[place - 1], ends[place - 1].midpoint(*end));
        for (cut, kept) in [(*end, place + 1), (end - 1, place), (middle, place), (start + 1, place)] {
            // What had begun then: killed before it did anything, or after it did everything.
            for effects_done in [false, true] {
                let traces = Traces::default();
                for record in &whole.records[..kept] {
                    let (step, ended) = match &record.event {
                        Event::Begun { step, .. } => (step, effects_done),
                        Event::Ended { step, .. } => (step, true),
                        _ => continue,
                    };
                    let Does::Action { action, with, .. } = &book.runbook.step(step).unwrap().does else { continue };
                    if ended {
                        let mut with = with.clone();
                        for value in with.values_mut() {
                            if let holdfast_domain::runbook::Value::Text(text) = value {
                                *text = text.replace("{result:by-hand}", "that one");
                            }
                        }
                        traces.0.borrow_mut().insert(format!("{action} {with:?}"), 1);
                    }
                }
                fs::write(whole.folder.join("journal.jsonl"), &journal[..cut]).unwrap();
                let mut incident = again(&world, &whole);
                assert_eq!(incident.records, whole.records[..kept], "cut at {cut}");
                finish(&world, &mut incident, &traces);
                let traces = traces.0.into_inner();
                assert_eq!(traces.len(), 3, "cut at {cut}: {traces:?}");
                assert!(traces.values().all(|times| *times == 1), "cut at {cut}, {effects_done}: {traces:?}");
                let steps = |of: &Incident| {
                    let standing = of.standing(world.context.clock.now()).unwrap();
                    standing.steps.into_iter().map(|step| step.result).collect::<Vec<_>>()
                };
                assert_eq!(steps(&incident), steps(&whole), "cut at {cut}");
                assert_eq!(again(&world, &incident).records, incident.records);
            }
        }
    }
}

#[test]
fn a_journal_that_was_changed_is_refused_and_hides_no_other() {
    let world = World::new();
    let book = book_of(STEPS);
    let (first, second) = (begin(&world, &book), begin(&world, &book));
    assert_ne!(first.id, second.id);
    fs::write(first.folder.join("journal.jsonl"), "{}\n").unwrap();
    assert_eq!(open(&world.context, &first.id).unwrap_err().code(), Code::IncidentDamaged);
    assert_eq!(open(&world.context, "../x").unwrap_err().code(), Code::UnknownIncident);
    let listed = super::super::list(&world.context, Some(&world.profile.id));
    assert_eq!(listed.len(), 2);
    assert_eq!(listed.iter().filter(|line| line.incident.is_ok()).count(), 1);
}

#[test]
fn what_could_not_begin_is_as_it_was_and_a_failure_is_noted() {
    struct Failing(Code);
    impl Actions for Failing {
        fn check(&self, _: &[String], _: &Job) -> Result<Done> {
            Ok(Done::new(StepResult::Ok, "well"))
        }
        fn act(&self, _: &Request, _: &Job) -> Result<Done> {
            Err(crate::Error::new(self.0, "bot", "no"))
        }
        fn after_cut(&self, _: &Request, _: Timestamp, _: &Job) -> Result<Cut> {
            Ok(Cut::Again)
        }
    }
    let world = World::new();
    let book =
        book_of("[[step]]\nid = \"a\"\nphase = \"detect\"\nkind = \"action\"\ntitle = \"A\"\naction = \"backup\"\n");
    let mut incident = begin(&world, &book);
    let mut state = |code: Code| {
        let done = perform(&world.context, &world.profile, &mut incident, &Failing(code), After::FindOut, &world.job());
        assert_eq!(done.unwrap_err().code(), code);
        incident.standing(world.context.clock.now()).unwrap().current.unwrap().state
    };
    assert_eq!(state(Code::KeyNeeded), State::Open);
    assert_eq!(state(Code::Locked), State::Open);
    assert!(matches!(state(Code::DestinationFull), State::Failed { .. }));
}
