//! The same rules at each destination that gets copies, for what lies there.
use super::plan::Judged;
use crate::catalog::{Catalog, CopyRow, CopyState};
use crate::deployment::Profile;
use crate::durable::Lock;
use crate::error::Result;
use crate::jobs::{Job, Problems};
use crate::operations::context::Context;
use crate::operations::copy::{self, copy_as_kept};
use crate::operations::{browse, destinations};
use crate::store::Destination;
use holdfast_domain::retention::{self, Kept};
use holdfast_domain::{ArchiveName, Code};
use serde::Serialize;
use std::collections::HashSet;
use std::sync::Arc;

/// What a prune will remove at one destination.
#[derive(Debug)]
pub struct CopiesPlan {
    pub destination: String,
    /// Every copy that is there, newest first.
    pub archives: Vec<Judged>,
    opened: Arc<dyn Destination>,
    going: Vec<CopyRow>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct CopiesRemoved {
    pub destination: String,
    pub removed: Vec<ArchiveName>,
    pub freed_bytes: u64,
}

impl CopiesPlan {
    pub fn freed_bytes(&self) -> u64 {
        self.going.iter().map(|copy| copy.stored_bytes).sum()
    }

    pub(super) fn freed_count(&self) -> u64 {
        self.going.len() as u64
    }

    pub(super) fn lets_go_of(&self, archive: &ArchiveName) -> bool {
        self.going.iter().any(|copy| copy.archive == *archive)
    }
}

/// Of the destinations that are there; what lies at the others is judged when they are. None where copies are being made
/// now: they are judged the next time.
pub(super) fn plan(
    context: &Context,
    profile: &Profile,
    catalog: &Catalog,
    alarm: bool,
    problems: &Problems,
) -> Result<(Vec<CopiesPlan>, Option<Lock>)> {
    let mut plans = Vec::new();
    let lock = match copy::lock(context, &profile.name, "a prune") {
        Ok(lock) => lock,
        Err(e) if e.code() == Code::Locked => return Ok((plans, None)),
        Err(e) => return Err(e),
    };
    let rows = browse::refreshed(catalog, Some(&profile.id))?;
    for setting in destinations::for_copies(profile) {
        let opened = destinations::open(context, profile, setting);
        if opened.require().is_err() {
            continue;
        }
        // What a killed prune was about to remove is found as one that no rule keeps, or has gone on to be kept.
        let known = copy::reconcile(context, catalog, &setting.id(), &*opened, &rows, &profile.id, problems);
        let copies = match known {
            Ok(copies) => copies,
            Err(e) => {
                problems.add(e.to_problem());
                continue;
            }
        };
        let kept: Vec<Kept> = copies.iter().map(copy_as_kept).collect();
        let decisions = retention::plan(&profile.retention, &kept, alarm, context.clock.now(), &context.clock.zone());
        let mut going = Vec::new();
        let mut archives = Vec::new();
        for (copy, decision) in copies.into_iter().zip(decisions) {
            archives.push(Judged {
                name: copy.archive.clone(),
                created: copy.created,
                level: copy.level,
                kind: copy.kind,
                stored_bytes: copy.stored_bytes,
                keep: decision.keep,
                reasons: decision.reasons,
            });
            if !decision.keep {
                going.push(copy);
            }
        }
        // Those that need others before those that they need.
        going.sort_by(|a, b| b.needs.len().cmp(&a.needs.len()).then_with(|| a.archive.cmp(&b.archive)));
        plans.push(CopiesPlan { destination: setting.name(), archives, opened, going });
    }
    Ok((plans, Some(lock)))
}

/// How many copies go, and their bytes.
pub(super) fn totals(plans: &[CopiesPlan]) -> (u64, u64) {
    let count = plans.iter().map(CopiesPlan::freed_count).sum();
    (count, plans.iter().map(CopiesPlan::freed_bytes).sum())
}

pub(super) fn run(
    catalog: &Catalog,
    plan: CopiesPlan,
    may_go: &dyn Fn(&str, &ArchiveName) -> bool,
    problems: &Problems,
    stopped: &mut bool,
    job: &Job,
) -> Result<CopiesRemoved> {
    let mut removed = CopiesRemoved { destination: plan.destination, removed: Vec::new(), freed_bytes: 0 };
    let mut needed: HashSet<ArchiveName> = HashSet::new();
    for copy in plan.going {
        if job.is_cancelled() {
            *stopped = true;
            break;
        }
        if needed.contains(&copy.archive) || !may_go(&removed.destination, &copy.archive) {
            needed.extend(copy.needs);
            continue;
        }
        catalog.copies().set_state(&copy, CopyState::Removing)?;
        if let Err(e) = plan.opened.remove(&copy.archive) {
            problems.add(e.to_problem());
            needed.extend(copy.needs.clone());
            catalog.copies().set_state(&copy, CopyState::Present)?;
            if e.code() == Code::DestinationMissing {
                break;
            }
            continue;
        }
        catalog.copies().remove(&copy)?;
        job.add_files(1);
        job.add_bytes(copy.stored_bytes);
        removed.freed_bytes += copy.stored_bytes;
        removed.removed.push(copy.archive);
    }
    Ok(removed)
}
