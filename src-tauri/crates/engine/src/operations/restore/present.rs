//! The present state of the roots that a restore in place replaces.
use super::carry;
use super::live::{Fate, Live, LiveRoot, visit};
use super::scope::Scope;
use super::selection::Selection;
use super::stamp::Stamp;
use super::target::{TargetRoot, nearest};
use crate::deployment::{Classifier, Profile};
use crate::error::Result;
use crate::jobs::Job;
use crate::operations::context::Context;
use crate::operations::in_use::FileId;
use crate::operations::{moments, pick};
use rustix::fs::FileType;
use std::collections::HashSet;

/// What is looked at, and what is known of it beforehand.
pub(super) struct Present<'a> {
    pub roots: &'a [TargetRoot],
    pub classifier: Option<&'a Classifier>,
    /// Files that programs may write to.
    pub written: &'a HashSet<FileId>,
}

impl Present<'_> {
    pub fn visit(
        &self,
        root: &TargetRoot,
        selection: &Selection,
        job: &Job,
        seen: &mut dyn FnMut(&Live<'_>) -> Result<()>,
    ) -> Result<()> {
        let live = LiveRoot { name: &root.name, path: &root.path, classifier: self.classifier, file: root.file };
        visit(&live, selection, job, seen)
    }

    pub fn stamp(&self, selection: &Selection, job: &Job) -> Result<Stamp> {
        let mut stamp = Stamp::default();
        for root in self.roots.iter().filter(|root| root.exists) {
            self.visit(root, selection, job, &mut |item| {
                stamp.take(item, self.written);
                Ok(())
            })?;
        }
        Ok(stamp)
    }
}

/// Counts what is copied of what a restore leaves as it is.
#[derive(Default)]
pub(super) struct Copied {
    pub bytes: u64,
    /// Whether the disk clones; tried with the first file.
    clones: Option<bool>,
}

impl Copied {
    pub fn take(&mut self, item: &Live<'_>, root: &TargetRoot, written: &HashSet<FileId>) {
        let (bytes, never_cloned) = carry::cost(item, written);
        if bytes == 0 {
            return;
        }
        let beside = || nearest(root.path.parent().unwrap_or(&root.path));
        if never_cloned || !*self.clones.get_or_insert_with(|| carry::can_clone(item.on_disk, &beside())) {
            self.bytes += bytes;
        }
    }
}

/// How much an archive of the present state would have to read: what is not in the newest archive, as far as the catalog
/// and the files' sizes and times tell. `None` where that cannot be said.
pub(crate) fn unsaved_bytes(
    context: &Context,
    profile: &Profile,
    classifier: &Classifier,
    job: &Job,
) -> Result<Option<u64>> {
    let (catalog, _) = context.catalog()?;
    let newest = catalog.archives().newest(&profile.id, None, pick::horizon(context.clock.now()))?;
    let Some(moment) = newest.and_then(|row| moments::from_catalog(&catalog, &row, false).ok()) else {
        return Ok(None);
    };
    drop(catalog);
    let all = Selection::new(Scope::default(), &moment, job)?;
    let mut bytes = 0;
    for root in profile.roots.iter().filter(|root| root.is_there()) {
        let live = LiveRoot { name: &root.name, path: &root.path, classifier: Some(classifier), file: root.file };
        visit(&live, &all, job, &mut |item| {
            let regular = FileType::from_raw_mode(item.stat.st_mode) == FileType::RegularFile;
            if regular && matches!(item.fate, Fate::Replaced | Fate::Deleted) {
                bytes += item.stat.st_size.unsigned_abs();
            }
            Ok(())
        })?;
    }
    Ok(Some(bytes))
}
