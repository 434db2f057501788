//! What differs from the parent, with the sum over the whole moment kept in step.
use super::{Deferred, Payload};
use crate::archive::{Entry, EntryKind};
use crate::capture::walk::latest;
use crate::error::{Error, Result};
use holdfast_domain::Code;
use std::io;

/// Files changed so shortly before the backup that a further change might leave their times as they are.
const RACY_SECONDS: i64 = 1;

impl Payload<'_> {
    pub(super) fn mark_racy(&self, entry: &mut Entry) {
        let latest = latest(entry);
        entry.racy |= entry.kind == EntryKind::File && latest.secs >= self.started.secs - RACY_SECONDS;
    }

    /// Reports what could not be captured. What the parent holds of it stays, unless it is gone.
    pub(super) fn missed(&mut self, found: &Entry, held: Option<&Entry>, error: io::Error, late: bool) -> Result<()> {
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
    pub(super) fn bury(&mut self, held: &Entry, late: bool) -> Result<()> {
        self.tree.subtract(held);
        self.record(Entry::gone(held.path.clone()), late)
    }

    pub(super) fn emit(&mut self, entry: Entry, held: Option<&Entry>, late: bool) -> Result<()> {
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
}
