use super::run::Copied;
use super::{CopyReport, CopyRequest, lock, plan, run};
use crate::catalog::{ArchiveRow, Catalog, State, Verification, VerifyKind};
use crate::deployment::{Destination as Setting, Profile};
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::media;
use crate::operations::context::Context;
use crate::operations::pick::path_of;
use crate::operations::{backup, browse, destinations};
use crate::store::{Destination, Folder};
use holdfast_domain::{Code, Outcome};
use std::path::PathBuf;

/// Brings archives that were found damaged at their own place back from good copies, then copies that were found damaged
/// from the archives. A copy is compared with the hash of what was written before it takes any other's place; what has no
/// good copy on this machine or on a drive that is there stays as it is, and is said.
pub fn repair(context: &Context, profile: &Profile, job: &Job) -> Result<CopyReport> {
    let (mut report, problems) = (at_home(context, profile, job)?, Problems::default());
    let copies = run(context, plan(context, profile, &CopyRequest::default(), job)?, job)?;
    for problem in report.problems.drain(..).chain(copies.problems) {
        problems.add(problem);
    }
    report.destinations.extend(copies.destinations);
    report.outcome = if copies.outcome == Outcome::Cancelled { Outcome::Cancelled } else { problems.outcome() };
    report.problems = problems.into_list();
    Ok(report)
}

fn at_home(context: &Context, profile: &Profile, job: &Job) -> Result<CopyReport> {
    let _lock = context.lock(profile.name.as_str(), "a repair")?;
    let _copies_lock = lock(context, &profile.name, "a repair")?;
    let home = backup::destination(profile)?;
    home.require()?;
    let (catalog, _) = context.catalog()?;
    let damaged: Vec<ArchiveRow> = browse::refreshed(&catalog, Some(&profile.id))?
        .into_iter()
        .filter(|row| row.folder == home.dir() && is_damaged(row))
        .collect();
    job.phase(Phase::Copying, damaged.len() as u64, damaged.iter().map(|row| row.stored_bytes * 2).sum());
    let problems = Problems::default();
    let (mut copied, mut bytes) = (Vec::new(), 0);
    for row in &damaged {
        job.checkpoint()?;
        job.current(row.name.as_str());
        match one(&catalog, profile, &home, row, job) {
            Ok(()) => {
                let verified = Verification { at: context.clock.now(), kind: VerifyKind::Quick, ok: true };
                catalog.archives().set_verified(&profile.id, &row.name, verified)?;
                copied.push(row.name.clone());
                bytes += row.stored_bytes;
                job.add_files(1);
            }
            Err(e) if e.is_cancelled() => return Err(e),
            Err(e) => problems.add(e.to_problem()),
        }
    }
    let first = profile.destinations.first();
    let home = Copied {
        name: first.map(Setting::name).unwrap_or_default(),
        id: first.map(Setting::id).unwrap_or_default(),
        kind: first.map_or("folder", Setting::kind),
        there: true,
        copied,
        bytes,
        due: 0,
        waits: 0,
        absent: 0,
        failed: None,
        safe_to_unplug: false,
    };
    let destinations = if home.copied.is_empty() { Vec::new() } else { vec![home] };
    Ok(CopyReport { outcome: problems.outcome(), destinations, problems: problems.into_list() })
}

fn is_damaged(row: &ArchiveRow) -> bool {
    let short = || media::stored_bytes(&path_of(row)).is_ok_and(|bytes| bytes != row.stored_bytes);
    row.state == State::Present && (row.verified.is_some_and(|verified| !verified.ok) || short())
}

/// From the first copy that is what was written.
fn one(catalog: &Catalog, profile: &Profile, home: &Folder, row: &ArchiveRow, job: &Job) -> Result<()> {
    let mut sha256 = [0; 32];
    hex::decode_to_slice(&row.sha256, &mut sha256)
        .map_err(|e| Error::new(Code::CatalogDamaged, &row.name, format!("its hash is none: {e}")))?;
    let mut refused = None;
    for from in sources(catalog, profile, row)? {
        match home.copy_in(&from, &row.name, &sha256, job) {
            // That copy is damaged too; another may be good.
            Err(e) if matches!(e.code(), Code::ChecksumMismatch | Code::ArchiveMissing) => refused = Some(e),
            done => return done,
        }
    }
    let none =
        || Error::new(Code::ArchiveDamaged, &row.name, "there is no good copy of it at a place that is there now");
    Err(refused.unwrap_or_else(none))
}

fn sources(catalog: &Catalog, profile: &Profile, row: &ArchiveRow) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for setting in destinations::for_copies(profile).filter(|setting| !matches!(setting, Setting::Cloud { .. })) {
        let copies = catalog.copies().list(&profile.id, Some(&setting.id()))?;
        let good = copies.iter().any(|copy| copy.archive == row.name && copy.verified.is_none_or(|(_, _, ok)| ok));
        let folder = Folder::of(setting, &profile.name);
        if good && folder.require().is_ok() && media::is_there(&folder.archive(&row.name)) {
            found.push(folder.archive(&row.name));
        }
    }
    Ok(found)
}
