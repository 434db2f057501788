//! Makes what is due, by itself: archives, then what follows them (copies, retention), copies when a drive appears, and
//! when nothing else is to be done, a share of reading again what is there.
//!
//! One loop owns a `Scheduler` and calls `step` whenever it says so, when something was plugged in, or somewhat earlier;
//! a step too many costs next to nothing. All else comes from outside: the clock from the context, the rest from
//! `Outside`, so a virtual year takes minutes. What must outlive the program lies in `HOLDFAST_HOME/schedule`. What is
//! due is never kept there: it follows from the archives themselves (`domain::schedule`), so nothing is made twice.
//!
//! One scheduler at a time works on a `HOLDFAST_HOME`; whoever makes a backup by hand meanwhile has the deployment's lock,
//! and the scheduler waits without a word.
mod awake;
mod copies;
mod event;
mod keys;
mod outside;
mod owner;
mod pause;
mod priority;
mod seat;
mod standing;
mod state;
mod upkeep;
mod watches;
mod work;

pub use event::{Event, Notice, Trouble, Work};
pub use outside::{Changes, NoChanges, Outside};
pub use owner::owner;
pub use pause::{LONGEST_PAUSE, pause, paused_until, resume};
pub use priority::give_way;
pub use standing::{Standing, in_trouble, standing};
pub use watches::Watches;

use crate::catalog::ArchiveRow;
use crate::deployment::{self, Profile};
use crate::durable::Lock;
use crate::error::Result;
use crate::operations::Context;
use awake::{Awake, Noticed};
use holdfast_domain::schedule::Past;
use jiff::{SignedDuration, Timestamp};
use seat::Seat;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Nothing begins for so long after the start and after waking up: the computer has other things to do then.
    pub settle: SignedDuration,
    /// Whether deployments begin a little apart.
    pub jitter: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { settle: SignedDuration::from_mins(2), jitter: true }
    }
}

impl Options {
    /// For a run that was asked for: what is due begins at once.
    pub fn at_once() -> Self {
        Self { settle: SignedDuration::ZERO, jitter: false }
    }
}

pub struct Scheduler {
    context: Context,
    outside: Arc<dyn Outside>,
    changes: Box<dyn Changes>,
    options: Options,
    awake: Awake,
    /// By the deployment's id.
    seats: BTreeMap<String, Seat>,
    /// Settings that cannot be used, as they were told.
    broken: Vec<String>,
    _lock: Lock,
}

/// What one step did.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// As they were told meanwhile, in order.
    pub events: Vec<Event>,
    /// When the next step is due, as far as is known now.
    pub again: Option<Timestamp>,
}

/// Where nothing is known to come, or something has no end that is known, it is looked at again after this.
const LOOK_EVERY: SignedDuration = SignedDuration::from_mins(5);

impl Scheduler {
    /// `Code::Locked`, with who it is, where another scheduler is at work on this home.
    pub fn begin(
        context: Context,
        outside: Arc<dyn Outside>,
        changes: Box<dyn Changes>,
        options: Options,
        who: &str,
    ) -> Result<Self> {
        let lock = owner::own(&context.home, who)?;
        let awake = Awake::new(&*context.clock, options.settle);
        Ok(Self { context, outside, changes, options, awake, seats: BTreeMap::new(), broken: Vec::new(), _lock: lock })
    }

    /// Something was mounted or unmounted: copies may be due to it.
    pub fn drives_changed(&mut self) {
        for seat in self.seats.values_mut() {
            seat.look_for_copies();
        }
    }

    /// At most one piece of work for each deployment. That one fails holds no other up.
    pub fn step(&mut self) -> Result<Step> {
        let now = self.context.clock.now();
        let mut said = Said { outside: self.outside.clone(), events: Vec::new(), now };
        match self.awake.look(&*self.context.clock) {
            Some(Noticed::Woke { asleep }) => {
                said.tell(Event::Woke { asleep_seconds: asleep.as_secs() });
                self.seats.values_mut().for_each(Seat::computer_woke);
            }
            Some(Noticed::SetBack { by }) => {
                said.tell(Event::ClockSetBack { by_seconds: by.as_secs() });
                self.seats.values_mut().for_each(Seat::clock_was_set);
            }
            None => {}
        }
        let loaded = deployment::load_all(&self.context.home)?;
        self.tell_broken(&loaded.broken, &mut said);
        self.seats.retain(|id, _| loaded.profiles.iter().any(|profile| profile.id == *id));
        self.changes.only(&loaded.profiles);
        let mut again: Option<Timestamp> = None;
        for profile in &loaded.profiles {
            if self.outside.stops() {
                break;
            }
            let next = self.serve(profile, &mut said);
            again = [again, next].into_iter().flatten().min();
        }
        self.awake.rest(&*self.context.clock, again);
        Ok(Step { events: said.events, again })
    }

    fn serve(&mut self, profile: &Profile, said: &mut Said) -> Option<Timestamp> {
        let seat = match self.seats.entry(profile.id.clone()) {
            std::collections::btree_map::Entry::Occupied(seat) => seat.into_mut(),
            std::collections::btree_map::Entry::Vacant(empty) => {
                empty.insert(Seat::new(&self.context.home, &profile.id))
            }
        };
        let around = seat::Around {
            context: &self.context,
            outside: &*self.outside,
            changes: &mut *self.changes,
            options: self.options,
            awake_from: self.awake.from(),
        };
        let now = self.context.clock.now();
        said.now = now;
        match seat.step(profile, around, said) {
            Ok(again) => again,
            Err(e) => {
                tracing::warn!(deployment = %profile.name, error = %e, "the schedule could not look at it");
                seat.trouble(profile, Trouble::Schedule, &e.to_problem(), &*self.outside, said);
                now.checked_add(LOOK_EVERY).ok()
            }
        }
    }

    /// Each once, until it is right again.
    fn tell_broken(&mut self, broken: &[crate::Error], said: &mut Said) {
        let now: Vec<String> = broken.iter().map(ToString::to_string).collect();
        for (error, text) in broken.iter().zip(&now) {
            if !self.broken.contains(text) {
                said.tell(Event::Failed {
                    deployment: None,
                    work: Work::Look,
                    problem: error.to_problem(),
                    again: None,
                });
                let trouble = Trouble::Settings;
                self.outside.notify(&Notice { deployment: None, trouble, problem: error.to_problem() });
            }
        }
        self.broken = now;
    }
}

/// Passes events on as they happen, and keeps them for the answer.
struct Said {
    outside: Arc<dyn Outside>,
    events: Vec<Event>,
    /// When it is said.
    now: Timestamp,
}

impl Said {
    fn tell(&mut self, event: Event) {
        self.outside.tell(&event);
        self.events.push(event);
    }
}

fn pasts(rows: &[ArchiveRow]) -> Vec<Past> {
    rows.iter().map(|row| Past { level: row.level, at: row.created, kind: row.kind }).collect()
}
