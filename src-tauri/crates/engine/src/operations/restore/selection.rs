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
    /// Names of files, hard links included.
    pub files: u64,
    pub bytes: u64,
    /// All that is taken, where that is little: then the lists need not be gone through again.
    pub few: Option<Vec<Entry>>,
}

const FEW: usize = 2000;

impl Selection {
    pub fn new(scope: Scope, moment: &Moment, job: &Job) -> Result<Self> {
        let mut folders = (!scope.components.is_empty()).then(HashSet::new);
        let mut known = HashMap::new();
        let mut roots = HashSet::new();
        let (mut files, mut bytes) = (0, 0);
        let mut few = (!scope.paths.is_empty() && scope.components.is_empty()).then(Vec::new);
        for entry in moment.entries()? {
            job.checkpoint()?;
            let entry = entry?;
            if !scope.takes_entry(&entry) {
                continue;
            }
            if let Some(list) = &mut few {
                list.push(entry.clone());
                if list.len() > FEW {
                    few = None;
                }
            }
            if entry.kind == EntryKind::Dir {
                continue;
            }
            if let Some(folders) = &mut folders {
                let ends = entry.path.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at);
                folders.extend(ends.map(|at| key(&entry.path[..at])));
            }
            files += u64::from(entry.kind != EntryKind::Symlink);
            if !roots.contains(entry.root()) {
                roots.insert(entry.root().to_vec());
            }
            if entry.kind == EntryKind::File {
                // What claims to be absurdly large must not look small.
                bytes = u64::saturating_add(bytes, entry.size);
            }
            let size = (entry.kind == EntryKind::File).then_some(entry.size);
            let state = (size, entry.mtime, entry.mode);
            known.insert(key(&entry.path), Known { state, database: entry.database });
        }
        Ok(Self { scope, folders, known, roots, files, bytes, few })
    }

    /// Everything that is taken, in order.
    pub fn entries<'a>(&'a self, moment: &Moment) -> Result<Box<dyn Iterator<Item = Result<Entry>> + Send + 'a>> {
        Ok(match &self.few {
            Some(few) => Box::new(few.iter().cloned().map(Ok)),
            None => Box::new(moment.entries()?.filter(|e| e.as_ref().map_or(true, |e| self.takes(e)))),
        })
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
