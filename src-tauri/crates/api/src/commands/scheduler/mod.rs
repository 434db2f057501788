//! The schedule, as a program runs it: `Service::scheduler` gives the loop, `ScheduleHands` is what the program lends it.
mod battery;
mod event;
mod pause;
mod standing;
mod unit;
mod watched;

pub use event::{ScheduleEvent, ScheduleEventKind};
pub use pause::{PauseAnswer, PauseArgs, PauseFor, ResumeAnswer};
pub use standing::ScheduleStanding;
pub use unit::{UNIT_NAME, systemd_unit};

use crate::{Answer, JobKind, Note, Service};
use holdfast_domain::{Code, Outcome};
use holdfast_engine::deployment::Profile;
use holdfast_engine::jobs::Job;
use holdfast_engine::scheduler::{self, Changes, Event, NoChanges, Notice, Options, Outside, Scheduler, Watches, Work};
use holdfast_engine::store::MountWatch;
use holdfast_engine::{Clock, Error};
use jiff::SignedDuration;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What a program lends to its scheduler.
pub trait ScheduleHands: Send + Sync {
    /// Does a piece of work on this thread, under a job that people can see and cancel. `Code::Locked` where another job
    /// of this program is in the way: it is tried again later.
    fn run(&self, kind: JobKind, deployment: &str, go: &mut dyn FnMut(&Arc<Job>) -> Outcome) -> Answer<()>;

    fn tell(&self, event: &ScheduleEvent);

    /// Something needs the person: said once, until it is over.
    fn notify(&self, title: &str, text: &str);

    /// The program ends.
    fn stops(&self) -> bool;
}

#[derive(Debug, Clone, Copy)]
pub struct ScheduleOptions {
    /// Nothing begins for so long after the start and after waking up.
    pub settle: Duration,
    /// Wait until another program that does it ends, instead of failing with `Code::Locked`.
    pub wait: bool,
    /// Only what is due now: it begins at once.
    pub once: bool,
}

impl Default for ScheduleOptions {
    fn default() -> Self {
        Self { settle: Duration::from_mins(2), wait: false, once: false }
    }
}

/// A scheduler that this program owns. The schedule is its own until this is dropped.
pub struct Schedule {
    scheduler: Scheduler,
    hands: Arc<dyn ScheduleHands>,
    clock: Arc<dyn Clock>,
    mounts: Option<MountWatch>,
}

/// How soon a wish to end is heard.
const HEARD: Duration = Duration::from_secs(1);
/// Settings and pauses are looked at as often; so is the clock.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Parts that are behind their targets are looked for as often.
const OVERDUE_EVERY: Duration = Duration::from_mins(10);
/// A drive with several parts is mounted part by part.
const SETTLES: Duration = Duration::from_millis(300);
/// More pieces of work than this are not due at one time.
const MOST_AT_ONCE: usize = 1_000;

impl Service {
    /// Takes the schedule over. `who` is how this program is called where others ask; where it waits for another one, it
    /// ends with `Code::Cancelled` when the program does.
    pub fn scheduler(&self, who: &str, hands: Arc<dyn ScheduleHands>, options: ScheduleOptions) -> Answer<Schedule> {
        let lent = Arc::new(Lent { hands: hands.clone(), clock: self.clock().clone() });
        let engine = if options.once {
            Options::at_once()
        } else {
            let settle = SignedDuration::try_from(options.settle).unwrap_or(SignedDuration::MAX);
            Options { settle, ..Options::default() }
        };
        let mut told = false;
        let scheduler = loop {
            // A run that ends at once has nothing to wait for.
            let changes: Box<dyn Changes> =
                if options.once { Box::new(NoChanges) } else { Box::new(Watches::new(self.context().clone())) };
            let begun = Scheduler::begin(self.context().clone(), lent.clone(), changes, engine, who);
            match begun {
                Err(e) if e.code() == Code::Locked && options.wait => {
                    if !told {
                        hands.tell(&ScheduleEvent::other_owner(e.cause(), self.clock().now()));
                        told = true;
                    }
                    if hands.stops() {
                        return Err(Error::cancelled().into());
                    }
                    std::thread::sleep(HEARD);
                }
                other => break other?,
            }
        };
        let mounts = MountWatch::new();
        if let Err(e) = &mounts {
            tracing::warn!(error = %e, "drives that are plugged in are seen by looking once an hour alone");
        }
        Ok(Schedule { scheduler, hands, clock: self.clock().clone(), mounts: mounts.ok() })
    }
}

impl Schedule {
    /// Does what is due until nothing is, and ends. The worst outcome of all of it.
    pub fn once(&mut self) -> Answer<Outcome> {
        let mut worst = Outcome::Done;
        for _ in 0..MOST_AT_ONCE {
            let step = self.scheduler.step()?;
            for event in &step.events {
                worst = worse(worst, event);
            }
            let more = step.again.is_some_and(|again| again <= self.clock.now());
            if !more || self.hands.stops() {
                break;
            }
        }
        Ok(worst)
    }

    /// Makes what is due until the program ends. This thread gives way to others from here on.
    pub fn run(&mut self, service: &Service) -> Answer<()> {
        scheduler::give_way();
        let mut overdue_at = self.clock.elapsed() + OVERDUE_EVERY;
        while !self.hands.stops() {
            let again = match self.scheduler.step() {
                Ok(step) => step.again,
                Err(e) => {
                    tracing::warn!(error = %e, "the schedule is looked at again a little later");
                    None
                }
            };
            if self.clock.elapsed() >= overdue_at {
                self.tell_overdue(service);
                overdue_at = self.clock.elapsed() + OVERDUE_EVERY;
            }
            let asleep_since = self.clock.elapsed();
            while !self.hands.stops()
                && self.clock.elapsed().saturating_sub(asleep_since) < LOOK_EVERY
                && again.is_none_or(|again| self.clock.now() < again)
            {
                if self.wait() {
                    std::thread::sleep(SETTLES);
                    self.scheduler.drives_changed();
                    break;
                }
            }
        }
        Ok(())
    }

    /// Parts that are behind what they should be at: once for each, whichever program tells it.
    fn tell_overdue(&self, service: &Service) {
        match service.overdue_notices() {
            Ok(notices) => notices.iter().for_each(|notice| self.hands.notify(&notice.title, &notice.text)),
            Err(failure) => tracing::warn!(cause = %failure.cause, "what is overdue is not known"),
        }
    }

    /// For a moment. Whether something was mounted or unmounted.
    fn wait(&self) -> bool {
        if let Some(Ok(changed)) = self.mounts.as_ref().map(|mounts| mounts.wait(HEARD)) {
            return changed;
        }
        std::thread::sleep(HEARD);
        false
    }
}

fn worse(worst: Outcome, event: &Event) -> Outcome {
    let of = match event {
        Event::Failed { .. } => Outcome::Failed,
        Event::Cancelled { .. } => Outcome::Cancelled,
        Event::Made { outcome, .. } | Event::Upkept { outcome, .. } => *outcome,
        _ => Outcome::Done,
    };
    let rank = |outcome| match outcome {
        Outcome::Done => 0,
        Outcome::Problems => 1,
        Outcome::Failed => 2,
        Outcome::Cancelled => 3,
    };
    if rank(of) > rank(worst) { of } else { worst }
}

/// The engine's side of the hands.
struct Lent {
    hands: Arc<dyn ScheduleHands>,
    clock: Arc<dyn Clock>,
}

impl Outside for Lent {
    fn battery(&self) -> Option<u32> {
        battery::charge(&PathBuf::from("/sys/class/power_supply"))
    }

    fn run(
        &self,
        work: Work,
        profile: &Profile,
        go: &mut dyn FnMut(&Arc<Job>) -> Outcome,
    ) -> holdfast_engine::Result<()> {
        let kind = match work {
            Work::Backup => JobKind::Backup,
            Work::Copy => JobKind::Copy,
            Work::Upkeep => JobKind::Verify,
            Work::Look => JobKind::Look,
        };
        let done = self.hands.run(kind, profile.name.as_str(), go);
        done.map_err(|failure| Error::new(failure.code, failure.subject, failure.cause))
    }

    fn tell(&self, event: &Event) {
        let event = ScheduleEvent::of(event, self.clock.now(), &self.clock.zone());
        tracing::info!(deployment = event.deployment.as_deref().unwrap_or_default(), event = ?event.event, "{}", event.said);
        self.hands.tell(&event);
    }

    fn notify(&self, notice: &Notice) {
        let note = Note::from(notice.problem.clone());
        let title = match &notice.deployment {
            Some(name) => format!("{name}: {}", note.title),
            None => note.title,
        };
        self.hands.notify(&title, crate::words::window::next_step(note.code));
    }

    fn stops(&self) -> bool {
        self.hands.stops()
    }
}
