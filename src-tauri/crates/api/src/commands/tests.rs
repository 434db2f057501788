//! The commands one after another, on a small deployment.
use crate::{
    BackupArgs, Code, DiffArgs, Keys, RestoreArgs, SafetyState, Service, SetupArgs, ShowArgs, SystemClock, VerifyArgs,
};
use holdfast_domain::{Level, Outcome};
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::Context;
use holdfast_engine::vault::{Keyring, MemoryKeyring, NoKeyring, Passphrase};
use holdfast_engine::{Clock, Home};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

pub(super) const PASSPHRASE: &str = "gravel otter pension mosaic thursday";

pub(super) struct World {
    folder: tempfile::TempDir,
    pub service: Service,
    pub job: Arc<Job>,
}

/// Goes on when it is told to: while the machine is awake, and on the wall.
#[derive(Debug, Default)]
pub(super) struct Hand {
    awake: AtomicU64,
    wall: AtomicI64,
}

impl Hand {
    pub fn pass(&self, seconds: u64) {
        self.awake.fetch_add(seconds, Ordering::Relaxed);
        self.sleep(seconds as i64);
    }

    pub fn sleep(&self, seconds: i64) {
        self.wall.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.wall.load(Ordering::Relaxed))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.awake.load(Ordering::Relaxed))
    }

    fn zone(&self) -> TimeZone {
        TimeZone::UTC
    }
}

pub(super) fn service(home: &Path, keyring: Arc<dyn Keyring>) -> Service {
    service_at(home, keyring, Arc::new(SystemClock::default()))
}

pub(super) fn service_at(home: &Path, keyring: Arc<dyn Keyring>, clock: Arc<dyn Clock>) -> Service {
    Service::with_context(Context {
        home: Home::new(home),
        clock,
        keyring,
        host: "harbour".to_owned(),
        workers: 2,
        variables: |_| None,
        etc: PathBuf::from("/nonexistent"),
    })
}

impl World {
    pub fn new() -> Self {
        Self::at(Arc::new(SystemClock::default()))
    }

    pub fn at(clock: Arc<dyn Clock>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        fs::write(data.join("a.txt"), "one").unwrap();
        fs::write(data.join("b.txt"), "two").unwrap();
        let service = service_at(&folder.path().join("home"), Arc::new(MemoryKeyring::default()), clock);
        let job = Job::silent(service.clock().clone());
        let world = Self { folder, service, job };
        let args = SetupArgs {
            name: Some("bot".to_owned()),
            roots: vec![world.data()],
            destination: Some(world.folder.path().join("archives")),
            exclude: Vec::new(),
            ..SetupArgs::default()
        };
        let planned = world.service.plan_setup(args, &world.job).unwrap();
        assert_eq!(planned.preview.contents.files, 2);
        let answer = world.service.setup(planned, &Passphrase::new(PASSPHRASE).unwrap()).unwrap();
        assert_eq!((answer.outcome, answer.passphrase_strength), (Outcome::Done, "strong"));
        assert!(answer.recovery_key.is_file());
        world
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn backup(&self, level: Option<Level>) -> crate::BackupAnswer {
        self.backup_as(None, level)
    }

    pub fn backup_of(&self, deployment: &str) -> crate::BackupAnswer {
        self.backup_as(Some(deployment.to_owned()), None)
    }

    fn backup_as(&self, deployment: Option<String>, level: Option<Level>) -> crate::BackupAnswer {
        let args = BackupArgs { deployment, ..Self::backup_args(level) };
        self.service.backup(&args, &self.job).unwrap()
    }

    pub fn backup_args(level: Option<Level>) -> BackupArgs {
        BackupArgs {
            deployment: None,
            level,
            manual: false,
            read_back: true,
            allow_empty: false,
            no_prune: false,
            envelope: holdfast_domain::Envelope::Age,
            keys: crate::Keys::default(),
        }
    }

    pub fn restore(into: Option<PathBuf>) -> RestoreArgs {
        RestoreArgs {
            deployment: None,
            at: "latest".to_owned(),
            components: Vec::new(),
            paths: Vec::new(),
            except: Vec::new(),
            into,
            emergency: true,
            keys: Keys::default(),
        }
    }
}

#[test]
fn a_deployment_goes_through_its_days() {
    let world = World::new();
    let service = &world.service;
    let before = service.status(None).unwrap();
    assert_eq!((before.outcome, before.deployments[0].state), (Outcome::Problems, SafetyState::AtRisk));

    let made = world.backup(None);
    assert_eq!((made.outcome, made.level, made.files, made.signed), (Outcome::Done, Level::Full, 2, true));
    let listed = service.archives(None).unwrap().archives;
    assert_eq!(listed.len(), 1);
    assert!(listed[0].restorable);
    assert_eq!(service.status(None).unwrap().deployments[0].state, SafetyState::Protected);

    fs::write(world.data().join("a.txt"), "changed").unwrap();
    fs::remove_file(world.data().join("b.txt")).unwrap();
    let diff = DiffArgs { deployment: None, a: None, b: None, keys: Keys::default() };
    let answer = service.diff(&diff, &world.job).unwrap();
    assert_eq!((answer.changed.files, answer.removed.files, answer.added.files), (1, 1, 0));

    let planned = service.plan_restore(&World::restore(None), &world.job).unwrap();
    assert_eq!((planned.preview.created.files, planned.preview.replaced.files), (1, 1));
    let restored = service.restore(planned, &world.job).unwrap();
    assert!(restored.emergency.is_some() && !restored.preserved.is_empty());
    assert_eq!(fs::read_to_string(world.data().join("b.txt")).unwrap(), "two");

    let undone = service.undo(service.plan_undo(None, true).unwrap(), &world.job).unwrap();
    assert_eq!(undone.archive, made.archive);
    assert_eq!(fs::read_to_string(world.data().join("a.txt")).unwrap(), "changed");
    assert_eq!(service.plan_undo(None, true).unwrap_err().code, Code::NothingToUndo);

    let prune = service.plan_prune(None, &world.job).unwrap();
    assert_eq!((prune.preview.removed_count, prune.preview.archives.len()), (0, 2));
    assert!(prune.preview.archives.iter().all(|item| !item.reasons.is_empty()));
}

#[test]
fn what_is_in_an_archive_is_listed_found_and_read() {
    let world = World::new();
    world.backup(None);
    let open = |content| {
        let args = ShowArgs { deployment: None, archive: "latest".to_owned(), content, keys: Keys::default() };
        world.service.open(&args).unwrap()
    };
    let listed = open(false);
    let mut names = Vec::new();
    let seen = |entry: crate::EntryInfo| {
        names.push(entry.path);
        Ok(())
    };
    listed.list(&world.data(), false, &world.job, seen).unwrap();
    assert_eq!(names, ["data/a.txt", "data/b.txt"]);
    assert_eq!(listed.find("b.t", 10, &world.job).unwrap().0.len(), 1);
    let mut content = Vec::new();
    open(true).cat(Path::new("data/a.txt"), &mut content, &world.job).unwrap();
    assert_eq!(content, b"one");
    assert_eq!(listed.details(Path::new("data/x")).unwrap_err().code, Code::NothingToRestore);
}

#[test]
fn an_archive_opens_on_a_machine_that_knows_nothing() {
    let world = World::new();
    let made = world.backup(None);
    let fresh = service(&world.folder.path().join("fresh"), Arc::new(NoKeyring));
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    // Mistypes once.
    let ask = move |_: &str, refused: Option<&crate::Failure>| {
        let first = count.fetch_add(1, Ordering::Relaxed) == 0;
        assert_eq!(refused.is_none(), first);
        Ok(Passphrase::new(if first { "wrong" } else { PASSPHRASE }).unwrap())
    };
    let args = RestoreArgs {
        at: made.path.display().to_string(),
        keys: Keys { ask: Some(Arc::new(ask)), ..Keys::default() },
        ..World::restore(Some(world.folder.path().join("new")))
    };
    let planned = fresh.plan_restore(&args, &world.job).unwrap();
    fresh.restore(planned, &world.job).unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!(fs::read_to_string(world.folder.path().join("new/data/a.txt")).unwrap(), "one");

    let in_place = RestoreArgs { into: None, ..args };
    let failure = fresh.plan_restore(&in_place, &world.job).unwrap_err();
    assert_eq!((failure.code, failure.subject.as_str()), (Code::UnknownDeployment, "bot"));
    assert!(failure.next_step.contains("--into"), "{failure:?}");
}

#[test]
fn a_damaged_copy_elsewhere_says_nothing_of_the_archive_in_the_catalog() {
    let world = World::new();
    let made = world.backup(None);
    let copy = world.folder.path().join(made.path.file_name().unwrap());
    fs::copy(&made.path, &copy).unwrap();
    fs::OpenOptions::new().write(true).open(&copy).unwrap().set_len(made.stored_bytes / 2).unwrap();
    let args = VerifyArgs {
        deployment: None,
        archive: Some(copy.display().to_string()),
        all: false,
        full: true,
        keys: Keys::default(),
    };
    let answer = world.service.verify(&args, &world.job).unwrap();
    assert_eq!((answer.outcome, answer.archives[0].ok), (Outcome::Failed, false));
    assert!(world.service.archives(None).unwrap().archives[0].verified.unwrap().read_back);

    let ours = VerifyArgs { archive: None, ..args };
    assert_eq!(world.service.verify(&ours, &world.job).unwrap().outcome, Outcome::Done);
    assert!(world.service.archives(None).unwrap().archives[0].verified.unwrap().ok);
}

#[test]
fn a_failed_backup_is_remembered_until_one_succeeds() {
    let world = World::new();
    world.backup(None);
    let archives = world.folder.path().join("archives");
    let away = world.folder.path().join("away");
    fs::rename(&archives, &away).unwrap();
    let args = BackupArgs {
        deployment: None,
        level: None,
        manual: false,
        read_back: true,
        allow_empty: false,
        no_prune: false,
        envelope: holdfast_domain::Envelope::Age,
        keys: crate::Keys::default(),
    };
    assert_eq!(world.service.backup(&args, &world.job).unwrap_err().code, Code::DestinationMissing);
    fs::rename(&away, &archives).unwrap();
    let status = world.service.status(Some("bot")).unwrap();
    assert_eq!(status.deployments[0].state, SafetyState::Protected, "the place is back: that is over");
    let held = world.folder.path().join("held");
    fs::rename(world.data(), &held).unwrap();
    fs::create_dir(world.data()).unwrap();
    assert_eq!(world.service.backup(&args, &world.job).unwrap_err().code, Code::RootEmpty);
    let status = world.service.status(Some("bot")).unwrap();
    assert_eq!(status.deployments[0].state, SafetyState::AtRisk, "nothing is left of it: {status:?}");
    fs::remove_dir(world.data()).unwrap();
    fs::rename(&held, world.data()).unwrap();
    let status = world.service.status(Some("bot")).unwrap();
    assert_eq!(status.deployments[0].state, SafetyState::Protected, "its files are back: {status:?}");
    world.backup(None);
    assert_eq!(world.service.status(None).unwrap().deployments[0].state, SafetyState::Protected);
}

#[test]
fn a_doctor_finds_a_sound_machine_sound_and_a_missing_folder_missing() {
    let world = World::new();
    assert_eq!(world.service.doctor().unwrap().outcome, Outcome::Done);
    fs::rename(world.data(), world.folder.path().join("moved")).unwrap();
    let answer = world.service.doctor().unwrap();
    assert_eq!(answer.outcome, Outcome::Failed);
    let failing: Vec<&str> = answer
        .checks
        .iter()
        .filter(|check| check.state == crate::CheckState::Failing)
        .map(|check| check.name.as_str())
        .collect();
    assert_eq!(failing, ["folder"]);
}

#[test]
fn a_new_passphrase_replaces_the_old_one_everywhere_in_reach() {
    let world = World::new();
    let (old, new) = (Passphrase::new(PASSPHRASE).unwrap(), Passphrase::new("another one entirely").unwrap());
    let answer = world.service.change_passphrase(None, &old, &new).unwrap();
    assert_eq!((answer.outcome, answer.replaced.len()), (Outcome::Done, 2));
    let shown = world.service.key(None).unwrap();
    assert_eq!(fs::read(&shown.recovery_key).unwrap(), fs::read(&shown.recovery_key_copies[0]).unwrap());
    assert_eq!(world.service.change_passphrase(None, &old, &new).unwrap_err().code, Code::WrongPassphrase);
}
