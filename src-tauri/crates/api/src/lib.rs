//! The one surface of the window and the command line: a typed request and a typed result for each
//! command, and the words for people. It knows no window and no command line.

mod clock;
mod commands;
mod exit;
mod failure;
mod keys;
mod note;
mod service;
pub mod words;

pub use clock::SystemClock;
pub use commands::archives::{ArchiveInfo, ArchiveList, CopyPlace, Verified};
pub use commands::backup::{BackupAnswer, BackupArgs};
pub use commands::copy::{CopyAnswer, CopyArgs, CopyCheckAnswer, CopyDue, CopyPreview};
pub use commands::destination::{
    AddCloud, AddDestinationArgs, CloudSettings, CredentialsIn, DestinationAnswer, DestinationInfo, DestinationList,
    PlannedDestination, is_address,
};
pub use commands::diff::{DiffAnswer, DiffArgs, Side};
pub use commands::doctor::{CheckState, Checkup, DoctorAnswer};
pub use commands::export::{ExportAnswer, ExportArgs, ExportPreview, PlannedExport};
pub use commands::find::{Contents, FindAnswer, FoundInfo};
pub use commands::key::{KeyAnswer, PassphraseAnswer};
pub use commands::kit::{CheckAnswer, CheckArgs, KIT_GROUPS, KitAnswer, KitPlace, is_whole_kit, read_kit_group};
pub use commands::people::{PeopleAnswer, parse_recipient};
pub use commands::prune::{CopiesItem, PlannedPrune, PruneAnswer, PruneItem, PrunePreview};
pub use commands::rebuild::RebuildAnswer;
pub use commands::recover::{
    AskSecret, FoundDeployment, MomentInfo, MomentsAnswer, PlannedRecover, Protected, Protection, RecoverAnswer,
    RecoverArgs, RecoverFound, RecoverKeys, RecoverOpened, RecoverPreview,
};
pub use commands::restore::{PlannedRestore, RestoreAnswer, RestoreArgs, RestorePreview};
pub use commands::rotate::{PlannedRotation, RotateAnswer, RotationPreview};
pub use commands::salvage::SalvageAnswer;
pub use commands::setup::{PlannedSetup, RootInfo, SetupAnswer, SetupArgs, SetupPreview};
pub use commands::show::{EntryInfo, Opened, ShowAnswer, ShowArgs};
pub use commands::status::{DeploymentStatus, SafetyState, StatusAnswer};
pub use commands::undo::{ForgetAnswer, PlannedUndo, Preserved, UndoAnswer, UndoPreview};
pub use commands::verify::{VerdictNote, VerifyAnswer, VerifyArgs};
pub use exit::Exit;
pub use failure::Failure;
pub use keys::{Ask, Fetch, Keys, passphrase_from_command, passphrase_from_file};
pub use note::Note;
pub use service::{Service, ServiceOptions};

pub use holdfast_domain::{ArchiveName, Class, Code, DeploymentName, Envelope, Kind, Level, Outcome, Severity};
pub use holdfast_engine::Clock;
pub use holdfast_engine::jobs::{Job, Monitor, Phase, Progress, Silent};
pub use holdfast_engine::operations::copy::{Checked, Copied};
pub use holdfast_engine::operations::destinations::Standing;
pub use holdfast_engine::operations::diff::{Change as DiffChange, What};
pub use holdfast_engine::operations::discover::Machine;
pub use holdfast_engine::operations::keys::TypedBack;
pub use holdfast_engine::operations::prune::CopiesRemoved;
pub use holdfast_engine::operations::restore::{Action, Change, Tally};
pub use holdfast_engine::operations::soundness::Soundness;
pub use holdfast_engine::operations::verify::Finding;
pub use holdfast_engine::vault::{Passphrase, Strength, Verdict, strength};

/// What a command hands back: its result, or a failure in words.
pub type Answer<T> = std::result::Result<T, Failure>;
