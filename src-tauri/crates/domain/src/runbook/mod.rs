//! Runbooks: what to do on a bad day, as data. A file is read whole, and either everything in it makes sense or every
//! fault is told with its line; nothing is left to be found out at three in the morning.
mod fields;
mod fill;
mod graph;
mod known;
mod read;
mod steps;
mod texts;

pub use fill::{Filled, Filling, PLACEHOLDERS, fill};
pub use known::{ActionSpec, Known, Parameter, Takes};
pub use read::read;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The largest file that is read.
pub const FILE_BYTES: usize = 256 * 1024;
/// More steps nobody follows.
pub const STEPS: usize = 200;

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(rename = "RunbookFault")]
pub struct Fault {
    /// Counted from 1.
    pub line: usize,
    /// `step[3].next`; empty where it is of the file as a whole.
    pub field: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.field.is_empty() {
            write!(f, ", {}", self.field)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// The part of an incident that a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "IncidentPhase")]
pub enum Phase {
    Detect,
    Assess,
    Contain,
    Recover,
    Verify,
    Learn,
}

impl Phase {
    pub const ALL: [Self; 6] = [Self::Detect, Self::Assess, Self::Contain, Self::Recover, Self::Verify, Self::Learn];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Detect => "detect",
            Self::Assess => "assess",
            Self::Contain => "contain",
            Self::Recover => "recover",
            Self::Verify => "verify",
            Self::Learn => "learn",
        }
    }

    /// As a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Detect => "Detect",
            Self::Assess => "Assess",
            Self::Contain => "Contain",
            Self::Recover => "Recover",
            Self::Verify => "Verify",
            Self::Learn => "Learn",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == word)
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "StepResult")]
pub enum StepResult {
    /// Of checks.
    Ok,
    Warning,
    Failing,
    Unknown,
    /// Of actions, and of what a person did.
    Done,
    /// There was nothing to find, or nothing to do.
    Nothing,
    Problems,
    Failed,
    /// Left out, with a reason.
    Skipped,
}

impl StepResult {
    pub const ALL: [Self; 9] = [
        Self::Ok,
        Self::Warning,
        Self::Failing,
        Self::Unknown,
        Self::Done,
        Self::Nothing,
        Self::Problems,
        Self::Failed,
        Self::Skipped,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failing => "failing",
            Self::Unknown => "unknown",
            Self::Done => "done",
            Self::Nothing => "nothing",
            Self::Problems => "problems",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|result| result.as_str() == word)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    pub id: String,
    pub title: String,
    /// When to take it, in one or two sentences.
    pub about: String,
    /// As a person would say it.
    pub symptoms: Vec<String>,
    /// In which time the chatbot should be back.
    pub target_seconds: u64,
    pub phase_targets: BTreeMap<Phase, u64>,
    pub checklists: Checklists,
    pub contacts: Vec<Contact>,
    pub messages: Messages,
    pub steps: Vec<Step>,
}

impl Runbook {
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Checklists {
    pub before: Vec<String>,
    pub during: Vec<String>,
    pub after: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Contact {
    /// `The person who hosts the machine`.
    pub role: String,
    pub name: String,
    /// A number, an address; empty where it is not known.
    pub reach: String,
}

/// Templates with placeholders; empty where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Messages {
    pub first: String,
    pub progress: String,
    pub resolved: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub id: String,
    pub phase: Phase,
    pub title: String,
    /// More words, with placeholders.
    pub text: String,
    /// Where it goes on; the step below where there is none.
    pub next: Option<To>,
    pub does: Does,
}

/// Where a step leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    Step(String),
    End,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// Runs health checks of these kinds; all where there are none.
    Check {
        checks: Vec<String>,
    },
    /// `may_fail`: a failure is a result like others, and the next step goes by it.
    Action {
        action: String,
        with: Arguments,
        may_fail: bool,
    },
    /// Asked of the person.
    Ask {
        choices: Vec<Choice>,
    },
    /// By the last result of another step.
    Branch {
        of: String,
        cases: Vec<Case>,
        otherwise: To,
    },
    /// Commands to copy, with placeholders. `asks`: what the person is to write down.
    Manual {
        commands: Vec<String>,
        asks: Option<String>,
    },
    Note,
}

impl Does {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Check { .. } => "check",
            Self::Action { .. } => "action",
            Self::Ask { .. } | Self::Branch { .. } => "decision",
            Self::Manual { .. } => "manual",
            Self::Note => "note",
        }
    }
}

pub type Arguments = BTreeMap<String, Value>;

/// An argument as it is in the file; texts may hold placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Texts(Vec<String>),
    Flag(bool),
    Number(u64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub answer: String,
    pub to: To,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub results: Vec<StepResult>,
    pub to: To,
}
