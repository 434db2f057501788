//! What of a deployment's schedule must outlive the program. What is due is not among it.
use crate::error::{Error, Result};
use crate::{Home, durable};
use holdfast_domain::Code;
use holdfast_domain::schedule::Failed;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct State {
    /// Tries that failed since the last success.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "is_zero")]
    failed_times: u32,
    /// A change of configuration that no archive holds yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_changed: Option<Timestamp>,
    /// Archives that were made before the clock was set back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ahead: Vec<Timestamp>,
    /// What the person was told and is not over: `backup destination-full`, and since when.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub troubles: BTreeMap<String, Timestamp>,
}

// Serde asks for a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(times: &u32) -> bool {
    *times == 0
}

/// Archives dated further ahead are passed over as long as they are.
const AHEAD: SignedDuration = SignedDuration::from_hours(8 * 24);
/// A day's windows look no further back.
const BEHIND: SignedDuration = SignedDuration::from_hours(2 * 24);
/// A clock that is set right by less was not wrong.
const SLACK: SignedDuration = SignedDuration::from_mins(10);

fn path(home: &Home, deployment_id: &str) -> PathBuf {
    home.schedule().join(format!("{deployment_id}.toml"))
}

impl State {
    /// One that is missing or cannot be read begins anew: at worst something is told twice.
    pub fn load(home: &Home, deployment_id: &str) -> Self {
        let path = path(home, deployment_id);
        let Ok(text) = std::fs::read_to_string(&path) else { return Self::default() };
        toml::from_str(&text).unwrap_or_else(|e| {
            tracing::warn!(path = %path.display(), error = %e, "the state of the schedule begins anew");
            Self::default()
        })
    }

    pub fn save(&self, home: &Home, deployment_id: &str) -> Result<()> {
        let path = path(home, deployment_id);
        let text = toml::to_string(self).map_err(|e| Error::new(Code::Internal, path.display(), e))?;
        durable::create_private_dir(&home.schedule())?;
        durable::write_if_changed(&path, text.as_bytes(), 0o600)
    }

    pub fn failed(&self) -> Option<Failed> {
        self.failed_at.map(|at| Failed { at, times: self.failed_times.max(1) })
    }

    pub fn fails(&mut self, at: Timestamp, more: u32) {
        self.failed_at = Some(at);
        self.failed_times = self.failed_times.saturating_add(more);
    }

    pub fn succeeds(&mut self) {
        (self.failed_at, self.failed_times) = (None, 0);
    }

    /// Archives dated after now were made before the clock was set back; they stay so when their time comes.
    pub fn note_ahead(&mut self, made: impl Iterator<Item = Timestamp>, now: Timestamp) {
        let after = |by| now.saturating_add(by).unwrap_or(now);
        let (from, to) = (after(SLACK), after(AHEAD));
        for at in made.filter(|at| *at > from && *at < to) {
            if !self.ahead.contains(&at) {
                self.ahead.push(at);
            }
        }
        let oldest = after(-BEHIND);
        self.ahead.retain(|at| *at > oldest);
    }
}
