//! Captures the content of everything that changed.
mod databases;
mod files;
mod ledger;

use super::{is_unchanged, units};
use crate::archive::entry::is_within;
use crate::archive::{
    ArchiveWriter, Blocks, BlocksWriter, DatabaseNote, Detail, Entry, EntryKind, IndexWriter, Moment, Place, Time, Tree,
};
use crate::capture::chroma;
use crate::capture::metadata::Owners;
use crate::capture::sqlite::Examined;
use crate::capture::walk::SPOOL;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::jobs::{Job, Problems};
use crate::operations::pairs::Pair;
use holdfast_domain::{Code, Problem};
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::SpooledTempFile;

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
pub(super) type Check = crossbeam_channel::Receiver<Result<Examined>>;

/// What the lists are made from.
pub(in crate::operations) struct Gathered {
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
        for problem in std::mem::take(&mut self.carried) {
            self.problems.add(problem);
        }
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
    let lasting = [Code::DatabaseDamaged, Code::LeftOutByPattern, Code::VectorStoreIncomplete];
    parent.manifest().problems.iter().filter(|problem| lasting.contains(&problem.code)).cloned().collect()
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
