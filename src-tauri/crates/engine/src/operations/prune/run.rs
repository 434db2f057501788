use super::copies::CopiesRemoved;
use super::plan::{Judged, PrunePlan, judge};
use super::{copies, place_of};
use crate::catalog::{ArchiveRow, Catalog, Operation, Run, State};
use crate::error::Result;
use crate::jobs::{Job, Phase, Problems};
use crate::media;
use crate::operations::context::Context;
use crate::operations::pick::path_of;
use crate::store::Folder;
use holdfast_domain::{ArchiveName, Outcome, Problem};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashSet;

#[derive(Debug, Clone, Serialize)]
pub struct PruneReport {
    /// `Cancelled` where it was stopped between two archives: what it says was removed is gone all the same.
    pub outcome: Outcome,
    /// In the order in which they went.
    pub removed: Vec<Removed>,
    /// What the rules keep, newest first.
    pub kept: Vec<Judged>,
    pub freed_bytes: u64,
    /// Archives whose removal by an earlier run was finished.
    pub finished: Vec<ArchiveName>,
    /// Why nothing was removed, whatever the rules say.
    pub alarm: Option<String>,
    /// What went at the destinations that get copies.
    pub copies: Vec<CopiesRemoved>,
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removed {
    pub name: ArchiveName,
    pub bytes: u64,
}

/// Removes, archive by archive, what was shown and what no rule keeps by now either. Killed at any point it leaves no archive
/// without one that it needs, and the next plan finishes the removal it was at.
pub fn run(context: &Context, shown: PrunePlan, job: &Job) -> Result<PruneReport> {
    let started = context.clock.now();
    let (mut now, _locks) = judge(context, &shown.profile, job)?;
    now.finished = shown.finished.iter().cloned().chain(now.finished).collect();
    let was_shown = |name: &ArchiveName| shown.going.iter().any(|row| row.name == *name);
    let copy_was_shown = |destination: &str, name: &ArchiveName| {
        shown.copies.iter().any(|plan| plan.destination == destination && plan.lets_go_of(name))
    };
    carry_out(context, now, &was_shown, &copy_was_shown, started, job)
}

/// Removes what a plan says and may go. The locks must be held.
pub(super) fn carry_out(
    context: &Context,
    now: PrunePlan,
    may_go: &dyn Fn(&ArchiveName) -> bool,
    copy_may_go: &dyn Fn(&str, &ArchiveName) -> bool,
    started: Timestamp,
    job: &Job,
) -> Result<PruneReport> {
    let PrunePlan { profile, archives, finished, alarm, problems: found, going, copies: elsewhere, folder } = now;
    let (more, more_bytes) = copies::totals(&elsewhere);
    let bytes: u64 = going.iter().map(|row| row.stored_bytes).sum();
    job.phase(Phase::Removing, going.len() as u64 + more, bytes + more_bytes);
    let (catalog, _) = context.catalog()?;
    let problems = Problems::default();
    for problem in found {
        problems.add(problem);
    }
    let mut removed = Vec::new();
    let mut stopped = false;
    // What is needed by an archive that could not go, was pinned meanwhile, or that nobody was shown.
    let mut needed: HashSet<ArchiveName> = HashSet::new();
    for row in going {
        if job.is_cancelled() {
            stopped = true;
            break;
        }
        let now = catalog.archives().get(&profile.id, &row.name)?;
        let pinned = now.is_none_or(|now| now.pinned);
        if pinned || needed.contains(&row.name) || !may_go(&row.name) {
            needed.extend(row.needs);
            continue;
        }
        match remove(&catalog, &folder, &row) {
            Ok(()) => {
                job.add_files(1);
                job.add_bytes(row.stored_bytes);
                removed.push(Removed { name: row.name, bytes: row.stored_bytes });
            }
            Err(e) => {
                problems.add(e.to_problem());
                needed.extend(row.needs);
            }
        }
    }
    let mut copies = Vec::new();
    for plan in elsewhere {
        copies.push(copies::run(&catalog, plan, copy_may_go, &problems, &mut stopped, job)?);
    }
    let outcome = if stopped { Outcome::Cancelled } else { problems.outcome() };
    let freed_bytes = removed.iter().map(|r| r.bytes).sum();
    let problems = problems.into_list();
    catalog.runs().insert(&Run {
        deployment_id: profile.id,
        operation: Operation::Prune,
        started,
        ended: context.clock.now(),
        outcome,
        archive: None,
        files: removed.len() as u64,
        bytes: 0,
        stored_bytes: freed_bytes,
        summary: serde_json::json!({ "removed": removed, "alarm": alarm, "finished": finished, "copies": copies }),
        problems: problems.clone(),
    })?;
    let kept = archives.into_iter().filter(|archive| archive.keep).collect();
    Ok(PruneReport { outcome, removed, kept, freed_bytes, finished, alarm, copies, problems })
}

/// The catalog says first that the archive is going: one whose removal stopped halfway is never taken for whole.
pub(in crate::operations) fn remove(catalog: &Catalog, folder: &Folder, row: &ArchiveRow) -> Result<()> {
    let folder = place_of(folder, row)?;
    catalog.archives().set_state(&row.deployment_id, &row.name, State::Removing)?;
    let result = folder.remove(&row.name);
    if result.is_err() && media::is_there(&path_of(row)) {
        catalog.archives().set_state(&row.deployment_id, &row.name, State::Present)?;
    }
    result?;
    catalog.archives().remove(&row.deployment_id, &row.name)
}
