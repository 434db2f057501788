use serde::{Deserialize, Serialize};

/// How a run ended. "Done with problems" is an outcome of its own: nothing is skipped in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    Problems,
    Failed,
    Cancelled,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Problems => "problems",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}
