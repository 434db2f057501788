//! The full check: every frame of the archive decodes, every file that it holds has its hash, every database that it
//! holds passes its integrity check, and its lists give the moment that its manifest signs.
use crate::archive::Detail;
use crate::archive::{ArchiveReader, Entry, EntryKind, IndexReader, LevelSource, Moment, Place};
use crate::capture::sqlite;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::operations::context::Context;
use crate::operations::reading::Reading;
use crate::operations::restore::{Worker, is_damage, zeros};
use holdfast_domain::Code;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
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
    problems: &Problems,
    job: &Job,
) -> Result<Checked> {
    let manifest = reader.manifest();
    for (name, member) in [
        ("files.jsonl", manifest.members.files),
        ("index.bin", manifest.members.index),
        ("blocks.bin", manifest.members.blocks),
        ("SHA256SUMS", manifest.members.sums),
    ] {
        damage_is_a_finding(reader.check_member(name, member), problems)?;
    }
    let mut readers = vec![reader.clone()];
    for name in &manifest.archives[1..] {
        let path = reader.path().with_file_name(name.file_name());
        match ArchiveReader::open(&path, reading.identity(), &reading.count) {
            Ok(parent) => readers.push(parent),
            Err(e) if e.code() == Code::ArchiveMissing => {
                let cause = format!("it needs {}, which is not beside it", name.file_name());
                problems.report(Code::ParentMissing, manifest.archive.to_string(), cause);
                return Ok(Checked { files: 0, bytes: 0 });
            }
            Err(e) if e.code() == Code::WrongKey => {
                let cause = format!("it needs {}, which the same key does not open: it is damaged", name.file_name());
                problems.report(Code::ArchiveDamaged, manifest.archive.to_string(), cause);
                return Ok(Checked { files: 0, bytes: 0 });
            }
            Err(e) => return Err(e),
        }
    }
    let moment = Moment::new(readers.iter().map(LevelSource::of_archive).collect())?;
    damage_is_a_finding(moment.check(), problems)?;

    let scratch = context.scratch_for_verify()?;
    let job_total = manifest.tree.bytes.min(reader.plain_length());
    job.phase(Phase::Verifying, 0, job_total);
    let index = IndexReader::new(reader.member(manifest.members.index)?, Detail::Captured)
        .map_err(|e| Error::new(Code::ArchiveDamaged, &manifest.archive, e))?;
    let check = Check {
        readers: &readers,
        entries: Mutex::new(Box::new(index)),
        touched: reader.frame_starts().map(|_| AtomicBool::new(false)).collect(),
        starts: reader.frame_starts().collect(),
        scratch: scratch.path(),
        counts: (AtomicU64::new(0), AtomicU64::new(0)),
        next_frame: AtomicU64::new(0),
        problems,
        job,
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..context.workers.max(1)).map(|_| scope.spawn(|| check.work())).collect();
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

struct Check<'a> {
    readers: &'a [ArchiveReader],
    entries: Mutex<EntrySource<'a>>,
    /// Which frames of the archive were decoded on the way.
    touched: Vec<AtomicBool>,
    starts: Vec<u64>,
    scratch: &'a Path,
    counts: (AtomicU64, AtomicU64),
    next_frame: AtomicU64,
    problems: &'a Problems,
    job: &'a Job,
}

impl Check<'_> {
    fn work(&self) -> Result<()> {
        let mut worker = Worker::new(self.readers);
        loop {
            self.job.checkpoint()?;
            let batch = self.batch();
            if batch.is_empty() {
                break;
            }
            for entry in batch {
                match self.file(&mut worker, &entry) {
                    Err(e) if is_damage(&e) => self.problems.report(e.code(), entry.display(), e.cause()),
                    other => other?,
                }
            }
        }
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
                Some(Ok(_)) => {}
                // The list's own damage is reported already; what came before it is still checked.
                Some(Err(_)) | None => break,
            }
        }
        batch
    }

    fn file(&self, worker: &mut Worker, entry: &Entry) -> Result<()> {
        let mut hash = Sha256::new();
        let mut copy = if entry.database { Some(self.scratch_file()?) } else { None };
        for extent in &entry.extents {
            match extent.place {
                Place::Hole => {
                    zeros(&mut hash, extent.length);
                    if let Some((file, path)) = &mut copy {
                        let skip = i64::try_from(extent.length).unwrap_or(i64::MAX);
                        file.seek(SeekFrom::Current(skip)).map_err(|e| Error::io(path, e))?;
                    }
                }
                Place::At { archive, offset } => {
                    if archive == 0 {
                        self.touch(offset, extent.length);
                    }
                    worker.stream(self.readers, archive)?.each(offset, extent.length, |bytes| {
                        hash.update(bytes);
                        if let Some((file, path)) = &mut copy {
                            file.write_all(bytes).map_err(|e| Error::io(path, e))?;
                        }
                        self.job.add_bytes(bytes.len() as u64);
                        self.job.checkpoint()
                    })?;
                }
            }
        }
        if entry.size > 0 && hash.finalize().as_slice() != entry.sha256 {
            return Err(Error::new(Code::ArchiveDamaged, entry.display(), "its content is not what was captured"));
        }
        if let Some((file, path)) = copy {
            file.set_len(entry.size).map_err(|e| Error::io(&path, e))?;
            drop(file);
            self.database(entry, &path)?;
        }
        self.counts.0.fetch_add(1, Ordering::Relaxed);
        self.counts.1.fetch_add(entry.size, Ordering::Relaxed);
        self.job.add_files(1);
        Ok(())
    }

    /// A database that was damaged when it was captured is not the archive's fault, and was said then.
    fn database(&self, entry: &Entry, path: &Path) -> Result<()> {
        let said = sqlite::check(path, self.job)?;
        let note = self.readers.iter().flat_map(|r| &r.manifest().databases).find(|n| n.path == entry.display());
        if said != "ok" && note.is_none_or(|n| n.check == "ok") {
            self.problems.report(Code::DatabaseDamaged, entry.display(), said);
        }
        Ok(())
    }

    fn scratch_file(&self) -> Result<(File, tempfile::TempPath)> {
        let file = tempfile::NamedTempFile::new_in(self.scratch).map_err(|e| Error::io(self.scratch, e))?;
        let (file, path) = file.into_parts();
        Ok((file, path))
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
