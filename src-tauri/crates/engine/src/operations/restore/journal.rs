//! What a restore in place has done so far, on disk before it is done: whatever moment it is killed at, the next run
//! knows whether the live folder is the old or the new one, and finishes.
use super::swap;
use crate::durable;
use crate::error::{Error, Result};
use crate::operations::context::Context;
use crate::operations::in_use::{self, Holder};
use crate::operations::undo;
use holdfast_domain::{ArchiveName, Code, Problem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The new state is being written beside the old one, which is untouched.
    Staging,
    /// The new state is complete and checked; roots are being exchanged.
    Swapping,
    /// The new state is live; the old one is preserved.
    Done,
    /// The old state is being brought back.
    Undoing,
    /// The old state is live; the new one is being removed.
    Undone,
    /// The preserved state was let go and is being removed.
    LettingGo,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    pub id: String,
    pub deployment_id: String,
    pub archive: ArchiveName,
    pub at: Timestamp,
    pub stage: Stage,
    pub roots: Vec<SwappedRoot>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwappedRoot {
    pub name: String,
    /// Where the live folder is.
    pub live: PathBuf,
    /// Where the new state is written, and after the exchange the old one preserved.
    pub aside: PathBuf,
    /// Whether there was an old state.
    pub existed: bool,
    /// Device and inode of the new state's folder, by which it is known whichever name it has.
    pub new: Option<(u64, u64)>,
    /// It is a single file.
    #[serde(default)]
    pub file: bool,
    /// When the old state was set aside, in seconds and nanoseconds of its file system's own clock. What was written there
    /// later has later times.
    #[serde(default)]
    pub set_aside: Option<(i64, i64)>,
}

impl Journal {
    fn folder(context: &Context, deployment_id: &str) -> PathBuf {
        context.home.restores().join(deployment_id)
    }

    fn path(&self, context: &Context) -> PathBuf {
        Self::folder(context, &self.deployment_id).join(format!("{}.json", self.id))
    }

    pub fn save(&self, context: &Context) -> Result<()> {
        let path = self.path(context);
        durable::create_private_dir(path.parent().unwrap_or(Path::new(".")))?;
        let text = serde_json::to_vec_pretty(self).map_err(|e| Error::new(Code::Internal, path.display(), e))?;
        durable::write(&path, &text, 0o600)
    }

    pub fn advance(&mut self, context: &Context, stage: Stage) -> Result<()> {
        self.stage = stage;
        self.save(context)
    }

    pub fn forget(&self, context: &Context) -> Result<()> {
        durable::remove(&self.path(context))
    }

    /// All journals of a deployment, newest first.
    pub fn all(context: &Context, deployment_id: &str) -> Result<Vec<Self>> {
        let folder = Self::folder(context, deployment_id);
        let mut journals = Vec::new();
        let Ok(items) = std::fs::read_dir(&folder) else { return Ok(journals) };
        for item in items.flatten() {
            let path = item.path();
            if path.extension().is_none_or(|e| e != "json") {
                continue;
            }
            let text = std::fs::read(&path).map_err(|e| Error::io(&path, e))?;
            let journal = serde_json::from_slice(&text).map_err(|e| {
                Error::new(Code::BadSettings, path.display(), format!("a restore's journal is damaged: {e}"))
            })?;
            journals.push(journal);
        }
        journals.sort_by(|a: &Self, b: &Self| b.id.cmp(&a.id));
        Ok(journals)
    }

    /// Removes what lies aside, and the folder around it once it is empty.
    pub fn remove_aside(&self) -> Result<()> {
        for root in &self.roots {
            match std::fs::symlink_metadata(&root.aside) {
                Ok(meta) if meta.is_dir() => swap::remove_tree(&root.aside)?,
                // Only what this journal put there: a file in a folder of its own.
                Ok(_) if root.file => std::fs::remove_file(&root.aside).map_err(|e| Error::io(&root.aside, e))?,
                _ => {}
            }
            if let Some(around) = root.aside.parent() {
                let _ = std::fs::remove_dir(around);
            }
        }
        Ok(())
    }

    /// Removes what lies aside, for good. An earlier restore is then undone from the state that is live, because that is
    /// what its own became.
    pub fn let_go(&self, context: &Context) -> Result<()> {
        for mut earlier in Self::all(context, &self.deployment_id)? {
            let mut changed = false;
            for root in &mut earlier.roots {
                let ours = self.roots.iter().find(|ours| ours.live == root.live && ours.existed);
                let Some(ours) = ours.filter(|ours| root.new.is_some() && swap::identity(&ours.aside) == root.new)
                else {
                    continue;
                };
                root.new = ours.new;
                changed = true;
            }
            if changed {
                earlier.save(context)?;
            }
        }
        self.remove_aside()?;
        self.forget(context)
    }

    /// Folders beside roots of which there was no old state hold nothing now.
    pub fn remove_empty_folders(&self) {
        for around in self.roots.iter().filter_map(|root| root.aside.parent()) {
            let _ = std::fs::remove_dir(around);
        }
    }

    /// Makes the new state live in every root where it is not yet.
    pub fn swap(&self) -> Result<()> {
        self.roots.iter().try_for_each(swap::forward)
    }

    /// Makes the old state live again in every root where it is not yet.
    pub fn swap_back(&self) -> Result<()> {
        self.roots.iter().try_for_each(swap::back)
    }
}

/// Programs that have files open in the states that restores of a deployment set aside.
pub fn in_use_aside(context: &Context, deployment_id: &str) -> Result<Vec<Holder>> {
    let journals = Journal::all(context, deployment_id)?;
    let roots = journals.iter().flat_map(|journal| &journal.roots).filter(|root| root.existed);
    let aside: Vec<PathBuf> = roots.map(|root| root.aside.clone()).collect();
    if aside.is_empty() {
        return Ok(Vec::new());
    }
    let mut holders = in_use::look(&aside).holders;
    holders.retain(|holder| holder.opens);
    Ok(holders)
}

/// Finishes what a killed restore or undo left, if there is anything and nobody is at work: a preview neither waits for
/// others nor holds them up.
pub fn settle(context: &Context, deployment: &str, deployment_id: &str) -> Result<Option<Problem>> {
    if Journal::all(context, deployment_id)?.iter().all(|journal| journal.stage == Stage::Done) {
        return Ok(None);
    }
    match context.lock(deployment, "bringing an interrupted run to an end") {
        Ok(_lock) => recover_interrupted(context, deployment_id),
        Err(e) if e.code() == Code::Locked => Ok(None),
        Err(e) => Err(e),
    }
}

/// Removes journals that were being written when a run was killed: the one before each still stands.
fn sweep(folder: &Path) -> Result<()> {
    for item in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = item.path();
        if path.extension().is_some_and(|ending| ending == "partial") {
            durable::remove(&path)?;
        }
    }
    Ok(())
}

/// Finishes what a killed restore or undo left: a new state that was not complete is removed, exchanges that had begun
/// are completed. The deployment's lock must be held. Says what it did, if anything.
pub fn recover_interrupted(context: &Context, deployment_id: &str) -> Result<Option<Problem>> {
    sweep(&Journal::folder(context, deployment_id))?;
    let mut said = None;
    for mut journal in Journal::all(context, deployment_id)? {
        let what = match journal.stage {
            Stage::Done => continue,
            Stage::Staging => {
                journal.remove_aside()?;
                journal.forget(context)?;
                "a restore was interrupted before anything was exchanged; the live folder is the old state"
            }
            Stage::Swapping => {
                journal.swap()?;
                journal.advance(context, Stage::Done)?;
                journal.remove_empty_folders();
                "a restore was interrupted while it exchanged; it was completed, the live folder is the restored state"
            }
            Stage::Undoing => {
                journal.swap_back()?;
                journal.advance(context, Stage::Undone)?;
                journal.remove_aside()?;
                undo::record(context, &journal, context.clock.now())?;
                journal.forget(context)?;
                "an undo was interrupted; it was completed, the live folder is the state before the restore"
            }
            Stage::LettingGo => {
                journal.let_go(context)?;
                continue;
            }
            Stage::Undone => {
                journal.remove_aside()?;
                undo::record(context, &journal, context.clock.now())?;
                journal.forget(context)?;
                continue;
            }
        };
        said = Some(Problem::new(Code::Interrupted, journal.archive.to_string(), what));
    }
    Ok(said)
}

/// Whether what is at the live path is the state that the restore wrote.
pub fn is_new_state(root: &SwappedRoot, here: Option<&std::fs::Metadata>) -> bool {
    use std::os::unix::fs::MetadataExt;
    here.is_some_and(|meta| Some((meta.dev(), meta.ino())) == root.new)
}
