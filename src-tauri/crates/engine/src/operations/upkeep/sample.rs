//! Restores some of the archive that one would go back to, into a scratch place, and compares it with what was captured.
use crate::archive::{ArchiveReader, Entry, EntryKind, Moment};
use crate::capture::sqlite;
use crate::catalog::{ArchiveRow, Catalog};
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::operations::context::Context;
use crate::operations::pick::path_of;
use crate::operations::reading::Reading;
use crate::operations::restore::{Part, Worker, each_part, is_damage};
use crate::operations::verify::scratch::Scratch;
use crate::store::free_space;
use holdfast_domain::{ArchiveName, Code, Problem};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fs::File;

/// What came of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum SampleResult {
    /// All of it came out as it was captured, and the database passed its check.
    Restored,
    /// No key is at hand without asking. The archive's bytes are compared all the same; that it opens is not.
    NoKey,
    Damaged,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Sampled {
    pub archive: ArchiveName,
    pub result: SampleResult,
    /// Files that were restored and compared, with their bytes; databases are among them.
    pub files: u64,
    pub bytes: u64,
    pub databases: u64,
    pub problems: Vec<Problem>,
}

/// Files of a sample, chosen anew each time.
const FILES: usize = 20;
/// Of a file that is not a database: longer ones are left to the reading of all bytes.
const LONGEST: u64 = 256 << 20;

pub(super) fn restore(
    context: &Context,
    catalog: &Catalog,
    row: &ArchiveRow,
    reading: Option<&Reading>,
    job: &Job,
) -> Result<Sampled> {
    let mut sampled = Sampled {
        archive: row.name.clone(),
        result: SampleResult::NoKey,
        files: 0,
        bytes: 0,
        databases: 0,
        problems: Vec::new(),
    };
    let Some(reading) = reading else { return Ok(sampled) };
    sampled.result = SampleResult::Restored;
    let unsigned = |name: &ArchiveName| {
        let known = catalog.archives().get(&row.deployment_id, name).ok().flatten();
        known.is_some_and(|row| !row.signed)
    };
    let found = (|| {
        let (moment, readers) = reading.moment(&path_of(row), unsigned)?;
        let scratch = context.scratch_for_verify()?;
        let room = free_space(scratch.path())? / 2;
        let chosen = choose(&moment, room, job)?;
        job.phase(Phase::Restoring, chosen.len() as u64, chosen.iter().map(|entry| entry.size).sum());
        let scratch = Scratch::new(scratch);
        let mut worker = Worker::new(&readers);
        for entry in chosen {
            job.checkpoint()?;
            job.current(entry.display().into_owned());
            match one(&mut worker, &readers, &entry, &scratch, job) {
                Err(e) if is_damage(&e) => sampled.problems.push(e.to_problem().about(&row.name, &entry)),
                Err(e) => return Err(e),
                Ok(Some(problem)) => sampled.problems.push(problem.about(&row.name, &entry)),
                Ok(None) => {}
            }
            sampled.files += 1;
            sampled.bytes += entry.size;
            sampled.databases += u64::from(entry.database);
            job.add_files(1);
        }
        Ok(())
    })();
    match found {
        Ok(()) => {}
        Err(e) if is_damage(&e) => sampled.problems.push(e.to_problem()),
        Err(e) => return Err(e),
    }
    if !sampled.problems.is_empty() {
        sampled.result = SampleResult::Damaged;
    }
    Ok(sampled)
}

/// Files by chance, each as likely as any other, and one database for which there is room.
fn choose(moment: &Moment, room: u64, job: &Job) -> Result<Vec<Entry>> {
    let (mut files, mut database): (Vec<Entry>, Option<Entry>) = (Vec::new(), None);
    let (mut seen, mut databases) = (0_u64, 0_u64);
    for entry in moment.entries()? {
        job.checkpoint()?;
        let entry = entry?;
        if entry.kind != EntryKind::File || entry.size > room {
            continue;
        }
        if entry.database {
            databases += 1;
            if rand::random_range(0..databases) == 0 {
                database = Some(entry);
            }
        } else if entry.size <= LONGEST {
            seen += 1;
            if files.len() < FILES {
                files.push(entry);
            } else if let Some(place) = files.get_mut(rand::random_range(0..seen) as usize) {
                *place = entry;
            }
        }
    }
    files.extend(database);
    Ok(files)
}

/// What is wrong with a database that came out as it was captured.
fn one(
    worker: &mut Worker,
    readers: &[ArchiveReader],
    entry: &Entry,
    scratch: &Scratch,
    job: &Job,
) -> Result<Option<Problem>> {
    let mut file = scratch.begin()?;
    each_part(worker, readers, entry, |part| {
        match part {
            Part::Hole(length) => file.hole(length)?,
            Part::Bytes(bytes) => {
                file.write(bytes)?;
                job.add_bytes(bytes.len() as u64);
            }
        }
        job.checkpoint()
    })?;
    file.end(entry.size)?;
    let mut hash = Sha256::new();
    // As it lies on the disk now, not as it passed.
    let mut written = File::open(file.path()).map_err(|e| Error::io(file.path(), e))?;
    std::io::copy(&mut written, &mut HashInto(&mut hash)).map_err(|e| Error::io(file.path(), e))?;
    if entry.size > 0 && hash.finalize().as_slice() != entry.sha256 {
        return Err(Error::new(Code::ArchiveDamaged, entry.display(), "its content is not what was captured"));
    }
    if !entry.database {
        return Ok(None);
    }
    let said = sqlite::check(file.path(), job)?;
    let note = readers.iter().flat_map(|r| &r.manifest().databases).find(|note| note.path == entry.display());
    // One that was damaged when it was captured is not the archive's fault, and is told by itself.
    let was_sound = note.is_none_or(|note| note.check == "ok");
    Ok((said != "ok" && was_sound).then(|| Problem::new(Code::DatabaseDamaged, entry.display(), said)))
}

struct HashInto<'a>(&'a mut Sha256);

impl std::io::Write for HashInto<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

trait About {
    fn about(self, archive: &ArchiveName, entry: &Entry) -> Self;
}

impl About for Problem {
    /// Frames and blocks say nothing to a person; the file does.
    fn about(self, archive: &ArchiveName, entry: &Entry) -> Self {
        Self::new(self.code, format!("{} in {archive}", entry.display()), self.cause)
    }
}
