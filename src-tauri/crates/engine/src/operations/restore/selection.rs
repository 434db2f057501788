//! Which entries of a moment a restore takes, and what is known of them when the live folder is looked at.
use super::scope::Scope;
use crate::archive::entry::is_within;
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
    /// Of a database: digest of what told its state on disk when it was captured.
    pub source: u64,
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
    /// Chosen paths, and paths left out, of which there is nothing.
    pub unmatched: Vec<Vec<u8>>,
    pub unmatched_except: Vec<Vec<u8>>,
    /// The first vector store of which only a part is taken.
    pub parted: Option<Vec<u8>>,
    /// All that is taken, where that is little: then the lists need not be gone through again.
    few: Option<Vec<Entry>>,
    /// By the first names of files that are taken under other names alone.
    heirs: HashMap<Vec<u8>, Heir>,
}

/// Of a file whose first name is not taken: the first of its names that is. That one gets the content, and further ones
/// are linked to it.
#[derive(Debug)]
struct Heir {
    path: Vec<u8>,
    /// What the list says under the first name.
    first: Entry,
}

const FEW: usize = 2000;

/// A folder that holds this is a store of vectors, with its index in folders beside it.
const VECTOR_STORE: &[u8] = b"/chroma.sqlite3";

impl Selection {
    pub fn new(scope: Scope, moment: &Moment, job: &Job) -> Result<Self> {
        let mut folders = (!scope.components.is_empty()).then(HashSet::new);
        let mut known = HashMap::new();
        let mut roots = HashSet::new();
        let (mut files, mut bytes) = (0, 0);
        let mut orphans: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
        let (mut unmatched, mut unmatched_except) = (scope.paths.clone(), scope.except.clone());
        let mut parted = None;
        let mut few = (!scope.paths.is_empty() && scope.components.is_empty()).then(Vec::new);
        for entry in moment.entries()? {
            job.checkpoint()?;
            let entry = entry?;
            for list in [&mut unmatched, &mut unmatched_except] {
                if !list.is_empty() {
                    list.retain(|chosen| !is_within(&entry.path, chosen));
                }
            }
            if parted.is_none() && entry.path.strip_suffix(VECTOR_STORE).is_some_and(|folder| scope.parts(folder)) {
                parted = Some(entry.path.clone());
            }
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
            // First names come before the others.
            if entry.kind == EntryKind::Hardlink && !known.contains_key(&key(&entry.link)) {
                orphans.entry(entry.link.clone()).or_insert_with(|| entry.path.clone());
            }
            if entry.kind == EntryKind::File {
                // What claims to be absurdly large must not look small.
                bytes = u64::saturating_add(bytes, entry.size);
            }
            let size = (entry.kind == EntryKind::File).then_some(entry.size);
            let state = (size, entry.mtime, entry.mode);
            known.insert(key(&entry.path), Known { state, database: entry.database, source: entry.source });
        }
        let mut selection = Self {
            scope,
            folders,
            known,
            roots,
            files,
            bytes,
            unmatched,
            unmatched_except,
            parted,
            few,
            heirs: HashMap::new(),
        };
        selection.inherit(orphans, moment, job)?;
        Ok(selection)
    }

    /// Fetches the content of files whose first names are not taken. `orphans` has the heirs' paths by those names.
    fn inherit(&mut self, mut orphans: HashMap<Vec<u8>, Vec<u8>>, moment: &Moment, job: &Job) -> Result<()> {
        if orphans.is_empty() {
            return Ok(());
        }
        for entry in moment.entries()? {
            job.checkpoint()?;
            let first = entry?;
            if first.kind != EntryKind::File {
                continue;
            }
            if let Some(path) = orphans.remove(&first.path) {
                self.bytes = self.bytes.saturating_add(first.size);
                let state = (Some(first.size), first.mtime, first.mode);
                self.known.insert(key(&path), Known { state, database: first.database, source: first.source });
                self.heirs.insert(first.path.clone(), Heir { path, first });
            }
        }
        if let Some(few) = self.few.take() {
            self.few = Some(few.into_iter().map(|entry| self.settled(entry)).collect());
        }
        Ok(())
    }

    /// The entry as it is restored where the first name of its file is not.
    fn settled(&self, entry: Entry) -> Entry {
        if entry.kind != EntryKind::Hardlink {
            return entry;
        }
        match self.heirs.get(&entry.link) {
            Some(heir) if heir.path == entry.path => {
                Entry { path: entry.path, class: entry.class, ..heir.first.clone() }
            }
            Some(heir) => Entry { link: heir.path.clone(), ..entry },
            None => entry,
        }
    }

    /// Everything that is taken, in order.
    pub fn entries<'a>(&'a self, moment: &Moment) -> Result<Box<dyn Iterator<Item = Result<Entry>> + Send + 'a>> {
        Ok(match &self.few {
            Some(few) => Box::new(few.iter().cloned().map(Ok)),
            None => Box::new(
                moment
                    .entries()?
                    .filter(|e| e.as_ref().map_or(true, |e| self.takes(e)))
                    .map(|e| e.map(|e| self.settled(e))),
            ),
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
