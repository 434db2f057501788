//! Captures the content of everything that changed.
use super::capture_file::{self, Captured, Held};
use super::{database_state, is_unchanged, units};
use crate::archive::entry::is_within;
use crate::archive::{
    ArchiveWriter, Blocks, BlocksWriter, DatabaseNote, Detail, Entry, EntryKind, IndexWriter, Moment, Place, Time, Tree,
};
use crate::capture::metadata::{self, Owners};
use crate::capture::walk::{SPOOL, latest};
use crate::capture::{chroma, sqlite};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::jobs::{Job, Problems};
use crate::operations::pairs::Pair;
use holdfast_domain::{Class, Code, Problem};
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::SpooledTempFile;

/// Files changed so shortly before the backup that a further change might leave their times as they are.
const RACY_SECONDS: i64 = 1;

/// What a pass over the deployment gathers.
pub(super) struct Payload<'a> {
    pub writer: ArchiveWriter,
    pub parent: Option<&'a Moment>,
    /// Blocks of the parent's levels, fetched when first needed.
    blocks_held: HashMap<u8, Option<Blocks>>,
    pub owners: Owners,
    pub problems: &'a Problems,
    pub job: &'a Job,
    pub clock: &'a dyn Clock,
    pub scratch: &'a Path,
    pub on_disk: &'a dyn Fn(&[u8]) -> PathBuf,
    pub relist: &'a Relist<'a>,
    started: Time,
    /// What differs from the parent, in order.
    changed: IndexWriter<SpooledTempFile>,
    /// The same for what is captured after the rest.
    pub late: Vec<Entry>,
    deferred: Vec<Deferred>,
    /// Paths of what was deferred, and further names of those files: they come after the content that they share, and
    /// whether it can be captured under its first name shows only then.
    deferred_paths: HashSet<Vec<u8>>,
    deferred_links: Vec<Deferred>,
    pub blocks: BlocksWriter<SpooledTempFile>,
    pub tree: Tree,
    /// Files of which only blocks are in this archive.
    pub deltas: HashSet<Vec<u8>>,
    /// Files that hard links may name but that could not be captured.
    lost: HashSet<Vec<u8>>,
    pub databases: Vec<DatabaseNote>,
    /// Problems of the parent with things that are as they were: they are the new archive's problems too.
    carried: Vec<Problem>,
    /// What is known to lie in the vector stores that are captured.
    pub in_stores: HashMap<Vec<u8>, EntryKind>,
    /// Segments that must have a folder, by the path of the database that names them.
    pub segments: HashMap<Vec<u8>, Vec<String>>,
    snapshots: u32,
}

/// Lists a folder of the deployment anew.
pub(super) type Relist<'a> = dyn Fn(&[u8], &mut Owners) -> Result<Vec<Entry>> + 'a;

/// Something that is captured after the rest: a database, or part of a vector store.
pub(super) struct Deferred {
    pub found: Entry,
    pub held: Option<Entry>,
    pub unit: Option<usize>,
    pub changed: bool,
}

/// Where what the integrity check of a copy says will arrive.
pub(super) type Check = crossbeam_channel::Receiver<Result<String>>;

/// What the lists are made from.
pub(super) struct Gathered {
    pub changed: SpooledTempFile,
    pub late: Vec<Entry>,
    pub blocks: SpooledTempFile,
    pub deltas: HashSet<Vec<u8>>,
    pub tree: Tree,
    pub databases: Vec<DatabaseNote>,
}

pub(super) struct Surroundings<'a> {
    pub parent: Option<&'a Moment>,
    pub problems: &'a Problems,
    pub job: &'a Job,
    pub clock: &'a dyn Clock,
    pub scratch: &'a Path,
    pub on_disk: &'a dyn Fn(&[u8]) -> PathBuf,
    pub relist: &'a Relist<'a>,
    pub started: jiff::Timestamp,
}

impl<'a> Payload<'a> {
    pub fn new(writer: ArchiveWriter, owners: Owners, around: Surroundings<'a>) -> Result<Self> {
        let spool = || tempfile::spooled_tempfile_in(SPOOL, around.scratch);
        let blocks = BlocksWriter::new(spool()).map_err(|e| Error::io(around.scratch, e))?;
        Ok(Self {
            writer,
            parent: around.parent,
            blocks_held: HashMap::new(),
            owners,
            problems: around.problems,
            job: around.job,
            clock: around.clock,
            scratch: around.scratch,
            on_disk: around.on_disk,
            relist: around.relist,
            started: Time { secs: around.started.as_second(), nanos: 0 },
            changed: IndexWriter::new(spool(), Detail::Captured),
            late: Vec::new(),
            deferred: Vec::new(),
            deferred_paths: HashSet::new(),
            deferred_links: Vec::new(),
            blocks,
            tree: around.parent.map(Moment::tree).unwrap_or_default(),
            deltas: HashSet::new(),
            lost: HashSet::new(),
            databases: Vec::new(),
            carried: around.parent.map(lasting).unwrap_or_default(),
            in_stores: HashMap::new(),
            segments: HashMap::new(),
            snapshots: 0,
        })
    }

    /// Takes one path of the deployment: captures it, defers it, or leaves it to the parent.
    pub fn take(
        &mut self,
        pair: Pair,
        stores: &[Vec<u8>],
        changed_stores: &HashSet<usize>,
        unlisted: &[Vec<u8>],
    ) -> Result<()> {
        let (found, held) = match pair {
            Pair::Left(found) => (found, None),
            Pair::Both(found, held) => (found, Some(held)),
            Pair::Right(held) => {
                let unseen = unlisted.iter().any(|folder| is_within(&held.path, folder));
                return if unseen { Ok(()) } else { self.bury(&held, false) };
            }
        };
        if changed_stores.iter().any(|store| is_within(&found.path, &stores[*store])) {
            self.in_stores.insert(found.path.clone(), found.kind);
        }
        let unchanged = held.as_ref().is_some_and(|held| is_unchanged(&found, held));
        let held = held.map(moved);
        if found.kind == EntryKind::Hardlink && self.deferred_paths.contains(&found.link) {
            self.deferred_links.push(Deferred { found, held, unit: None, changed: !unchanged });
            return Ok(());
        }
        // Its first name is gone: what the parent holds of it names a file that is no longer there.
        let unchanged = unchanged && !(found.kind == EntryKind::Hardlink && self.lost.contains(&found.link));
        let unit = chroma::unit_of(&found.path, stores).filter(|unit| changed_stores.contains(unit));
        if let (Some(unit), EntryKind::File) = (unit, found.kind) {
            self.defer(Deferred { found, held, unit: Some(unit), changed: !unchanged });
            return Ok(());
        }
        if unchanged {
            return Ok(());
        }
        match found.kind {
            EntryKind::File if found.database => {
                self.defer(Deferred { found, held, unit: None, changed: true });
                Ok(())
            }
            EntryKind::File => self.file(found, held, false, false),
            _ => self.bare(found, held, false),
        }
    }

    fn defer(&mut self, deferred: Deferred) {
        self.deferred_paths.insert(deferred.found.path.clone());
        self.deferred.push(deferred);
    }

    /// A folder or link.
    pub fn bare(&mut self, mut entry: Entry, held: Option<Entry>, late: bool) -> Result<()> {
        let path = (self.on_disk)(&entry.path);
        if entry.kind == EntryKind::Hardlink && self.lost.contains(&entry.link) {
            // Under its first name the file could not be captured: under this one it may be.
            entry.kind = EntryKind::File;
            entry.link.clear();
            entry.size = path.symlink_metadata().map_or(0, |meta| meta.len());
            return self.file(entry, held, false, late);
        }
        let read = (|| -> io::Result<()> {
            if entry.kind == EntryKind::Symlink {
                use std::os::unix::ffi::OsStringExt;
                entry.link = std::fs::read_link(&path)?.into_os_string().into_vec();
            }
            if entry.kind != EntryKind::Hardlink {
                entry.xattrs = metadata::xattrs(&path)?;
            }
            Ok(())
        })();
        if let Err(e) = read {
            if entry.kind != EntryKind::Dir {
                return self.missed(&entry, held.as_ref(), e, late);
            }
            // What the parent holds of the files in it may stand: they need a folder to be restored into.
            let code = if e.kind() == io::ErrorKind::NotFound { Code::FileVanished } else { Code::FileUnreadable };
            self.problems.report(code, entry.display(), e);
            entry.xattrs = held.as_ref().map(|held| held.xattrs.clone()).unwrap_or_default();
        }
        self.mark_racy(&mut entry);
        self.writer.bare(&entry)?;
        self.emit(entry, held.as_ref(), late)
    }

    /// A file. `late` ones come out of their order.
    pub fn file(&mut self, found: Entry, held: Option<Entry>, as_file: bool, late: bool) -> Result<()> {
        let path = (self.on_disk)(&found.path);
        if found.size >= 8 << 20 {
            self.job.current(found.display());
        }
        let fingerprints = match &held {
            Some(held) if held.kind == EntryKind::File && found.size >= crate::archive::LARGE => {
                self.fingerprints(held)?
            }
            _ => None,
        };
        let base = held.as_ref().map(|entry| Held { entry, fingerprints: fingerprints.as_deref() });
        let job = self.job;
        let mut seen = |bytes| {
            job.add_bytes(bytes);
            job.checkpoint()
        };
        let captured =
            capture_file::capture(&mut self.writer, &found, &path, base, &mut self.owners, as_file, &mut seen)?;
        self.job.add_files(1);
        match captured {
            Captured::IsDatabase => {
                self.defer(Deferred { found, held, unit: None, changed: true });
                Ok(())
            }
            Captured::SameContent { mut entry } => {
                self.mark_racy(&mut entry);
                self.emit(*entry, held.as_ref(), late)
            }
            Captured::Whole { mut entry, fingerprints, steady, delta } => {
                if !steady {
                    self.problems.report(Code::FileChanged, entry.display(), "it changed each time that it was read");
                }
                self.mark_racy(&mut entry);
                if !fingerprints.is_empty() {
                    self.blocks.push(&entry.path, &fingerprints).map_err(|e| Error::io(self.scratch, e))?;
                }
                if delta {
                    self.deltas.insert(entry.path.clone());
                }
                self.emit(*entry, held.as_ref(), late)
            }
            Captured::Vanished => self.missed(&found, held.as_ref(), io::ErrorKind::NotFound.into(), late),
            Captured::Unreadable(e) => self.missed(&found, held.as_ref(), e, late),
        }
    }

    /// A database, from a copy that was made beside the rest or is made now.
    pub fn database(&mut self, deferred: Deferred, ready: Option<(PathBuf, Result<Check>)>) -> Result<()> {
        let Deferred { found, held, .. } = deferred;
        let source = (self.on_disk)(&found.path);
        self.job.current(found.display());
        let job = self.job;
        let (said, later) = crossbeam_channel::bounded(1);
        let made_now = ready.is_none();
        let (copy, result) = ready.unwrap_or_else(|| {
            self.snapshots += 1;
            let copy = self.scratch.join(format!("late-{}", self.snapshots));
            let result = sqlite::copy(&source, &copy, job).map(|()| later);
            (copy, result)
        });
        let check = match result {
            Ok(check) => check,
            Err(e) if e.is_cancelled() => return Err(e),
            Err(_) if !source.exists() => {
                return self.missed(&found, held.as_ref(), io::ErrorKind::NotFound.into(), true);
            }
            Err(e) => {
                let cause = format!("no consistent copy could be made, so the file was stored as it is: {}", e.cause());
                let code = if e.code() == Code::DatabaseDamaged { e.code() } else { Code::DatabaseUnreadable };
                self.problems.report(code, found.display(), cause);
                let path = found.path.clone();
                self.file(found, held, true, true)?;
                self.again_next_time(&path);
                return Ok(());
            }
        };
        // The check goes on while the copy is read into the archive.
        let result = std::thread::scope(|scope| {
            if made_now {
                // There is room for one.
                scope.spawn(|| said.send(sqlite::check(&copy, job)));
            }
            self.database_copy(found, held, &source, &copy, &check)
        });
        let _ = std::fs::remove_file(&copy);
        result
    }

    fn database_copy(
        &mut self,
        found: Entry,
        held: Option<Entry>,
        source: &Path,
        copy: &Path,
        check: &Check,
    ) -> Result<()> {
        let mut file = std::fs::File::open(copy).map_err(|e| Error::io(copy, e))?;
        let mut entry = found.clone();
        entry.xattrs = metadata::xattrs(source).unwrap_or_default();
        entry.size = file.metadata().map_err(|e| Error::io(copy, e))?.len();
        entry.database = true;
        if entry.class != Class::Vectors && !copy_is_of_store(&entry.path) {
            entry.class = Class::Database;
        }
        entry.source = database_state(&found);
        let fingerprints = match &held {
            Some(held) => self.fingerprints(held)?,
            None => None,
        };
        let job = self.job;
        let mut seen = |bytes| {
            job.add_bytes(bytes);
            job.checkpoint()
        };
        let mut delta = false;
        let content = match (&held, &fingerprints) {
            (Some(held), Some(fingerprints)) => {
                delta = true;
                let base = crate::archive::Base { fingerprints, extents: &held.extents, size: held.size };
                self.writer.delta(entry.size, base, &mut file, &mut seen)?
            }
            _ => self.writer.file(&entry, &mut file, &mut seen)?,
        };
        let content = content.map_err(|e| Error::io(copy, e))?;
        self.job.add_files(1);
        let mut entry = capture_file::finish(entry, &content);
        let same = held.as_ref().filter(|held| delta && held.sha256 == entry.sha256 && held.size == entry.size);
        if let Some(held) = same {
            entry.extents.clone_from(&held.extents);
            entry.content_in = held.content_in;
        } else {
            if !content.fingerprints.is_empty() {
                self.blocks.push(&entry.path, &content.fingerprints).map_err(|e| Error::io(self.scratch, e))?;
            }
            if delta {
                self.deltas.insert(entry.path.clone());
            }
        }
        self.mark_racy(&mut entry);
        self.judge(&entry, copy, check)?;
        self.emit(entry, held.as_ref(), true)
    }

    /// Waits for what the integrity check says of a copy.
    fn judge(&mut self, entry: &Entry, copy: &Path, check: &Check) -> Result<()> {
        let said = match check.recv() {
            Ok(Ok(said)) => said,
            Ok(Err(e)) if e.is_cancelled() => return Err(e),
            Ok(Err(e)) => format!("the check could not be made: {}", e.cause()),
            Err(_) => "the check could not be made: its thread ended".to_owned(),
        };
        if said != "ok" {
            self.problems.report(Code::DatabaseDamaged, entry.display(), &said);
        }
        if copy_is_of_store(&entry.path) {
            self.note_segments(&entry.path, copy);
        }
        let note = DatabaseNote { path: entry.display().into_owned(), check: said, captured: self.clock.now() };
        self.databases.push(note);
        Ok(())
    }

    /// Keeps which index folders a vector store's database names, until the whole store is captured.
    fn note_segments(&mut self, database: &[u8], copy: &Path) {
        match chroma::missing_segments(copy, |_| false) {
            Ok(segments) => {
                self.segments.insert(database.to_vec(), segments);
            }
            // Its integrity check has said what there is to say.
            Err(e) => {
                tracing::debug!(error = %e, "the vector store's segments could not be listed");
            }
        }
    }

    /// Block fingerprints of what an ancestor holds of a file.
    fn fingerprints(&mut self, held: &Entry) -> Result<Option<Vec<u8>>> {
        let Some(parent) = self.parent else {
            return Ok(None);
        };
        let Some(depth) = held.content_in.checked_sub(1) else {
            return Ok(None);
        };
        if let std::collections::hash_map::Entry::Vacant(vacant) = self.blocks_held.entry(depth) {
            let level = parent.levels().get(usize::from(depth));
            vacant.insert(level.map(crate::archive::LevelSource::blocks).transpose()?.flatten());
        }
        let blocks = self.blocks_held.get(&depth).and_then(Option::as_ref);
        Ok(blocks.and_then(|blocks| blocks.of(&held.path)).map(<[u8]>::to_vec))
    }

    fn mark_racy(&self, entry: &mut Entry) {
        let latest = latest(entry);
        entry.racy |= entry.kind == EntryKind::File && latest.secs >= self.started.secs - RACY_SECONDS;
    }

    /// Reports what could not be captured. What the parent holds of it stays, unless it is gone.
    fn missed(&mut self, found: &Entry, held: Option<&Entry>, error: io::Error, late: bool) -> Result<()> {
        if error.kind() == io::ErrorKind::NotFound {
            self.problems.report(Code::FileVanished, found.display(), "it was there when the backup began and is gone");
            self.lost.insert(found.path.clone());
            return held.map_or(Ok(()), |held| self.bury(held, late));
        }
        let kept = if held.is_some() { "; its last captured state is kept" } else { "" };
        self.problems.report(Code::FileUnreadable, found.display(), format!("{error}{kept}"));
        if held.is_none() {
            self.lost.insert(found.path.clone());
        }
        Ok(())
    }

    /// A tombstone for what the parent holds.
    fn bury(&mut self, held: &Entry, late: bool) -> Result<()> {
        self.tree.subtract(held);
        self.record(Entry::gone(held.path.clone()), late)
    }

    fn emit(&mut self, entry: Entry, held: Option<&Entry>, late: bool) -> Result<()> {
        if let Some(held) = held {
            self.tree.subtract(held);
        }
        self.tree.add(&entry);
        self.lost.remove(&entry.path);
        self.record(entry, late)
    }

    fn record(&mut self, entry: Entry, late: bool) -> Result<()> {
        if !self.carried.is_empty() {
            let path = entry.display();
            self.carried.retain(|problem| problem.subject != path);
        }
        if late {
            // A part of a vector store may be captured more than once: the last one counts.
            if let Some(earlier) = self.late.iter_mut().find(|e| e.path == entry.path) {
                *earlier = entry;
            } else {
                self.late.push(entry);
            }
            return Ok(());
        }
        self.changed.push(&entry).map_err(|e| Error::new(Code::Internal, entry.display(), e))
    }

    /// What was captured late of a path does not count as a state to rely on: the next backup takes it again.
    pub fn again_next_time(&mut self, path: &[u8]) {
        if let Some(entry) = self.late.iter_mut().find(|e| e.path == path) {
            entry.racy = true;
        }
    }

    /// Whether the moment has a file that was deferred: captured now, or as the parent holds it.
    pub fn has(&self, deferred: &Deferred) -> bool {
        match self.late.iter().find(|entry| entry.path == deferred.found.path) {
            Some(entry) => entry.kind != EntryKind::Gone,
            None => deferred.held.is_some(),
        }
    }

    /// Forgets what was recorded late of a path: the parent's state of it counts again.
    pub fn take_back(&mut self, path: &[u8], held: Option<&Entry>) {
        let Some(at) = self.late.iter().position(|e| e.path == path) else { return };
        let earlier = self.late.remove(at);
        if earlier.kind != EntryKind::Gone {
            self.tree.subtract(&earlier);
        }
        if let Some(held) = held {
            self.tree.add(held);
        }
    }

    /// Captures everything that was deferred. `ready` gives copies of databases that were made meanwhile.
    pub fn finish(
        mut self,
        ready: impl Iterator<Item = (Vec<u8>, PathBuf, Result<Check>)>,
        stores: &[Vec<u8>],
    ) -> Result<(ArchiveWriter, Gathered)> {
        let (units, mut databases): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.deferred).into_iter().partition(|d| d.unit.is_some());
        for (path, copy, result) in ready {
            self.job.checkpoint()?;
            if let Some(at) = databases.iter().position(|d| d.found.path == path) {
                let deferred = databases.swap_remove(at);
                self.database(deferred, Some((copy, result)))?;
            }
        }
        for deferred in databases {
            self.job.checkpoint()?;
            self.database(deferred, None)?;
        }
        units::capture(&mut self, units, stores)?;
        for link in std::mem::take(&mut self.deferred_links) {
            if link.changed || self.lost.contains(&link.found.link) {
                self.bare(link.found, link.held, true)?;
            }
        }
        // Databases among them, captured under another name than their first.
        while let Some(deferred) = self.deferred.pop() {
            self.job.checkpoint()?;
            self.database(deferred, None)?;
        }
        std::mem::take(&mut self.carried).into_iter().for_each(|problem| self.problems.add(problem));
        let broken = |e: io::Error| Error::new(Code::Internal, "the list of files", e);
        let gathered = Gathered {
            changed: self.changed.finish().map_err(broken)?,
            late: self.late,
            blocks: self.blocks.finish().map_err(broken)?,
            deltas: self.deltas,
            tree: self.tree,
            databases: self.databases,
        };
        Ok((self.writer, gathered))
    }
}

/// What is wrong with things in the archive, and stays so until they are captured again.
fn lasting(parent: &Moment) -> Vec<Problem> {
    let lasting = [Code::DatabaseDamaged, Code::DatabaseLost, Code::VectorStoreIncomplete];
    parent.manifest().problems.iter().filter(|problem| lasting.contains(&problem.code)).cloned().collect()
}

fn copy_is_of_store(path: &[u8]) -> bool {
    path.ends_with(b"/chroma.sqlite3")
}

/// The parent's entry, its places counted from the archive that is being made.
fn moved(mut held: Entry) -> Entry {
    held.content_in = held.content_in.saturating_add(1);
    for extent in &mut held.extents {
        if let Place::At { archive, .. } = &mut extent.place {
            *archive = archive.saturating_add(1);
        }
    }
    held
}
