use crate::{Answer, Note, Service};
use holdfast_domain::{ArchiveName, Kind, Level, Outcome};
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::prune::{self, CopiesPlan, CopiesRemoved, Judged, PrunePlan};
use jiff::Timestamp;
use serde::Serialize;

/// What a prune will remove, and why the rest stays.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct PrunePreview {
    pub outcome: Outcome,
    pub deployment: String,
    pub dry_run: bool,
    /// Newest first.
    pub archives: Vec<PruneItem>,
    pub removed_count: u64,
    pub freed_bytes: u64,
    /// The destinations that get copies and are there now.
    pub copies: Vec<CopiesItem>,
    /// Archives whose removal an earlier run had begun; it was finished.
    pub finished: Vec<ArchiveName>,
    /// Why nothing is removed, whatever the rules say.
    pub alarm: Option<String>,
    pub problems: Vec<Note>,
}

/// What a prune does at one destination that gets copies.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct CopiesItem {
    pub destination: String,
    /// Newest first.
    pub archives: Vec<PruneItem>,
    pub removed_count: u64,
    pub freed_bytes: u64,
}

impl From<&CopiesPlan> for CopiesItem {
    fn from(plan: &CopiesPlan) -> Self {
        Self {
            destination: plan.destination.clone(),
            archives: plan.archives.iter().map(PruneItem::from).collect(),
            removed_count: plan.archives.iter().filter(|judged| !judged.keep).count() as u64,
            freed_bytes: plan.freed_bytes(),
        }
    }
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct PruneItem {
    pub name: ArchiveName,
    pub created: Timestamp,
    pub level: Level,
    pub kind: Kind,
    pub stored_bytes: u64,
    pub keep: bool,
    /// In words; never empty.
    pub reasons: Vec<String>,
}

impl From<&Judged> for PruneItem {
    fn from(judged: &Judged) -> Self {
        Self {
            name: judged.name.clone(),
            created: judged.created,
            level: judged.level,
            kind: judged.kind,
            stored_bytes: judged.stored_bytes,
            keep: judged.keep,
            reasons: judged.reasons.iter().map(ToString::to_string).collect(),
        }
    }
}

#[derive(Debug)]
pub struct PlannedPrune {
    plan: PrunePlan,
    notes: Vec<Note>,
    pub preview: PrunePreview,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct PruneAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub dry_run: bool,
    /// In the order in which they went.
    pub removed: Vec<ArchiveName>,
    pub kept: Vec<PruneItem>,
    pub freed_bytes: u64,
    /// What went at the destinations that get copies.
    pub copies: Vec<CopiesRemoved>,
    pub finished: Vec<ArchiveName>,
    pub alarm: Option<String>,
    pub problems: Vec<Note>,
}

impl Service {
    /// Decides about every archive. Removes nothing, except that it finishes what an interrupted prune had begun.
    pub fn plan_prune(&self, deployment: Option<&str>, job: &Job) -> Answer<PlannedPrune> {
        let profile = self.profile(deployment)?;
        let mut notes = Vec::new();
        self.settle(&profile, &mut notes)?;
        let plan = prune::plan(self.context(), &profile, job)?;
        let mut problems = notes.clone();
        problems.extend(Note::all(plan.problems.iter().cloned()));
        let preview = PrunePreview {
            outcome: crate::note::outcome_of(&problems),
            deployment: profile.name.to_string(),
            dry_run: true,
            archives: plan.archives.iter().map(PruneItem::from).collect(),
            removed_count: plan.archives.iter().filter(|judged| !judged.keep).count() as u64,
            freed_bytes: plan.freed_bytes(),
            copies: plan.copies.iter().map(CopiesItem::from).collect(),
            finished: plan.finished.clone(),
            alarm: plan.alarm.clone(),
            problems,
        };
        Ok(PlannedPrune { plan, notes, preview })
    }

    /// Does what was shown. Stopped between two archives, what it names as removed is gone all the same.
    pub fn prune(&self, planned: PlannedPrune, job: &Job) -> Answer<PruneAnswer> {
        let PlannedPrune { plan, notes, preview } = planned;
        let report = prune::run(self.context(), plan, job)?;
        let mut problems = notes;
        problems.extend(Note::all(report.problems));
        Ok(PruneAnswer {
            outcome: report.outcome,
            deployment: preview.deployment,
            dry_run: false,
            removed: report.removed.into_iter().map(|removed| removed.name).collect(),
            kept: report.kept.iter().map(PruneItem::from).collect(),
            freed_bytes: report.freed_bytes,
            copies: report.copies,
            finished: report.finished,
            alarm: report.alarm,
            problems,
        })
    }
}
