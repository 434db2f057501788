use super::run::Copied;
use super::{CopyReport, CopyRequest, lock, plan, run};
use crate::catalog::{ArchiveRow, Catalog, CopyCheck, CopyRow, State, Verification, VerifyKind};
use crate::deployment::{Destination as Setting, Profile};
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::media;
use crate::operations::context::Context;
use crate::operations::pick::path_of;
use crate::operations::{backup, browse, destinations};
use crate::store::{Destination, Folder};
use holdfast_domain::{ArchiveName, Code, Outcome};
use std::collections::HashSet;

/// Mends what the upkeep found, and nothing else: `here` archives at their own place, `copies` by the ids of their places.
/// Nothing is copied there that is only due.
pub(crate) fn mend(
    context: &Context,
    profile: &Profile,
    here: &HashSet<ArchiveName>,
    copies: &HashSet<(String, ArchiveName)>,
    job: &Job,
) -> Result<CopyReport> {
    let wanted = |row: &ArchiveRow| here.contains(&row.name);
    let problems = Problems::default();
    let mut report = CopyReport { outcome: Outcome::Done, destinations: Vec::new(), problems: Vec::new() };
    if !here.is_empty() {
        report = at_home(context, profile, &wanted, job)?;
        report.problems.drain(..).for_each(|problem| problems.add(problem));
    }
    if !copies.is_empty() {
        let mut plan = plan(context, profile, &CopyRequest::default(), job)?;
        for due in &mut plan.destinations {
            let id = due.setting.id();
            due.rows.retain(|row| copies.contains(&(id.clone(), row.name.clone())));
            due.bytes = due.rows.iter().map(|row| row.stored_bytes).sum();
            due.absent = 0;
        }
        plan.destinations.retain(|due| due.away.is_none() && !due.rows.is_empty());
        let copied = run(context, plan, job)?;
        copied.problems.into_iter().for_each(|problem| problems.add(problem));
        report.destinations.extend(copied.destinations);
    }
    report.outcome = problems.outcome();
    report.problems = problems.into_list();
    Ok(report)
}

/// Brings archives that were found damaged at their own place back from good copies, then copies that were found damaged
/// from the archives. A copy is compared with the hash of what was written before it takes any other's place; what has no
/// good copy at a place that is there stays as it is, and is said.
pub fn repair(context: &Context, profile: &Profile, job: &Job) -> Result<CopyReport> {
    let (mut report, problems) = (at_home(context, profile, &is_damaged, job)?, Problems::default());
    let copies = run(context, plan(context, profile, &CopyRequest::default(), job)?, job)?;
    for problem in report.problems.drain(..).chain(copies.problems) {
        problems.add(problem);
    }
    report.destinations.extend(copies.destinations);
    report.outcome = if copies.outcome == Outcome::Cancelled { Outcome::Cancelled } else { problems.outcome() };
    report.problems = problems.into_list();
    Ok(report)
}

fn at_home(
    context: &Context,
    profile: &Profile,
    wanted: &dyn Fn(&ArchiveRow) -> bool,
    job: &Job,
) -> Result<CopyReport> {
    let _lock = context.lock(profile.name.as_str(), "a repair")?;
    let _copies_lock = lock(context, &profile.name, "a repair")?;
    let home = backup::destination(profile)?;
    home.require()?;
    let (catalog, _) = context.catalog()?;
    let damaged: Vec<ArchiveRow> = browse::refreshed(&catalog, Some(&profile.id))?
        .into_iter()
        .filter(|row| row.folder == home.dir() && wanted(row) && is_damaged(row))
        .collect();
    job.phase(Phase::Copying, damaged.len() as u64, damaged.iter().map(|row| row.stored_bytes * 2).sum());
    let problems = Problems::default();
    let (mut copied, mut bytes) = (Vec::new(), 0);
    for row in &damaged {
        job.checkpoint()?;
        job.current(row.name.as_str());
        match one(context, &catalog, profile, &home, row, job) {
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

/// From the first copy that is what was written. The damaged one stays under its name until the good one was read back.
fn one(
    context: &Context,
    catalog: &Catalog,
    profile: &Profile,
    home: &Folder,
    row: &ArchiveRow,
    job: &Job,
) -> Result<()> {
    let mut sha256 = [0; 32];
    hex::decode_to_slice(&row.sha256, &mut sha256)
        .map_err(|e| Error::new(Code::CatalogDamaged, &row.name, format!("its hash is none: {e}")))?;
    let same_length = media::stored_bytes(&path_of(row)).is_ok_and(|bytes| bytes == row.stored_bytes);
    // What was found inside may have been written so; then every copy is the same, and a repair would only hide it.
    let inside = row.verified.is_some_and(|verified| verified.kind == VerifyKind::Full && !verified.ok);
    if inside && same_length && home.hash(&row.name, job).is_ok_and(|hash| hash == sha256) {
        let cause = "its bytes are those that were written, so its copies hold the same; make a full backup";
        return Err(Error::new(Code::ArchiveDamaged, &row.name, cause));
    }
    let mut refused = None;
    for (copy, setting) in sources(catalog, profile, row)? {
        let from = destinations::open(context, profile, &setting);
        let copied = from.require().and_then(|()| from.open(&row.name));
        match copied.and_then(|medium| home.copy_from(&*medium, &row.name, &sha256, job)) {
            Ok(()) => return Ok(()),
            Err(e) if e.code() == Code::ChecksumMismatch => {
                // That copy is damaged too; another may be good.
                catalog.copies().set_verified(&copy, context.clock.now(), CopyCheck::ReadBack, false)?;
                refused = Some(e);
            }
            Err(e) if is_absent(e.code()) => refused = Some(e),
            Err(e) => return Err(e),
        }
    }
    let none =
        || Error::new(Code::ArchiveDamaged, &row.name, "there is no good copy of it at a place that is there now");
    Err(refused.unwrap_or_else(none))
}

fn is_absent(code: Code) -> bool {
    use Code::{AccessRefused, ArchiveMissing, BucketMissing, CloudUnreachable, DestinationMissing};
    matches!(code, ArchiveMissing | DestinationMissing | CloudUnreachable | AccessRefused | BucketMissing)
}

/// Places with a copy that is not known to be damaged. Clouds come last: fetching costs time and money.
fn sources(catalog: &Catalog, profile: &Profile, row: &ArchiveRow) -> Result<Vec<(CopyRow, Setting)>> {
    let mut found = Vec::new();
    for setting in destinations::for_copies(profile) {
        let copies = catalog.copies().list(&profile.id, Some(&setting.id()))?;
        let good = |copy: &CopyRow| copy.archive == row.name && copy.verified.is_none_or(|(_, _, ok)| ok);
        // Of drives that are away nothing is to be said.
        let may_be_there =
            matches!(setting, Setting::Cloud { .. }) || Folder::of(setting, &profile.name).require().is_ok();
        found.extend(copies.into_iter().find(good).filter(|_| may_be_there).map(|copy| (copy, setting.clone())));
    }
    found.sort_by_key(|(_, setting)| matches!(setting, Setting::Cloud { .. }));
    Ok(found)
}
