use super::add::beside;
use super::{Context, open};
use crate::catalog::{ArchiveRow, Catalog, CopyRow, Operation, State};
use crate::deployment::{Destination as Setting, Profile};
use crate::error::{Error, Result};
use crate::operations::copy::Dues;
use crate::operations::soundness::{Archives, Soundness};
use crate::operations::{captured, copy};
use crate::store::{FileSystem, Folder};
use holdfast_domain::{ArchiveName, Class, Kind, Problem};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashSet;
use std::path::PathBuf;

/// How a destination stands now.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Standing {
    pub name: String,
    pub id: String,
    /// `folder`, `drive` or `cloud`.
    #[ts(type = r#""folder" | "drive" | "cloud""#)]
    pub kind: &'static str,
    /// Whether archives are made here; the others get copies.
    pub first: bool,
    pub there: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away: Option<String>,
    /// The folder that archives lie in: where it is now, or was the last time. For a cloud its address.
    pub path: PathBuf,
    /// `ext4`, `vfat`; empty where nobody knows.
    pub file_system: String,
    pub free_bytes: Option<u64>,
    /// Archives that it holds, as far as the catalog knows.
    pub archives: u64,
    pub stored_bytes: u64,
    /// Archives that it should get.
    pub due: u64,
    pub due_bytes: u64,
    /// Of these, the ones for which there is no room now; none where nobody can say.
    pub waits: u64,
    pub waits_bytes: u64,
    /// Where something waits for room: what a prune would let go of there now.
    pub prunes_bytes: u64,
    /// Where something waits for room that this would make, and a prune makes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub spare: Option<Spare>,
    /// Archives that cannot be copied to it: they were found damaged, or need one that was or is gone.
    pub unfit: u64,
    /// When the newest archive that it holds was made.
    pub newest: Option<Timestamp>,
    /// The newest moment that it alone brings back: of an archive that is there with all that it needs, and in which
    /// databases and folders were whole when they were captured.
    pub whole_as_of: Option<Timestamp>,
    /// It lies on a disk of what is protected, as far as that can be seen now: what takes the one takes the other.
    pub same_disk: bool,
    /// Its copy of the recovery key is one from before, and opens with the passphrase of then: it was away when that was
    /// changed.
    pub older_key: bool,
    /// How the last copy to it failed, while it lacks archives. It stays told while the place is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub failed: Option<CopyFailed>,
}

impl Standing {
    /// It got none of what it should hold yet.
    pub fn is_waiting(&self) -> bool {
        !self.first && self.archives == 0 && self.due > 0
    }

    /// It lacks archives, and none of them fits.
    pub fn is_full(&self) -> bool {
        self.due > 0 && self.waits == self.due
    }
}

/// A copy that can be spared: of an archive from which not all comes back whole, that lies where it was made too, and that no
/// other copy there needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Spare {
    pub archive: ArchiveName,
    pub created: Timestamp,
    pub stored_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct CopyFailed {
    pub at: Timestamp,
    pub problem: Problem,
}

/// Runs of copies that are looked through for the last one to a place: many may have passed while it was away.
const RUNS: usize = 1000;

/// All destinations of a deployment, the first first. Looks whether they are there, and reads no archive.
pub fn list(context: &Context, profile: &Profile) -> Result<Vec<Standing>> {
    let (catalog, _) = context.catalog()?;
    let rows = crate::operations::browse::refreshed(&catalog, Some(&profile.id))?;
    let sound = Archives::of(&rows);
    let unsound = unsound(&catalog, &rows)?;
    let older = context.vault(&profile.id)?.older_copies();
    let mut runs = None;
    let mut standings = Vec::new();
    for (index, setting) in profile.destinations.iter().enumerate() {
        let destination = open(context, profile, setting);
        let away = destination.require().err();
        let there = away.is_none();
        let folder = Folder::of(setting, &profile.name);
        let free_bytes = if there { destination.free_space().ok().flatten() } else { None };
        let mut copies = Vec::new();
        let (held, dues, whole_as_of) = if index == 0 {
            let present = rows.iter().filter(|row| row.state == State::Present);
            let whole = rows.iter().filter(|row| row.kind != Kind::Export && sound.soundness(row) == Soundness::Sound);
            let whole = whole.filter(|row| !unsound.contains(&row.name)).map(|row| row.created).max();
            (
                present.map(|row| (row.stored_bytes, row.created)).collect::<Vec<_>>(),
                Dues { rows: Vec::new(), unfit: 0 },
                whole,
            )
        } else {
            copies = catalog.copies().list(&profile.id, Some(&setting.id()))?;
            let dues = copy::due(context, &catalog, profile, &rows, &copies)?;
            let whole = newest_whole(&copies, &unsound);
            (copies.iter().map(|copy| (copy.stored_bytes, copy.created)).collect(), dues, whole)
        };
        let Dues { rows: due, unfit } = dues;
        let waiting = |free: u64| copy::waiting(&due, free, |name| destination.begun_bytes(name));
        let waits = free_bytes.map(waiting).unwrap_or_default();
        let (mut prunes_bytes, mut spare) = (0, None);
        if let Some(free) = free_bytes.filter(|_| !waits.is_empty()) {
            prunes_bytes = super::room::prunes(context, profile, &rows, &copies)?;
            let fits = |bytes: u64| waiting(free.saturating_add(bytes)).len() < waits.len();
            spare = super::room::spare(&rows, &copies, &unsound, fits).filter(|_| prunes_bytes == 0);
        }
        let failed = if due.is_empty() { None } else { last_failure(&catalog, profile, setting, &mut runs)? };
        standings.push(Standing {
            name: setting.name(),
            id: setting.id(),
            kind: setting.kind(),
            first: index == 0,
            there,
            away: away.as_ref().map(Error::cause).map(str::to_owned),
            path: destination.shelf().unwrap_or_else(|| folder.dir().to_owned()),
            file_system: if there && setting.path().is_some() {
                FileSystem::of(folder.dir()).kind
            } else {
                String::new()
            },
            free_bytes,
            archives: held.len() as u64,
            stored_bytes: held.iter().map(|(bytes, _)| bytes).sum(),
            due: due.len() as u64,
            due_bytes: due.iter().map(|row| row.stored_bytes).sum(),
            waits: waits.len() as u64,
            waits_bytes: waits.iter().map(|row| row.stored_bytes).sum(),
            prunes_bytes,
            spare,
            unfit,
            newest: held.iter().map(|(_, created)| *created).max(),
            whole_as_of,
            same_disk: on_disk_of_roots(profile, setting, there),
            older_key: older.contains(&setting.id()),
            failed,
        });
    }
    Ok(standings)
}

/// What an empty place would get now.
pub fn waiting(context: &Context, profile: &Profile) -> Result<Vec<ArchiveRow>> {
    let (catalog, _) = context.catalog()?;
    let rows = crate::operations::browse::refreshed(&catalog, Some(&profile.id))?;
    Ok(copy::due(context, &catalog, profile, &rows, &[])?.rows)
}

/// Archives in which a database or a folder was not whole when it was captured.
fn unsound<'a>(catalog: &Catalog, rows: &'a [ArchiveRow]) -> Result<HashSet<&'a ArchiveName>> {
    let mut found = HashSet::new();
    for row in rows {
        let grave = |problem: &Problem| matches!(captured::lacking(problem.code), Some(Class::Database | Class::Files));
        if captured::problems(catalog, row)?.iter().any(grave) {
            found.insert(&row.name);
        }
    }
    Ok(found)
}

fn newest_whole(copies: &[CopyRow], unsound: &HashSet<&ArchiveName>) -> Option<Timestamp> {
    let good = copies.iter().filter(|copy| copy.verified.is_none_or(|(_, _, ok)| ok));
    let held: HashSet<&ArchiveName> = good.clone().map(|copy| &copy.archive).collect();
    let whole =
        good.filter(|copy| !unsound.contains(&copy.archive) && copy.needs.iter().all(|name| held.contains(name)));
    whole.map(|copy| copy.created).max()
}

/// A drive that is away is on no disk of this computer. Where the folder of something else is not there, what is around
/// it counts: it may be a mount point with nothing mounted, and then nothing better can be said.
fn on_disk_of_roots(profile: &Profile, setting: &Setting, there: bool) -> bool {
    let away = matches!(setting, Setting::Drive { .. }) && !there;
    let path = if let Setting::Drive { .. } = setting {
        Some(Folder::of(setting, &profile.name).dir().to_owned())
    } else {
        setting.path().map(PathBuf::from)
    };
    let roots = || profile.roots.iter().map(|root| root.path.as_path());
    path.filter(|_| !away).is_some_and(|path| beside(roots(), &path).is_some())
}

/// How the last copy that reached a place failed, if it did.
pub(crate) fn failed(catalog: &Catalog, profile: &Profile, setting: &Setting) -> Result<Option<CopyFailed>> {
    last_failure(catalog, profile, setting, &mut None)
}

/// What the last copy that reached the place says of it.
fn last_failure(
    catalog: &Catalog,
    profile: &Profile,
    setting: &Setting,
    runs: &mut Option<Vec<crate::catalog::RunRow>>,
) -> Result<Option<CopyFailed>> {
    let runs = match runs {
        Some(known) => known,
        none => none.insert(catalog.runs().recent_of(&profile.id, Operation::Copy, RUNS)?),
    };
    let id = setting.id();
    for row in runs.iter() {
        let places = row.run.summary.get("destinations").and_then(|list| list.as_array());
        let Some(place) = places.into_iter().flatten().find(|place| place["id"] == *id) else { continue };
        if let Some(problem) = place.get("failed").and_then(|failed| serde_json::from_value(failed.clone()).ok()) {
            return Ok(Some(CopyFailed { at: row.run.ended, problem }));
        }
        if place["there"] == true {
            return Ok(None);
        }
    }
    Ok(None)
}
