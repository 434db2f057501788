//! How the schedule of a deployment stands, for somebody who only looks.
use super::state::State;
use super::{Trouble, owner, pasts, pause};
use crate::Home;
use crate::catalog::ArchiveRow;
use crate::deployment::Profile;
use crate::operations::Context;
use holdfast_domain::schedule::{self, Change, Circumstances, Verdict};
use jiff::Timestamp;

#[derive(Debug, Clone)]
pub struct Standing {
    pub verdict: Verdict,
    pub paused_until: Option<Timestamp>,
    /// Which program makes what is due; `None`: nobody.
    pub owner: Option<String>,
}

/// Whether the person was told that no archive can be made, and that is not over.
pub fn in_trouble(home: &Home, deployment_id: &str) -> bool {
    let troubles = State::load(home, deployment_id).troubles;
    troubles.keys().any(|key| key.starts_with(Trouble::Backup.as_str()))
}

/// What is due, and what holds it as far as is noted: looks at no disk but Holdfast's own.
pub fn standing(context: &Context, profile: &Profile, rows: &[ArchiveRow]) -> Standing {
    let now = context.clock.now();
    let state = State::load(&context.home, &profile.id);
    let paused_until = pause::paused_until(&context.home, &profile.id, now);
    let circumstances = Circumstances {
        config: state.config_changed.map(|since| Change { since, settled: true }),
        ahead: state.ahead.clone(),
        paused_until,
        failed: state.failed(),
        ..Circumstances::default()
    };
    let verdict = schedule::verdict(&profile.schedule, &pasts(rows), &circumstances, now, &context.clock.zone());
    Standing { verdict, paused_until, owner: owner(&context.home) }
}
