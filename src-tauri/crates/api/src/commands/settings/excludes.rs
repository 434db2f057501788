//! What the person's patterns leave out, asked anew at each key while they type.
use super::check::Found;
use super::missed;
use crate::{Answer, Service};
use holdfast_engine::deployment::{self, Excluded, Profile, check_pattern};
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
    found: Arc<Excluded>,
}

impl Looking {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the typed lines leave out, and what is to be said of that.
pub(in crate::commands) struct Effects {
    pub lines: Vec<ExcludeEffect>,
    /// What a person would miss, by the line.
    pub warnings: Vec<super::FieldProblem>,
}

impl Service {
    /// `with`: the settings as typed, as far as they can be used. `typed`: the lines of which effects are wanted. Adds to
    /// `problems` the line that leaves nothing of a folder.
    pub(in crate::commands) fn exclude_effects(
        &self,
        with: &Profile,
        typed: &[String],
        problems: &mut Vec<super::FieldProblem>,
    ) -> Answer<Effects> {
        let none = |pattern: &String| ExcludeEffect { pattern: pattern.clone(), ..ExcludeEffect::default() };
        if with.exclude.is_empty() {
            return Ok(Effects { lines: typed.iter().map(none).collect(), warnings: Vec::new() });
        }
        let found = self.look_at_excluded(with, typed)?;
        let effects = typed.iter().zip(&found.lines).map(|(pattern, line)| ExcludeEffect {
            pattern: pattern.clone(),
            files: line.files,
            bytes: line.bytes,
            examples: line.examples.clone(),
            at_least: !found.complete && !pattern.trim().is_empty(),
        });
        let (mut refused, mut warned) = (Found(Vec::new()), Found(Vec::new()));
        missed::refuse(&found, typed, &mut refused);
        if refused.0.is_empty() {
            missed::warn(&found, typed, &mut warned);
        }
        problems.append(&mut refused.0);
        Ok(Effects { lines: effects.collect(), warnings: warned.0 })
    }

    fn look_at_excluded(&self, with: &Profile, typed: &[String]) -> Answer<Arc<Excluded>> {
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
                return Ok(last.found.clone());
            }
        }
        let ends_at = self.clock().elapsed() + PATIENCE;
        let found = Arc::new(deployment::excluded(&of, self.home(), ends_at, &job)?);
        let at = self.clock().elapsed();
        self.looking().lock().last = Some(Last { of, at, found: found.clone() });
        Ok(found)
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
