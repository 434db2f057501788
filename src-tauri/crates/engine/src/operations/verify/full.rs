//! The full check: every frame of the archive decodes, every file that it holds has its hash, every database that it
//! holds passes its integrity check, and its lists give the moment that its manifest signs.
use super::scratch::{Scratch, Unpacked};
use crate::archive::Detail;
use crate::archive::{ArchiveReader, Entry, EntryKind, IndexReader, LevelSource, Moment, Place};
use crate::capture::sqlite;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::operations::context::Context;
use crate::operations::reading::Reading;
use crate::operations::restore::{Part, Worker, each_part, is_damage, zeros};
use crossbeam_channel::Sender;
use holdfast_domain::Code;
use sha2::{Digest, Sha256};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(super) struct Checked {
    pub files: u64,
    pub bytes: u64,
}

const BATCH_BYTES: u64 = 8 << 20;
const BATCH_ENTRIES: usize = 256;

pub(super) fn check(
    context: &Context,
    reading: &Reading,
    reader: &ArchiveReader,
    scratch: &Scratch,
    problems: &Problems,
    job: &Job,
) -> Result<Checked> {
    let manifest = reader.manifest();
    let mut readers = vec![reader.clone()];
    for name in &manifest.archives[1..] {
        let path = reader.path().with_file_name(name.file_name());
        match reading.reader(&path) {
            Ok(parent) => readers.push(parent),
            Err(e) if e.code() == Code::ArchiveMissing => {
                let cause = format!("it needs {}, which is not beside it", name.file_name());
                problems.report(Code::ParentMissing, manifest.archive.to_string(), cause);
                return Ok(Checked { files: 0, bytes: 0 });
            }
            Err(e) if e.code() == Code::WrongKey => {
                let cause = format!("it needs {}, which the same key does not open: it is damaged", name.file_name());
                problems.report(Code::ParentDamaged, manifest.archive.to_string(), cause);
                return Ok(Checked { files: 0, bytes: 0 });
            }
            Err(e) => return Err(e),
        }
    }
    let moment = Moment::new(readers.iter().map(LevelSource::of_archive).collect())?;
    let job_total = manifest.tree.bytes.min(reader.plain_length());
    job.phase(Phase::Verifying, 0, job_total);
    let check = Check {
        readers: &readers,
        entries: Mutex::new(entries(reader)?),
        touched: reader.frame_starts().map(|_| AtomicBool::new(false)).collect(),
        starts: reader.frame_starts().collect(),
        scratch,
        counts: (AtomicU64::new(0), AtomicU64::new(0)),
        next_frame: AtomicU64::new(0),
        problems,
        job,
    };
    let (unpacked, databases) = crossbeam_channel::bounded(1);
    std::thread::scope(|scope| {
        let mut threads = vec![
            scope.spawn(|| lists(reader, &moment, problems)),
            scope.spawn(|| databases.into_iter().try_for_each(|(entry, file)| check.database(&entry, &file))),
        ];
        for _ in 0..context.workers.max(1) {
            let unpacked = unpacked.clone();
            threads.push(scope.spawn(|| check.work(unpacked)));
        }
        drop(unpacked);
        let mut result = Ok(());
        for thread in threads {
            let ended =
                thread.join().unwrap_or_else(|_| Err(Error::new(Code::Internal, "verifying", "a thread panicked")));
            result = result.and(ended);
        }
        result
    })?;
    Ok(Checked { files: check.counts.0.into_inner(), bytes: check.counts.1.into_inner() })
}

/// Files of the archive's own list. Databases come first: their integrity is checked while the rest is read.
fn entries(reader: &ArchiveReader) -> Result<EntrySource<'static>> {
    let list = || {
        IndexReader::new(reader.member(reader.manifest().members.index)?, Detail::Captured)
            .map_err(|e| Error::new(Code::ArchiveDamaged, &reader.manifest().archive, e))
    };
    if reader.manifest().databases.is_empty() {
        return Ok(Box::new(list()?));
    }
    let is_database = |e: &std::io::Result<Entry>| e.as_ref().is_ok_and(|e| e.database);
    let databases = list()?.filter(is_database);
    Ok(Box::new(databases.chain(list()?.filter(move |e| !is_database(e)))))
}

/// The lists are what the manifest says, and give the moment that it signs.
fn lists(reader: &ArchiveReader, moment: &Moment, problems: &Problems) -> Result<()> {
    let members = &reader.manifest().members;
    for (name, member) in [
        ("files.jsonl", members.files),
        ("index.bin", members.index),
        ("blocks.bin", members.blocks),
        ("SHA256SUMS", members.sums),
    ] {
        damage_is_a_finding(reader.check_member(name, member), problems)?;
    }
    damage_is_a_finding(moment.check(), problems)
}

fn damage_is_a_finding(result: Result<()>, problems: &Problems) -> Result<()> {
    match result {
        Err(e) if is_damage(&e) => {
            problems.add(e.to_problem());
            Ok(())
        }
        other => other,
    }
}

type EntrySource<'a> = Box<dyn Iterator<Item = std::io::Result<Entry>> + Send + 'a>;

/// A database that was unpacked and waits for its integrity check.
type ToCheck<'a> = (Entry, Unpacked<'a>);

struct Check<'a> {
    readers: &'a [ArchiveReader],
    entries: Mutex<EntrySource<'static>>,
    /// Which frames of the archive were decoded on the way.
    touched: Vec<AtomicBool>,
    starts: Vec<u64>,
    scratch: &'a Scratch,
    counts: (AtomicU64, AtomicU64),
    next_frame: AtomicU64,
    problems: &'a Problems,
    job: &'a Job,
}

impl<'a> Check<'a> {
    fn work(&self, unpacked: Sender<ToCheck<'a>>) -> Result<()> {
        let mut worker = Worker::new(self.readers);
        loop {
            self.job.checkpoint()?;
            let batch = self.batch();
            if batch.is_empty() {
                break;
            }
            for entry in batch {
                let shown = entry.display().into_owned();
                match self.file(&mut worker, entry, &unpacked) {
                    Err(e) if is_damage(&e) => self.problems.report(e.code(), shown, e.cause()),
                    other => other?,
                }
            }
        }
        drop(unpacked);
        self.rest(&mut worker)
    }

    fn batch(&self) -> Vec<Entry> {
        let mut entries = self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while bytes < BATCH_BYTES && batch.len() < BATCH_ENTRIES {
            match entries.next() {
                Some(Ok(entry)) if entry.kind == EntryKind::File => {
                    bytes += entry.size;
                    batch.push(entry);
                }
                // Its content is compared under the file's first name.
                Some(Ok(entry)) if entry.kind == EntryKind::Hardlink => {
                    self.counts.0.fetch_add(1, Ordering::Relaxed);
                }
                Some(Ok(_)) => {}
                // The list's own damage is reported already; what came before it is still checked.
                Some(Err(_)) | None => break,
            }
        }
        batch
    }

    fn file(&self, worker: &mut Worker, entry: Entry, unpacked: &Sender<ToCheck<'a>>) -> Result<()> {
        let mut hash = Sha256::new();
        let mut copy = if entry.database { Some(self.scratch.begin()?) } else { None };
        for extent in &entry.extents {
            if let Place::At { archive: 0, offset } = extent.place {
                self.touch(offset, extent.length);
            }
        }
        each_part(worker, self.readers, &entry, |part| {
            match part {
                Part::Hole(length) => {
                    zeros(&mut hash, length);
                    copy.as_mut().map_or(Ok(()), |copy| copy.hole(length))?;
                }
                Part::Bytes(bytes) => {
                    hash.update(bytes);
                    copy.as_mut().map_or(Ok(()), |copy| copy.write(bytes))?;
                    self.job.add_bytes(bytes.len() as u64);
                }
            }
            self.job.checkpoint()
        })?;
        if entry.size > 0 && hash.finalize().as_slice() != entry.sha256 {
            return Err(Error::new(Code::ArchiveDamaged, entry.display(), "its content is not what was captured"));
        }
        self.counts.0.fetch_add(1, Ordering::Relaxed);
        self.counts.1.fetch_add(entry.size, Ordering::Relaxed);
        self.job.add_files(1);
        if let Some(copy) = copy {
            copy.end(entry.size)?;
            // Nobody listens only where the check of another one failed, and that is said.
            let _ = unpacked.send((entry, copy));
        }
        Ok(())
    }

    /// A database that was damaged when it was captured is not the archive's fault: it is said, and the archive is good.
    fn database(&self, entry: &Entry, unpacked: &Unpacked<'_>) -> Result<()> {
        let said = sqlite::check(unpacked.path(), self.job)?;
        let note = self.readers.iter().flat_map(|r| &r.manifest().databases).find(|n| n.path == entry.display());
        if said != "ok" {
            let sound = note.is_none_or(|n| n.check == "ok");
            let code = if sound { Code::DatabaseDamaged } else { Code::DatabaseWasDamaged };
            self.problems.report(code, entry.display(), said);
        }
        Ok(())
    }

    fn touch(&self, offset: u64, length: u64) {
        let first = self.starts.partition_point(|s| *s <= offset).saturating_sub(1);
        for number in first..self.touched.len() {
            if self.starts[number] >= offset + length {
                break;
            }
            self.touched[number].store(true, Ordering::Relaxed);
        }
    }

    /// Decodes the frames that no file needed: headers, lists, what was captured again.
    fn rest(&self, worker: &mut Worker) -> Result<()> {
        loop {
            let number = self.next_frame.fetch_add(1, Ordering::Relaxed) as usize;
            if number + 1 >= self.starts.len() {
                return Ok(());
            }
            if self.touched[number].load(Ordering::Relaxed) {
                continue;
            }
            self.job.checkpoint()?;
            let result = worker.stream(self.readers, 0)?.frame_at(self.starts[number]).map(|_| ());
            damage_is_a_finding(result, self.problems)?;
        }
    }
}
