//! Captures one file that may change while it is read.
use crate::archive::{ArchiveWriter, Base, Content, Entry, EntryKind, LARGE};
use crate::capture::metadata::{self, Owners};
use crate::error::Result;
use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

/// How often a file that does not stand still is read.
const ATTEMPTS: u32 = 3;

/// What came of it.
#[derive(Debug)]
pub enum Captured {
    /// `entry` is complete. `steady` is false if it changed on every attempt.
    Whole {
        entry: Box<Entry>,
        fingerprints: Vec<u8>,
        steady: bool,
        delta: bool,
    },
    /// Its content is what the parent holds; only what is said about it changed.
    SameContent {
        entry: Box<Entry>,
    },
    /// It begins like a database and wants to be captured as one.
    IsDatabase,
    Vanished,
    Unreadable(io::Error),
}

/// The parent's state of the file, places moved to be counted from the new archive.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    pub entry: &'a Entry,
    /// Of a large file, if they are known.
    pub fingerprints: Option<&'a [u8]>,
}

/// Reads the file at `path` into the archive. `found` is what the walk saw; what is captured is described as it was
/// when it was read. Tries again where it changes, vanishes or cannot be read; outer errors end the backup.
pub fn capture(
    writer: &mut ArchiveWriter,
    found: &Entry,
    path: &Path,
    held: Option<Held<'_>>,
    owners: &mut Owners,
    as_file: bool,
    seen: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<Captured> {
    let mut last = Captured::Vanished;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            std::thread::sleep(Duration::from_millis(50));
        }
        match attempt_once(writer, found, path, held, owners, as_file, seen)? {
            Captured::Whole { steady: false, entry, fingerprints, delta } => {
                last = Captured::Whole { entry, fingerprints, steady: false, delta };
            }
            // What was captured before it vanished stands.
            Captured::Vanished | Captured::Unreadable(_) if matches!(last, Captured::Whole { .. }) => {}
            failed @ (Captured::Vanished | Captured::Unreadable(_)) => last = failed,
            done => return Ok(done),
        }
    }
    Ok(last)
}

fn attempt_once(
    writer: &mut ArchiveWriter,
    found: &Entry,
    path: &Path,
    held: Option<Held<'_>>,
    owners: &mut Owners,
    as_file: bool,
    seen: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<Captured> {
    let failed = |e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => Captured::Vanished,
        _ => Captured::Unreadable(e),
    };
    // Without blocking: what was a file may be a FIFO by now.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mut file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(e) => return Ok(failed(e.into())),
    };
    let before = match rustix::fs::fstat(file.as_fd()) {
        Ok(stat) if metadata::kind(&stat) == Some(EntryKind::File) => stat,
        // Replaced by something else: the file that the walk saw is gone.
        Ok(_) => return Ok(Captured::Vanished),
        Err(e) => return Ok(failed(e.into())),
    };
    let mut entry = Entry::gone(found.path.clone());
    entry.kind = EntryKind::File;
    entry.class = found.class;
    metadata::apply(&mut entry, &before, owners);
    match metadata::xattrs(path) {
        Ok(xattrs) => entry.xattrs = xattrs,
        Err(e) => return Ok(failed(e)),
    }
    if entry.size == 0 {
        writer.bare(&entry)?;
        return Ok(Captured::Whole { entry: Box::new(entry), fingerprints: Vec::new(), steady: true, delta: false });
    }
    if !as_file && entry.size.is_multiple_of(512) {
        match begins_as_database(&mut file) {
            Ok(true) => return Ok(Captured::IsDatabase),
            Ok(false) => {}
            Err(e) => return Ok(failed(e)),
        }
    }
    let mut delta = false;
    let read = match held {
        // A small file is read first: often only its times changed.
        Some(held) if entry.size < LARGE => match read_small(&mut file, entry.size) {
            Err(e) => Err(e),
            Ok(bytes) => {
                let same = bytes.len() as u64 == entry.size
                    && held.entry.size == entry.size
                    && held.entry.kind == EntryKind::File
                    && Sha256::digest(&bytes).as_slice() == held.entry.sha256;
                if same {
                    return Ok(same_content(entry, held.entry));
                }
                writer.file(&entry, &mut &bytes[..], seen)?
            }
        },
        Some(Held { entry: base, fingerprints: Some(fingerprints) }) => {
            delta = true;
            let base = Base { fingerprints, extents: &base.extents, size: base.size };
            writer.delta(entry.size, base, &mut file, seen)?
        }
        _ => match metadata::segments(&file, entry.size) {
            Some(segments) => writer.sparse(&entry, &segments, &mut file, seen)?,
            None => match file.rewind() {
                Ok(()) => writer.file(&entry, &mut file, seen)?,
                Err(e) => Err(e),
            },
        },
    };
    let content = match read {
        Ok(content) => content,
        Err(e) => return Ok(failed(e)),
    };
    let steady = match rustix::fs::fstat(file.as_fd()) {
        Ok(after) if metadata::state(&after) == metadata::state(&before) => !content.short,
        // It was written to meanwhile. If what was read is still there, it was only added to (or touched), and
        // what was captured is a state that the file was in.
        Ok(_) if !content.short => {
            entry.racy = true;
            still_begins_with(&mut file, entry.size, &content.sha256).unwrap_or(false)
        }
        _ => false,
    };
    entry.racy |= !steady;
    if let Some(held) = held {
        let same =
            held.entry.kind == EntryKind::File && held.entry.size == entry.size && held.entry.sha256 == content.sha256;
        if same && delta {
            return Ok(same_content(entry, held.entry));
        }
    }
    Ok(Captured::Whole { entry: Box::new(finish(entry, &content)), fingerprints: content.fingerprints, steady, delta })
}

/// Puts what was captured into its entry.
pub fn finish(mut entry: Entry, content: &Content) -> Entry {
    entry.sha256 = content.sha256;
    // A file that shrank while its blocks were compared is as long as what came.
    entry.size = content.extents.iter().map(|e| e.length).sum();
    entry.extents.clone_from(&content.extents);
    entry.content_in = 0;
    entry
}

fn same_content(mut entry: Entry, held: &Entry) -> Captured {
    entry.sha256 = held.sha256;
    entry.extents.clone_from(&held.extents);
    entry.content_in = held.content_in;
    Captured::SameContent { entry: Box::new(entry) }
}

fn begins_as_database(file: &mut File) -> io::Result<bool> {
    let mut start = [0; 16];
    file.read_exact(&mut start)?;
    file.rewind()?;
    Ok(start == crate::deployment::SQLITE_HEADER)
}

fn read_small(file: &mut File, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(size as usize);
    file.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn still_begins_with(file: &mut File, size: u64, sha256: &[u8; 32]) -> io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut left = size;
    while left > 0 {
        let want = left.min(buffer.len() as u64) as usize;
        match file.read(&mut buffer[..want])? {
            0 => return Ok(false),
            got => {
                hash.update(&buffer[..got]);
                left -= got as u64;
            }
        }
    }
    Ok(hash.finalize().as_slice() == sha256)
}
