//! Goes over a folder and what is below it, in memory that depends on its depth alone.
use super::kind::{Kind, kind_of};
use super::print::Print;
use crate::archive::EntryKind;
use crate::capture::metadata;
use crate::capture::walk::{Filter, WalkRoot, is_tagged_as_cache};
use rustix::fs::{AtFlags, Dir, Mode, OFlags, Stat, statat};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// What goes along. A folder is told of before it is listed, so that one who watches it from then on misses nothing.
pub(super) trait Companion {
    /// Returns what its files are told with; `None` ends the look.
    fn folder(&mut self, above: i32, name: &[u8], on_disk: &Path) -> Option<Step>;

    fn file(&mut self, folder: i32, below: &[u8], kind: Kind);
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Into(i32),
    /// It is gone, or not to be gone into.
    Past,
}

/// Only the states are wanted.
pub(super) struct Nobody;

impl Companion for Nobody {
    fn folder(&mut self, _: i32, _: &[u8], _: &Path) -> Option<Step> {
        Some(Step::Into(0))
    }

    fn file(&mut self, _: i32, _: &[u8], _: Kind) {}
}

struct Level {
    dir: Dir,
    below: Vec<u8>,
    on_disk: PathBuf,
    told: i32,
}

pub(super) struct Look<'a> {
    pub root: &'a WalkRoot,
    pub filter: &'a dyn Filter,
    pub stop: &'a AtomicBool,
}

impl Look<'_> {
    /// `below` is the folder's path below the root, empty for the root itself; `above` is what the folder around it was told
    /// with. `None` where it was ended.
    pub fn over(&self, below: &[u8], above: i32, companion: &mut dyn Companion) -> Option<Print> {
        let mut print = Print::default();
        let on_disk =
            if below.is_empty() { self.root.path.clone() } else { self.root.path.join(OsStr::from_bytes(below)) };
        let mut levels = Vec::new();
        levels.extend(self.enter(below.to_vec(), on_disk, above, companion, &mut print)?);
        while let Some(level) = levels.last_mut() {
            let Some(item) = level.dir.read() else {
                levels.pop();
                continue;
            };
            let Ok(item) = item else {
                print.unlisted(&level.below);
                levels.pop();
                continue;
            };
            let name = item.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let Some(stat) = level.dir.fd().ok().and_then(|fd| stat_in(fd, name)) else { continue };
            let below = if level.below.is_empty() { name.to_vec() } else { [&level.below, &b"/"[..], name].concat() };
            let is_dir = metadata::kind(&stat) == Some(EntryKind::Dir);
            let Some(kind) = kind_of(self.filter, &self.root.name, &below, is_dir) else { continue };
            if !is_dir {
                print.file(kind, &below, &stat);
                companion.file(level.told, &below, kind);
                continue;
            }
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            print.folder(kind, &below, &stat);
            let (on_disk, told) = (level.on_disk.join(OsStr::from_bytes(name)), level.told);
            levels.extend(self.enter(below, on_disk, told, companion, &mut print)?);
        }
        Some(print)
    }

    /// The outer `None` ends the look, the inner one passes the folder by.
    #[allow(clippy::option_option)]
    fn enter(
        &self,
        below: Vec<u8>,
        on_disk: PathBuf,
        above: i32,
        companion: &mut dyn Companion,
        print: &mut Print,
    ) -> Option<Option<Level>> {
        let name = below.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let Step::Into(told) = companion.folder(above, name, &on_disk)? else { return Some(None) };
        let mut flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        if !below.is_empty() {
            flags |= OFlags::NOFOLLOW;
        }
        let opened = rustix::fs::open(&on_disk, flags, Mode::empty());
        let Ok(folder) = opened else {
            print.unlisted(&below);
            return Some(None);
        };
        if !below.is_empty() && is_tagged_as_cache(&folder) && !self.filter.takes_cache(&below) {
            return Some(None);
        }
        let Ok(dir) = Dir::new(folder) else { return Some(None) };
        Some(Some(Level { dir, below, on_disk, told }))
    }
}

fn stat_in(folder: rustix::fd::BorrowedFd<'_>, name: &[u8]) -> Option<Stat> {
    statat(folder, OsStr::from_bytes(name), AtFlags::SYMLINK_NOFOLLOW).ok()
}
