//! What is still whole in archives that cannot be restored: damage hits some blocks, and most often not those of the
//! database. Found out when the damage is, so that nobody has to guess later.
use super::{Finding, Verdict};
use crate::archive::{ArchiveReader, Entry, LevelSource, Moment};
use crate::catalog::{ArchiveRow, Catalog};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::operations::captured;
use crate::operations::reading::Reading;
use crate::operations::restore::{Part, Worker, each_part, is_damage, zeros};
use holdfast_domain::{ArchiveName, Code};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};

/// Whether all bytes of a database come out of an archive that is damaged or needs one that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    pub archive: ArchiveName,
    /// Its path there.
    pub database: String,
    pub whole: bool,
}

/// So many archives with a whole one are enough to know of each database.
const ENOUGH: usize = 3;

/// Reads the databases that were whole when they were captured, in the newest of the broken archives. Changes nothing.
pub(super) fn look(
    catalog: &Catalog,
    profile: &Profile,
    reading: &Reading,
    verdicts: &[Verdict],
    job: &Job,
) -> Result<Vec<Rest>> {
    let mut broken: Vec<(ArchiveRow, &Verdict)> = Vec::new();
    for verdict in verdicts.iter().filter(|one| matches!(one.finding, Finding::Damaged | Finding::Incomplete)) {
        let Some(name) = ArchiveName::parse(&verdict.archive) else { continue };
        broken.extend(catalog.archives().get(&profile.id, &name)?.map(|row| (row, verdict)));
    }
    broken.sort_by_key(|(row, _)| std::cmp::Reverse(row.created));
    let mut enough: HashMap<String, usize> = HashMap::new();
    let mut found = Vec::new();
    for (row, verdict) in broken {
        job.checkpoint()?;
        let mut wanted = BTreeSet::new();
        for database in databases(catalog, &row)? {
            let known = enough.get(&database).copied().unwrap_or(0);
            if known < ENOUGH && captured::holds_whole(catalog, &row.deployment_id, &row.name, &row.needs, &database)? {
                wanted.insert(database);
            }
        }
        if wanted.is_empty() {
            continue;
        }
        let whole = match whole_in(reading, verdict, &wanted, job) {
            Ok(whole) => whole,
            Err(e) if e.is_cancelled() => return Err(e),
            // Its lists are damaged: what comes out then cannot be compared, so nothing is known.
            Err(_) => continue,
        };
        for database in wanted {
            let whole = whole.contains(&database);
            *enough.entry(database.clone()).or_default() += usize::from(whole);
            found.push(Rest { archive: row.name.clone(), database, whole });
        }
    }
    Ok(found)
}

/// Of the moment, as the archive and those that it needs name them.
fn databases(catalog: &Catalog, row: &ArchiveRow) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for name in std::iter::once(&row.name).chain(&row.needs) {
        let manifest = captured::manifest(catalog, &row.deployment_id, name)?;
        found.extend(manifest.into_iter().flat_map(|manifest| manifest.databases).map(|note| note.path));
    }
    Ok(found)
}

/// Those of which every byte is there and has the hash that was captured.
fn whole_in(reading: &Reading, verdict: &Verdict, wanted: &BTreeSet<String>, job: &Job) -> Result<BTreeSet<String>> {
    let open = |path: &std::path::Path| -> Result<ArchiveReader> {
        let reader = reading.reader(path)?;
        reader.check_member("index.bin", reader.manifest().members.index)?;
        Ok(reader)
    };
    let top = open(&verdict.path)?;
    let mut readers = vec![top.clone()];
    for name in &top.manifest().archives[1..] {
        readers.push(open(&top.path().with_file_name(name.file_name()))?);
    }
    let moment = Moment::new(readers.iter().map(LevelSource::of_archive).collect())?;
    let mut worker = Worker::new(&readers);
    let mut whole = BTreeSet::new();
    for entry in moment.entries()? {
        let entry = entry?;
        let name = entry.display().into_owned();
        if !entry.database || !wanted.contains(&name) {
            continue;
        }
        job.phase(Phase::Verifying, 0, entry.size);
        job.current(&name);
        match is_whole(&mut worker, &readers, &entry, job) {
            Ok(true) => whole.extend([name]),
            Ok(false) => {}
            Err(e) if is_damage(&e) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(whole)
}

fn is_whole(worker: &mut Worker, readers: &[ArchiveReader], entry: &Entry, job: &Job) -> Result<bool> {
    let mut hash = Sha256::new();
    each_part(worker, readers, entry, |part| {
        job.checkpoint()?;
        match part {
            Part::Hole(length) => zeros(&mut hash, length),
            Part::Bytes(bytes) => {
                hash.update(bytes);
                job.add_bytes(bytes.len() as u64);
            }
        }
        Ok(())
    })?;
    Ok(hash.finalize().as_slice() == entry.sha256)
}

/// What the runs of verifications say of a database in an archive, the last word of them, if nothing was verified in the
/// archive or in those that it needs since. `None` where nobody has looked.
pub fn whole_in_rest(catalog: &Catalog, rows: &[ArchiveRow], row: &ArchiveRow, database: &str) -> Result<Option<bool>> {
    let runs = catalog.runs().recent_of(&row.deployment_id, crate::catalog::Operation::Verify, RUNS)?;
    let needed = |name: &ArchiveName| rows.iter().find(|other| other.name == *name);
    let chain = || std::iter::once(row).chain(row.needs.iter().filter_map(needed));
    let looked = chain().filter_map(|row| row.verified.map(|verified| verified.at)).max();
    for run in runs.into_iter().map(|found| found.run).filter(|run| looked.is_none_or(|at| run.ended >= at)) {
        let Some(told) = run.summary.get(REST) else { continue };
        let told: Vec<Rest> = serde_json::from_value(told.clone())
            .map_err(|e| Error::new(Code::CatalogDamaged, &row.name, format!("what a verification found: {e}")))?;
        if let Some(rest) = told.iter().find(|rest| rest.archive == row.name && rest.database == database) {
            return Ok(Some(rest.whole));
        }
    }
    Ok(None)
}

/// In the summary of a run.
pub(super) const REST: &str = "rest";
/// Verifications that are looked through.
const RUNS: usize = 20;
