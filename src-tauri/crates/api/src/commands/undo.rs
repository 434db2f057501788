use super::in_use::{self, InUse};
use super::setup::RootInfo;
use crate::note::outcome_of;
use crate::words::count_words;
use crate::{Answer, Failure, Note, Service};
use holdfast_domain::{ArchiveName, Code, Outcome, Severity};
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::undo::{self, ForgetRequest, UndoPlan, UndoRoot, Written};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What an undo will bring back.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct UndoPreview {
    pub deployment: String,
    /// Of the restore that is undone.
    pub id: String,
    pub archive: ArchiveName,
    pub at: Timestamp,
    pub roots: Vec<UndoRoot>,
    /// Files of the state before that changed after it was set aside: they come back as they are now.
    pub changed_files: u64,
    /// Something was changed in the live folder since the restore: it goes with the undo.
    pub changed_since: bool,
    /// An archive of the present state is made first, because of that.
    pub archived_first: bool,
    /// What that archive reads at most; `None` where none is made, or it cannot be said.
    pub emergency_bytes: Option<u64>,
    /// Programs that would go on with what was restored: they are to be stopped first.
    pub in_use: Vec<InUse>,
    pub problems: Vec<Note>,
}

#[derive(Debug)]
pub struct PlannedUndo {
    plan: UndoPlan,
    pub preview: UndoPreview,
}

impl PlannedUndo {
    /// Also while the programs that the preview names may write there: who reads that has agreed to it.
    #[must_use]
    pub fn despite_use(mut self) -> Self {
        self.plan.despite_use = true;
        self
    }
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct UndoAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub id: String,
    pub archive: ArchiveName,
    pub roots: Vec<RootInfo>,
    /// The archive of the state that went.
    pub emergency: Option<ArchiveName>,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ForgetAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    /// How many preserved states went.
    pub removed: u64,
    pub freed_bytes: u64,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Default, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct ForgetArgs {
    pub deployment: Option<String>,
    /// The state before this restore alone; `null`: all.
    pub id: Option<String>,
    /// Also what was written to it after it was set aside, which is nowhere else. A consent of its own.
    pub discard_changes: bool,
}

/// A state before a restore, and what happened to it since.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SetAside {
    /// Of the restore.
    pub id: String,
    pub archive: ArchiveName,
    pub at: Timestamp,
    pub paths: Vec<PathBuf>,
    /// Letting it go would lose what is nowhere else.
    pub would_lose: bool,
    /// Files that were written to since, and their whole sizes.
    pub written_files: u64,
    pub written_bytes: u64,
    /// The one that was written to last, and when.
    pub written_path: Option<PathBuf>,
    pub written_at: Option<Timestamp>,
    /// Programs that have files there open.
    pub in_use: Vec<InUse>,
}

/// A state before a restore that can still be brought back.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Preserved {
    pub id: String,
    pub archive: ArchiveName,
    pub at: Timestamp,
    pub paths: Vec<PathBuf>,
}

impl Service {
    /// The newest restore that can be undone. With `emergency`, an archive of the present state is made first where something
    /// was changed since.
    pub fn plan_undo(&self, deployment: Option<&str>, emergency: bool) -> Answer<PlannedUndo> {
        let profile = self.profile(deployment)?;
        let mut problems = Vec::new();
        self.settle_if_free(&profile, &mut problems)?;
        let mut plan = undo::plan(self.context(), &profile, emergency, &Job::silent(self.context().clock.clone()))?;
        let changed_files = plan.written.files + plan.written.shared;
        problems.extend(changed(&plan.written, profile.name.as_str()));
        let preview = UndoPreview {
            deployment: profile.name.to_string(),
            id: plan.id.clone(),
            archive: plan.archive.clone(),
            at: plan.at,
            roots: plan.roots.clone(),
            changed_files,
            changed_since: plan.changed_since,
            archived_first: plan.changed_since && emergency,
            emergency_bytes: plan.emergency_bytes,
            in_use: in_use::all(std::mem::take(&mut plan.in_use)),
            problems,
        };
        Ok(PlannedUndo { plan, preview })
    }

    pub fn undo(&self, planned: PlannedUndo, job: &Job) -> Answer<UndoAnswer> {
        let PlannedUndo { plan, preview } = planned;
        let report = undo::run(self.context(), plan, job).map_err(|e| refused(e.into()))?;
        // What was compared with the folder as it was.
        self.trees().clear();
        let mut problems = preview.problems;
        problems.extend(Note::all(report.problems));
        Ok(UndoAnswer {
            outcome: report.outcome,
            deployment: preview.deployment,
            id: report.id,
            archive: report.archive,
            roots: report.roots.into_iter().map(|r| RootInfo { name: r.name, path: r.path }).collect(),
            emergency: report.emergency,
            problems,
        })
    }

    /// The states that `forget` would let go, newest first, with what happened to them since.
    pub fn preserved(&self, deployment: Option<&str>) -> Answer<Vec<SetAside>> {
        let profile = self.profile(deployment)?;
        Ok(undo::set_aside(self.context(), &profile)?.into_iter().map(SetAside::from).collect())
    }

    /// Lets preserved states go: what was restored stays, and can no longer be undone. `Code::WrittenAside` where that would
    /// lose what was written to one since.
    pub fn forget(&self, args: &ForgetArgs, job: &Job) -> Answer<ForgetAnswer> {
        let profile = self.profile(args.deployment.as_deref())?;
        let mut problems = Vec::new();
        self.settle(&profile, &mut problems)?;
        let request = ForgetRequest { id: args.id.clone(), discard_changes: args.discard_changes };
        let report = undo::forget(self.context(), &profile, &request, job)?;
        Ok(ForgetAnswer {
            outcome: outcome_of(&problems),
            deployment: profile.name.to_string(),
            removed: report.removed,
            freed_bytes: report.freed_bytes,
            problems,
        })
    }
}

/// A restore goes on without its archive, an undo does not.
fn refused(failure: Failure) -> Failure {
    if failure.code == Code::StillInUse {
        let title = format!("{} may still write to the restored state, so nothing was undone.", failure.subject);
        let next_step = "Stop it, then undo. With --while-running it is undone all the same, and what is written from then on is lost.";
        return Failure { title, ..failure }.then(next_step);
    }
    if failure.code != Code::EmergencyFailed {
        return failure;
    }
    let title = format!("No archive of all that {} holds now could be made, so nothing was undone.", failure.subject);
    let next_step = "Mend what the cause names, and undo then. What was changed since the restore would be lost without the archive \
                     (--no-emergency).";
    Failure { title, ..failure }.then(next_step)
}

/// That the state before is not what it was when it was set aside. A notice: it comes back all the same.
fn changed(written: &Written, deployment: &str) -> Option<Note> {
    let count = written.files + written.shared;
    if count == 0 {
        return None;
    }
    let last = written.last.as_ref().map(|(path, _)| format!(", {} last", path.display())).unwrap_or_default();
    let cause = format!("{} in both states, {} in the one before alone{last}", written.shared, written.files);
    let failure = Failure::new(Code::WrittenAside, deployment, cause);
    let title = format!("{} of the state before changed after it was set aside.", count_words(count, "file", "files"));
    let next_step = "They come back as they are now, not as they were.".to_owned();
    Some(Note { severity: Severity::Notice, title, next_step, ..Note::from(failure) })
}

impl From<undo::SetAside> for SetAside {
    fn from(found: undo::SetAside) -> Self {
        let would_lose = found.would_lose();
        let undo::SetAside { state, written, in_use } = found;
        let (written_path, written_at) = written.last.unzip();
        Self {
            id: state.id,
            archive: state.archive,
            at: state.at,
            paths: state.paths,
            would_lose,
            written_files: written.files,
            written_bytes: written.bytes,
            written_path,
            written_at,
            in_use: in_use::all(in_use),
        }
    }
}

impl From<undo::Preserved> for Preserved {
    fn from(state: undo::Preserved) -> Self {
        Self { id: state.id, archive: state.archive, at: state.at, paths: state.paths }
    }
}
