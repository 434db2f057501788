//! A computer whose time is made: it runs, sleeps, is shut down, has its clock set. The engine on it is the real one.
use super::PASSPHRASE;
use holdfast_engine::deployment::{self, Profile};
use holdfast_engine::domain::schedule::Change;
use holdfast_engine::domain::{Code, DeploymentName, Level, Outcome};
use holdfast_engine::jobs::{Job, Monitor, Progress, Silent};
use holdfast_engine::operations::{Context, setup};
use holdfast_engine::scheduler::{Changes, Event, Notice, Options, Outside, Scheduler, Work};
use holdfast_engine::vault::{Keyring, MemoryKeyring, Passphrase, Secret};
use holdfast_engine::{Clock, Error, Home, Result};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zeroize::Zeroizing;

/// Europe/Berlin, written out: the tests need no time zone files.
pub fn berlin() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

/// `2101-03-27 02:00` in Berlin.
pub fn local(text: &str) -> Timestamp {
    let at: jiff::civil::DateTime = text.replace(' ', "T").parse().unwrap();
    at.to_zoned(berlin()).unwrap().timestamp()
}

pub fn said(at: Timestamp) -> String {
    at.to_zoned(berlin()).strftime("%m-%d %H:%M").to_string()
}

/// The clock on the wall, and the one that only counts while the computer is awake.
pub struct TwoClocks(Mutex<(Timestamp, Duration)>);

impl TwoClocks {
    fn pass(&self, by: SignedDuration, counted: bool) {
        let mut clocks = self.0.lock().unwrap();
        clocks.0 += by;
        if counted && by.is_positive() {
            clocks.1 += by.unsigned_abs();
        }
    }
}

impl Clock for TwoClocks {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().0
    }
    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().1
    }
    fn zone(&self) -> TimeZone {
        berlin()
    }
}

/// One that can be locked.
#[derive(Default)]
pub struct Locker {
    inner: MemoryKeyring,
    pub locked: AtomicBool,
}

impl Locker {
    fn open(&self) -> Result<()> {
        if self.locked.load(Ordering::Relaxed) {
            return Err(Error::new(Code::KeyringUnavailable, "the keyring", "it is locked"));
        }
        Ok(())
    }
}

impl Keyring for Locker {
    fn get(&self, id: &str, which: Secret) -> Result<Option<Zeroizing<String>>> {
        self.open()?;
        self.inner.get(id, which)
    }
    fn set(&self, id: &str, which: Secret, value: &str) -> Result<()> {
        self.open()?;
        self.inner.set(id, which, value)
    }
    fn delete(&self, id: &str, which: Secret) -> Result<()> {
        self.open()?;
        self.inner.delete(id, which)
    }
}

pub type OnProgress = Box<dyn Fn(&Progress) + Send + Sync>;

/// What the program around the scheduler lends it, and hears.
pub struct Hands {
    clock: Arc<TwoClocks>,
    pub events: Mutex<Vec<(Timestamp, Event)>>,
    pub notices: Mutex<Vec<Notice>>,
    pub battery: Mutex<Option<u32>>,
    pub stops: AtomicBool,
    /// Each piece of work is cancelled at its first safe point.
    pub cancels: AtomicBool,
    pub on_progress: Mutex<Option<Arc<OnProgress>>>,
}

struct Listening(Arc<OnProgress>);

impl Monitor for Listening {
    fn progress(&self, progress: &Progress) {
        (self.0)(progress);
    }
}

impl Outside for Hands {
    fn battery(&self) -> Option<u32> {
        *self.battery.lock().unwrap()
    }
    fn run(&self, _: Work, _: &Profile, go: &mut dyn FnMut(&Arc<Job>) -> Outcome) -> Result<()> {
        let listener = self.on_progress.lock().unwrap().clone();
        let monitor: Arc<dyn Monitor> = match listener {
            Some(listener) => Arc::new(Listening(listener)),
            None => Arc::new(Silent),
        };
        let job = Job::new(self.clock.clone(), monitor);
        if self.cancels.load(Ordering::Relaxed) {
            job.cancel();
        }
        go(&job);
        Ok(())
    }
    fn tell(&self, event: &Event) {
        self.events.lock().unwrap().push((self.clock.now(), event.clone()));
    }
    fn notify(&self, notice: &Notice) {
        self.notices.lock().unwrap().push(notice.clone());
    }
    fn stops(&self) -> bool {
        self.stops.load(Ordering::Relaxed)
    }
}

/// Says what a test saw change.
#[derive(Clone, Default)]
pub struct Seen(pub Arc<Mutex<Option<Change>>>);

impl Changes for Seen {
    fn config(&mut self, _: &Profile, _: Timestamp) -> Option<Change> {
        self.0.lock().unwrap().take()
    }
}

/// In memory where there is such a place: a year waits for the disk ten thousand times.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub struct Computer {
    folder: tempfile::TempDir,
    pub clock: Arc<TwoClocks>,
    pub keyring: Arc<Locker>,
    pub context: Context,
    pub profile: Profile,
    pub hands: Arc<Hands>,
    pub seen: Seen,
    pub scheduler: Option<Scheduler>,
    /// How often it was asked.
    pub steps: u64,
}

impl Computer {
    /// With the deployment `bot`: two small files and a database, archives in a folder of their own. It is off.
    pub fn new(now: &str) -> Self {
        let folder = folder();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("notes.md"), "some notes\n".repeat(20)).unwrap();
        std::fs::write(data.join(".env"), "KEY=1\n").unwrap();
        let clock = Arc::new(TwoClocks(Mutex::new((local(now), Duration::from_secs(1)))));
        let keyring = Arc::new(Locker::default());
        let context = Context {
            home: Home::new(folder.path().join("home")),
            clock: clock.clone(),
            keyring: keyring.clone(),
            host: "testhost".to_owned(),
            workers: 2,
            variables: |_| None,
            etc: folder.path().join("etc"),
        };
        let request = setup::SetupRequest {
            name: Some(DeploymentName::new("bot").unwrap()),
            roots: vec![data.clone()],
            destination: Some(folder.path().join("shelf")),
            work_factor: Some(2),
            ..setup::SetupRequest::default()
        };
        let plan = setup::plan(&context, request, &Job::silent(clock.clone())).unwrap();
        let profile = plan.profile.clone();
        setup::run(&context, plan, &Passphrase::new(PASSPHRASE).unwrap()).unwrap();
        let hands = Arc::new(Hands {
            clock: clock.clone(),
            events: Mutex::default(),
            notices: Mutex::default(),
            battery: Mutex::default(),
            stops: AtomicBool::new(false),
            cancels: AtomicBool::new(false),
            on_progress: Mutex::default(),
        });
        let computer =
            Self { folder, clock, keyring, context, profile, hands, seen: Seen::default(), scheduler: None, steps: 0 };
        computer.sql("CREATE TABLE chat (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO chat (text) VALUES ('hello')");
        computer
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub fn shelf(&self) -> PathBuf {
        self.path().join("shelf")
    }

    pub fn sql(&self, statements: &str) {
        rusqlite::Connection::open(self.data().join("chat.db")).unwrap().execute_batch(statements).unwrap();
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn job(&self) -> Arc<Job> {
        Job::silent(self.clock.clone())
    }

    /// Changes the settings on the disk.
    pub fn change(&mut self, how: impl FnOnce(&mut Profile)) {
        let path = deployment::path_of(&self.context.home, &self.profile.name);
        let mut profile = deployment::load(&path).unwrap();
        how(&mut profile);
        deployment::save(&profile, &path).unwrap();
        self.profile = profile;
    }

    /// Starts the program, as at login.
    pub fn start(&mut self) {
        self.start_with(Box::new(self.seen.clone()));
    }

    pub fn start_with(&mut self, changes: Box<dyn Changes>) {
        let (context, hands) = (self.context.clone(), self.hands.clone());
        let begun = Scheduler::begin(context, hands, changes, Options::default(), "the test");
        self.scheduler = Some(begun.unwrap());
    }

    pub fn shut_down(&mut self) {
        self.scheduler = None;
    }

    /// The scheduler works until then, called when it asks for it.
    pub fn run_until(&mut self, until: &str) {
        self.run_to(local(until));
    }

    pub fn run_for(&mut self, minutes: i64) {
        self.run_to(self.now() + SignedDuration::from_mins(minutes));
    }

    pub fn run_to(&mut self, until: Timestamp) {
        while self.now() < until {
            let again = self.step().unwrap_or(until);
            // Work takes its time; a look takes a second at least.
            let next = again.max(self.now() + SignedDuration::from_secs(1)).min(until);
            self.clock.pass(next.duration_since(self.now()), true);
        }
    }

    pub fn step(&mut self) -> Option<Timestamp> {
        self.steps += 1;
        self.scheduler.as_mut().expect("it is off").step().unwrap().again
    }

    /// The computer sleeps, or is off.
    pub fn sleep_to(&self, until: Timestamp) {
        self.clock.pass(until.duration_since(self.now()), false);
    }

    pub fn sleep_until(&self, until: &str) {
        self.clock.pass(local(until).duration_since(self.now()), false);
    }

    pub fn set_clock(&self, to: &str) {
        self.sleep_until(to);
    }

    /// What was told since the last time, in short.
    pub fn told(&self) -> Vec<String> {
        let mut events = std::mem::take(&mut *self.hands.events.lock().unwrap());
        // Reading again goes on beside all else.
        events.retain(|(_, event)| !matches!(event, Event::Upkept { outcome: Outcome::Done, .. }));
        events.iter().map(|(at, event)| format!("{} {}", said(*at), short(event))).collect()
    }

    pub fn noticed(&self) -> Vec<String> {
        let notices = std::mem::take(&mut *self.hands.notices.lock().unwrap());
        notices.iter().map(|notice| format!("{:?} {}", notice.trouble, notice.problem.code.as_str())).collect()
    }

    pub fn archives(&self) -> Vec<(Timestamp, Level)> {
        let rows = self.context.catalog().unwrap().0.archives().list(Some(&self.profile.id)).unwrap();
        let mut made: Vec<_> = rows.iter().map(|row| (row.created, row.level)).collect();
        made.sort_unstable();
        made
    }
}

fn short(event: &Event) -> String {
    let waits_until = |hold: &holdfast_engine::domain::schedule::Hold| hold.words(said);
    match event {
        Event::Woke { .. } => "woke".to_owned(),
        Event::ClockSetBack { .. } => "clock set back".to_owned(),
        Event::Watched { root, .. } => format!("{} is watched otherwise", root.root),
        Event::Waits { level, hold, .. } => format!("{level} {}", waits_until(hold)),
        Event::Begins { level, reason, .. } => {
            format!("{} begins: {reason}", level.map(Level::as_str).unwrap_or_default())
        }
        Event::Made { level, outcome, .. } => format!("{level} made, {outcome:?}"),
        Event::Copied { destination, archives, due, .. } => format!("{archives} copied to {destination}, {due} due"),
        Event::Upkept { outcome, archives, sample, repaired, .. } => {
            format!("{archives} read again, {outcome:?}, sample {sample:?}, {repaired} repaired")
        }
        Event::Removed { archives, .. } => format!("{archives} removed"),
        Event::Failed { work, problem, again, .. } => {
            let again = again.map(said).unwrap_or_default();
            format!("{work:?} failed: {}, again {again}", problem.code.as_str())
        }
        Event::Cancelled { work, .. } => format!("{work:?} cancelled"),
    }
}
