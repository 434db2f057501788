//! Removes one archive that the person named, and those that are nothing without it.
use super::context::Context;
use super::prune::{alarm, children_first, remove};
use super::soundness::{Archives, Soundness};
use super::{backup, browse};
use crate::catalog::{ArchiveRow, Operation, Run, Verification};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::store::Folder;
use holdfast_domain::{ArchiveName, Code, Outcome, Problem};
use std::collections::HashSet;

/// What a deletion will take along.
#[derive(Debug)]
pub struct DeletePlan {
    profile: Profile,
    force: bool,
    pub archive: ArchiveName,
    /// Archives that need it and go with it, oldest first.
    pub needed_by: Vec<ArchiveName>,
    pub freed_bytes: u64,
    /// Why it may not go.
    pub refused: Option<Refusal>,
    /// Destinations that keep a copy of it all the same.
    pub copies_stay_at: Vec<String>,
    /// Those that need others first.
    going: Vec<ArchiveRow>,
    folder: Folder,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing could be restored any more, or nothing that was ever verified. The person may insist.
    LastGood,
    /// Archives look otherwise than they should: until that is settled none that is sound goes.
    Alarm(String),
    Pinned(ArchiveName),
}

#[derive(Debug)]
pub struct DeleteReport {
    /// `Cancelled` where it was stopped between two archives: what it names is gone all the same.
    pub outcome: Outcome,
    /// In the order in which they went.
    pub removed: Vec<ArchiveName>,
    pub freed_bytes: u64,
    pub problems: Vec<Problem>,
}

/// Says what would go. Removes nothing, and holds no lock. `force` lets the last good archive go too.
/// `Code::DestinationMissing` where the drive is away.
pub fn plan(context: &Context, profile: &Profile, archive: &ArchiveName, force: bool) -> Result<DeletePlan> {
    let folder = backup::destination(profile)?;
    folder.require()?;
    let (catalog, _) = context.catalog()?;
    let rows = browse::refreshed(&catalog, Some(&profile.id))?;
    let goes = |row: &&ArchiveRow| row.name == *archive || row.needs.contains(archive);
    let mut going: Vec<ArchiveRow> = rows.iter().filter(goes).cloned().collect();
    if !going.iter().any(|row| row.name == *archive) {
        return Err(Error::new(Code::ArchiveMissing, archive, "the catalog knows no such archive"));
    }
    let alarm = alarm(&catalog, &profile.id, &rows, &folder, &HashSet::new(), &Problems::default())?;
    let refused = refusal(&rows, &going, alarm, force);
    let mut copies_stay_at = Vec::new();
    for setting in super::destinations::for_copies(profile) {
        let copies = catalog.copies().list(&profile.id, Some(&setting.id()))?;
        if copies.iter().any(|copy| going.iter().any(|row| row.name == copy.archive)) {
            copies_stay_at.push(setting.name());
        }
    }
    let mut needed_by: Vec<&ArchiveRow> = going.iter().filter(|row| row.name != *archive).collect();
    needed_by.sort_by_key(|row| row.created);
    let needed_by = needed_by.into_iter().map(|row| row.name.clone()).collect();
    let freed_bytes = going.iter().map(|row| row.stored_bytes).sum();
    children_first(&mut going);
    Ok(DeletePlan {
        profile: profile.clone(),
        force,
        archive: archive.clone(),
        needed_by,
        freed_bytes,
        refused,
        copies_stay_at,
        going,
        folder,
    })
}

fn refusal(rows: &[ArchiveRow], going: &[ArchiveRow], alarm: Option<String>, force: bool) -> Option<Refusal> {
    if let Some(pinned) = going.iter().find(|row| row.pinned) {
        return Some(Refusal::Pinned(pinned.name.clone()));
    }
    let archives = Archives::of(rows);
    let sound = |row: &&ArchiveRow| archives.soundness(row) == Soundness::Sound;
    // Those that are broken may go: that is how an alarm is settled.
    if let Some(alarm) = alarm.filter(|_| going.iter().any(|row| sound(&row))) {
        return Some(Refusal::Alarm(alarm));
    }
    let stays = |row: &&ArchiveRow| !going.iter().any(|other| other.name == row.name);
    let good: Vec<&ArchiveRow> = rows.iter().filter(|row| sound(row) && row.kind.is_regular()).collect();
    let verified = |row: &&&ArchiveRow| row.verified.is_some_and(Verification::passed_since);
    let last = !good.is_empty() && !good.iter().copied().any(|row| stays(&row));
    let proven = good.iter().any(|row| verified(&row));
    let last_proven = proven && !good.iter().any(|row| verified(&row) && stays(row));
    ((last || last_proven) && !force).then_some(Refusal::LastGood)
}

/// Does what was shown. `Code::BadRequest` where it may not, by the plan or as things are by now; `Code::ChangedSincePreview`
/// where more would go by now than was shown.
pub fn run(context: &Context, shown: DeletePlan, job: &Job) -> Result<DeleteReport> {
    let _lock = context.lock(shown.profile.name.as_str(), "a deletion")?;
    let now = plan(context, &shown.profile, &shown.archive, shown.force)?;
    let DeletePlan { profile, archive, refused, going, folder, .. } = now;
    if shown.refused.is_some() || refused.is_some() {
        return Err(Error::new(Code::BadRequest, archive, "it may not be deleted as things are"));
    }
    if let Some(more) = going.iter().find(|row| !shown.going.iter().any(|shown| shown.name == row.name)) {
        return Err(Error::new(Code::ChangedSincePreview, archive, format!("{} needs it too by now", more.name)));
    }
    let started = context.clock.now();
    job.phase(Phase::Removing, going.len() as u64, going.iter().map(|row| row.stored_bytes).sum());
    let (catalog, _) = context.catalog()?;
    let problems = Problems::default();
    let (mut removed, mut freed_bytes, mut stopped) = (Vec::new(), 0, false);
    for row in going {
        if job.is_cancelled() {
            stopped = true;
            break;
        }
        if let Err(e) = remove(&catalog, &folder, &row) {
            // What the rest is needed by is still there.
            problems.add(e.to_problem());
            break;
        }
        job.add_files(1);
        job.add_bytes(row.stored_bytes);
        freed_bytes += row.stored_bytes;
        removed.push(row.name);
    }
    let outcome = if stopped { Outcome::Cancelled } else { problems.outcome() };
    let problems = problems.into_list();
    catalog.runs().insert(&Run {
        deployment_id: profile.id,
        operation: Operation::Prune,
        started,
        ended: context.clock.now(),
        outcome,
        archive: Some(archive),
        files: removed.len() as u64,
        bytes: 0,
        stored_bytes: freed_bytes,
        summary: serde_json::json!({ "asked_for": true, "removed": removed }),
        problems: problems.clone(),
    })?;
    Ok(DeleteReport { outcome, removed, freed_bytes, problems })
}
