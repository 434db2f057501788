use super::setup::RootInfo;
use crate::note::outcome_of;
use crate::{Answer, Note, Service};
use holdfast_domain::{ArchiveName, Outcome};
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::undo::{self, UndoPlan, UndoRoot};
use jiff::Timestamp;
use serde::Serialize;
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
    pub problems: Vec<Note>,
}

#[derive(Debug)]
pub struct PlannedUndo {
    plan: UndoPlan,
    pub preview: UndoPreview,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct UndoAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub id: String,
    pub archive: ArchiveName,
    pub roots: Vec<RootInfo>,
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

/// A state before a restore that can still be brought back.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Preserved {
    pub archive: ArchiveName,
    pub at: Timestamp,
    pub paths: Vec<PathBuf>,
}

impl Service {
    /// The newest restore that can be undone.
    pub fn plan_undo(&self, deployment: Option<&str>) -> Answer<PlannedUndo> {
        let profile = self.profile(deployment)?;
        let mut problems = Vec::new();
        self.settle(&profile, &mut problems)?;
        let plan = undo::plan(self.context(), &profile)?;
        let preview = UndoPreview {
            deployment: profile.name.to_string(),
            id: plan.id.clone(),
            archive: plan.archive.clone(),
            at: plan.at,
            roots: plan.roots.clone(),
            problems,
        };
        Ok(PlannedUndo { plan, preview })
    }

    pub fn undo(&self, planned: PlannedUndo, job: &Job) -> Answer<UndoAnswer> {
        let PlannedUndo { plan, preview } = planned;
        let report = undo::run(self.context(), plan, job)?;
        let mut problems = preview.problems;
        problems.extend(Note::all(report.problems));
        Ok(UndoAnswer {
            outcome: report.outcome,
            deployment: preview.deployment,
            id: report.id,
            archive: report.archive,
            roots: report.roots.into_iter().map(|r| RootInfo { name: r.name, path: r.path }).collect(),
            problems,
        })
    }

    /// The states that `forget` would let go.
    pub fn preserved(&self, deployment: Option<&str>) -> Answer<Vec<Preserved>> {
        let profile = self.profile(deployment)?;
        let states = undo::preserved(self.context(), &profile)?;
        Ok(states.into_iter().map(|(archive, at, paths)| Preserved { archive, at, paths }).collect())
    }

    /// Lets every preserved state go: what was restored stays, and can no longer be undone.
    pub fn forget(&self, deployment: Option<&str>, job: &Job) -> Answer<ForgetAnswer> {
        let profile = self.profile(deployment)?;
        let mut problems = Vec::new();
        self.settle(&profile, &mut problems)?;
        let report = undo::forget(self.context(), &profile, job)?;
        Ok(ForgetAnswer {
            outcome: outcome_of(&problems),
            deployment: profile.name.to_string(),
            removed: report.removed,
            freed_bytes: report.freed_bytes,
            problems,
        })
    }
}
