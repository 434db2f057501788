//! Brings along into the new state what a restore in place does not touch: model weights, caches, other components.
//!
//! Two names of one file would be one state: what a program writes in place after the exchange would change the state that
//! was set aside, and `undo` would bring back something else than there was. So only that is shared which nobody writes to
//! in place (`is_shared`). Everything else is cloned, where the file system can, or copied.
use super::live::{Fate, Live, database_of, is_sqlite};
use crate::capture::chroma::INDEX_FILES;
use crate::capture::{metadata, sqlite};
use crate::deployment::SIDECARS;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::in_use::FileId;
use holdfast_domain::{Class, Code};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, Timespec, Timestamps};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A copy of less costs little, and what people and programs edit in place is mostly small.
const SMALL: i64 = 64 << 10;

/// Endings of what is appended to, or saved in place.
const EDITED: [&str; 17] = [
    "log", "jsonl", "ndjson", "json", "txt", "md", "csv", "tsv", "yaml", "yml", "toml", "ini", "env", "xml", "html",
    "lock", "lance",
];

/// Makes them in the staged root; folders are made anew.
pub(super) struct Carrier<'a> {
    root_name: &'a str,
    live: &'a Path,
    staged: &'a Path,
    /// Files that a program may write to.
    written: &'a HashSet<FileId>,
    job: &'a Job,
    /// Folders made here, whose modes and times are set when all is in them.
    made: Vec<(PathBuf, PathBuf)>,
    /// Copies of files that have further names.
    copies: HashMap<FileId, PathBuf>,
    /// File systems that are known to be the staged root's own.
    own: HashSet<u64>,
}

impl<'a> Carrier<'a> {
    pub fn new(
        root_name: &'a str,
        live: &'a Path,
        staged: &'a Path,
        written: &'a HashSet<FileId>,
        job: &'a Job,
    ) -> Self {
        Self { root_name, live, staged, written, job, made: Vec::new(), copies: HashMap::new(), own: HashSet::new() }
    }

    pub fn take(&mut self, item: &Live<'_>) -> Result<()> {
        if item.fate != Fate::Kept {
            return Ok(());
        }
        let relative = Path::new(std::ffi::OsStr::from_bytes(&item.path[self.root_name.len() + 1..]));
        let target = self.staged.join(relative);
        match FileType::from_raw_mode(item.stat.st_mode) {
            FileType::Directory => return self.folder(relative),
            FileType::RegularFile | FileType::Symlink => {}
            // Sockets and FIFOs are made again by the program that owns them.
            _ => return Ok(()),
        }
        if database_of(item.on_disk).is_some() {
            // It comes with its database.
            return Ok(());
        }
        if let Some(parent) = relative.parent() {
            self.folder(parent)?;
        }
        if is_shared(item, self.written) {
            return self.share(item, &target);
        }
        self.require_own(item, &target)?;
        self.copy(item, &target)
    }

    fn folder(&mut self, relative: &Path) -> Result<()> {
        let target = self.staged.join(relative);
        match fs::symlink_metadata(&target) {
            Ok(meta) if meta.is_dir() => return Ok(()),
            Ok(_) => {
                let cause = "in the archive it is a file, and what is kept lies below it";
                return Err(Error::new(Code::TargetNotEmpty, target.display(), cause));
            }
            Err(_) => {}
        }
        if let Some(parent) = relative.parent() {
            self.folder(parent)?;
        }
        fs::DirBuilder::new().mode(0o700).create(&target).map_err(|e| Error::io(&target, e))?;
        self.made.push((self.live.join(relative), target));
        Ok(())
    }

    /// Gives the folders that were made the modes, owners and times of the live ones.
    pub fn finish(self) -> Result<()> {
        for (live, target) in self.made.into_iter().rev() {
            let Ok(stat) = rustix::fs::lstat(&live) else { continue };
            describe(&target, &stat)?;
        }
        Ok(())
    }

    /// A second name; a copy where the file system gives none.
    fn share(&mut self, item: &Live<'_>, target: &Path) -> Result<()> {
        match rustix::fs::linkat(CWD, item.on_disk, CWD, target, AtFlags::empty()) {
            Ok(()) => Ok(()),
            Err(rustix::io::Errno::XDEV) => Err(mounted(item)),
            // Some file systems know no second names, and some systems forbid them for files of others.
            Err(_) => self.copy(item, target),
        }
    }

    /// What is mounted within a root stays where the root goes. Numbers of devices do not tell it on every file system; a
    /// second name does.
    fn require_own(&mut self, item: &Live<'_>, target: &Path) -> Result<()> {
        if self.own.contains(&item.stat.st_dev) {
            return Ok(());
        }
        match rustix::fs::linkat(CWD, item.on_disk, CWD, target, AtFlags::empty()) {
            Ok(()) => fs::remove_file(target).map_err(|e| Error::io(target, e))?,
            Err(rustix::io::Errno::XDEV) => return Err(mounted(item)),
            Err(_) => {}
        }
        self.own.insert(item.stat.st_dev);
        Ok(())
    }

    fn copy(&mut self, item: &Live<'_>, target: &Path) -> Result<()> {
        if FileType::from_raw_mode(item.stat.st_mode) == FileType::Symlink {
            let link = fs::read_link(item.on_disk).map_err(|e| Error::io(item.on_disk, e))?;
            std::os::unix::fs::symlink(link, target).map_err(|e| Error::io(target, e))?;
            let _ = std::os::unix::fs::lchown(target, Some(item.stat.st_uid), Some(item.stat.st_gid));
            return Ok(());
        }
        let id = (item.stat.st_dev, item.stat.st_ino);
        if item.stat.st_nlink > 1 {
            if let Some(first) = self.copies.get(&id) {
                return fs::hard_link(first, target).map_err(|e| Error::io(target, e));
            }
            self.copies.insert(id, target.to_owned());
        }
        if has_sidecars(item.on_disk) && is_sqlite(item.on_disk) {
            return self.database(item, target);
        }
        duplicate(item.on_disk, target, self.job)?;
        describe(target, item.stat)
    }

    /// Of a database in use, one consistent state; of one that SQLite cannot read, its files as they are.
    fn database(&mut self, item: &Live<'_>, target: &Path) -> Result<()> {
        match sqlite::copy(item.on_disk, target, self.job) {
            Ok(()) => return describe(target, item.stat),
            Err(e) if e.is_cancelled() || e.code() == Code::DestinationFull => return Err(e),
            Err(_) => {}
        }
        duplicate(item.on_disk, target, self.job)?;
        describe(target, item.stat)?;
        for ending in ["-wal", "-journal"] {
            let (from, to) = (sqlite::beside(item.on_disk, ending), sqlite::beside(target, ending));
            let Ok(stat) = rustix::fs::lstat(&from) else { continue };
            duplicate(&from, &to, self.job)?;
            describe(&to, &stat)?;
        }
        Ok(())
    }
}

fn mounted(item: &Live<'_>) -> Error {
    let cause = "it lies on another file system than the folder that it is in, and cannot come along";
    Error::new(Code::BadRequest, item.on_disk.display(), cause)
}

/// Whether one file may serve both states: nobody writes to it in place.
pub(super) fn is_shared(item: &Live<'_>, written: &HashSet<FileId>) -> bool {
    match FileType::from_raw_mode(item.stat.st_mode) {
        // A link is never written to, and costs an entry either way.
        FileType::Symlink => return true,
        FileType::RegularFile => {}
        _ => return false,
    }
    let written_once = matches!(item.class, None | Some(Class::Files | Class::Application | Class::Recreatable));
    let ending = item.on_disk.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    written_once
        && item.stat.st_size > SMALL
        && !EDITED.contains(&ending.as_str())
        && !is_index_file(item.on_disk)
        && !written.contains(&(item.stat.st_dev, item.stat.st_ino))
        && !is_sqlite(item.on_disk)
        && database_of(item.on_disk).is_none()
}

/// A part of a vector store's index, also where backups leave it out.
fn is_index_file(path: &Path) -> bool {
    const ENDINGS: [&str; 6] = ["faiss", "index", "hnsw", "annoy", "usearch", "pkl"];
    let name = path.file_name().unwrap_or_default().as_bytes();
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    INDEX_FILES.contains(&name) || ENDINGS.contains(&ending)
}

fn has_sidecars(path: &Path) -> bool {
    SIDECARS.iter().any(|ending| sqlite::beside(path, ending).symlink_metadata().is_ok())
}

/// Bytes that bringing along takes on a disk that cannot clone; and whether it does anyway, because SQLite makes the copy.
pub(super) fn cost(item: &Live<'_>, written: &HashSet<FileId>) -> (u64, bool) {
    let regular = FileType::from_raw_mode(item.stat.st_mode) == FileType::RegularFile;
    if !regular || is_shared(item, written) || database_of(item.on_disk).is_some() {
        return (0, false);
    }
    (item.stat.st_size.unsigned_abs(), has_sidecars(item.on_disk) && is_sqlite(item.on_disk))
}

/// Whether the file system that a folder lies on can give two files the same blocks. Tried with a file that has no name.
pub(super) fn can_clone(file: &Path, folder: &Path) -> bool {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let made = rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR);
    let (Ok(made), Ok(file)) = (made, File::open(file)) else { return false };
    rustix::fs::ioctl_ficlone(made, file).is_ok()
}

/// The same content in a file of its own, sharing blocks until one of the two is written to where the file system can.
fn duplicate(from: &Path, to: &Path, job: &Job) -> Result<()> {
    let mut input = File::open(from).map_err(|e| Error::io(from, e))?;
    let mut output =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(|e| Error::io(to, e))?;
    // As much of them as this user may set.
    for (name, value) in metadata::xattrs(from).unwrap_or_default() {
        let _ = rustix::fs::lsetxattr(to, name.as_slice(), &value, rustix::fs::XattrFlags::empty());
    }
    if rustix::fs::ioctl_ficlone(&output, &input).is_ok() {
        return Ok(());
    }
    let mut buffer = vec![0; 1 << 20];
    loop {
        job.checkpoint()?;
        let got = input.read(&mut buffer).map_err(|e| Error::io(from, e))?;
        if got == 0 {
            return Ok(());
        }
        output.write_all(&buffer[..got]).map_err(|e| Error::io(to, e))?;
    }
}

fn describe(target: &Path, stat: &Stat) -> Result<()> {
    // Best effort without root: the copy is then the person's own.
    let _ = std::os::unix::fs::lchown(target, Some(stat.st_uid), Some(stat.st_gid));
    let mode = fs::Permissions::from_mode(stat.st_mode & 0o7777);
    fs::set_permissions(target, mode).map_err(|e| Error::io(target, e))?;
    let time = Timespec { tv_sec: stat.st_mtime, tv_nsec: stat.st_mtime_nsec as i64 };
    let times = Timestamps { last_access: time, last_modification: time };
    rustix::fs::utimensat(CWD, target, &times, AtFlags::empty()).map_err(|e| Error::io(target, e))
}
