//! Captures databases from consistent copies, and notes what their integrity checks say.
use super::{Check, Deferred, Payload};
use crate::archive::{DatabaseNote, Entry};
use crate::capture::sqlite::Examined;
use crate::capture::{chroma, metadata, sqlite};
use crate::error::{Error, Result};
use crate::operations::backup::{capture_file, database_state};
use holdfast_domain::{Class, Code};
use std::io;
use std::path::{Path, PathBuf};

impl Payload<'_> {
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
                scope.spawn(|| said.send(sqlite::examine(&copy, job)));
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
        let unsaid = |why: &str| Examined { check: format!("the check could not be made: {why}"), tables: None };
        let Examined { check: said, tables } = match check.recv() {
            Ok(Ok(said)) => said,
            Ok(Err(e)) if e.is_cancelled() => return Err(e),
            Ok(Err(e)) => unsaid(e.cause()),
            Err(_) => unsaid("its thread ended"),
        };
        if said != "ok" {
            self.problems.report(Code::DatabaseDamaged, entry.display(), &said);
        }
        if copy_is_of_store(&entry.path) {
            self.note_segments(&entry.path, copy);
        }
        let note = DatabaseNote { path: entry.display().into_owned(), check: said, captured: self.clock.now(), tables };
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
}

fn copy_is_of_store(path: &[u8]) -> bool {
    path.ends_with(b"/chroma.sqlite3")
}
