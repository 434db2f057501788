//! Brings back the state before a restore in place, or lets it go.
use super::context::Context;
use super::restore::journal::{Journal, Stage, recover_interrupted};
use crate::catalog::{Operation, Run};
use crate::deployment::Profile;
use crate::durable::Lock;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use holdfast_domain::{ArchiveName, Code, Outcome, Problem};
use jiff::Timestamp;
use serde::Serialize;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// What an undo will bring back. Holds the deployment's lock.
#[derive(Debug)]
pub struct UndoPlan {
    journal: Journal,
    deployment_id: String,
    /// Of the restore that is undone.
    pub id: String,
    pub archive: ArchiveName,
    pub at: Timestamp,
    pub roots: Vec<UndoRoot>,
    _lock: Lock,
}

#[derive(Debug, Clone, Serialize)]
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

#[derive(Debug, Clone, Serialize)]
pub struct ForgetReport {
    /// How many preserved states went.
    pub removed: u64,
    pub freed_bytes: u64,
}

/// The newest restore that can be undone.
pub fn plan(context: &Context, profile: &Profile) -> Result<UndoPlan> {
    let lock = context.lock(profile.name.as_str(), "an undo")?;
    recover_interrupted(context, &profile.id)?;
    let journal = Journal::all(context, &profile.id)?.into_iter().find(|j| j.stage == Stage::Done);
    let Some(journal) = journal else {
        return Err(Error::new(Code::NothingToUndo, &profile.name, "no restore in place is preserved to go back to"));
    };
    for root in journal.roots.iter().filter(|r| r.existed) {
        let there = if root.file { root.aside.is_file() } else { root.aside.is_dir() };
        if !there {
            let cause = format!("the state before the restore is not at {} any more", root.aside.display());
            return Err(Error::new(Code::NothingToUndo, root.live.display(), cause));
        }
    }
    let roots = journal
        .roots
        .iter()
        .map(|r| UndoRoot { name: r.name.clone(), path: r.live.clone(), existed: r.existed })
        .collect();
    Ok(UndoPlan {
        id: journal.id.clone(),
        archive: journal.archive.clone(),
        at: journal.at,
        deployment_id: profile.id.clone(),
        roots,
        journal,
        _lock: lock,
    })
}

/// Exchanges the roots back. What was restored, and what was changed in it since, goes.
pub fn run(context: &Context, plan: UndoPlan, job: &Job) -> Result<UndoReport> {
    job.checkpoint()?;
    job.phase(Phase::Swapping, 0, 0);
    let started = context.clock.now();
    let UndoPlan { mut journal, deployment_id, id, archive, roots, _lock, .. } = plan;
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

/// Lets every preserved state go: what was restored stays, and can no longer be undone.
pub fn forget(context: &Context, profile: &Profile, job: &Job) -> Result<ForgetReport> {
    let _lock = context.lock(profile.name.as_str(), "letting a preserved state go")?;
    recover_interrupted(context, &profile.id)?;
    job.phase(Phase::Removing, 0, 0);
    let mut report = ForgetReport { removed: 0, freed_bytes: 0 };
    for mut journal in Journal::all(context, &profile.id)? {
        job.checkpoint()?;
        for root in &journal.roots {
            report.freed_bytes += tree_bytes(&root.aside);
        }
        journal.advance(context, Stage::LettingGo)?;
        journal.remove_aside()?;
        journal.forget(context)?;
        report.removed += 1;
    }
    Ok(report)
}

/// Preserved states and their sizes, newest first.
pub fn preserved(context: &Context, profile: &Profile) -> Result<Vec<(ArchiveName, Timestamp, Vec<PathBuf>)>> {
    let journals = Journal::all(context, &profile.id)?;
    let done = journals.into_iter().filter(|j| j.stage == Stage::Done);
    Ok(done.map(|j| (j.archive, j.at, j.roots.into_iter().filter(|r| r.existed).map(|r| r.aside).collect())).collect())
}

/// Bytes on the disk that only this tree holds: files with a second name elsewhere free nothing.
fn tree_bytes(folder: &std::path::Path) -> u64 {
    let mut bytes = match folder.symlink_metadata() {
        Ok(meta) if meta.is_file() && meta.nlink() == 1 => meta.blocks() * 512,
        _ => 0,
    };
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match item.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(item.path()),
                Ok(meta) if meta.nlink() == 1 => bytes += meta.blocks() * 512,
                _ => {}
            }
        }
    }
    bytes
}
