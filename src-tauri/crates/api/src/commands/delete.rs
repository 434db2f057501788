use crate::note::outcome_of;
use crate::{Answer, Failure, Note, Service};
use holdfast_domain::{ArchiveName, Code, Outcome, Problem, Severity};
use holdfast_engine::Error;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::delete::{self, DeletePlan, Refusal};
use holdfast_engine::operations::pick::Picked;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct DeleteArgs {
    pub deployment: Option<String>,
    pub archive: String,
    /// Let the last good archive go too.
    #[serde(default)]
    pub force: bool,
}

/// What a deletion would take along.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct DeletePreview {
    pub archive: ArchiveName,
    pub freed_bytes: u64,
    /// Archives that need it and go with it, oldest first.
    pub needed_by: Vec<ArchiveName>,
    /// Why it may not go.
    pub refused: Option<Note>,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct DeleteAnswer {
    pub outcome: Outcome,
    /// In the order in which they went.
    pub removed: Vec<ArchiveName>,
    pub freed_bytes: u64,
    pub problems: Vec<Note>,
}

#[derive(Debug)]
pub struct PlannedDelete {
    plan: DeletePlan,
    notes: Vec<Note>,
    pub preview: DeletePreview,
}

impl Service {
    /// Says what would go. Removes nothing.
    pub fn plan_delete(&self, args: &DeleteArgs) -> Answer<PlannedDelete> {
        let mut notes = Vec::new();
        let catalog = self.catalog(&mut notes)?;
        let chosen = self.choose(&catalog, args.deployment.as_deref(), &args.archive)?;
        drop(catalog);
        let (Some(profile), Picked::Row(row)) = (chosen.profile, chosen.picked) else {
            let cause = "only archives that the catalog knows are deleted here";
            return Err(Error::new(Code::ArchiveMissing, &args.archive, cause).into());
        };
        self.settle(&profile, &mut notes)?;
        let plan = delete::plan(self.context(), &profile, &row.name, args.force)?;
        if !plan.copies_stay_at.is_empty() {
            let places = plan.copies_stay_at.join(", ");
            let mut note =
                Note::from(Problem::new(Code::OriginDiffers, row.name.as_str(), format!("it lies at {places} too")));
            note.title = format!("Copies of it stay at {places}.");
            "They go there when no rule keeps them any more.".clone_into(&mut note.next_step);
            note.severity = Severity::Notice;
            notes.push(note);
        }
        let preview = DeletePreview {
            archive: plan.archive.clone(),
            freed_bytes: plan.freed_bytes,
            needed_by: plan.needed_by.clone(),
            refused: plan.refused.as_ref().map(|why| refused(&row.name, why)),
            problems: notes.clone(),
        };
        Ok(PlannedDelete { plan, notes, preview })
    }

    /// Does what was shown. Fails where the preview says that it may not.
    pub fn delete_archive(&self, planned: PlannedDelete, job: &Job) -> Answer<DeleteAnswer> {
        let PlannedDelete { plan, notes, preview } = planned;
        if let Some(Note { code, severity, subject, cause, title, next_step, .. }) = preview.refused {
            return Err(Failure { code, severity, subject, cause, title, next_step });
        }
        let report = delete::run(self.context(), plan, job)?;
        let mut problems = notes;
        problems.extend(Note::all(report.problems));
        let outcome = if report.outcome == Outcome::Done { outcome_of(&problems) } else { report.outcome };
        Ok(DeleteAnswer { outcome, removed: report.removed, freed_bytes: report.freed_bytes, problems })
    }
}

fn refused(archive: &ArchiveName, why: &Refusal) -> Note {
    let (code, cause, title, next_step) = match why {
        Refusal::LastGood => (
            Code::BadRequest,
            "no other archive is as good".to_owned(),
            "It is the last good archive.".to_owned(),
            "Make a full backup and check it first; then this one can go.",
        ),
        Refusal::Alarm(alarm) => (
            Code::ArchiveDamaged,
            alarm.clone(),
            "Nothing that is sound is deleted while an archive is damaged.".to_owned(),
            "Repair or delete the damaged one first.",
        ),
        Refusal::Pinned(pinned) if pinned == archive => {
            let title = "It is kept for ever, as you asked.".to_owned();
            (Code::BadRequest, "it is pinned".to_owned(), title, "Let go of it first, then delete it.")
        }
        Refusal::Pinned(pinned) => (
            Code::BadRequest,
            format!("{pinned} is pinned and needs it"),
            format!("{pinned} is kept for ever and needs it."),
            "Let go of that one first, then delete this one.",
        ),
    };
    let mut note = Note::from(Problem::new(code, archive.as_str(), cause));
    note.title = title;
    next_step.clone_into(&mut note.next_step);
    note
}
