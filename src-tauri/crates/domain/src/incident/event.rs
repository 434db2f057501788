use crate::ArchiveName;
use crate::runbook::StepResult;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A line of an incident's journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(rename = "IncidentRecord")]
pub struct Record {
    /// From 1, without a gap.
    pub number: u64,
    pub at: Timestamp,
    #[serde(flatten)]
    pub event: Event,
}

/// What happened. `visit`: how often the step was come to, for a runbook may go back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[ts(rename = "IncidentEvent")]
pub enum Event {
    Started {
        deployment: String,
        deployment_id: String,
        runbook: String,
        title: String,
        symptom: Option<String>,
    },
    /// A check or an action; written before anything is done.
    Begun {
        step: String,
        visit: u32,
    },
    Ended {
        step: String,
        visit: u32,
        result: StepResult,
        told: Told,
    },
    /// It had begun and was cut short, and it is known that nothing came of it.
    Reopened {
        step: String,
        visit: u32,
        why: String,
    },
    /// A person did it. `found`: what they were asked to write down.
    Done {
        step: String,
        visit: u32,
        found: Option<String>,
    },
    Answered {
        step: String,
        visit: u32,
        answer: String,
    },
    Skipped {
        step: String,
        visit: u32,
        reason: String,
    },
    Noted {
        text: String,
    },
    Ticked {
        list: List,
        item: String,
        done: bool,
    },
    /// A message was written out of its template.
    Wrote {
        message: Message,
    },
    /// Something to do later.
    ToDo {
        text: String,
    },
    Closed {
        how: Closing,
        note: Option<String>,
    },
}

/// What a check or an action told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(default)]
#[ts(rename = "IncidentTold")]
pub struct Told {
    /// In one sentence.
    pub said: String,
    /// The rest; nothing secret.
    pub lines: Vec<String>,
    /// What other steps take for `{result:...}`: an archive, a path.
    pub value: Option<String>,
    /// What came back, or is to come back.
    pub picks: Vec<Pick>,
    /// The moment that is live since.
    pub restored_to: Option<Timestamp>,
    /// What `undo` knows the restore by.
    pub restore: Option<String>,
}

/// A part of the deployment, and the archive that it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(rename = "IncidentPick")]
pub struct Pick {
    /// `ROOT/...`.
    pub paths: Vec<String>,
    pub archive: ArchiveName,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "ChecklistWhen")]
pub enum List {
    Before,
    During,
    After,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "IncidentMessage")]
pub enum Message {
    First,
    Progress,
    Resolved,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "IncidentClosing")]
pub enum Closing {
    Resolved,
    /// It was none, or was given up.
    Abandoned,
}
