use crate::operations::upkeep::SampleResult;
use crate::watch::RootStanding;
use holdfast_domain::schedule::Hold;
use holdfast_domain::{ArchiveName, DeploymentName, Level, Outcome, Problem};
use jiff::Timestamp;

/// What a scheduler does for a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    Backup,
    Copy,
    /// Reading again what is there.
    Upkeep,
    /// Only a look at what is due.
    Look,
}

/// What happened, as it happens. The words for people are beside the command surface.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Woke {
        asleep_seconds: i64,
    },
    ClockSetBack {
        by_seconds: i64,
    },
    /// How changes of a root are noticed is another than before, or not as they are usually: at once.
    Watched {
        deployment: DeploymentName,
        root: RootStanding,
    },
    /// Something is due and not made: told once for each thing that holds it.
    Waits {
        deployment: DeploymentName,
        level: Level,
        since: Option<Timestamp>,
        hold: Hold,
    },
    Begins {
        deployment: DeploymentName,
        work: Work,
        level: Option<Level>,
        reason: String,
    },
    Made {
        deployment: DeploymentName,
        archive: ArchiveName,
        level: Level,
        outcome: Outcome,
        reason: String,
        stored_bytes: u64,
        problems: Vec<Problem>,
    },
    Copied {
        deployment: DeploymentName,
        destination: String,
        archives: u64,
        bytes: u64,
        due: u64,
        /// A drive, and nothing is written there any more.
        safe_to_unplug: bool,
    },
    Removed {
        deployment: DeploymentName,
        archives: u64,
        bytes: u64,
    },
    Upkept {
        deployment: DeploymentName,
        outcome: Outcome,
        archives: u64,
        bytes: u64,
        sample: Option<SampleResult>,
        repaired: u64,
        problems: Vec<Problem>,
    },
    Failed {
        deployment: Option<DeploymentName>,
        work: Work,
        problem: Problem,
        again: Option<Timestamp>,
    },
    /// It was told to stop amid its work.
    Cancelled {
        deployment: DeploymentName,
        work: Work,
    },
}

/// What kind of trouble the person is told of: of each kind and code once, until it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// No archive could be made.
    Backup,
    /// One was made, and not all is well with it.
    Problems,
    Copies,
    /// What is there is damaged.
    Upkeep,
    Settings,
    Schedule,
}

impl Trouble {
    /// As in the state on disk.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Problems => "problems",
            Self::Copies => "copies",
            Self::Upkeep => "upkeep",
            Self::Settings => "settings",
            Self::Schedule => "schedule",
        }
    }
}

/// Something that needs the person.
#[derive(Debug, Clone)]
pub struct Notice {
    pub deployment: Option<DeploymentName>,
    pub trouble: Trouble,
    pub problem: Problem,
}
