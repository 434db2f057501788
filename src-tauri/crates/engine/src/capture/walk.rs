//! Walks the roots once and lists what is there, in the order of the index.
mod sidecars;

use super::metadata::{self, Owners};
use crate::archive::{Detail, Entry, EntryKind, IndexWriter, Time};
use crate::deployment::{LeftOut, Root, SQLITE_HEADER, Verdict, is_cachedir_tag};
use crate::error::{Error, Result};
use crate::jobs::{Job, Problems};
use holdfast_domain::{Class, Code};
use rustix::fs::{AtFlags, Dir, Mode, OFlags, Stat, openat, statat};
use sidecars::fold_sidecars;
pub use sidecars::{mix, mix_state};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use tempfile::SpooledTempFile;

/// Tells the class of a path, or that it is left out.
pub trait Filter: Sync {
    /// `relative` is the path below the root.
    fn classify(&self, root: &str, relative: &[u8], is_dir: bool) -> Verdict;

    /// Whether a folder that says of itself that it is a cache is taken all the same.
    fn takes_cache(&self, relative: &[u8]) -> bool;
}

impl Filter for crate::deployment::Classifier {
    fn classify(&self, root: &str, relative: &[u8], is_dir: bool) -> Verdict {
        Self::classify(self, root, relative, is_dir)
    }

    fn takes_cache(&self, relative: &[u8]) -> bool {
        self.is_asked_for(relative, true)
    }
}

/// A root to walk.
#[derive(Debug, Clone)]
pub struct WalkRoot {
    pub name: String,
    pub path: PathBuf,
    pub file: bool,
}

impl From<&Root> for WalkRoot {
    fn from(root: &Root) -> Self {
        Self { name: root.name.clone(), path: root.path.clone(), file: root.file }
    }
}

/// What a walk found. The list itself lies in a spool: in memory while it is small, else in an unlinked file.
pub struct Found {
    list: SpooledTempFile,
    pub entries: u64,
    pub files: u64,
    pub bytes: u64,
    /// Folders and files that the rules leave out, the first thousand of them.
    pub left_out: Vec<(Vec<u8>, LeftOut)>,
    /// Folders that hold a Chroma store.
    pub vector_stores: Vec<Vec<u8>>,
    /// Folders that could not be listed: what was in them before counts as still there.
    pub unlisted: Vec<Vec<u8>>,
}

const LEFT_OUT_KEPT: usize = 1000;
/// Spools move to the disk beyond this.
pub const SPOOL: usize = 16 << 20;

impl Found {
    /// Reads the list from its start.
    pub fn read(&mut self) -> Result<crate::archive::IndexReader<std::io::BufReader<&mut SpooledTempFile>>> {
        let internal = |e| Error::new(Code::Internal, "the list of files", e);
        self.list.seek(SeekFrom::Start(0)).map_err(internal)?;
        crate::archive::IndexReader::new(std::io::BufReader::new(&mut self.list), Detail::Found).map_err(internal)
    }
}

struct Child {
    name: Vec<u8>,
    stat: Stat,
    class: Class,
    /// Digest of the state of its `-wal` and `-journal`; zero without them.
    sidecars: u64,
}

struct Level {
    path: Vec<u8>,
    on_disk: PathBuf,
    children: std::vec::IntoIter<Child>,
}

struct Walker<'a> {
    filter: &'a dyn Filter,
    job: &'a Job,
    problems: &'a Problems,
    owners: &'a mut Owners,
    links: HashMap<(u64, u64), Vec<u8>>,
    out: IndexWriter<SpooledTempFile>,
    found: (u64, u64),
    left_out: Vec<(Vec<u8>, LeftOut)>,
    vector_stores: Vec<Vec<u8>>,
    unlisted: Vec<Vec<u8>>,
}

/// Lists everything below the roots that the filter takes. Never follows a symbolic link. What cannot be read is
/// reported and left out; a folder that is missing as a root is an error, a file is a problem.
pub fn walk(
    roots: &[WalkRoot],
    filter: &dyn Filter,
    scratch: &Path,
    owners: &mut Owners,
    job: &Job,
    problems: &Problems,
) -> Result<Found> {
    let mut walker = Walker::new(filter, scratch, owners, job, problems);
    let mut roots: Vec<&WalkRoot> = roots.iter().collect();
    roots.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    for root in roots {
        walker.root(root)?;
    }
    walker.finish(scratch)
}

/// Lists one folder of a root anew: itself, by its path `ROOT/...`, and what is below it. One that is gone is empty.
pub fn walk_folder(
    (root, folder): (&str, &[u8]),
    on_disk: &Path,
    filter: &dyn Filter,
    scratch: &Path,
    owners: &mut Owners,
    job: &Job,
    problems: &Problems,
) -> Result<Found> {
    let mut walker = Walker::new(filter, scratch, owners, job, problems);
    let stat = rustix::fs::lstat(on_disk).ok().filter(|stat| metadata::kind(stat) == Some(EntryKind::Dir));
    if let Some(stat) = stat {
        let children = walker.list(root, folder, on_disk);
        walker.push(folder.to_vec(), &stat, EntryKind::Dir, Class::Files, 0)?;
        walker.below(root, folder.to_vec(), on_disk.to_owned(), children.unwrap_or_default())?;
    }
    walker.finish(scratch)
}

impl<'a> Walker<'a> {
    fn new(
        filter: &'a dyn Filter,
        scratch: &Path,
        owners: &'a mut Owners,
        job: &'a Job,
        problems: &'a Problems,
    ) -> Self {
        Self {
            filter,
            job,
            problems,
            owners,
            links: HashMap::new(),
            out: IndexWriter::new(tempfile::spooled_tempfile_in(SPOOL, scratch), Detail::Found),
            found: (0, 0),
            left_out: Vec::new(),
            vector_stores: Vec::new(),
            unlisted: Vec::new(),
        }
    }

    fn finish(self, scratch: &Path) -> Result<Found> {
        let entries = self.out.count();
        let list = self.out.finish().map_err(|e| Error::io(scratch, e))?;
        Ok(Found {
            list,
            entries,
            files: self.found.0,
            bytes: self.found.1,
            left_out: self.left_out,
            vector_stores: self.vector_stores,
            unlisted: self.unlisted,
        })
    }

    /// A root that is one file. That it is gone keeps nothing else from being captured: what is known of it counts as
    /// still there, and it is said.
    fn file_root(&mut self, root: &WalkRoot) -> Result<()> {
        let cause = match rustix::fs::stat(&root.path) {
            Ok(stat) if metadata::kind(&stat) == Some(EntryKind::File) => {
                let name = root.path.file_name().unwrap_or_default().as_bytes();
                if starts_as_database(&root.path) {
                    let cause = "a database is more than this one file: name the folder that it lies in instead";
                    self.problems.report(Code::BadSettings, root.path.display().to_string(), cause);
                }
                // It was named by the person, so no rule leaves it out.
                let class = match self.filter.classify(&root.name, name, false) {
                    Verdict::Capture(class) => class,
                    Verdict::LeaveOut { .. } => Class::Files,
                };
                return self.push(root.name.as_bytes().to_vec(), &stat, EntryKind::File, class, 0);
            }
            Ok(_) => "it is not a file".to_owned(),
            Err(e) => std::io::Error::from(e).to_string(),
        };
        self.problems.report(Code::RootMissing, root.path.display().to_string(), cause);
        self.unlisted.push(root.name.as_bytes().to_vec());
        Ok(())
    }

    fn root(&mut self, root: &WalkRoot) -> Result<()> {
        if root.file {
            return self.file_root(root);
        }
        let missing =
            |e: rustix::io::Errno| Error::new(Code::RootMissing, root.path.display(), std::io::Error::from(e));
        // The root itself may be reached through a link; what is below it is not followed.
        let stat = rustix::fs::stat(&root.path).map_err(missing)?;
        if metadata::kind(&stat) != Some(EntryKind::Dir) {
            return Err(Error::new(Code::RootMissing, root.path.display(), "it is not a folder"));
        }
        let path = root.name.as_bytes().to_vec();
        self.push(path.clone(), &stat, EntryKind::Dir, Class::Files, 0)?;
        let children = self.list(&root.name, &path, &root.path);
        let Some(children) = children else {
            return Err(Error::new(Code::RootMissing, root.path.display(), "it cannot be listed"));
        };
        self.below(&root.name, path, root.path.clone(), children)
    }

    fn below(&mut self, root: &str, path: Vec<u8>, on_disk: PathBuf, children: Vec<Child>) -> Result<()> {
        let mut levels = vec![Level { path, on_disk, children: children.into_iter() }];
        while let Some(level) = levels.last_mut() {
            let Some(child) = level.children.next() else {
                levels.pop();
                continue;
            };
            let path = [level.path.as_slice(), b"/", &child.name].concat();
            let on_disk = level.on_disk.join(OsStr::from_bytes(&child.name));
            let Some(kind) = metadata::kind(&child.stat) else {
                let what = "a socket, FIFO or device holds no data of its own";
                self.problems.report(Code::SpecialFileLeftOut, String::from_utf8_lossy(&path), what);
                continue;
            };
            if kind == EntryKind::Dir {
                self.job.checkpoint()?;
                let children = self.list(root, &path, &on_disk);
                self.push(path.clone(), &child.stat, kind, child.class, 0)?;
                if let Some(children) = children {
                    levels.push(Level { path, on_disk, children: children.into_iter() });
                }
            } else {
                self.push(path, &child.stat, kind, child.class, child.sidecars)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, path: Vec<u8>, stat: &Stat, kind: EntryKind, class: Class, sidecars: u64) -> Result<()> {
        let mut entry = Entry::gone(path);
        entry.kind = kind;
        entry.class = class;
        metadata::apply(&mut entry, stat, self.owners);
        entry.source = sidecars;
        entry.database = sidecars != 0;
        if kind == EntryKind::File {
            self.found.0 += 1;
            // A root is always a file of its own: roots are exchanged one by one, and share no content with others.
            let in_folder = entry.path.contains(&b'/');
            if stat.st_nlink > 1 && in_folder {
                match self.links.entry((stat.st_dev, stat.st_ino)) {
                    std::collections::hash_map::Entry::Occupied(first) => {
                        entry.kind = EntryKind::Hardlink;
                        entry.link.clone_from(first.get());
                    }
                    std::collections::hash_map::Entry::Vacant(first) => {
                        first.insert(entry.path.clone());
                    }
                }
            }
            if entry.kind == EntryKind::File {
                self.found.1 += entry.size;
            }
            self.job.add_files(1);
        }
        self.out.push(&entry).map_err(|e| Error::new(Code::Internal, entry.display(), e))
    }

    /// What a folder holds, sorted, without what is left out. `None` if it cannot be listed, which is reported.
    fn list(&mut self, root: &str, path: &[u8], on_disk: &Path) -> Option<Vec<Child>> {
        let listed = rustix::fs::open(on_disk, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .and_then(|folder| {
                let mut names = Vec::new();
                for item in Dir::read_from(&folder)? {
                    let item = item?;
                    let name = item.file_name().to_bytes();
                    if name != b"." && name != b".." {
                        names.push(name.to_vec());
                    }
                }
                Ok((folder, names))
            });
        let (folder, mut names) = match listed {
            Ok(listed) => listed,
            Err(e) => {
                let code = if e == rustix::io::Errno::NOENT { Code::FileVanished } else { Code::FileUnreadable };
                self.problems.report(code, String::from_utf8_lossy(path), std::io::Error::from(e));
                if e != rustix::io::Errno::NOENT {
                    self.unlisted.push(path.to_vec());
                }
                return None;
            }
        };
        names.sort_unstable();
        let inside = path.get(root.len() + 1..).unwrap_or_default();
        let tagged = || names.iter().any(|n| n == b"CACHEDIR.TAG") && is_tagged_as_cache(&folder);
        if !inside.is_empty() && tagged() && !self.filter.takes_cache(inside) {
            self.leave_out(path.to_vec(), LeftOut::Recreatable("a cache (CACHEDIR.TAG)"));
            return Some(Vec::new());
        }
        if names.iter().any(|n| n == b"chroma.sqlite3") {
            self.vector_stores.push(path.to_vec());
        }
        let mut children: Vec<Child> = Vec::with_capacity(names.len());
        for name in names {
            let stat = match statat(&folder, OsStr::from_bytes(&name), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => stat,
                // Gone between the listing and now: nothing is missing from this moment.
                Err(rustix::io::Errno::NOENT) => continue,
                Err(e) => {
                    let path = [path, b"/", &name].concat();
                    self.problems.report(Code::FileUnreadable, String::from_utf8_lossy(&path), std::io::Error::from(e));
                    continue;
                }
            };
            let relative = if inside.is_empty() { name.clone() } else { [inside, b"/", &name].concat() };
            let is_dir = metadata::kind(&stat) == Some(EntryKind::Dir);
            match self.filter.classify(root, &relative, is_dir) {
                Verdict::Capture(class) => children.push(Child { name, stat, class, sidecars: 0 }),
                Verdict::LeaveOut { reason } => self.leave_out([path, b"/", &name].concat(), reason),
            }
        }
        fold_sidecars(&folder, &mut children);
        Some(children)
    }

    fn leave_out(&mut self, path: Vec<u8>, reason: LeftOut) {
        if self.left_out.len() < LEFT_OUT_KEPT {
            self.left_out.push((path, reason));
        }
    }
}

/// Whether an open folder says of itself that it is a cache.
pub fn is_tagged_as_cache(folder: &impl std::os::fd::AsFd) -> bool {
    read_start::<64>(folder, b"CACHEDIR.TAG").is_some_and(|start| is_cachedir_tag(&start))
}

/// Whether a file is an SQLite database, as far as this user may see.
pub fn starts_as_database(path: &Path) -> bool {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let Ok(file) = rustix::fs::open(path, flags, Mode::empty()) else { return false };
    let mut start = [0; SQLITE_HEADER.len()];
    std::fs::File::from(file).read_exact(&mut start).is_ok() && start == SQLITE_HEADER
}

fn read_start<const N: usize>(folder: &impl std::os::fd::AsFd, name: &[u8]) -> Option<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = openat(folder, OsStr::from_bytes(name), flags, Mode::empty()).ok()?;
    let mut start = Vec::with_capacity(N);
    std::fs::File::from(file).take(N as u64).read_to_end(&mut start).ok()?;
    Some(start)
}

/// The latest of an entry's times.
pub fn latest(entry: &Entry) -> Time {
    entry.mtime.max(entry.ctime)
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").field("entries", &self.entries).finish_non_exhaustive()
    }
}
