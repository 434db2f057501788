//! Writes entries of a moment below folders that nobody else has: no name in an archive leads anywhere else.
use super::content::{Part, each_part};
use crate::archive::{ArchiveReader, Entry, EntryKind, Owner, Stream};
use crate::capture::Users;
use crate::error::{Error, Result};
use crate::jobs::{Job, Problems};
use holdfast_domain::Code;
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A worker takes at least this much at a time, so that two workers seldom unpack the same frame.
const BATCH_BYTES: u64 = 8 << 20;
const BATCH_ENTRIES: usize = 256;

/// What is written where.
pub struct Extraction<'a> {
    /// What to write, in order; asked for several times.
    pub entries: &'a (dyn Fn() -> Result<EntriesToWrite<'a>> + Sync),
    /// Readers of the archives that entries point to, in the moment's order.
    pub readers: &'a [ArchiveReader],
    /// The folder of each root, by the root's name. They must be new and private.
    pub roots: &'a HashMap<Vec<u8>, PathBuf>,
    pub users: &'a Users,
    pub workers: usize,
    pub job: &'a Job,
    pub problems: &'a Problems,
    /// Damage is reported, and the rest goes on; otherwise it ends the extraction.
    pub salvage: bool,
}

/// Entries in their order.
pub type EntriesToWrite<'a> = Box<dyn Iterator<Item = Result<Entry>> + Send + 'a>;

/// What was written: names of files, hard links included, and bytes, each file's once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extracted {
    pub files: u64,
    pub bytes: u64,
}

impl Extraction<'_> {
    /// Writes everything. `between` may put more into the folders before they get their modes and times.
    pub fn run(&self, between: impl FnOnce() -> Result<()>) -> Result<Extracted> {
        let root_user = rustix::process::geteuid().is_root();
        let owners = OwnerMap::new(self.users, root_user);
        self.folders()?;
        let mut extracted = self.files(&owners)?;
        extracted.files += self.links(&owners)?;
        between()?;
        self.finish_folders(&owners)?;
        if let Some(count) = owners.refused() {
            let cause = "only root can give files to other owners: they are this user's now";
            self.problems.report(Code::MetadataNotRestored, format!("{count} entries"), cause);
        }
        Ok(extracted)
    }

    fn path(&self, path: &[u8]) -> Result<PathBuf> {
        let (root, rest) = match path.iter().position(|b| *b == b'/') {
            Some(slash) => (&path[..slash], &path[slash + 1..]),
            None => (path, &[][..]),
        };
        let Some(folder) = self.roots.get(root) else {
            let cause = "it belongs to a root that the archive does not name";
            return Err(Error::new(Code::UnsafePath, String::from_utf8_lossy(path), cause));
        };
        // The index refused every path that could lead out when it was read.
        Ok(if rest.is_empty() { folder.clone() } else { folder.join(OsStr::from_bytes(rest)) })
    }

    fn chosen(&self) -> Result<impl Iterator<Item = Result<Entry>> + '_> {
        let known = |e: &Entry| self.roots.contains_key(e.root());
        Ok((self.entries)()?.filter(move |e| e.as_ref().map_or(true, known)))
    }

    /// Folders first, private while they are filled.
    fn folders(&self) -> Result<()> {
        for entry in self.chosen()? {
            let entry = entry?;
            if entry.kind == EntryKind::Dir {
                self.job.checkpoint()?;
                let path = self.path(&entry.path)?;
                fs::DirBuilder::new().mode(0o700).recursive(true).create(&path).map_err(|e| Error::io(&path, e))?;
            }
        }
        Ok(())
    }

    fn files(&self, owners: &OwnerMap<'_>) -> Result<Extracted> {
        let entries = Mutex::new(self.chosen()?);
        let done = (AtomicU64::new(0), AtomicU64::new(0));
        let next = || -> Result<Vec<Entry>> {
            let mut entries = entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let mut batch = Vec::new();
            let mut bytes = 0;
            while bytes < BATCH_BYTES && batch.len() < BATCH_ENTRIES {
                match entries.next() {
                    None => break,
                    Some(entry) => {
                        let entry = entry?;
                        if entry.kind == EntryKind::File {
                            bytes += entry.size;
                            batch.push(entry);
                        }
                    }
                }
            }
            Ok(batch)
        };
        let work = || -> Result<()> {
            let mut worker = Worker::new(self.readers);
            loop {
                self.job.checkpoint()?;
                let batch = next()?;
                if batch.is_empty() {
                    return Ok(());
                }
                for entry in batch {
                    let result = self.file(&mut worker, &entry, owners);
                    match result {
                        Ok(()) => {
                            done.0.fetch_add(1, Ordering::Relaxed);
                            done.1.fetch_add(entry.size, Ordering::Relaxed);
                            self.job.add_files(1);
                        }
                        Err(e) if self.salvage && is_damage(&e) => {
                            self.problems.report(e.code(), entry.display(), e.cause());
                        }
                        Err(e) => return Err(e),
                    }
                }
            }
        };
        let result = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.workers.max(1)).map(|_| scope.spawn(work)).collect();
            let mut result = Ok(());
            for thread in threads {
                let ended =
                    thread.join().unwrap_or_else(|_| Err(Error::new(Code::Internal, "restoring", "a thread panicked")));
                // A cancel that follows from another thread's failure is not the cause.
                result = match (result, ended) {
                    (Err(first), Err(second)) if Error::is_cancelled(&first) => Err(second),
                    (Err(first), _) => Err(first),
                    (Ok(()), ended) => ended,
                };
            }
            result
        });
        result?;
        Ok(Extracted { files: done.0.into_inner(), bytes: done.1.into_inner() })
    }

    fn file(&self, worker: &mut Worker, entry: &Entry, owners: &OwnerMap<'_>) -> Result<()> {
        let path = self.path(&entry.path)?;
        if entry.size >= 8 << 20 {
            self.job.current(entry.display());
        }
        if self.salvage {
            make_parent(&path)?;
        }
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(|e| Error::io(&path, e))?;
        let content = self.content(worker, entry, &path, &mut file);
        if let Err(e) = content {
            let _ = fs::remove_file(&path);
            return Err(e);
        }
        owners.apply(&path, entry);
        self.xattrs(&path, entry);
        let mode = fs::Permissions::from_mode(entry.mode);
        fs::set_permissions(&path, mode).map_err(|e| Error::io(&path, e))?;
        let times = times(entry);
        rustix::fs::futimens(&file, &times).map_err(|e| Error::io(&path, e))
    }

    /// Writes a file's content and compares it with its hash as it passes.
    fn content(&self, worker: &mut Worker, entry: &Entry, path: &Path, file: &mut File) -> Result<()> {
        let mut hash = Sha256::new();
        let mut holes = false;
        each_part(worker, self.readers, entry, |part| {
            self.job.checkpoint()?;
            match part {
                Part::Hole(length) => {
                    holes = true;
                    zeros(&mut hash, length);
                    let skip = i64::try_from(length).unwrap_or(i64::MAX);
                    file.seek(SeekFrom::Current(skip)).map_err(|e| Error::io(path, e))?;
                    self.job.add_bytes(length);
                }
                Part::Bytes(bytes) => {
                    hash.update(bytes);
                    file.write_all(bytes).map_err(|e| Error::io(path, e))?;
                    self.job.add_bytes(bytes.len() as u64);
                }
            }
            Ok(())
        })?;
        if holes {
            file.set_len(entry.size).map_err(|e| Error::io(path, e))?;
        }
        if entry.size > 0 && hash.finalize().as_slice() != entry.sha256 {
            return Err(Error::new(Code::ArchiveDamaged, entry.display(), "its content is not what was captured"));
        }
        Ok(())
    }

    fn xattrs(&self, path: &Path, entry: &Entry) {
        for (name, value) in &entry.xattrs {
            let set = rustix::fs::lsetxattr(path, name.as_slice(), value, rustix::fs::XattrFlags::empty());
            if let Err(e) = set {
                let name = String::from_utf8_lossy(name);
                let cause = format!("the attribute {name}: {}", std::io::Error::from(e));
                self.problems.report(Code::MetadataNotRestored, entry.display(), cause);
            }
        }
    }

    /// Links last, and symbolic ones last of all: nothing is ever written or linked through one.
    /// Gives the count of hard links.
    fn links(&self, owners: &OwnerMap<'_>) -> Result<u64> {
        let mut made = 0;
        for kind in [EntryKind::Hardlink, EntryKind::Symlink] {
            for entry in self.chosen()? {
                let entry = entry?;
                if entry.kind != kind {
                    continue;
                }
                self.job.checkpoint()?;
                let path = self.path(&entry.path)?;
                if self.salvage {
                    make_parent(&path)?;
                }
                if kind == EntryKind::Hardlink {
                    made += u64::from(self.hardlink(&path, &entry)?);
                } else {
                    self.symlink(&path, &entry, owners)?;
                }
            }
        }
        Ok(made)
    }

    fn symlink(&self, path: &Path, entry: &Entry, owners: &OwnerMap<'_>) -> Result<()> {
        std::os::unix::fs::symlink(OsStr::from_bytes(&entry.link), path).map_err(|e| Error::io(path, e))?;
        owners.apply(path, entry);
        self.xattrs(path, entry);
        let _ = rustix::fs::utimensat(CWD, path, &times(entry), AtFlags::SYMLINK_NOFOLLOW);
        Ok(())
    }

    fn hardlink(&self, path: &Path, entry: &Entry) -> Result<bool> {
        let first = self.path(&entry.link)?;
        match fs::hard_link(&first, path) {
            Ok(()) => {
                self.job.add_files(1);
                Ok(true)
            }
            // The file could not be saved.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let cause = format!(
                    "it shares its content with {}, which was not restored",
                    String::from_utf8_lossy(&entry.link)
                );
                self.problems.report(Code::ArchiveDamaged, entry.display(), cause);
                Ok(false)
            }
            Err(e) => Err(Error::io(path, e)),
        }
    }

    /// Modes and times of folders, innermost first, now that nothing more is put into them.
    fn finish_folders(&self, owners: &OwnerMap<'_>) -> Result<()> {
        let mut open: Vec<Entry> = Vec::new();
        for entry in self.chosen()? {
            let entry = entry?;
            while open.last().is_some_and(|o| !crate::archive::entry::is_within(&entry.path, &o.path)) {
                if let Some(done) = open.pop() {
                    self.finish_folder(&done, owners)?;
                }
            }
            if entry.kind == EntryKind::Dir {
                open.push(entry);
            }
        }
        while let Some(done) = open.pop() {
            self.finish_folder(&done, owners)?;
        }
        Ok(())
    }

    fn finish_folder(&self, entry: &Entry, owners: &OwnerMap<'_>) -> Result<()> {
        let path = self.path(&entry.path)?;
        owners.apply(&path, entry);
        self.xattrs(&path, entry);
        fs::set_permissions(&path, fs::Permissions::from_mode(entry.mode)).map_err(|e| Error::io(&path, e))?;
        rustix::fs::utimensat(CWD, &path, &times(entry), AtFlags::empty()).map_err(|e| Error::io(&path, e))
    }
}

use std::os::unix::fs::PermissionsExt;

fn make_parent(path: &Path) -> Result<()> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    fs::DirBuilder::new().mode(0o700).recursive(true).create(parent).map_err(|e| Error::io(parent, e))
}

pub(crate) fn is_damage(error: &Error) -> bool {
    matches!(error.code(), Code::ArchiveDamaged | Code::ArchiveTruncated)
}

pub(crate) fn zeros(hash: &mut Sha256, mut count: u64) {
    static ZEROS: [u8; 1 << 16] = [0; 1 << 16];
    while count > 0 {
        let part = count.min(ZEROS.len() as u64) as usize;
        hash.update(&ZEROS[..part]);
        count -= part as u64;
    }
}

fn times(entry: &Entry) -> Timestamps {
    let time = Timespec { tv_sec: entry.mtime.secs, tv_nsec: i64::from(entry.mtime.nanos) };
    Timestamps { last_access: time, last_modification: time }
}

/// One thread's ways into the archives, opened when they are first needed.
pub(crate) struct Worker {
    streams: Vec<Option<Stream>>,
}

impl Worker {
    pub(crate) fn new(readers: &[ArchiveReader]) -> Self {
        Self { streams: readers.iter().map(|_| None).collect() }
    }

    pub(crate) fn stream(&mut self, readers: &[ArchiveReader], archive: u8) -> Result<&mut Stream> {
        let index = usize::from(archive);
        let (Some(slot), Some(reader)) = (self.streams.get_mut(index), readers.get(index)) else {
            return Err(Error::new(Code::ArchiveDamaged, "a file", "it points to an archive that is not named"));
        };
        match slot {
            Some(stream) => Ok(stream),
            none => Ok(none.insert(reader.stream()?)),
        }
    }
}

/// Owners as this machine numbers them: by name where it knows the name, else by number.
struct OwnerMap<'a> {
    users: &'a Users,
    root_user: bool,
    refused: AtomicU64,
}

impl<'a> OwnerMap<'a> {
    fn new(users: &'a Users, root_user: bool) -> Self {
        Self { users, root_user, refused: AtomicU64::new(0) }
    }

    fn ids(&self, owner: &Owner) -> (u32, u32) {
        let uid = self.users.uid_here(&owner.user, owner.uid);
        let gid = self.users.gid_here(&owner.group, owner.gid);
        (uid.unwrap_or(owner.uid), gid.unwrap_or(owner.gid))
    }

    /// Before the mode: a change of owner clears set-uid and set-gid.
    fn apply(&self, path: &Path, entry: &Entry) {
        use std::os::unix::fs::MetadataExt;
        let (uid, gid) = self.ids(&entry.owner);
        if !self.root_user && fs::symlink_metadata(path).is_ok_and(|m| m.uid() == uid && m.gid() == gid) {
            return;
        }
        if self.root_user
            && uid == 0
            && gid == 0
            && fs::symlink_metadata(path).is_ok_and(|m| m.uid() == 0 && m.gid() == 0)
        {
            return;
        }
        if std::os::unix::fs::lchown(path, Some(uid), Some(gid)).is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn refused(&self) -> Option<u64> {
        Some(self.refused.load(Ordering::Relaxed)).filter(|count| *count > 0)
    }
}
