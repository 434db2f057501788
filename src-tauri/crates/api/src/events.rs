use crate::{Failure, JobKind, RunningJob};
use holdfast_domain::Outcome;
use serde::Serialize;

/// What a window is told without asking.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum AppEvent {
    StatusChanged {
        deployment: Option<String>,
    },
    ArchivesChanged {
        deployment: Option<String>,
    },
    SettingsChanged {
        deployment: Option<String>,
    },
    JobBegan {
        job: RunningJob,
    },
    JobEnded {
        id: String,
        kind: JobKind,
        deployment: Option<String>,
        asked_for: bool,
        outcome: Outcome,
        failure: Option<Failure>,
    },
    DrivesChanged,
    /// The tray or a notification asks for a place, such as `archives`.
    ShowPlace {
        place: String,
    },
}
