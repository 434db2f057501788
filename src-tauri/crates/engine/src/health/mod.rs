//! Checks of a chatbot, its data and its machine: one small file each. They know no archives and no settings; what is looked
//! at is worked out by `operations::health`, which also adds what only operations know.
//!
//! A check says what it saw, beside what it expected, and what to do. It changes nothing, shows no value of a setting, and
//! goes to no other address than the one that the person configured.
mod certificate;
mod clock;
mod compose;
mod config;
mod database;
mod disk;
mod forecast;
mod http;
mod load;
mod memory;
pub mod processes;
mod run;
mod secret;
mod tcp;
mod unit;

pub use certificate::Certificate;
pub use clock::ClockCheck;
pub use compose::{Compose, docker_compose};
pub use config::{ConfigFile, ConfigFiles, env_lines, parse_config};
pub use database::{Database, Examinations};
pub use disk::{Disk, used_percent};
pub use forecast::full_at;
pub use http::{Http, address_shown};
pub use load::Load;
pub use memory::Memory;
pub use processes::Process;
pub use run::{Runner, run};
pub use secret::{Exposure, SecretFile, exposure};
pub use tcp::Tcp;
pub(crate) use unit::call;
pub use unit::{SystemdUnit, systemctl};

use crate::clock::Clock;
use crate::jobs::Job;
use holdfast_domain::health::{About, CheckId, State, Unit, Value};
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// After so long a check is not known, unless it says otherwise.
pub const LIMIT: Duration = Duration::from_secs(5);
/// Of those that read whole databases.
pub const LONG_LIMIT: Duration = Duration::from_mins(10);

/// One thing to look at.
#[derive(Clone)]
pub struct Check {
    pub id: CheckId,
    pub name: String,
    pub about: About,
    pub expected: String,
    pub limit: Duration,
    /// It reads much: while health is watched it is looked at once an hour.
    pub rare: bool,
    pub look: Arc<dyn Look>,
}

impl Check {
    pub fn new(
        id: CheckId,
        name: impl Into<String>,
        about: About,
        expected: impl Into<String>,
        look: Arc<dyn Look>,
    ) -> Self {
        Self { id, name: name.into(), about, expected: expected.into(), limit: LIMIT, rare: false, look }
    }

    #[must_use]
    pub fn long(self) -> Self {
        Self { limit: LONG_LIMIT, rare: true, ..self }
    }

    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Check").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What looks. It may take long or hang: whoever runs it lets go of it then, and cancels its job.
pub trait Look: Send + Sync {
    fn look(&self, probe: &Probe) -> Seen;
}

/// What a look gets from outside.
#[derive(Clone)]
pub struct Probe {
    /// Cancelled when nobody waits any more.
    pub job: Arc<Job>,
    pub clock: Arc<dyn Clock>,
    /// How long it may take at most.
    pub limit: Duration,
    /// Where databases are copied to, to be read in peace.
    pub scratch: PathBuf,
    /// Where the system's programs are looked for before `PATH`; for tests.
    pub programs: Option<PathBuf>,
    /// What was read of databases in this run: several checks ask for it.
    pub examinations: Examinations,
    /// The clock's two readings when somebody began to watch.
    pub since: Option<(Timestamp, Duration)>,
}

impl Probe {
    pub fn new(clock: Arc<dyn Clock>, scratch: PathBuf) -> Self {
        Self {
            job: Job::silent(clock.clone()),
            clock,
            limit: LIMIT,
            scratch,
            programs: None,
            examinations: Examinations::default(),
            since: None,
        }
    }
}

/// What a look saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub state: State,
    pub text: String,
    pub what_to_do: Option<String>,
    pub value: Option<Value>,
    pub fixable: bool,
}

impl Seen {
    pub fn ok(text: impl Into<String>) -> Self {
        Self { state: State::Ok, text: text.into(), what_to_do: None, value: None, fixable: false }
    }

    pub fn bad(state: State, text: impl Into<String>, what_to_do: impl Into<String>) -> Self {
        Self { state, what_to_do: Some(what_to_do.into()), ..Self::ok(text) }
    }

    pub fn warning(text: impl Into<String>, what_to_do: impl Into<String>) -> Self {
        Self::bad(State::Warning, text, what_to_do)
    }

    pub fn failing(text: impl Into<String>, what_to_do: impl Into<String>) -> Self {
        Self::bad(State::Failing, text, what_to_do)
    }

    pub fn unknown(text: impl Into<String>, what_to_do: impl Into<String>) -> Self {
        Self::bad(State::Unknown, text, what_to_do)
    }

    #[must_use]
    pub fn with(self, number: f64, unit: Unit) -> Self {
        Self { value: Some(Value { number, unit }), ..self }
    }

    #[must_use]
    pub fn fixable(self) -> Self {
        Self { fixable: true, ..self }
    }
}

#[cfg(test)]
pub(crate) mod test_support {
    use super::*;
    use crate::FixedClock;

    pub fn probe(scratch: &std::path::Path) -> Probe {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        Probe::new(Arc::new(FixedClock(now)), scratch.to_owned())
    }
}
