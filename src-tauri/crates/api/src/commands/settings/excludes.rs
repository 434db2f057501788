//! What the person's patterns leave out, asked anew at each key while they type.
use crate::{Answer, Service};
use holdfast_engine::deployment::{self, Profile, check_pattern};
use holdfast_engine::jobs::Job;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a pattern leaves out now. A file that several cover counts for the last of them, which decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct ExcludeEffect {
    pub pattern: String,
    pub files: u64,
    pub bytes: u64,
    /// At most 5; what is called like a database comes first.
    pub examples: Vec<PathBuf>,
    /// There are more files than could be looked at in the time: there may be more.
    pub at_least: bool,
}

/// As long as a person waits for what they typed.
const PATIENCE: Duration = Duration::from_secs(2);
/// What was seen counts so long; other fields than patterns and roots are typed meanwhile.
const FRESH: Duration = Duration::from_secs(30);

/// One look through the roots at a time, and what the last one saw.
#[derive(Default)]
pub(crate) struct Looking(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    running: Option<Arc<Job>>,
    last: Option<Last>,
}

struct Last {
    of: Profile,
    at: Duration,
    effects: Vec<ExcludeEffect>,
}

impl Looking {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// `with`: the settings as typed, as far as they can be used. `typed`: the lines of which effects are wanted.
    pub(super) fn exclude_effects(&self, with: &Profile, typed: &[String]) -> Answer<Vec<ExcludeEffect>> {
        let none = |pattern: &String| ExcludeEffect { pattern: pattern.clone(), ..ExcludeEffect::default() };
        if with.exclude.is_empty() {
            return Ok(typed.iter().map(none).collect());
        }
        // Lines that say nothing keep their number.
        let lines = typed.iter().map(|line| if check_pattern(line).is_ok() { line.clone() } else { String::new() });
        let of = Profile { exclude: lines.collect(), ..walked(with) };
        let job = Job::silent(self.clock().clone());
        {
            let mut looking = self.looking().lock();
            if let Some(older) = looking.running.replace(job.clone()) {
                older.cancel();
            }
            let now = self.clock().elapsed();
            if let Some(last) = looking.last.as_ref().filter(|last| last.of == of && now < last.at + FRESH) {
                let again = typed.iter().zip(last.effects.clone());
                return Ok(again
                    .map(|(pattern, effect)| ExcludeEffect { pattern: pattern.clone(), ..effect })
                    .collect());
            }
        }
        let ends_at = self.clock().elapsed() + PATIENCE;
        let found = deployment::excluded(&of, self.home(), ends_at, &job)?;
        let effects = typed.iter().zip(found.lines).map(|(pattern, line)| ExcludeEffect {
            pattern: pattern.clone(),
            files: line.files,
            bytes: line.bytes,
            examples: line.examples,
            at_least: !found.complete && !pattern.trim().is_empty(),
        });
        let effects: Vec<ExcludeEffect> = effects.collect();
        let at = self.clock().elapsed();
        self.looking().lock().last = Some(Last { of, at, effects: effects.clone() });
        Ok(effects)
    }
}

/// The settings without those that a look through the roots does not go by.
fn walked(with: &Profile) -> Profile {
    Profile {
        health_url: None,
        notes: String::new(),
        pinned: Vec::new(),
        schedule: holdfast_domain::schedule::Policy::default(),
        retention: holdfast_domain::retention::Policy::default(),
        ..with.clone()
    }
}
