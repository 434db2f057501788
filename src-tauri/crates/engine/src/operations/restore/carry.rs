//! Brings along into the new state what a restore in place does not touch: model weights, caches, other components.
use super::live::{Fate, Live};
use crate::error::{Error, Result};
use holdfast_domain::Code;
use rustix::fs::{AtFlags, CWD, FileType, Stat, Timespec, Timestamps};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Makes second names of what is kept, in the staged root; folders are made anew.
pub(super) struct Carrier<'a> {
    root_name: &'a str,
    live: &'a Path,
    staged: &'a Path,
    /// Folders made here, whose modes and times are set when all is in them.
    made: Vec<(PathBuf, PathBuf)>,
}

impl<'a> Carrier<'a> {
    pub fn new(root_name: &'a str, live: &'a Path, staged: &'a Path) -> Self {
        Self { root_name, live, staged, made: Vec::new() }
    }

    pub fn take(&mut self, item: &Live<'_>) -> Result<()> {
        if item.fate != Fate::Kept {
            return Ok(());
        }
        let relative = Path::new(std::ffi::OsStr::from_bytes(&item.path[self.root_name.len() + 1..]));
        let target = self.staged.join(relative);
        match FileType::from_raw_mode(item.stat.st_mode) {
            FileType::Directory => self.folder(relative),
            FileType::RegularFile | FileType::Symlink => {
                if let Some(parent) = relative.parent() {
                    self.folder(parent)?;
                }
                link(item, &target)
            }
            // Sockets and FIFOs are made again by the program that owns them.
            _ => Ok(()),
        }
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
}

/// A second name; a copy where the file system gives none.
fn link(item: &Live<'_>, target: &Path) -> Result<()> {
    let linked = rustix::fs::linkat(CWD, item.on_disk, CWD, target, AtFlags::empty());
    match linked {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::XDEV) => {
            let cause = "it lies on another file system than the folder that it is in, and cannot come along";
            Err(Error::new(Code::BadRequest, item.on_disk.display(), cause))
        }
        // Some file systems know no second names, and some systems forbid them for files of others.
        Err(_) => copy(item, target),
    }
}

fn copy(item: &Live<'_>, target: &Path) -> Result<()> {
    if FileType::from_raw_mode(item.stat.st_mode) == FileType::Symlink {
        let link = fs::read_link(item.on_disk).map_err(|e| Error::io(item.on_disk, e))?;
        return std::os::unix::fs::symlink(link, target).map_err(|e| Error::io(target, e));
    }
    fs::copy(item.on_disk, target).map_err(|e| Error::io(target, e))?;
    describe(target, item.stat)
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
