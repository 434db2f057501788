use super::{due, lock, reconcile, waiting};
use crate::catalog::{ArchiveRow, State};
use crate::deployment::{Destination as Setting, Profile};
use crate::durable::Lock;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::operations::context::Context;
use crate::operations::{browse, destinations};
use crate::store::Destination;
use holdfast_domain::{ArchiveName, Code, Kind, Problem};
use std::sync::Arc;

#[derive(Debug, Clone, Default)]
pub struct CopyRequest {
    /// Only to the destination of this name.
    pub to: Option<String>,
}

/// What is due where. Holds the lock of the deployment's copies.
#[derive(Debug)]
pub struct CopyPlan {
    pub(super) profile: Profile,
    pub destinations: Vec<Due>,
    /// Copies that were found not to be what was written, and will be made again.
    pub problems: Vec<Problem>,
    pub(super) _lock: Lock,
}

/// What one destination should get.
#[derive(Debug)]
pub struct Due {
    pub(super) setting: Setting,
    pub(super) opened: Arc<dyn Destination>,
    pub name: String,
    pub kind: &'static str,
    /// Why it is not there now.
    pub away: Option<Error>,
    pub(super) rows: Vec<ArchiveRow>,
    /// Archives that it lacks, and that nothing can be copied from now: their own place is not there.
    pub absent: u64,
    pub bytes: u64,
    pub free_bytes: Option<u64>,
    /// Of those that it lacks, the ones for which there is no room, and their bytes.
    pub waits: u64,
    pub waits_bytes: u64,
}

impl Due {
    /// In the order in which they will be copied.
    pub fn archives(&self) -> impl Iterator<Item = (&ArchiveName, u64)> {
        self.rows.iter().map(|row| (&row.name, row.stored_bytes))
    }

    pub fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Whether all of it fits, as far as anybody knows.
    pub fn fits(&self) -> bool {
        self.waits == 0
    }
}

impl CopyPlan {
    /// Of the destinations that are there.
    pub fn bytes(&self) -> u64 {
        self.there().map(|due| due.bytes).sum()
    }

    pub fn there(&self) -> impl Iterator<Item = &Due> {
        self.destinations.iter().filter(|due| due.away.is_none())
    }
}

/// Looks at every destination for copies and says what it lacks. One that is away is no error: what it lacks is told as
/// the catalog knows it. Writes nothing there.
///
/// `Code::BadRequest` where the named destination is not one that gets copies.
pub fn plan(context: &Context, profile: &Profile, request: &CopyRequest, job: &Job) -> Result<CopyPlan> {
    let wanted = request.to.as_deref().map(|name| destinations::named(profile, name)).transpose()?;
    if wanted.is_some() && wanted == profile.destinations.first() {
        let cause = "archives are made there, so it gets no copies";
        return Err(Error::new(Code::BadRequest, request.to.clone().unwrap_or_default(), cause));
    }
    let lock = lock(context, &profile.name, "a copy")?;
    job.phase(Phase::Preparing, 0, 0);
    let (catalog, set_aside) = context.catalog()?;
    let problems = Problems::default();
    if let Some(problem) = set_aside {
        problems.add(problem);
    }
    let rows = browse::refreshed(&catalog, Some(&profile.id))?;
    let mut found = Vec::new();
    let first_is_away = profile
        .destinations
        .first()
        .is_some_and(|first| destinations::open(context, profile, first).require().is_err());
    for setting in destinations::for_copies(profile).filter(|setting| wanted.is_none_or(|wanted| wanted == *setting)) {
        job.checkpoint()?;
        let opened = destinations::open(context, profile, setting);
        let looked = opened
            .require()
            .and_then(|()| reconcile(context, &catalog, &setting.id(), &*opened, &rows, &profile.id, &problems));
        let (copies, away) = match looked {
            Ok(copies) => (copies, None),
            Err(e) if e.is_cancelled() || e.code() == Code::CatalogDamaged => return Err(e),
            Err(e) => (catalog.copies().list(&profile.id, Some(&setting.id()))?, Some(e)),
        };
        let held = |row: &&ArchiveRow| copies.iter().any(|copy| copy.archive == row.name);
        let absent = rows.iter().filter(|row| row.state == State::Missing && row.kind != Kind::Export && !held(row));
        let absent = if first_is_away { absent.count() as u64 } else { 0 };
        let rows = due(context, &catalog, profile, &rows, &copies)?.rows;
        let free_bytes = if away.is_none() { opened.free_space().ok().flatten() } else { None };
        let waits = free_bytes.map(|free| waiting(&rows, free, |name| opened.begun_bytes(name))).unwrap_or_default();
        found.push(Due {
            name: setting.name(),
            kind: setting.kind(),
            bytes: rows.iter().map(|row| row.stored_bytes).sum(),
            waits: waits.len() as u64,
            waits_bytes: waits.iter().map(|row| row.stored_bytes).sum(),
            free_bytes,
            setting: setting.clone(),
            opened,
            away,
            rows,
            absent,
        });
    }
    Ok(CopyPlan { profile: profile.clone(), destinations: found, problems: problems.into_list(), _lock: lock })
}
