use super::{CopiesPlan, children_first, copies, place_of};
use crate::catalog::{ArchiveRow, Catalog, State, Verification};
use crate::deployment::Profile;
use crate::durable::Lock;
use crate::error::Result;
use crate::jobs::{Job, Phase, Problems};
use crate::media;
use crate::operations::context::Context;
use crate::operations::pick::path_of;
use crate::operations::soundness::{Archives, Soundness};
use crate::operations::{alarms, browse};
use crate::store::Folder;
use holdfast_domain::retention::{self, Decision, Kept, Reason};
use holdfast_domain::{ArchiveName, Code, Kind, Level, Problem};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashSet;

/// What a prune will remove, and why the rest stays.
#[derive(Debug)]
pub struct PrunePlan {
    pub(super) profile: Profile,
    /// Every archive that is there, newest first.
    pub archives: Vec<Judged>,
    /// Archives that an earlier prune had begun to remove: they are gone now.
    pub finished: Vec<ArchiveName>,
    /// Why nothing is removed, whatever the rules say.
    pub alarm: Option<String>,
    pub problems: Vec<Problem>,
    /// What goes, those that need others first.
    pub(super) going: Vec<ArchiveRow>,
    /// The same for each destination that gets copies.
    pub copies: Vec<CopiesPlan>,
    pub(super) folder: Folder,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judged {
    pub name: ArchiveName,
    pub created: Timestamp,
    pub level: Level,
    pub kind: Kind,
    pub stored_bytes: u64,
    pub keep: bool,
    /// Never empty.
    pub reasons: Vec<Reason>,
}

impl PrunePlan {
    pub fn freed_bytes(&self) -> u64 {
        self.going.iter().map(|row| row.stored_bytes).sum()
    }
}

/// Finishes what a killed prune left, and decides about every archive that is there; the locks are given back with the
/// answer. `Code::DestinationMissing` where the drive is away: archives that cannot be seen are not judged.
pub fn plan(context: &Context, profile: &Profile, job: &Job) -> Result<PrunePlan> {
    judge(context, profile, job).map(|(plan, _)| plan)
}

/// The deployment's lock, and that of its copies where nobody else has it.
pub(super) struct Locks {
    _archives: Lock,
    _copies: Option<Lock>,
}

/// As `plan`, holding on to the locks.
pub(super) fn judge(context: &Context, profile: &Profile, job: &Job) -> Result<(PrunePlan, Locks)> {
    let lock = context.lock(profile.name.as_str(), "a prune")?;
    job.phase(Phase::Preparing, 0, 0);
    let folder = super::super::backup::destination(profile)?;
    folder.require()?;
    let problems = Problems::default();
    let (catalog, set_aside) = context.catalog()?;
    if let Some(problem) = set_aside {
        problems.add(problem);
    }
    let finished = finish_removals(&catalog, profile, &folder, &problems)?;
    let mut rows = browse::refreshed(&catalog, Some(&profile.id))?;
    let apart = unreadable(&catalog, &rows, &problems)?;
    let alarm = alarm(&catalog, &profile.id, &rows, &folder, &apart, &problems)?;
    rows.retain(|row| row.state == State::Present);

    let sound = Archives::of(&rows);
    let is_apart = |row: &ArchiveRow| std::iter::once(&row.name).chain(&row.needs).any(|name| apart.contains(name));
    // They fill no slot: what can be restored is kept instead.
    let kept: Vec<Kept> = rows.iter().filter(|row| !is_apart(row)).map(|row| as_kept(row, &sound)).collect();
    let (now, zone) = (context.clock.now(), context.clock.zone());
    let decisions = retention::plan(&profile.retention, &kept, alarm.is_some(), now, &zone);
    let mut going = Vec::new();
    let mut archives = Vec::with_capacity(rows.len());
    let mut decisions = decisions.into_iter();
    for row in rows {
        let left_alone = || Decision { name: row.name.clone(), keep: true, reasons: vec![Reason::Unreadable] };
        let decision = if is_apart(&row) { None } else { decisions.next() }.unwrap_or_else(left_alone);
        archives.push(Judged {
            name: row.name.clone(),
            created: row.created,
            level: row.level,
            kind: row.kind,
            stored_bytes: row.stored_bytes,
            keep: decision.keep,
            reasons: decision.reasons,
        });
        if !decision.keep {
            going.push(row);
        }
    }
    children_first(&mut going);
    let (copies, copies_lock) = copies::plan(context, profile, &catalog, alarm.is_some(), &problems)?;
    let problems = problems.into_list();
    let profile = profile.clone();
    let plan = PrunePlan { profile, archives, finished, alarm, problems, going, copies, folder };
    Ok((plan, Locks { _archives: lock, _copies: copies_lock }))
}

pub(super) fn as_kept(row: &ArchiveRow, archives: &Archives<'_>) -> Kept {
    Kept {
        name: row.name.clone(),
        level: row.level,
        kind: row.kind,
        at: row.created,
        parent: row.parent.clone(),
        // One that needs a damaged one restores no better than that.
        verified: row.verified.is_some_and(Verification::passed_since) && archives.soundness(row) == Soundness::Sound,
        pinned: row.pinned,
        stored_bytes: row.stored_bytes,
    }
}

/// Why nothing is removed as things are, whatever the rules say. By the catalog and the names where archives are made; of a
/// place that is away the catalog alone.
pub fn held_by(context: &Context, profile: &Profile) -> Result<Option<String>> {
    let (catalog, _) = context.catalog()?;
    let folder = super::super::backup::destination(profile)?;
    if folder.require().is_err() {
        return alarms::frozen(&catalog, &profile.id);
    }
    let rows = catalog.archives().list(Some(&profile.id))?;
    let apart = unreadable(&catalog, &rows, &Problems::default())?;
    alarm(&catalog, &profile.id, &rows, &folder, &apart, &Problems::default())
}

/// Removes what a killed run was about to remove. What was pinned since stays, if it is still whole.
fn finish_removals(
    catalog: &Catalog,
    profile: &Profile,
    folder: &Folder,
    problems: &Problems,
) -> Result<Vec<ArchiveName>> {
    let mut rows = catalog.archives().list(Some(&profile.id))?;
    rows.retain(|row| row.state == State::Removing && row.folder.is_dir());
    children_first(&mut rows);
    let mut finished = Vec::new();
    for row in rows {
        if row.pinned && media::is_there(&path_of(&row)) {
            catalog.archives().set_state(&row.deployment_id, &row.name, State::Present)?;
            continue;
        }
        match place_of(folder, &row).and_then(|place| place.remove(&row.name)) {
            Ok(()) => {
                catalog.archives().remove(&row.deployment_id, &row.name)?;
                finished.push(row.name);
            }
            Err(e) => problems.add(e.to_problem()),
        }
    }
    Ok(finished)
}

/// Archives that a rebuild found and could not open. What they need is not known, and nothing is known to need them but
/// what says so itself.
pub(super) fn unreadable(catalog: &Catalog, rows: &[ArchiveRow], problems: &Problems) -> Result<HashSet<ArchiveName>> {
    let mut found = HashSet::new();
    for row in rows.iter().filter(|row| row.state == State::Present && row.verified.is_some_and(|it| !it.ok)) {
        if catalog.manifests().get_manifest(&row.deployment_id, &row.name)?.is_none() {
            let cause =
                "it cannot be opened: it is left alone, and so is what needs it; move it elsewhere or delete it";
            problems.report(Code::ArchiveDamaged, path_of(row).display().to_string(), cause);
            found.insert(row.name.clone());
        }
    }
    Ok(found)
}

/// Why the good archives might be fewer than the catalog believes, or more needed than it knows, or why the old ones may be
/// the only good ones: then nothing goes.
pub(in crate::operations) fn alarm(
    catalog: &Catalog,
    deployment_id: &str,
    rows: &[ArchiveRow],
    folder: &Folder,
    apart: &HashSet<ArchiveName>,
    problems: &Problems,
) -> Result<Option<String>> {
    let mut alarms: Vec<String> = alarms::frozen(catalog, deployment_id)?.into_iter().collect();
    for row in rows.iter().filter(|row| row.state == State::Present && !apart.contains(&row.name)) {
        if row.verified.is_some_and(|verified| !verified.ok) {
            alarms.push(format!("the last verification of {} failed", row.name));
        } else if media::stored_bytes(&path_of(row)).is_ok_and(|bytes| bytes != row.stored_bytes) {
            problems.report(
                Code::ArchiveDamaged,
                path_of(row).display().to_string(),
                "it is not as long as it was written",
            );
            alarms.push(format!("{} is not as long as it was written", row.name));
        }
    }
    for listed in folder.list()? {
        if rows.iter().any(|row| row.name == listed.name) {
            continue;
        }
        let cause = "the catalog does not know it: rebuild the catalog; until then it is left alone";
        problems.report(Code::CatalogIncomplete, listed.path.display().to_string(), cause);
        // What it needs is written in it alone.
        alarms.push(format!("{} is not in the catalog, and may need others", listed.name));
    }
    Ok(match alarms.len() {
        0 => None,
        1 => alarms.pop(),
        more => Some(format!("{}, and {} more", alarms[0], more - 1)),
    })
}
