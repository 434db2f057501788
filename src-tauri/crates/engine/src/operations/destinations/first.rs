//! Makes another place the one where archives are made: the first one is gone for good, or another suits better.
use super::add::{change, make, not_anothers, prepare};
use super::{AddRequest, Context, named};
use crate::catalog::{ArchiveRow, Catalog, CopyCheck, State, Verification, VerifyKind};
use crate::deployment::{Destination as Setting, Profile};
use crate::durable::Lock;
use crate::error::{Error, Result};
use crate::jobs::Problems;
use crate::operations::{browse, copy, texts};
use crate::store::{Folder, Marker, describe_drive};
use holdfast_domain::{ArchiveName, Code, Level};
use serde::Serialize;
use std::path::PathBuf;

/// What making a place the first one means. Holds the deployment's locks.
#[derive(Debug)]
pub struct FirstPlan {
    pub meaning: Meaning,
    setting: Setting,
    /// Its place is begun anew: the folder for archives is made, a drive gets its marker.
    renewed: bool,
    marker: Option<Marker>,
    _locks: (Lock, Lock),
}

#[derive(Debug, Clone, Serialize)]
pub struct Meaning {
    pub destination: String,
    /// The folder that archives will be made in.
    pub archives: PathBuf,
    /// Where they were made until now; the same name where its place is begun anew.
    pub before: String,
    /// Whether that one is there still; then it gets copies.
    pub before_there: bool,
    /// Archives that lie at the place already.
    pub held: u64,
    /// The next archive is a full one: the newest that there was is not at the place.
    pub next_full: bool,
    /// Archives that are at no place that is known, but the lost one.
    pub lost: Vec<ArchiveName>,
}

/// Looks at the place. Writes nothing but what the catalog learns of copies there.
///
/// Of the place where archives are made already, when that is lost: what lies at its path now takes its part, as a new
/// disk that is mounted where the old one was. `Code::BadRequest` where there is nothing to do, or it is a cloud.
pub fn plan_first(context: &Context, profile: &Profile, name: &str) -> Result<FirstPlan> {
    let locks = (
        context.lock(profile.name.as_str(), "choosing where archives are made")?,
        copy::lock(context, &profile.name, "choosing where archives are made")?,
    );
    let named = named(profile, name)?;
    let is_first = profile.destinations.first() == Some(named);
    if let Setting::Cloud { .. } = named {
        let cause = "archives are made in a folder or on a drive; a cloud gets copies";
        return Err(Error::new(Code::BadRequest, name, cause));
    }
    let (setting, marker) = if is_first { anew(context, profile, named)? } else { (named.clone(), None) };
    let folder = Folder::of(&setting, &profile.name);
    if !is_first {
        folder.require()?;
    }
    let (catalog, _) = context.catalog()?;
    let rows = browse::refreshed(&catalog, Some(&profile.id))?;
    let held: Vec<ArchiveName> = if is_first {
        Vec::new()
    } else {
        let problems = Problems::default();
        let copies = copy::reconcile(context, &catalog, &setting.id(), &folder, &rows, &profile.id, &problems)?;
        copies.into_iter().map(|copy| copy.archive).collect()
    };
    let first = profile.destinations.first();
    let meaning = Meaning {
        destination: setting.name(),
        archives: folder.dir().to_owned(),
        before: first.map(Setting::name).unwrap_or_default(),
        before_there: !is_first && first.is_some_and(|at| Folder::of(at, &profile.name).require().is_ok()),
        held: held.len() as u64,
        next_full: !newest_full(&rows).is_some_and(|full| held.contains(&full.name)),
        lost: lost(&catalog, profile, &rows)?,
    };
    Ok(FirstPlan { meaning, setting, renewed: is_first, marker, _locks: locks })
}

fn newest_full(rows: &[ArchiveRow]) -> Option<&ArchiveRow> {
    rows.iter().find(|row| row.level == Level::Full && row.kind.is_regular())
}

fn lost(catalog: &Catalog, profile: &Profile, rows: &[ArchiveRow]) -> Result<Vec<ArchiveName>> {
    let copies = catalog.copies().list(&profile.id, None)?;
    let gone = rows.iter().filter(|row| row.state == State::Missing);
    let gone = gone.filter(|row| !copies.iter().any(|copy| copy.archive == row.name));
    Ok(gone.map(|row| row.name.clone()).collect())
}

/// What is at the path of the first place now, which is not that place any more.
fn anew(context: &Context, profile: &Profile, first: &Setting) -> Result<(Setting, Option<Marker>)> {
    let old = Folder::of(first, &profile.name);
    let Err(lost) = old.require() else {
        let cause = "archives are made there already, and it is there";
        return Err(Error::new(Code::BadRequest, first.name(), cause));
    };
    let path = first.path().filter(|path| path.is_dir()).ok_or(lost)?;
    let Setting::Drive { name, volume_bytes, .. } = first else { return Ok((first.clone(), None)) };
    let request =
        AddRequest { name: Some(name.clone()), path: path.to_owned(), drive: None, volume_bytes: *volume_bytes };
    let (setting, marker) = prepare(profile, request)?;
    if marker.is_none() {
        let cause = "it is not plugged in: no other drive is mounted where it was either";
        return Err(Error::new(Code::DestinationMissing, describe_drive(name), cause));
    }
    if let Some(other) = profile.destinations.iter().find(|other| other.id() == setting.id()) {
        let cause = format!("the drive that is mounted there is {}: name that one", other.name());
        return Err(Error::new(Code::BadRequest, name, cause));
    }
    not_anothers(context, profile, &setting, marker.as_ref())?;
    Ok((setting, marker))
}

/// From here on archives are made there. What lies there already is at home there; the place before gets copies, if it is
/// there, and can be removed.
pub fn make_first(context: &Context, profile: &Profile, plan: &FirstPlan) -> Result<()> {
    let FirstPlan { setting, marker, renewed, .. } = plan;
    let folder = if *renewed {
        make(setting, marker.as_ref(), profile)?
    } else {
        let folder = Folder::of(setting, &profile.name);
        folder.require()?;
        folder
    };
    folder.equip(&texts::beside(&profile.name, &context.vault(&profile.id)?.recovery_key()?))?;
    if !renewed {
        bring_home(context, profile, setting, &folder)?;
    }
    let before = profile.destinations.first().map(Setting::id);
    change(context, profile, |fresh| {
        fresh.destinations.retain(|other| other.id() != setting.id() && !(*renewed && Some(other.id()) == before));
        fresh.destinations.insert(0, setting.clone());
        Ok(())
    })
}

/// Copies at the new first place are the archives themselves from now on; what lies at the place before are copies.
fn bring_home(context: &Context, profile: &Profile, setting: &Setting, folder: &Folder) -> Result<()> {
    let (catalog, _) = context.catalog()?;
    let rows = catalog.archives().list(Some(&profile.id))?;
    let before = profile.destinations.first().map(|at| (at.id(), Folder::of(at, &profile.name)));
    let before = before.filter(|(_, place)| place.require().is_ok());
    for copy in catalog.copies().list(&profile.id, Some(&setting.id()))? {
        let Some(row) = rows.iter().find(|row| row.name == copy.archive) else { continue };
        if !folder.holds(&row.name) {
            continue;
        }
        catalog.transaction(|tables| {
            tables.archives().set_folder(&profile.id, &row.name, &folder.dir().to_owned())?;
            if row.state == State::Missing {
                tables.archives().set_state(&profile.id, &row.name, State::Present)?;
            }
            // Of the bytes that lie here, not of those that were found damaged elsewhere.
            if let Some((at, CopyCheck::ReadBack, true)) = copy.verified
                && row.verified.is_some_and(|verified| !verified.ok)
            {
                let verification = Verification { at, kind: VerifyKind::Quick, ok: true };
                tables.archives().set_verified(&profile.id, &row.name, verification)?;
            }
            tables.copies().remove(&copy)?;
            let damaged = row.verified.is_some_and(|verified| !verified.ok);
            match &before {
                Some((id, place)) if !damaged && place.holds(&row.name) => {
                    tables.copies().put(&copy::copy_of(row, id, None))
                }
                _ => Ok(()),
            }
        })?;
    }
    Ok(())
}
