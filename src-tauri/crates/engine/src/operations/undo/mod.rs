//! Brings back the state before a restore in place, or lets it go.
mod aside;
mod letting_go;

pub use aside::{Preserved, SetAside, Written, preserved, set_aside};
pub use letting_go::{ForgetReport, ForgetRequest, forget};

use super::context::Context;
use super::in_use::{self, Holder};
use super::restore::journal::{Journal, Stage, recover_interrupted};
use super::restore::{self, journal};
use crate::archive::{Act, BeforeNote};
use crate::catalog::{Operation, Run};
use crate::deployment::{Classifier, Profile};
use crate::durable::Lock;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use holdfast_domain::{ArchiveName, Code, Outcome, Problem};
use jiff::Timestamp;
use serde::Serialize;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;

/// What an undo will bring back. It holds nothing up: `run` takes the deployment's lock, and refuses what has changed since
/// with `Code::ChangedSincePreview`.
#[derive(Debug)]
pub struct UndoPlan {
    profile: Profile,
    /// Whether an archive of the present state may be made first.
    emergency: bool,
    /// Of the restore that is undone.
    pub id: String,
    pub archive: ArchiveName,
    pub at: Timestamp,
    pub roots: Vec<UndoRoot>,
    /// What was written to the state before: it comes back as it is now.
    pub written: Written,
    /// Something was changed in the live folder since the restore: it goes, so an archive of the present state is made first.
    pub changed_since: bool,
    /// What that archive reads at most; `None` where none is made, or it cannot be said.
    pub emergency_bytes: Option<u64>,
    /// Programs that would go on with what was restored.
    pub in_use: Vec<Holder>,
    /// Whether it is done also while programs may write there: what they write from then on is lost.
    pub despite_use: bool,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct UndoRoot {
    pub name: String,
    pub path: PathBuf,
    /// False where there was no folder before the restore: undo takes the restored one away.
    pub existed: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct UndoReport {
    pub outcome: Outcome,
    pub id: String,
    pub archive: ArchiveName,
    pub roots: Vec<UndoRoot>,
    /// The archive of the state that went.
    pub emergency: Option<ArchiveName>,
    pub problems: Vec<Problem>,
}

/// The newest restore that can be undone. With `emergency`, where something was changed since, an archive of the present state
/// is made first. Takes no lock, except to finish what an interrupted one left.
pub fn plan(context: &Context, profile: &Profile, emergency: bool, job: &Job) -> Result<UndoPlan> {
    journal::settle(context, profile.name.as_str(), &profile.id)?;
    let journal = newest(context, profile.name.as_str(), &profile.id)?;
    let roots = journal
        .roots
        .iter()
        .map(|r| UndoRoot { name: r.name.clone(), path: r.live.clone(), existed: r.existed })
        .collect();
    let changed_since = aside::changed_since(&journal);
    let emergency_bytes = if emergency && changed_since {
        let classifier = Classifier::new(profile, context.home.path())?;
        restore::unsaved_bytes(context, profile, &classifier, job)?
    } else {
        None
    };
    let live: Vec<PathBuf> = journal.roots.iter().map(|root| root.live.clone()).collect();
    Ok(UndoPlan {
        id: journal.id.clone(),
        archive: journal.archive.clone(),
        at: journal.at,
        profile: profile.clone(),
        emergency,
        changed_since,
        emergency_bytes,
        roots,
        written: aside::written(&journal),
        in_use: in_use::look(&live).holders,
        despite_use: false,
    })
}

fn newest(context: &Context, deployment: &str, deployment_id: &str) -> Result<Journal> {
    let journal = Journal::all(context, deployment_id)?.into_iter().find(|j| j.stage == Stage::Done);
    let Some(journal) = journal else {
        return Err(Error::new(Code::NothingToUndo, deployment, "no restore in place is preserved to go back to"));
    };
    for root in journal.roots.iter().filter(|r| r.existed) {
        let there = if root.file { root.aside.is_file() } else { root.aside.is_dir() };
        if !there {
            let cause = format!("the state before the restore is not at {} any more", root.aside.display());
            return Err(Error::new(Code::NothingToUndo, root.live.display(), cause));
        }
    }
    Ok(journal)
}

/// Exchanges the roots back. What was restored goes, and what was changed in it since with it: of that an archive is made
/// first, unless the plan was made without. `Code::EmergencyFailed`, and nothing is done, where it cannot be made or does not
/// hold all. `Code::StillInUse`, and nothing is done, where programs may write there and the plan does not say `despite_use`;
/// where it does, they are a problem of the report.
pub fn run(context: &Context, plan: UndoPlan, job: &Job) -> Result<UndoReport> {
    job.checkpoint()?;
    let started = context.clock.now();
    let UndoPlan { profile, emergency, id, archive, roots, despite_use, .. } = plan;
    let (deployment, deployment_id) = (&profile.name, profile.id.clone());
    let lock = Arc::new(context.lock(deployment.as_str(), "an undo")?);
    recover_interrupted(context, &deployment_id)?;
    let mut journal = newest(context, deployment.as_str(), &deployment_id)?;
    if journal.id != id {
        let cause = "another restore is the newest one now";
        return Err(Error::new(Code::ChangedSincePreview, deployment, cause));
    }
    for root in &mut journal.roots {
        let here = std::fs::symlink_metadata(&root.live).ok();
        // Editors replace a file as they save it: it is still the restored one, changed since.
        if let Some(meta) = here.as_ref().filter(|meta| root.file && meta.is_file()) {
            root.new = Some((meta.dev(), meta.ino()));
        }
        let restored = super::restore::journal::is_new_state(root, here.as_ref());
        if !restored && here.is_some() {
            let what = if root.file { "thing" } else { "folder" };
            let cause = format!("the {what} there is not the one that was restored: it was replaced since");
            return Err(Error::new(Code::NothingToUndo, root.live.display(), cause));
        }
    }
    let live: Vec<PathBuf> = journal.roots.iter().map(|root| root.live.clone()).collect();
    let writing = || {
        let mut holders = in_use::look(&live).holders;
        holders.retain(|holder| holder.writes);
        holders
    };
    let writers = writing();
    if !despite_use && !writers.is_empty() {
        let cause = "what it writes after the undo would go into files that are gone";
        return Err(Error::new(Code::StillInUse, in_use::named(&writers), cause));
    }
    let emergency = if emergency && aside::changed_since(&journal) {
        let before = BeforeNote { act: Act::Undo, restore: id.clone(), part: false };
        Some(archive_present(context, &profile, before, &lock, job)?)
    } else {
        None
    };
    job.checkpoint()?;
    job.phase(Phase::Swapping, 0, 0);
    let writers = if despite_use { writing() } else { Vec::new() };
    journal.advance(context, Stage::Undoing)?;
    journal.swap_back()?;
    journal.advance(context, Stage::Undone)?;
    job.phase(Phase::Removing, 0, 0);
    journal.remove_aside()?;
    record(context, &journal, started)?;
    journal.forget(context)?;
    let cause = "what it writes from now on goes into files that are gone";
    let problems: Vec<Problem> = (!writers.is_empty())
        .then(|| Problem::new(Code::StillInUse, in_use::named(&writers), cause))
        .into_iter()
        .collect();
    let outcome = if problems.is_empty() { Outcome::Done } else { Outcome::Problems };
    Ok(UndoReport { outcome, id, archive, roots, emergency, problems })
}

/// Once for each: that of a killed one is recorded where it is brought to its end.
pub(super) fn record(context: &Context, journal: &Journal, started: Timestamp) -> Result<()> {
    let (catalog, _) = context.catalog()?;
    let known = catalog.runs().recent_of(&journal.deployment_id, Operation::Undo, 1)?;
    if known.first().is_some_and(|row| row.run.summary["id"] == journal.id) {
        return Ok(());
    }
    let run = Run {
        deployment_id: journal.deployment_id.clone(),
        operation: Operation::Undo,
        started,
        ended: context.clock.now(),
        outcome: Outcome::Done,
        archive: Some(journal.archive.clone()),
        files: 0,
        bytes: 0,
        stored_bytes: 0,
        summary: serde_json::json!({ "id": journal.id }),
        problems: Vec::new(),
    };
    catalog.runs().insert(&run).map(|_| ())
}

/// What goes is nowhere else: unlike a restore, an undo is not begun without the archive, or where that lacks a file.
fn archive_present(
    context: &Context,
    profile: &Profile,
    before: BeforeNote,
    lock: &Arc<Lock>,
    job: &Job,
) -> Result<ArchiveName> {
    let refused = |cause: String| Error::new(Code::EmergencyFailed, profile.name.as_str(), cause);
    let made = restore::archive_present(context, profile, before, lock, job).map_err(|e| {
        if e.is_cancelled() { e } else { refused(format!("{}: {}", e.subject(), e.cause())).with_source(e) }
    })?;
    let lacking = |problem: &&Problem| {
        matches!(problem.code, Code::FileUnreadable | Code::DatabaseUnreadable | Code::VectorStoreChanging)
    };
    match made.problems.iter().find(lacking) {
        Some(problem) => Err(refused(format!("{}: {}", problem.subject, problem.cause))),
        None => Ok(made.archive),
    }
}
