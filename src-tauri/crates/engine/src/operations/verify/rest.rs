//! What is still whole in archives that cannot be restored: damage hits some blocks, and most often not those of the
//! database, or of the files that are lost. Found out when the damage is, so that nobody has to guess later.
use super::{Finding, Verdict};
use crate::archive::{ArchiveReader, Entry, EntryKind, LevelSource, Moment};
use crate::catalog::{ArchiveRow, Catalog, Operation, Run};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::operations::captured;
use crate::operations::reading::Reading;
use crate::operations::restore::{Part, Worker, each_part, is_damage, zeros};
use holdfast_domain::{ArchiveName, Class, Code};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Whether all bytes of a database come out of an archive that is damaged or needs one that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    pub archive: ArchiveName,
    /// Its path there.
    pub database: String,
    pub whole: bool,
}

/// Which of the files that were lost come out of such an archive with all their bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestFiles {
    pub archive: ArchiveName,
    /// `ROOT/...`, in order.
    pub whole: Vec<String>,
}

/// What comes out of broken archives, as far as was looked.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub databases: Vec<Rest>,
    pub files: Vec<RestFiles>,
}

/// So many archives with a whole one are enough to know of each database, and of lost files.
const ENOUGH: usize = 3;

/// Reads the databases that were whole when they were captured, and the files that are lost, in the newest of the broken
/// archives. Changes nothing.
pub(super) fn look(
    catalog: &Catalog,
    profile: &Profile,
    reading: &Reading,
    verdicts: &[Verdict],
    job: &Job,
) -> Result<Found> {
    let mut broken: Vec<(ArchiveRow, &Verdict)> = Vec::new();
    for verdict in verdicts.iter().filter(|one| matches!(one.finding, Finding::Damaged | Finding::Incomplete)) {
        let Some(name) = ArchiveName::parse(&verdict.archive) else { continue };
        broken.extend(catalog.archives().get(&profile.id, &name)?.map(|row| (row, verdict)));
    }
    broken.sort_by_key(|(row, _)| std::cmp::Reverse(row.created));
    let lost = captured::told_lost(catalog, profile)?.unwrap_or_default();
    let lost = lost.into_iter().filter(|lost| lost.class != Class::Database);
    let lost: BTreeMap<String, u64> = lost.map(|lost| (lost.path, lost.size.unwrap_or(0))).collect();
    let mut enough: HashMap<String, usize> = HashMap::new();
    let mut found = Found::default();
    for (row, verdict) in broken {
        job.checkpoint()?;
        let mut databases_wanted = BTreeSet::new();
        for database in databases(catalog, &row)? {
            let known = enough.get(&database).copied().unwrap_or(0);
            if known < ENOUGH && captured::holds_whole(catalog, &row.deployment_id, &row.name, &row.needs, &database)? {
                databases_wanted.insert(database);
            }
        }
        let files = lost.clone().into_iter().filter(|_| found.files.len() < ENOUGH).collect();
        let wanted = Wanted { databases: databases_wanted, files };
        if wanted.databases.is_empty() && wanted.files.is_empty() {
            continue;
        }
        let mut whole = match whole_in(reading, verdict, &wanted, job) {
            Ok(whole) => whole,
            Err(e) if e.is_cancelled() => return Err(e),
            // Its lists are damaged: what comes out then cannot be compared, so nothing is known.
            Err(_) => continue,
        };
        for database in wanted.databases {
            let whole = whole.remove(&database);
            *enough.entry(database.clone()).or_default() += usize::from(whole);
            found.databases.push(Rest { archive: row.name.clone(), database, whole });
        }
        // What is left of it are files.
        if !whole.is_empty() {
            found.files.push(RestFiles { archive: row.name.clone(), whole: whole.into_iter().collect() });
        }
    }
    Ok(found)
}

/// What is read of a moment.
struct Wanted {
    databases: BTreeSet<String>,
    /// With the least size that each must have.
    files: BTreeMap<String, u64>,
}

impl Wanted {
    fn holds(&self, entry: &Entry, name: &str) -> bool {
        let is_file = entry.kind == EntryKind::File;
        (entry.database && self.databases.contains(name))
            || (is_file && self.files.get(name).is_some_and(|least| entry.size >= *least))
    }
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
fn whole_in(reading: &Reading, verdict: &Verdict, wanted: &Wanted, job: &Job) -> Result<BTreeSet<String>> {
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
        if !wanted.holds(&entry, &name) {
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
    Ok(entry.size == 0 || hash.finalize().as_slice() == entry.sha256)
}

/// What the runs of verifications say of a database in an archive, the last word of them, if nothing was verified in the
/// archive or in those that it needs since. `None` where nobody has looked.
pub fn whole_in_rest(catalog: &Catalog, rows: &[ArchiveRow], row: &ArchiveRow, database: &str) -> Result<Option<bool>> {
    for run in since_looked(catalog, rows, row)? {
        let told: Vec<Rest> = noted(&run, REST, row)?;
        if let Some(rest) = told.iter().find(|rest| rest.archive == row.name && rest.database == database) {
            return Ok(Some(rest.whole));
        }
    }
    Ok(None)
}

/// Likewise, which files come out of it that were lost then. `None` where nobody has looked, or none does.
pub fn files_in_rest(catalog: &Catalog, rows: &[ArchiveRow], row: &ArchiveRow) -> Result<Option<BTreeSet<String>>> {
    for run in since_looked(catalog, rows, row)? {
        let told: Vec<RestFiles> = noted(&run, REST_FILES, row)?;
        if let Some(rest) = told.into_iter().find(|rest| rest.archive == row.name) {
            return Ok(Some(rest.whole.into_iter().collect()));
        }
    }
    Ok(None)
}

/// Verifications that are no older than what is known of the archive and of those that it needs, newest first.
fn since_looked(catalog: &Catalog, rows: &[ArchiveRow], row: &ArchiveRow) -> Result<Vec<Run>> {
    let runs = catalog.runs().recent_of(&row.deployment_id, Operation::Verify, RUNS)?;
    let needed = |name: &ArchiveName| rows.iter().find(|other| other.name == *name);
    let chain = || std::iter::once(row).chain(row.needs.iter().filter_map(needed));
    let looked = chain().filter_map(|row| row.verified.map(|verified| verified.at)).max();
    Ok(runs.into_iter().map(|found| found.run).filter(|run| looked.is_none_or(|at| run.ended >= at)).collect())
}

fn noted<T: DeserializeOwned>(run: &Run, key: &str, row: &ArchiveRow) -> Result<Vec<T>> {
    let Some(told) = run.summary.get(key) else { return Ok(Vec::new()) };
    serde_json::from_value(told.clone())
        .map_err(|e| Error::new(Code::CatalogDamaged, &row.name, format!("what a verification found: {e}")))
}

/// In the summary of a run.
pub(super) const REST: &str = "rest";
pub(super) const REST_FILES: &str = "rest-files";
/// Verifications that are looked through.
const RUNS: usize = 20;
