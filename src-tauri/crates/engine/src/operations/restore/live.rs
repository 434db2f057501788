//! Looks at a live root and says of each file in it what a restore in place makes of it.
use super::selection::{Selection, key};
use crate::archive::Time;
use crate::capture::sqlite;
use crate::capture::walk::{mix, mix_state};
use crate::deployment::{Classifier, Verdict, database_of_sidecar};
use crate::error::{Error, Result};
use crate::jobs::Job;
use holdfast_domain::Class;
use rustix::fs::{FileType, Stat};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What becomes of a live file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The archive's state takes its place.
    Replaced,
    /// The same, and it looks the same already.
    Unchanged,
    /// It is not in the archive, and would be in a backup: it goes with the old state.
    Deleted,
    /// A `-wal`, `-shm` or `-journal` of a database that is restored: what it says is in the restored one, or goes with
    /// the old state.
    Sidecar,
    /// Not part of this restore: it comes along into the new state.
    Kept,
}

/// A file, link, or other thing that is no folder; or a folder that comes along.
pub(super) struct Live<'a> {
    pub path: &'a [u8],
    pub on_disk: &'a Path,
    pub stat: &'a Stat,
    /// `None` where backups leave it out.
    pub class: Option<Class>,
    pub fate: Fate,
}

pub(super) struct LiveRoot<'a> {
    pub name: &'a str,
    pub path: &'a Path,
    /// Tells what backups leave out; without it (no settings at hand) nothing is left out.
    pub classifier: Option<&'a Classifier>,
    /// It is a single file.
    pub file: bool,
}

/// Visits everything below a root, a folder before what it holds. A folder is visited only if it comes along for its own
/// sake.
pub(super) fn visit(
    root: &LiveRoot<'_>,
    selection: &Selection,
    job: &Job,
    seen: &mut dyn FnMut(&Live<'_>) -> Result<()>,
) -> Result<()> {
    if root.file {
        let (path, on_disk) = (root.name.as_bytes(), root.path);
        let stat = rustix::fs::lstat(on_disk).map_err(|e| Error::io(on_disk, e))?;
        let fate = fate(path, on_disk, &stat, Some(Class::Files), selection);
        return seen(&Live { path, on_disk, stat: &stat, class: Some(Class::Files), fate });
    }
    let mut folders: Vec<(Vec<u8>, PathBuf, bool)> = vec![(root.name.as_bytes().to_vec(), root.path.to_owned(), false)];
    while let Some((path, on_disk, left_out)) = folders.pop() {
        job.checkpoint()?;
        let items = std::fs::read_dir(&on_disk).map_err(|e| Error::io(&on_disk, e))?;
        for item in items {
            let item = item.map_err(|e| Error::io(&on_disk, e))?;
            let child = [path.as_slice(), b"/", item.file_name().as_bytes()].concat();
            let child_on_disk = item.path();
            let stat = rustix::fs::lstat(&child_on_disk).map_err(|e| Error::io(&child_on_disk, e))?;
            let is_dir = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
            let relative = &child[root.name.len() + 1..];
            let verdict = match root.classifier {
                _ if left_out => None,
                None => Some(Class::Files),
                Some(classifier) => match classifier.classify(root.name, relative, is_dir) {
                    Verdict::Capture(class) => Some(class),
                    Verdict::LeaveOut { .. } => None,
                },
            };
            if is_dir {
                let outside = !selection.scope.leads_to(&child) || !selection.scope.components.is_empty();
                if verdict.is_none() || outside {
                    seen(&Live {
                        path: &child,
                        on_disk: &child_on_disk,
                        stat: &stat,
                        class: verdict,
                        fate: Fate::Kept,
                    })?;
                }
                folders.push((child, child_on_disk, verdict.is_none()));
                continue;
            }
            let fate = fate(&child, &child_on_disk, &stat, verdict, selection);
            seen(&Live { path: &child, on_disk: &child_on_disk, stat: &stat, class: verdict, fate })?;
        }
    }
    Ok(())
}

fn fate(path: &[u8], on_disk: &Path, stat: &Stat, verdict: Option<Class>, selection: &Selection) -> Fate {
    if let Some(known) = selection.known.get(&key(path)) {
        let time = Time { secs: stat.st_mtime, nanos: stat.st_mtime_nsec as u32 };
        let (size, mtime, mode) = known.state;
        let same_size = size.is_none_or(|size| size == stat.st_size as u64);
        let alike = same_size && mtime == time;
        let same = if known.database {
            is_as_captured(on_disk, stat, known.source) || alike && sidecars(on_disk) <= 1
        } else {
            alike
        };
        let same = same && mode == stat.st_mode & 0o7777;
        return if same { Fate::Unchanged } else { Fate::Replaced };
    }
    // A stale -wal beside a restored database would bring rows back that are not of this moment.
    if let Some(database) = database_of_sidecar(path) {
        if selection.has_database(database) {
            return Fate::Sidecar;
        }
        // It stays or goes with its database: that may hold nothing without it.
        if !selection.scope.is_everything() && database_of(on_disk).is_some() {
            let class = verdict.map(database_class);
            return by_scope(database, class, selection);
        }
    }
    let class = match verdict {
        Some(class) if !selection.scope.components.is_empty() && is_sqlite(on_disk) => Some(database_class(class)),
        other => other,
    };
    by_scope(path, class, selection)
}

/// Whether a database is on disk in the very state in which it was captured, its `-wal` included.
fn is_as_captured(on_disk: &Path, stat: &Stat, source: u64) -> bool {
    let time = Time { secs: stat.st_mtime, nanos: stat.st_mtime_nsec as u32 };
    mix_state(sidecars(on_disk), time, stat.st_ino, stat.st_size as u64) == source
}

/// Digest of a database's sidecars, in the order in which the walk finds them: 0 without any, 1 where they are empty.
fn sidecars(on_disk: &Path) -> u64 {
    let mut digest = 0;
    for ending in ["-journal", "-shm", "-wal"] {
        let Ok(stat) = rustix::fs::lstat(sqlite::beside(on_disk, ending)) else { continue };
        digest = digest.max(1);
        if ending != "-shm" && stat.st_size > 0 {
            digest = mix(digest, &stat);
        }
    }
    digest
}

fn by_scope(path: &[u8], class: Option<Class>, selection: &Selection) -> Fate {
    match class {
        Some(class) if selection.scope.takes(path, class) => Fate::Deleted,
        _ => Fate::Kept,
    }
}

fn database_class(class: Class) -> Class {
    if class == Class::Vectors { class } else { Class::Database }
}

/// The database that a `-wal`, `-shm` or `-journal` belongs to, where there is one.
pub(super) fn database_of(path: &Path) -> Option<PathBuf> {
    let database = database_of_sidecar(path.as_os_str().as_bytes())?;
    Some(PathBuf::from(OsStr::from_bytes(database))).filter(|database| is_sqlite(database))
}

pub(super) fn is_sqlite(path: &Path) -> bool {
    let regular = std::fs::symlink_metadata(path).is_ok_and(|m| m.is_file());
    regular && sqlite::begins_as_database(path).is_ok_and(|is| is)
}
