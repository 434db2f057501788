//! What other rules would mean for the archives that are there.
use super::plan::{as_kept, unreadable};
use crate::catalog::State;
use crate::deployment::Profile;
use crate::error::Result;
use crate::jobs::Problems;
use crate::operations::context::Context;
use crate::operations::soundness::Archives;
use holdfast_domain::retention::{self, Kept, Policy};
use serde::Serialize;

/// Archives, and their bytes where they were made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Removes {
    pub archives: u64,
    pub bytes: u64,
}

/// What a prune would remove by `rules` that it leaves by the deployment's own. By the catalog alone: nothing is looked at
/// or locked. An alarm, which holds all removals up as long as it lasts, is left aside.
pub fn change(context: &Context, profile: &Profile, rules: &Policy) -> Result<Removes> {
    let mut removes = Removes::default();
    if *rules == profile.retention {
        return Ok(removes);
    }
    let (catalog, _) = context.catalog()?;
    let mut rows = catalog.archives().list(Some(&profile.id))?;
    rows.retain(|row| row.state == State::Present);
    let apart = unreadable(&catalog, &rows, &Problems::default())?;
    let sound = Archives::of(&rows);
    let judged =
        rows.iter().filter(|row| !std::iter::once(&row.name).chain(&row.needs).any(|name| apart.contains(name)));
    let kept: Vec<Kept> = judged.map(|row| as_kept(row, &sound)).collect();
    let (now, zone) = (context.clock.now(), context.clock.zone());
    let decide = |rules: &Policy| retention::plan(rules, &kept, false, now, &zone);
    for ((archive, before), after) in kept.iter().zip(decide(&profile.retention)).zip(decide(rules)) {
        if before.keep && !after.keep {
            removes.archives += 1;
            removes.bytes += archive.stored_bytes;
        }
    }
    Ok(removes)
}
