//! The one surface of the window and the command line: a typed request and a typed result for each
//! command, and the words for people. It knows no window and no command line.

mod clock;
mod commands;
mod events;
mod exit;
mod failure;
mod jobs;
mod kept;
mod keys;
mod machine;
mod note;
mod plans;
pub mod requests;
mod secret;
mod service;
mod trees;
pub mod words;

pub use clock::SystemClock;
pub use commands::alarm::{AcknowledgeAnswer, AcknowledgeArgs, AlarmInfo, AlarmList, AlarmsArgs};
pub use commands::application::{AppSettings, AppSettingsArgs, Closing, SettingsAnswer};
pub use commands::archives::{ArchiveInfo, ArchiveList, CopyPlace, Verified, kind_words};
pub use commands::backup::{BackupAnswer, BackupArgs, PrunedAfter};
pub use commands::browse::{BrowseAnswer, BrowseArgs, BrowseEntry, Compare, EntryChange, SearchAnswer, SearchArgs};
pub use commands::captured::CapturedNote;
pub use commands::contents::Contents;
pub use commands::control::{PlannedService, ServiceActAnswer, ServiceActArgs, ServicePreview, ServiceStatusAnswer};
pub use commands::copy::{CopyAnswer, CopyArgs, CopyCheckAnswer, CopyDue, CopyPreview};
pub use commands::delete::{DeleteAnswer, DeleteArgs, DeletePreview, PlannedDelete};
pub use commands::destination::{
    AddCloud, AddCloudArgs, AddDestinationArgs, CloudKey, CloudSettings, CredentialsIn, DestinationAnswer,
    DestinationInfo, DestinationList, FirstAnswer, PlannedDestination, PlannedFirst, Waits, is_address,
};
pub use commands::diagnostics::DiagnosticsAnswer;
pub use commands::diff::{DiffAnswer, DiffArgs, Side};
pub use commands::doctor::{CheckState, Checkup, DoctorAnswer};
pub use commands::drives::{DriveInfo, DriveList};
pub use commands::export::{ExportAnswer, ExportArgs, ExportPreview, PlannedExport};
pub use commands::find::{FindAnswer, FoundInfo};
pub use commands::forget::{ForgottenAnswer, PlannedForget};
pub use commands::health::{
    FixesAnswer, FixesPreview, HealthAnswer, HealthArgs, HealthCompared, HealthTrendAnswer, HealthTrendArgs,
    PlannedFixes,
};
pub use commands::in_use::InUse;
pub use commands::incident::{
    BrokenRunbook, ChecklistItem, IncidentAnswer, IncidentArgs, IncidentDo, IncidentInfo, IncidentList,
    IncidentStartArgs, IncidentStep, Listing, ReportAnswer, ReportArgs, ReportForm, ReportKind, RunbookAnswer,
    RunbookInfo, RunbookList, RunbookStep, StepCommand, StepsDone,
};
pub use commands::key::{KeyAnswer, PassphraseAnswer};
pub use commands::kit::{
    CheckAnswer, CheckArgs, KIT_GROUPS, KitAnswer, KitGroups, KitPlace, is_whole_kit, read_kit_group,
};
pub use commands::outside::{Changes, Marks};
pub use commands::overview::{
    About, ActKind, BroughtBack, DayState, Filling, HistoryAnswer, HistoryDay, LastBackup, Matter, MatterAct,
    NextBackup, OverviewAnswer, PlaceStanding, ProvenRestore, StorageAnswer, StorageArgs,
};
pub use commands::people::{PeopleAnswer, parse_recipient};
pub use commands::pin::{PinAnswer, PinArgs};
pub use commands::place::{PlaceFacts, PlaceKind, ProposePlaceArgs};
pub use commands::points::{OverdueNotice, RecoveryPoint};
pub use commands::prune::{CopiesItem, PlannedPrune, PruneAnswer, PruneItem, PrunePreview};
pub use commands::rebuild::RebuildAnswer;
pub use commands::recover::{
    AskSecret, FoundDeployment, MomentInfo, MomentsAnswer, OwnerKind, PlannedRecover, Protected, Protection,
    RecoverAnswer, RecoverArgs, RecoverFound, RecoverKeys, RecoverOpened, RecoverPreview, StrangeOwner,
};
pub use commands::restore::{PlannedRestore, RestoreAnswer, RestoreArgs, RestorePreview};
pub use commands::rotate::{PlannedRotation, RotateAnswer, RotationPreview};
pub use commands::salvage::SalvageAnswer;
pub use commands::scheduler::{
    PauseAnswer, PauseArgs, PauseFor, ResumeAnswer, Schedule, ScheduleEvent, ScheduleEventKind, ScheduleHands,
    ScheduleOptions, ScheduleStanding, UNIT_NAME, systemd_unit,
};
pub use commands::server::{DumpArgs, ServersAnswer};
pub use commands::settings::{
    Consequences, DeploymentSettings, ExcludeEffect, FieldProblem, MayLose, RetentionPolicy, RootSize, SchedulePolicy,
    Settings, SettingsArgs, SettingsCheck, SettingsRoot,
};
pub use commands::settle::{PlannedSettle, SettleAnswer, SettleArgs, SettlePreview, SettledAnswer, SettledLoss};
pub use commands::setup::{PlannedSetup, RootInfo, SetupAnswer, SetupArgs, SetupPreview};
pub use commands::setup_check::{SetupCheck, SetupCheckArgs};
pub use commands::show::{EntryInfo, Opened, ShowAnswer, ShowArgs};
pub use commands::standing::{CopiedTo, DiskLoss, Place, PlaceState};
pub use commands::status::{DeploymentStatus, SafetyState, StatusAnswer};
pub use commands::text::{LineSide, TextAnswer, TextArgs, TextKind, TextLine};
pub use commands::undo::{ForgetAnswer, ForgetArgs, PlannedUndo, Preserved, SetAside, UndoAnswer, UndoPreview};
pub use commands::upkeep::{ReadAgain, UpkeepAnswer, UpkeepArgs};
pub use commands::verify::{VerdictNote, VerifyAnswer, VerifyArgs};
pub use events::AppEvent;
pub use exit::Exit;
pub use failure::Failure;
pub use jobs::{Admitted, Begin, JobKind, Jobs, Listener, RunningJob, Watcher};
pub use keys::{Ask, Fetch, Keys, KeysGiven, identity_from_file, passphrase_from_command, passphrase_from_file};
pub use machine::{home_folder, this_machine, units_folder};
pub use note::Note;
pub use plans::Plans;
pub use secret::SecretText;
pub use service::{Service, ServiceOptions};

pub use holdfast_domain::health::{About as CheckAbout, Finding as HealthFinding, Turn};
pub use holdfast_domain::incident::{
    Closing as IncidentClosing, IncidentClock, List as ChecklistWhen, Message as IncidentMessage, State as StepState,
};
pub use holdfast_domain::runbook::{Contact, Phase as IncidentPhase, StepResult};
pub use holdfast_domain::{ArchiveName, Class, Code, DeploymentName, Envelope, Kind, Level, Outcome, Severity};
pub use holdfast_engine::Clock;
pub use holdfast_engine::jobs::{Job, Monitor, Phase, Progress, Silent};
pub use holdfast_engine::operations::copy::{Checked, Copied};
pub use holdfast_engine::operations::destinations::{CopyFailed, Meaning, Standing};
pub use holdfast_engine::operations::diff::{Change as DiffChange, What};
pub use holdfast_engine::operations::discover::Machine;
pub use holdfast_engine::operations::forget::Stays;
pub use holdfast_engine::operations::health::fixes::Fix;
pub use holdfast_engine::operations::keys::TypedBack;
pub use holdfast_engine::operations::prune::{CopiesRemoved, Removes};
pub use holdfast_engine::operations::restore::{Action, Change, Tally};
pub use holdfast_engine::operations::servers::ServerStanding;
pub use holdfast_engine::operations::service::{Act as ServiceAct, Proof, ServiceStep, StepDone};
pub use holdfast_engine::operations::soundness::Soundness;
pub use holdfast_engine::operations::upkeep::{PlaceRead, ReadStanding, Repaired, SampleResult, Sampled, Used};
pub use holdfast_engine::operations::verify::Finding;
pub use holdfast_engine::service::{Maintenance, PartState};
pub use holdfast_engine::store::MountWatch;
pub use holdfast_engine::vault::{Passphrase, Strength, Verdict, strength};

/// What a command hands back: its result, or a failure in words.
pub type Answer<T> = std::result::Result<T, Failure>;
