//! What is handed on after an incident: the report of what was, and the review with what is to be done.
use super::answers::{IncidentAnswer, to_do};
use super::document::{Block, Document};
use super::times::{against, losses, seconds_words};
use crate::words::{count_words, local_seconds, local_words};
use crate::{Answer, Service};
use holdfast_domain::Class;
use holdfast_domain::incident::{Closing, Event, List, Message, Record};
use holdfast_domain::runbook::{Phase, StepResult};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum ReportKind {
    /// What happened, with every step.
    #[default]
    Report,
    /// What is learnt from it, to be gone through together.
    Review,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum ReportForm {
    #[default]
    Markdown,
    Html,
}

#[derive(Debug, Clone, Default, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct ReportArgs {
    pub id: Option<String>,
    pub kind: ReportKind,
    pub form: ReportForm,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ReportAnswer {
    pub id: String,
    pub kind: ReportKind,
    pub form: ReportForm,
    /// A name for the file.
    pub file: String,
    pub text: String,
}

impl Service {
    /// Also of one that is not closed: then it says how far it is.
    pub fn incident_report(&self, args: &ReportArgs) -> Answer<ReportAnswer> {
        let answer = self.incident(args.id.as_deref())?;
        let profile = self.profile(Some(&answer.deployment)).ok();
        let target = profile.map_or(Class::Database.recovery_point(), |p| p.schedule.target(Class::Database));
        let facts = Facts {
            answer: &answer,
            zone: self.clock().zone(),
            loss_target: u64::try_from(target.as_secs()).unwrap_or(0),
        };
        let document = match args.kind {
            ReportKind::Report => facts.report(),
            ReportKind::Review => facts.review(),
        };
        let (text, ending) = match args.form {
            ReportForm::Markdown => (document.markdown(), "md"),
            ReportForm::Html => (document.html(), "html"),
        };
        let word = if args.kind == ReportKind::Report { "report" } else { "review" };
        let file = format!("{}-{word}.{ending}", answer.id);
        Ok(ReportAnswer { id: answer.id, kind: args.kind, form: args.form, file, text })
    }
}

struct Facts<'a> {
    answer: &'a IncidentAnswer,
    zone: TimeZone,
    /// How much may be lost, in seconds.
    loss_target: u64,
}

impl Facts<'_> {
    fn report(&self) -> Document {
        let answer = self.answer;
        let mut blocks = vec![self.facts()];
        blocks.extend([Block::Heading("Times".to_owned()), self.times()]);
        blocks.extend([Block::Heading("Data".to_owned()), self.data()]);
        blocks.extend([Block::Heading("Timeline".to_owned()), self.timeline()]);
        blocks.push(Block::Heading("What was found".to_owned()));
        let told = answer.records.iter().filter_map(|record| match &record.event {
            Event::Ended { step, told, .. } if !told.lines.is_empty() => Some((step, told)),
            _ => None,
        });
        let before = blocks.len();
        for (step, told) in told {
            blocks.push(Block::Text(format!("{}: {}", self.title(step), told.said)));
            blocks.push(Block::Lines(told.lines.clone()));
        }
        if blocks.len() == before {
            blocks.push(Block::Text("Nothing beyond what the timeline says.".to_owned()));
        }
        if !answer.checklist.is_empty() {
            blocks.push(Block::Heading("Checklists".to_owned()));
            let item = |item: &super::ChecklistItem| {
                let when = match item.list {
                    List::Before => "Before",
                    List::During => "During",
                    List::After => "After",
                };
                (item.done, format!("{when}: {}", item.text))
            };
            blocks.push(Block::Boxes(answer.checklist.iter().map(item).collect()));
        }
        if !answer.contacts.is_empty() {
            blocks.push(Block::Heading("Contacts".to_owned()));
            let row = |contact: &holdfast_domain::runbook::Contact| {
                vec![contact.role.clone(), contact.name.clone(), contact.reach.clone()]
            };
            let rows = answer.contacts.iter().map(row).collect();
            blocks.push(Block::Table { head: vec!["For", "Who", "How"], rows });
        }
        blocks.extend(self.actions());
        Document { title: format!("Incident report: {} ({})", answer.title, answer.deployment), blocks }
    }

    fn review(&self) -> Document {
        let answer = self.answer;
        let heading = |text: &str| Block::Heading(text.to_owned());
        let over = answer.clock.phases.iter().filter(|phase| phase.over_seconds > 0);
        let over = over.map(|phase| format!("{} took longer than meant", phase.phase.title()));
        let failed = answer.records.iter().filter_map(|record| match &record.event {
            Event::Ended { step, result: StepResult::Failed, told, .. } => {
                Some(format!("“{}” failed: {}", self.title(step), told.said))
            }
            Event::Skipped { step, reason, .. } => Some(format!("“{}” was left out: {reason}", self.title(step))),
            Event::Reopened { step, why, .. } => Some(format!("“{}” had to be done again: {why}", self.title(step))),
            _ => None,
        });
        let mut against: Vec<String> = over.chain(failed).collect();
        if answer.clock.over_seconds > 0 {
            against.insert(0, format!("The target was missed by {}", seconds_words(answer.clock.over_seconds)));
        }
        let met =
            answer.clock.phases.iter().filter(|phase| {
                phase.seconds > 0 && phase.target_seconds.is_some_and(|target| phase.seconds <= target)
            });
        let mut well: Vec<String> = met.map(|phase| format!("{} was within its target", phase.phase.title())).collect();
        if answer.clock.recovered.is_some() && answer.clock.over_seconds == 0 {
            well.insert(0, "The chatbot was back within the target".to_owned());
        }
        let nothing = "Nothing that the journal tells. What do you remember?";
        let list = |items: Vec<String>| {
            if items.is_empty() { Block::Text(nothing.to_owned()) } else { Block::List(items) }
        };
        let learnt = answer.steps.iter().filter(|step| step.phase == Phase::Learn);
        let causes = learnt.filter_map(|step| Some(format!("{} {}", step.asks.as_deref()?, step.words.as_deref()?)));
        let mut blocks = vec![self.facts(), heading("What happened"), self.timeline()];
        blocks.extend([heading("How long it took"), self.times(), heading("What was lost"), self.data()]);
        blocks.extend([heading("What went well"), list(well), heading("What did not"), list(against)]);
        blocks.extend([heading("Why it happened"), list(causes.collect())]);
        blocks.extend(self.actions());
        blocks.extend([
            heading("To be talked about"),
            Block::Boxes(
                [
                    "What would have shown it earlier?",
                    "What would have prevented it?",
                    "What was not at hand?",
                    "Is the target right?",
                    "Which step of the runbook is wrong, or missing?",
                ]
                .map(|question| (false, question.to_owned()))
                .into(),
            ),
        ]);
        Document { title: format!("Post-incident review: {} ({})", answer.title, answer.deployment), blocks }
    }

    fn facts(&self) -> Block {
        let answer = self.answer;
        let local = |at| local_words(at, &self.zone);
        let state = match (answer.closed, &answer.current) {
            (Some(Closing::Resolved), _) => "resolved".to_owned(),
            (Some(Closing::Abandoned), _) => "abandoned".to_owned(),
            (None, Some(step)) => format!("open, at “{}” ({})", step.title, answer.phase.title()),
            (None, None) => "open, all steps are through".to_owned(),
        };
        let first = [
            ["Incident", answer.id.as_str()],
            ["Deployment", &answer.deployment],
            ["Runbook", &answer.runbook],
            ["State", &state],
        ];
        let mut rows: Vec<Vec<String>> = first.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        let mut add = |name: &str, value: Option<String>| {
            rows.extend(value.map(|value| vec![name.to_owned(), value]));
        };
        add("Symptom", answer.symptom.clone());
        add("Began", Some(local(answer.clock.started)));
        add("Back", answer.clock.recovered.map(local));
        add("Closed", answer.clock.closed.map(local));
        let note = answer.records.iter().find_map(|record| match &record.event {
            Event::Closed { note, .. } => note.clone(),
            _ => None,
        });
        add("Note", note);
        let done = answer.done;
        let skipped = if done.skipped == 0 { String::new() } else { format!(", {} left out", done.skipped) };
        add("Steps", Some(format!("{} done{skipped}", count_words(done.done, "step", "steps"))));
        Block::Table { head: vec!["", ""], rows }
    }

    fn times(&self) -> Block {
        let clock = &self.answer.clock;
        let name = if clock.recovered.is_some() { "Until it was back" } else { "So far" };
        let mut rows = vec![vec![name.to_owned(), against(clock.elapsed_seconds, Some(clock.target_seconds))]];
        let phases = clock.phases.iter().filter(|phase| phase.seconds > 0 || phase.target_seconds.is_some());
        rows.extend(
            phases.map(|phase| vec![phase.phase.title().to_owned(), against(phase.seconds, phase.target_seconds)]),
        );
        Block::Table { head: vec!["Phase", "Time, against its target"], rows }
    }

    fn data(&self) -> Block {
        let losses = losses(&self.answer.records);
        if losses.is_empty() {
            return Block::Text("Nothing was restored over the live state.".to_owned());
        }
        Block::List(losses.iter().map(|loss| loss.words(self.loss_target, &self.zone)).collect())
    }

    fn timeline(&self) -> Block {
        let row = |record: &Record| vec![local_seconds(record.at, &self.zone), self.event(&record.event)];
        Block::Table { head: vec!["Time", "What"], rows: self.answer.records.iter().map(row).collect() }
    }

    fn title<'a>(&'a self, step: &'a str) -> &'a str {
        let known = self.answer.steps.iter().find(|known| known.id == step);
        known.map_or(step, |known| known.title.trim_end_matches('.'))
    }

    fn event(&self, event: &Event) -> String {
        match event {
            Event::Started { symptom: Some(symptom), .. } => format!("The incident began: {symptom}"),
            Event::Started { .. } => "The incident began".to_owned(),
            Event::Begun { step, .. } => format!("Began: {}", self.title(step)),
            Event::Ended { step, result, told, .. } => {
                format!("{} — {}: {}", self.title(step), result.as_str(), told.said)
            }
            Event::Reopened { step, why, .. } => format!("Open again: {} ({why})", self.title(step)),
            Event::Done { step, found: Some(found), .. } => format!("Done: {} — {found}", self.title(step)),
            Event::Done { step, .. } => format!("Done: {}", self.title(step)),
            Event::Answered { step, answer, .. } => format!("{} — {answer}", self.title(step)),
            Event::Skipped { step, reason, .. } => format!("Left out: {} ({reason})", self.title(step)),
            Event::Noted { text } => format!("Note: {text}"),
            Event::Ticked { item, done: true, .. } => format!("Ticked: {item}"),
            Event::Ticked { item, done: false, .. } => format!("Not ticked any more: {item}"),
            Event::Wrote { message } => {
                let which = match message {
                    Message::First => "first notice",
                    Message::Progress => "progress",
                    Message::Resolved => "resolved",
                };
                format!("Wrote the message: {which}")
            }
            Event::ToDo { text } => format!("To do: {text}"),
            Event::Closed { how: Closing::Resolved, .. } => "The incident was closed: resolved".to_owned(),
            Event::Closed { how: Closing::Abandoned, .. } => "The incident was closed: abandoned".to_owned(),
        }
    }

    fn actions(&self) -> [Block; 2] {
        let items = to_do(&self.answer.records);
        let list = if items.is_empty() {
            Block::Text("None was written down (holdfast incident todo).".to_owned())
        } else {
            Block::Boxes(items.into_iter().map(|item| (false, item)).collect())
        };
        [Block::Heading("Action items".to_owned()), list]
    }
}
