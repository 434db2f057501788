//! What lies in a state that a restore set aside, and whether somebody wrote to it since.
use crate::capture::{chroma, sqlite};
use crate::deployment::{Profile, database_of_sidecar};
use crate::error::Result;
use crate::operations::context::Context;
use crate::operations::in_use::{self, Holder, id_of};
use crate::operations::restore::journal::{Journal, Stage, SwappedRoot};
use holdfast_domain::ArchiveName;
use jiff::Timestamp;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A state before a restore.
#[derive(Debug, Clone)]
pub struct Preserved {
    /// Of the restore.
    pub id: String,
    pub archive: ArchiveName,
    pub at: Timestamp,
    /// Where it lies.
    pub paths: Vec<PathBuf>,
}

/// The same, looked into.
#[derive(Debug, Clone)]
pub struct SetAside {
    pub state: Preserved,
    pub written: Written,
    /// Programs that have files of it open.
    pub in_use: Vec<Holder>,
}

impl SetAside {
    /// Whether letting it go would lose what is nowhere else.
    pub fn would_lose(&self) -> bool {
        self.written.files > 0 || self.in_use.iter().any(|holder| holder.writes)
    }
}

/// What was written to a state after it was set aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that are nowhere else.
    pub files: u64,
    /// Their whole sizes.
    pub bytes: u64,
    /// The one that was written to last, and when.
    pub last: Option<(PathBuf, Timestamp)>,
    /// The first database among them, `ROOT/...`, by its own name where only what lies beside it was written. Not that of a
    /// vector store.
    pub database: Option<PathBuf>,
    /// Files that the live state shares: what is written to one is in both.
    pub shared: u64,
}

/// States that can be brought back, newest first.
pub fn preserved(context: &Context, profile: &Profile) -> Result<Vec<Preserved>> {
    let journals = Journal::all(context, &profile.id)?;
    Ok(journals.iter().filter(|journal| journal.stage == Stage::Done).map(of).collect())
}

/// The same, with what happened to them since. Goes over every file of theirs.
pub fn set_aside(context: &Context, profile: &Profile) -> Result<Vec<SetAside>> {
    let journals = Journal::all(context, &profile.id)?;
    Ok(journals.iter().filter(|journal| journal.stage == Stage::Done).map(look).collect())
}

fn of(journal: &Journal) -> Preserved {
    Preserved {
        id: journal.id.clone(),
        archive: journal.archive.clone(),
        at: journal.at,
        paths: existed(journal).map(|root| root.aside.clone()).collect(),
    }
}

pub(super) fn look(journal: &Journal) -> SetAside {
    let state = of(journal);
    let mut in_use = in_use::look(&state.paths).holders;
    in_use.retain(|holder| holder.opens);
    SetAside { written: written(journal), in_use, state }
}

/// Whether anything in the live state is not as the restore left it, as far as times tell: that of the entry, which no program
/// can set, or that of a folder's list. Rather once too often: further names change it too, and of a single file the exchange.
pub(super) fn changed_since(journal: &Journal) -> bool {
    journal.roots.iter().any(|root| {
        let Some(since) = root.set_aside else { return true };
        let Ok(meta) = fs::symlink_metadata(&root.live) else { return false };
        let later = |meta: &Metadata| (meta.ctime(), meta.ctime_nsec()) > since;
        if !meta.is_dir() {
            return later(&meta);
        }
        // The exchange itself changes the time of the root's entry.
        let mut ways = if (meta.mtime(), meta.mtime_nsec()) > since { return true } else { vec![root.live.clone()] };
        while let Some(way) = ways.pop() {
            let Ok(items) = fs::read_dir(&way) else { return true };
            for item in items {
                let Ok((path, meta)) = item.and_then(|item| Ok((item.path(), item.metadata()?))) else { return true };
                // Readers of databases write there.
                if later(&meta) && !path.as_os_str().as_bytes().ends_with(b"-shm") {
                    return true;
                }
                if meta.is_dir() {
                    ways.push(path);
                }
            }
        }
        false
    })
}

fn existed(journal: &Journal) -> impl Iterator<Item = &SwappedRoot> {
    journal.roots.iter().filter(|root| root.existed)
}

/// By the times of files: both the time of the content, which programs may set, and that of the entry, which further names
/// change too, are later than the exchange.
pub(super) fn written(journal: &Journal) -> Written {
    let mut found = Written::default();
    for root in existed(journal) {
        let since =
            root.set_aside.unwrap_or_else(|| (journal.at.as_second(), i64::from(journal.at.subsec_nanosecond())));
        each_file(&root.aside, &mut |path, meta| {
            let changed = (meta.mtime(), meta.mtime_nsec());
            let later = changed > since && (meta.ctime(), meta.ctime_nsec()) > since;
            // Readers write there too, and it is made anew from the others.
            if !later || path.as_os_str().as_bytes().ends_with(b"-shm") {
                return;
            }
            if meta.nlink() > 1 && is_live(root, path, meta) {
                found.shared += 1;
                return;
            }
            found.files += 1;
            found.bytes += meta.len();
            if found.database.is_none() {
                found.database = database(path).map(|path| named(root, &path));
            }
            let at = Timestamp::new(changed.0, i32::try_from(changed.1).unwrap_or_default()).unwrap_or(journal.at);
            if found.last.as_ref().is_none_or(|(_, last)| *last < at) {
                found.last = Some((named(root, path), at));
            }
        });
    }
    found
}

/// The database that a file is, or whose newest writes it holds.
fn database(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.as_bytes();
    let own = database_of_sidecar(name);
    if own.unwrap_or(name) == chroma::DATABASE {
        return None;
    }
    match own {
        Some(own) => Some(path.with_file_name(OsStr::from_bytes(own))),
        // What cannot be read is not called one.
        None => sqlite::begins_as_database(path).is_ok_and(|is| is).then(|| path.to_owned()),
    }
}

/// `ROOT/...`, as the person knows it.
fn named(root: &SwappedRoot, path: &Path) -> PathBuf {
    let below = path.strip_prefix(&root.aside).unwrap_or(path);
    if below.as_os_str().is_empty() { PathBuf::from(&root.name) } else { Path::new(&root.name).join(below) }
}

/// Whether the live state has that very file too.
fn is_live(root: &SwappedRoot, path: &Path, meta: &Metadata) -> bool {
    let below = path.strip_prefix(&root.aside).unwrap_or(Path::new(""));
    let live = if below.as_os_str() == OsStr::new("") { root.live.clone() } else { root.live.join(below) };
    fs::symlink_metadata(live).is_ok_and(|live| id_of(&live) == id_of(meta))
}

/// Bytes on the disk that only this tree holds: files with a second name elsewhere free nothing.
pub(super) fn own_bytes(root: &Path) -> u64 {
    let mut bytes = 0;
    each_file(root, &mut |_, meta| {
        if meta.nlink() == 1 {
            bytes += meta.blocks() * 512;
        }
    });
    bytes
}

fn each_file(root: &Path, seen: &mut dyn FnMut(&Path, &Metadata)) {
    let mut ways = vec![root.to_owned()];
    while let Some(way) = ways.pop() {
        match fs::symlink_metadata(&way) {
            Ok(meta) if meta.is_dir() => {
                ways.extend(fs::read_dir(&way).into_iter().flatten().flatten().map(|item| item.path()));
            }
            Ok(meta) if meta.is_file() => seen(&way, &meta),
            _ => {}
        }
    }
}
