//! Captures files, folders and links.
use super::{Deferred, Payload};
use crate::archive::{Entry, EntryKind};
use crate::capture::metadata;
use crate::error::{Error, Result};
use crate::operations::backup::capture_file::{self, Captured, Held};
use holdfast_domain::Code;
use std::io;

impl Payload<'_> {
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

    /// Block fingerprints of what an ancestor holds of a file.
    pub(super) fn fingerprints(&mut self, held: &Entry) -> Result<Option<Vec<u8>>> {
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
}
