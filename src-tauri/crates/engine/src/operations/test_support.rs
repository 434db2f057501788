//! A deployment to try things on: its folder, its destination, Holdfast's home, a clock that is set by hand.
use super::context::Context;
use super::reading::Reading;
use super::{backup, moments, setup};
use crate::archive::Moment;
use crate::catalog::{ArchiveRow, Catalog};
use crate::clock::Clock;
use crate::deployment::Profile;
use crate::home::Home;
use crate::jobs::Job;
use crate::store::Folder;
use crate::vault::{Given, MemoryKeyring, Passphrase};
use holdfast_domain::{ArchiveName, DeploymentName, Kind, Level};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const PASSPHRASE: &str = "gravel otter pension";

/// Stands still until it is set. Far in the future: files made in a test must not look newer than the backup.
#[derive(Debug)]
pub struct HandClock(Mutex<Timestamp>);

impl HandClock {
    pub fn new(at: &str) -> Self {
        Self(Mutex::new(at.parse().unwrap()))
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }
}

pub struct World {
    folder: tempfile::TempDir,
    pub clock: Arc<HandClock>,
    pub context: Context,
    pub profile: Profile,
}

impl World {
    /// A deployment `bot` with one root, `data`, which holds nothing yet. It is 2100-03-01 12:00 UTC.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let clock = Arc::new(HandClock::new("2100-03-01T12:00:00Z"));
        let context = context(folder.path(), &clock);
        let request = setup_request(folder.path());
        let plan = setup::plan(&context, request, &Job::silent(clock.clone())).unwrap();
        let profile = plan.profile.clone();
        setup::run(&context, plan, &Passphrase::new(PASSPHRASE).unwrap()).unwrap();
        Self { folder, clock, context, profile }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The root's folder.
    pub fn root(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The archives' folder.
    pub fn archives(&self) -> Folder {
        Folder::of(&self.profile.destinations[0], &self.profile.name)
    }

    pub fn job(&self) -> Arc<Job> {
        Job::silent(self.clock.clone())
    }

    pub fn advance_hours(&self, hours: i64) {
        *self.clock.0.lock().unwrap() += SignedDuration::from_hours(hours);
    }

    pub fn advance_seconds(&self, seconds: i64) {
        *self.clock.0.lock().unwrap() += SignedDuration::from_secs(seconds);
    }

    /// Writes a file below the root, with the folders that it needs.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.root().join(path)).unwrap();
    }

    /// Runs statements on a database below the root, which is made if it is not there.
    pub fn sql(&self, path: &str, statements: &str) {
        rusqlite::Connection::open(self.root().join(path)).unwrap().execute_batch(statements).unwrap();
    }

    pub fn backup(&self, level: Level) -> backup::BackupReport {
        self.backup_as(level, Kind::Manual)
    }

    pub fn backup_as(&self, level: Level, kind: Kind) -> backup::BackupReport {
        let request = backup::BackupRequest { level: Some(level), kind, ..backup::BackupRequest::default() };
        let job = self.job();
        let plan = backup::plan(&self.context, &self.profile, request, &job).unwrap();
        backup::run(&self.context, plan, &job).unwrap()
    }

    pub fn catalog(&self) -> Catalog {
        self.context.catalog().unwrap().0
    }

    pub fn row(&self, name: &ArchiveName) -> ArchiveRow {
        self.catalog().archives().get(&self.profile.id, name).unwrap().unwrap()
    }

    /// As the catalog has it.
    pub fn moment(&self, name: &ArchiveName) -> Moment {
        moments::from_catalog(&self.catalog(), &self.row(name), false).unwrap()
    }

    pub fn reading(&self) -> Reading {
        Reading::of_deployment(&self.context, &self.profile.id, &Given::default(), false).unwrap()
    }

    /// What is below the root.
    pub fn tree(&self) -> BTreeMap<String, String> {
        tree(&self.root())
    }
}

/// What is below a folder: of each path the mode, and the content, the link's target, or nothing for a folder.
pub fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for item in std::fs::read_dir(&at).unwrap() {
            let path = item.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let content = if meta.is_dir() {
                folders.push(path.clone());
                String::new()
            } else if meta.is_symlink() {
                format!("-> {}", std::fs::read_link(&path).unwrap().display())
            } else {
                String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned()
            };
            let name = String::from_utf8_lossy(path.strip_prefix(folder).unwrap().as_os_str().as_bytes()).into_owned();
            let mode = if meta.is_symlink() { 0 } else { meta.permissions().mode() & 0o7777 };
            found.insert(name, format!("{mode:o} {content}"));
        }
    }
    found
}

pub fn context(folder: &Path, clock: &Arc<HandClock>) -> Context {
    Context {
        home: Home::new(folder.join("home")),
        clock: clock.clone(),
        keyring: Arc::new(MemoryKeyring::default()),
        host: "testhost".to_owned(),
        workers: 2,
        variables: |_| None,
        etc: folder.join("etc"),
    }
}

/// As `World` is set up.
pub fn setup_request(folder: &Path) -> setup::SetupRequest {
    setup::SetupRequest {
        name: Some(DeploymentName::new("bot").unwrap()),
        roots: vec![folder.join("data")],
        destination: Some(folder.join("drive")),
        work_factor: Some(1),
        ..setup::SetupRequest::default()
    }
}
