//! A pause ends by itself, and outlives the program. Whoever pauses writes the file; the scheduler only reads it.
use crate::error::{Error, Result};
use crate::operations::Context;
use crate::{Home, durable};
use holdfast_domain::Code;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Whoever wants longer switches the schedule off.
pub const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(31 * 24);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Pause {
    from: Timestamp,
    until: Timestamp,
}

fn path(home: &Home, deployment_id: &str) -> PathBuf {
    home.schedule().join(format!("{deployment_id}.pause.toml"))
}

/// Nothing is made by itself until then. `Code::BadRequest` for a time that is over, or too far.
pub fn pause(context: &Context, deployment_id: &str, until: Timestamp) -> Result<()> {
    let from = context.clock.now();
    let refuse = |cause: &str| Err(Error::new(Code::BadRequest, "the pause", cause));
    if until <= from {
        return refuse("it would end before it begins");
    }
    if until.duration_since(from) > LONGEST_PAUSE {
        return refuse("it would be longer than a month: switch the schedule off in the settings instead");
    }
    let path = path(&context.home, deployment_id);
    let text = toml::to_string(&Pause { from, until }).map_err(|e| Error::new(Code::Internal, path.display(), e))?;
    durable::create_private_dir(&context.home.schedule())?;
    durable::write(&path, text.as_bytes(), 0o600)
}

/// Says whether there was one.
pub fn resume(context: &Context, deployment_id: &str) -> Result<bool> {
    let paused = paused_until(&context.home, deployment_id, context.clock.now()).is_some();
    durable::remove(&path(&context.home, deployment_id))?;
    Ok(paused)
}

/// A pause that a clock set back would make longer than it was meant to be is over; so is one that cannot be read.
pub fn paused_until(home: &Home, deployment_id: &str, now: Timestamp) -> Option<Timestamp> {
    let text = std::fs::read_to_string(path(home, deployment_id)).ok()?;
    let pause: Pause = toml::from_str(&text).ok()?;
    (pause.from <= now && now < pause.until).then_some(pause.until)
}
