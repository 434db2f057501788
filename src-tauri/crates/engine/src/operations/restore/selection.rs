//! Which entries of a moment a restore takes, and what is known of them when the live folder is looked at.
use super::scope::Scope;
use crate::archive::{Entry, EntryKind, Moment, Time};
use crate::error::Result;
use crate::jobs::Job;
use std::collections::{HashMap, HashSet};

/// A path's digest: what is kept of a million paths must stay small.
pub(super) type PathKey = [u8; 16];

pub(super) fn key(path: &[u8]) -> PathKey {
    let mut key = [0; 16];
    key.copy_from_slice(&blake3::hash(path).as_bytes()[..16]);
    key
}

/// A file or link that will be restored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// Size (of files), time, mode.
    pub state: (Option<u64>, Time, u32),
    pub database: bool,
}

/// The entries that a scope takes of a moment.
#[derive(Debug)]
pub(super) struct Selection {
    pub scope: Scope,
    /// Folders that hold something taken; `None` where the scope takes folders by path alone.
    folders: Option<HashSet<PathKey>>,
    pub known: HashMap<PathKey, Known>,
    /// Roots that hold something taken.
    pub roots: HashSet<Vec<u8>>,
    pub files: u64,
    pub bytes: u64,
}

impl Selection {
    pub fn new(scope: Scope, moment: &Moment, job: &Job) -> Result<Self> {
        let mut folders = (!scope.components.is_empty()).then(HashSet::new);
        let mut known = HashMap::new();
        let mut roots = HashSet::new();
        let (mut files, mut bytes) = (0, 0);
        for entry in moment.entries()? {
            job.checkpoint()?;
            let entry = entry?;
            if entry.kind == EntryKind::Dir || !scope.takes_entry(&entry) {
                continue;
            }
            if let Some(folders) = &mut folders {
                let ends = entry.path.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at);
                folders.extend(ends.map(|at| key(&entry.path[..at])));
            }
            files += 1;
            if !roots.contains(entry.root()) {
                roots.insert(entry.root().to_vec());
            }
            if entry.kind == EntryKind::File {
                bytes += entry.size;
            }
            let size = (entry.kind == EntryKind::File).then_some(entry.size);
            let state = (size, entry.mtime, entry.mode);
            known.insert(key(&entry.path), Known { state, database: entry.database });
        }
        Ok(Self { scope, folders, known, roots, files, bytes })
    }

    pub fn takes(&self, entry: &Entry) -> bool {
        match (&self.folders, entry.kind) {
            (Some(folders), EntryKind::Dir) => folders.contains(&key(&entry.path)),
            _ => self.scope.takes_entry(entry),
        }
    }

    /// Whether a database is restored at this path.
    pub fn has_database(&self, path: &[u8]) -> bool {
        self.known.get(&key(path)).is_some_and(|known| known.database)
    }
}
