//! A moment: an archive laid over those that it needs.
use super::blocks::Blocks;
use super::entry::{Entry, EntryKind, Place, path_order};
use super::index::{self, Detail, IndexReader};
use super::manifest::Manifest;
use super::reader::ArchiveReader;
use super::tree::Tree;
use crate::error::{Error, Result};
use holdfast_domain::Code;
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::io::{self, BufRead};
use std::sync::Arc;

/// Where an archive's lists are read from.
#[derive(Debug, Clone)]
pub enum Lists {
    /// From the archive itself.
    Archive(ArchiveReader),
    /// From the catalog's copy: the archive need not be at hand.
    Packed { index: Arc<[u8]>, blocks: Option<Arc<[u8]>> },
}

/// One archive of a moment.
#[derive(Debug, Clone)]
pub struct LevelSource {
    pub manifest: Arc<Manifest>,
    /// SHA-256 of the manifest's exact bytes, in hexadecimal.
    pub manifest_sha256: String,
    pub lists: Lists,
}

impl LevelSource {
    pub fn of_archive(reader: &ArchiveReader) -> Self {
        let manifest_sha256 = hex::encode(Sha256::digest(reader.signed_text().0));
        Self { manifest: Arc::new(reader.manifest().clone()), manifest_sha256, lists: Lists::Archive(reader.clone()) }
    }

    fn index(&self) -> Result<Box<dyn BufRead + Send>> {
        Ok(match &self.lists {
            Lists::Archive(reader) => Box::new(reader.member(self.manifest.members.index)?),
            Lists::Packed { index, .. } => Box::new(index::unpack(index.clone()).map_err(|e| self.damaged(&e))?),
        })
    }

    /// The block fingerprints of the large files that this archive captured.
    pub fn blocks(&self) -> Result<Option<Blocks>> {
        let blocks = match &self.lists {
            Lists::Archive(reader) => Blocks::read(reader.member(self.manifest.members.blocks)?),
            Lists::Packed { blocks: None, .. } => return Ok(None),
            Lists::Packed { blocks: Some(blocks), .. } => index::unpack(blocks.clone()).and_then(Blocks::read),
        };
        blocks.map(Some).map_err(|e| self.damaged(&e))
    }

    fn damaged(&self, error: &dyn std::fmt::Display) -> Error {
        Error::new(Code::ArchiveDamaged, &self.manifest.archive, error)
    }
}

/// The state of a deployment that an archive gives back, its own level first.
#[derive(Debug, Clone)]
pub struct Moment {
    levels: Vec<LevelSource>,
    partial: bool,
}

impl Moment {
    /// `levels` must be the archives that the first one's manifest names, in that order, and the very ones.
    pub fn new(levels: Vec<LevelSource>) -> Result<Self> {
        let Some(top) = levels.first() else {
            return Err(Error::new(Code::Internal, "a moment", "it has no archive"));
        };
        let fits = levels.len() == top.manifest.archives.len()
            && levels.iter().zip(&top.manifest.archives).all(|(level, name)| level.manifest.archive == *name)
            && levels.iter().all(|l| l.manifest.deployment_id == top.manifest.deployment_id);
        if !fits {
            let cause = "the archives at hand are not those that it needs";
            return Err(Error::new(Code::ParentMissing, &top.manifest.archive, cause));
        }
        for (level, expected) in levels[1..].iter().zip(&top.manifest.needs) {
            if level.manifest_sha256 != *expected {
                let cause = format!("{} is not the archive that it was built on", level.manifest.archive);
                return Err(Error::new(Code::ArchiveDamaged, &top.manifest.archive, cause));
            }
        }
        Ok(Self { levels, partial: false })
    }

    /// For salvage: some of the archives that the first one needs may be missing at the end. Entries may then point to
    /// archives that are not there.
    pub fn partial(levels: Vec<LevelSource>) -> Self {
        Self { levels, partial: true }
    }

    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.levels[0].manifest
    }

    pub fn levels(&self) -> &[LevelSource] {
        &self.levels
    }

    pub fn tree(&self) -> Tree {
        self.manifest().tree.into()
    }

    /// All entries, in their order, read as they are asked for.
    pub fn entries(&self) -> Result<Entries> {
        let mut readers = Vec::new();
        for level in &self.levels {
            let reader = IndexReader::new(level.index()?, Detail::Captured).map_err(|e| level.damaged(&e))?;
            readers.push(Head { reader, next: None });
        }
        let subject = self.manifest().archive.to_string();
        let mut entries = Entries { readers, subject, failed: false, partial: self.partial };
        for depth in 0..entries.readers.len() {
            entries.pull(depth)?;
        }
        Ok(entries)
    }

    /// Reads everything once and compares it with the manifest's count and sum.
    pub fn check(&self) -> Result<()> {
        let mut tree = Tree::default();
        for entry in self.entries()? {
            tree.add(&entry?);
        }
        if tree == self.tree() {
            return Ok(());
        }
        let cause = "its list of files is not the one that was written";
        Err(Error::new(Code::ArchiveDamaged, &self.manifest().archive, cause))
    }
}

struct Head {
    reader: IndexReader<Box<dyn BufRead + Send>>,
    next: Option<Entry>,
}

/// The entries of a moment. Places are counted from the moment's own archive.
pub struct Entries {
    readers: Vec<Head>,
    subject: String,
    failed: bool,
    partial: bool,
}

impl Entries {
    /// Fetches the next entry of a level, its places moved by the level's depth.
    fn pull(&mut self, depth: usize) -> Result<()> {
        let head = &mut self.readers[depth];
        let next = head
            .reader
            .next()
            .transpose()
            .map_err(|e: io::Error| Error::new(Code::ArchiveDamaged, &self.subject, e))?;
        head.next = next.map(|mut entry| {
            let depth = depth as u8;
            if depth > 0 {
                entry.content_in = entry.content_in.saturating_add(depth);
                for extent in &mut entry.extents {
                    if let Place::At { archive, .. } = &mut extent.place {
                        *archive = archive.saturating_add(depth);
                    }
                }
            }
            entry
        });
        Ok(())
    }

    fn step(&mut self) -> Result<Option<Entry>> {
        loop {
            // The smallest path; of equal ones, the newest level.
            let mut best: Option<usize> = None;
            for depth in 0..self.readers.len() {
                let Some(entry) = &self.readers[depth].next else {
                    continue;
                };
                let smaller = best
                    .and_then(|b| self.readers[b].next.as_ref())
                    .is_none_or(|chosen| path_order(&entry.path, &chosen.path) == Ordering::Less);
                if smaller {
                    best = Some(depth);
                }
            }
            let Some(best) = best else { return Ok(None) };
            let chosen = self.readers[best].next.take();
            self.pull(best)?;
            let Some(chosen) = chosen else {
                return Ok(None);
            };
            for depth in best + 1..self.readers.len() {
                if self.readers[depth].next.as_ref().is_some_and(|e| e.path == chosen.path) {
                    self.pull(depth)?;
                }
            }
            if chosen.kind != EntryKind::Gone {
                let levels = self.readers.len() as u8;
                let known =
                    |e: &super::entry::Extent| !matches!(e.place, Place::At { archive, .. } if archive >= levels);
                if !self.partial && !chosen.extents.iter().all(known) {
                    let cause = format!("{} points to an archive that it does not name", chosen.display());
                    return Err(Error::new(Code::ArchiveDamaged, &self.subject, cause));
                }
                return Ok(Some(chosen));
            }
        }
    }
}

impl Iterator for Entries {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let result = self.step();
        self.failed = result.is_err();
        result.transpose()
    }
}

impl std::fmt::Debug for Entries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entries").field("subject", &self.subject).finish_non_exhaustive()
    }
}
