//! Brings back the state before a restore in place, or lets it go.
mod aside;
mod letting_go;

pub use aside::{Preserved, SetAside, Written, preserved, set_aside};
pub use letting_go::{ForgetReport, ForgetRequest, forget};

use super::context::Context;
use super::in_use::{self, Holder};
use super::restore::journal::{self, Journal, Stage, recover_interrupted};
use crate::catalog::{Operation, Run};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use holdfast_domain::{ArchiveName, Code, DeploymentName, Outcome, Problem};
use jiff::Timestamp;
use serde::Serialize;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// What an undo will bring back. It holds nothing up: `run` takes the deployment's lock, and refuses what has changed since
/// with `Code::ChangedSincePreview`.
#[derive(Debug)]
pub struct UndoPlan {
    deployment: DeploymentName,
    deployment_id: String,
    /// Of the restore that is undone.
    pub id: String,
    pub archive: ArchiveName,
    pub at: Timestamp,
    pub roots: Vec<UndoRoot>,
    /// What was written to the state before: it comes back as it is now.
    pub written: Written,
    /// Programs that would go on with what was restored.
    pub in_use: Vec<Holder>,
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
    pub problems: Vec<Problem>,
}

/// The newest restore that can be undone. Takes no lock, except to finish what an interrupted one left.
pub fn plan(context: &Context, profile: &Profile) -> Result<UndoPlan> {
    journal::settle(context, profile.name.as_str(), &profile.id)?;
    let journal = newest(context, profile.name.as_str(), &profile.id)?;
    let roots = journal
        .roots
        .iter()
        .map(|r| UndoRoot { name: r.name.clone(), path: r.live.clone(), existed: r.existed })
        .collect();
    let live: Vec<PathBuf> = journal.roots.iter().map(|root| root.live.clone()).collect();
    Ok(UndoPlan {
        id: journal.id.clone(),
        archive: journal.archive.clone(),
        at: journal.at,
        deployment: profile.name.clone(),
        deployment_id: profile.id.clone(),
        roots,
        written: aside::written(&journal),
        in_use: in_use::look(&live).holders,
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

/// Exchanges the roots back. What was restored, and what was changed in it since, goes.
pub fn run(context: &Context, plan: UndoPlan, job: &Job) -> Result<UndoReport> {
    job.checkpoint()?;
    job.phase(Phase::Swapping, 0, 0);
    let started = context.clock.now();
    let UndoPlan { deployment, deployment_id, id, archive, roots, .. } = plan;
    let _lock = context.lock(deployment.as_str(), "an undo")?;
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
    journal.advance(context, Stage::Undoing)?;
    journal.swap_back()?;
    journal.advance(context, Stage::Undone)?;
    job.phase(Phase::Removing, 0, 0);
    journal.remove_aside()?;
    journal.forget(context)?;
    let (catalog, _) = context.catalog()?;
    catalog.runs().insert(&Run {
        deployment_id,
        operation: Operation::Undo,
        started,
        ended: context.clock.now(),
        outcome: Outcome::Done,
        archive: Some(archive.clone()),
        files: 0,
        bytes: 0,
        stored_bytes: 0,
        summary: serde_json::json!({ "id": id }),
        problems: Vec::new(),
    })?;
    Ok(UndoReport { outcome: Outcome::Done, id, archive, roots, problems: Vec::new() })
}
