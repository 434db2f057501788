use holdfast_engine::jobs::Phase;
use serde::{Deserialize, Serialize};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum JobKind {
    Backup,
    Restore,
    Undo,
    Forget,
    Verify,
    Export,
    Copy,
    Prune,
    Recover,
    Salvage,
    Rebuild,
    /// A plan or a question that takes a while: of interest to who asked, and listed for nobody.
    Look,
}

impl JobKind {
    /// Whether it changes archives, their record or the chatbot: of those one runs at a time for a deployment.
    pub fn writes(self) -> bool {
        !matches!(self, Self::Look | Self::Verify | Self::Salvage)
    }

    /// For people, as it stands in a title.
    pub fn words(self) -> &'static str {
        match self {
            Self::Backup => "Backing up",
            Self::Restore => "Restoring",
            Self::Undo => "Undoing a restore",
            Self::Forget => "Letting go of the state before a restore",
            Self::Verify => "Verifying",
            Self::Export => "Exporting",
            Self::Copy => "Copying",
            Self::Prune => "Removing archives",
            Self::Recover => "Recovering",
            Self::Salvage => "Salvaging",
            Self::Rebuild => "Building the catalog again",
            Self::Look => "Looking",
        }
    }

    /// What it goes through when nothing is special, in order.
    pub fn phases(self) -> &'static [Phase] {
        use Phase::{
            BackingUp, CheckingDatabases, CheckingRestored, Copying, Exporting, Finishing, Preparing, ReadingBack,
            Removing, Restoring, Scanning, Swapping, Verifying,
        };
        match self {
            Self::Backup => &[Preparing, Scanning, BackingUp, ReadingBack, Finishing],
            Self::Restore => &[Preparing, Restoring, CheckingRestored, CheckingDatabases, Swapping],
            Self::Recover => &[Restoring, CheckingRestored, CheckingDatabases, Swapping, Scanning],
            Self::Undo => &[Swapping],
            Self::Forget => &[Removing],
            Self::Verify => &[Verifying],
            Self::Export => &[Exporting, ReadingBack, Finishing],
            Self::Copy => &[Preparing, Copying],
            Self::Prune => &[Preparing, Removing],
            Self::Salvage => &[Restoring],
            Self::Rebuild => &[Scanning],
            Self::Look => &[],
        }
    }
}
