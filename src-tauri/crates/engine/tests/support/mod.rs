//! A deployment to try things on, through the engine's public interface alone.
// Each test file takes what it needs of this.
#![allow(dead_code)]

pub mod computer;
pub mod damaged;
pub mod databases;
pub mod forge;
pub mod life;
pub mod picture;
pub mod rng;

use holdfast_engine::catalog::Catalog;
use holdfast_engine::deployment::Profile;
use holdfast_engine::domain::{ArchiveName, Code, DeploymentName, Kind, Level, Outcome};
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::backup::{self, BackupReport, BackupRequest};
use holdfast_engine::operations::reading::Reading;
use holdfast_engine::operations::restore::{self, RestoreReport, RestoreRequest, Scope, Target};
use holdfast_engine::operations::verify::{self, VerifyReport, VerifyRequest};
use holdfast_engine::operations::{Context, setup};
use holdfast_engine::store::Folder;
use holdfast_engine::vault::{Given, MemoryKeyring, Passphrase};
use holdfast_engine::{Clock, Home, Result};
use jiff::{SignedDuration, Timestamp};
use picture::{Picture, assert_same};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub const PASSPHRASE: &str = "gravel otter pension";

/// Ticks as the system's does, from where it is set to.
pub struct TickingClock {
    ahead: Mutex<SignedDuration>,
    start: Instant,
}

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        Timestamp::now() + *self.ahead.lock().unwrap()
    }
    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }
}

/// What the clock says to the files that a test makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// They were made just now: backups do not trust their times, and read them again.
    Present,
    /// They are old: backups tell by their times whether they changed.
    Ahead,
}

pub struct World {
    folder: tempfile::TempDir,
    clock: Arc<TickingClock>,
    pub context: Context,
    pub profile: Profile,
}

impl World {
    /// A deployment `bot` with the roots `data` and `conf`. Each holds one small file: an empty root is a problem.
    pub fn new(time: Time) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let roots = ["data", "conf"].map(|name| folder.path().join(name));
        for root in &roots {
            std::fs::create_dir(root).unwrap();
            std::fs::write(root.join("first"), "").unwrap();
        }
        let hours = if time == Time::Ahead { 24 * 365 * 50 } else { 0 };
        let clock = TickingClock { ahead: Mutex::new(SignedDuration::from_hours(hours)), start: Instant::now() };
        let clock = Arc::new(clock);
        let context = Context {
            home: Home::new(folder.path().join("home")),
            clock: clock.clone(),
            keyring: Arc::new(MemoryKeyring::default()),
            host: "testhost".to_owned(),
            workers: 2,
            variables: |_| None,
            etc: folder.path().join("etc"),
        };
        let request = setup::SetupRequest {
            name: Some(DeploymentName::new("bot").unwrap()),
            roots: roots.to_vec(),
            destination: Some(folder.path().join("drive")),
            work_factor: Some(2),
            ..setup::SetupRequest::default()
        };
        let plan = setup::plan(&context, request, &Job::silent(clock.clone())).unwrap();
        let profile = plan.profile.clone();
        setup::run(&context, plan, &Passphrase::new(PASSPHRASE).unwrap()).unwrap();
        Self { folder, clock, context, profile }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub fn job(&self) -> Arc<Job> {
        Job::silent(self.clock.clone())
    }

    pub fn advance_minutes(&self, minutes: i64) {
        *self.clock.ahead.lock().unwrap() += SignedDuration::from_mins(minutes);
    }

    /// Writes a file below `data`, with the folders that it needs.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.data().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The archives' folder.
    pub fn archives(&self) -> Folder {
        Folder::of(&self.profile.destinations[0], &self.profile.name)
    }

    pub fn catalog(&self) -> Catalog {
        self.context.catalog().unwrap().0
    }

    /// What the roots hold now.
    pub fn picture(&self) -> Picture {
        picture::take(self.path())
    }

    pub fn plan(&self, level: Level) -> backup::BackupPlan {
        let request = BackupRequest { level: Some(level), kind: Kind::Manual, ..BackupRequest::default() };
        backup::plan(&self.context, &self.profile, request, &self.job()).unwrap()
    }

    /// As it comes: problems are for the caller to look at.
    pub fn backup(&self, level: Level) -> BackupReport {
        backup::run(&self.context, self.plan(level), &self.job()).unwrap()
    }

    pub fn good_backup(&self, level: Level) -> BackupReport {
        let report = self.backup(level);
        assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
        report
    }

    pub fn reading(&self, accept_unverified: bool) -> Reading {
        Reading::of_deployment(&self.context, &self.profile.id, &Given::default(), accept_unverified).unwrap()
    }

    pub fn request(&self, name: &ArchiveName, target: Target) -> RestoreRequest {
        RestoreRequest {
            profile: Some(self.profile.clone()),
            archive: self.archives().archive(name),
            scope: Scope::default(),
            target,
            emergency: false,
        }
    }

    pub fn restore(&self, request: RestoreRequest) -> Result<RestoreReport> {
        let job = self.job();
        let plan = restore::plan(&self.context, &self.reading(false), request, &job)?;
        restore::run(&self.context, plan, &job)
    }

    pub fn restore_into(&self, name: &ArchiveName, folder: &Path) -> Result<RestoreReport> {
        self.restore(self.request(name, Target::Into(folder.to_owned())))
    }

    /// Restores a moment into a new folder, says what it holds, and removes it.
    pub fn moment(&self, name: &ArchiveName) -> Picture {
        let folder = tempfile::tempdir_in(self.path()).unwrap();
        let into = folder.path().join("restored");
        let report = self.restore_into(name, &into).unwrap_or_else(|e| panic!("{name} is not restored: {e}"));
        assert_eq!(report.outcome, Outcome::Done, "{:?}", report.problems);
        let picture = picture::take(&into);
        picture::remove_tree(&into);
        picture
    }

    pub fn verify(&self, names: &[ArchiveName], full: bool) -> Result<VerifyReport> {
        let archives = names.iter().map(|name| self.archives().archive(name)).collect();
        let request = VerifyRequest { archives, full };
        verify::run(&self.context, Some(&self.profile), Some(&self.reading(false)), request, &self.job())
    }
}

/// The moment is what is there now.
#[track_caller]
pub fn comes_back(world: &World, level: Level) {
    let picture = world.picture();
    let report = world.good_backup(level);
    assert_same(&picture, &world.moment(&report.archive), report.archive.as_str());
}

#[track_caller]
pub fn reported(report: &BackupReport, code: Code, subject: &str) {
    let found = report.problems.iter().any(|problem| problem.code == code && problem.subject == subject);
    assert!(found, "{code:?} of {subject} is not among {:?}", report.problems);
}
