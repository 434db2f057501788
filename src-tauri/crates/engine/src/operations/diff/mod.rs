//! What differs between two moments, or between a moment and now.
mod compare;
mod links;
mod now;

pub(super) use compare::metadata_differences;
pub(super) use links::Links;
pub(super) use now::is_left_out;
pub use now::with_now;

use super::pairs::{Pair, Pairs};
use super::restore::Tally;
use crate::archive::{Entry, EntryKind, Moment, hash_of};
use crate::error::Result;
use crate::jobs::{Job, Phase};
use compare::word;
use holdfast_domain::{Class, Problem};
use serde::Serialize;

/// Changes told one by one; the tallies count all.
pub const CHANGES_LISTED: usize = 100_000;

#[derive(Debug, Clone, Default, Serialize)]
pub struct Diff {
    /// Folders and symbolic links are listed and not counted.
    pub added: Tally,
    pub removed: Tally,
    /// By the bytes that the files have afterwards.
    pub changed: Tally,
    /// In the order of their paths.
    pub changes: Vec<Change>,
    /// There are more than `CHANGES_LISTED`.
    pub truncated: bool,
    /// What could not be read or compared.
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(rename = "DiffChange")]
pub struct Change {
    /// `ROOT/...`; bytes that are no text are replaced.
    pub path: String,
    /// `file`, `folder` or `link`, afterwards if it is still there.
    #[ts(type = r#""file" | "folder" | "link""#)]
    pub kind: &'static str,
    pub what: What,
    pub size_before: Option<u64>,
    pub size_after: Option<u64>,
    pub class: Class,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Added,
    Removed,
    Changed {
        content: bool,
        /// Of `kind`, `mode`, `owner`, `time`, `attributes`.
        metadata: Vec<&'static str>,
    },
}

impl Diff {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// `bytes` where it counts as a file.
    fn push(&mut self, change: Change, bytes: Option<u64>) {
        if let Some(bytes) = bytes {
            let tally = match change.what {
                What::Added => &mut self.added,
                What::Removed => &mut self.removed,
                What::Changed { .. } => &mut self.changed,
            };
            tally.add(bytes);
        }
        if self.changes.len() < CHANGES_LISTED {
            self.changes.push(change);
        } else {
            self.truncated = true;
        }
    }

    fn added(&mut self, entry: &Entry, size: Option<u64>) {
        self.one(entry, What::Added, None, size);
    }

    fn removed(&mut self, entry: &Entry, size: Option<u64>) {
        self.one(entry, What::Removed, size, None);
    }

    fn one(&mut self, entry: &Entry, what: What, size_before: Option<u64>, size_after: Option<u64>) {
        let bytes = match entry.kind {
            EntryKind::File | EntryKind::Gone => Some(size_after.or(size_before).unwrap_or(0)),
            // They count under the file's first name.
            EntryKind::Hardlink => Some(0),
            EntryKind::Dir | EntryKind::Symlink => None,
        };
        let path = entry.display().into_owned();
        self.push(Change { path, kind: word(entry.kind), what, size_before, size_after, class: entry.class }, bytes);
    }
}

/// What `b` has that `a` has not, and the other way round. Reads the lists alone, no content.
pub fn between(a: &Moment, b: &Moment, job: &Job) -> Result<Diff> {
    let (links_a, links_b) = (Links::of(a, job)?, Links::of(b, job)?);
    job.phase(Phase::Comparing, b.tree().entries, 0);
    let mut diff = Diff::default();
    for pair in Pairs::new(a.entries()?, b.entries()?) {
        job.checkpoint()?;
        match pair? {
            Pair::Left(before) => diff.removed(&before, links_a.size(&before)),
            Pair::Right(after) => diff.added(&after, links_b.size(&after)),
            Pair::Both(before, after) => {
                let content = content(&links_a, &before) != content(&links_b, &after);
                let mut metadata = metadata_differences(&before, &after);
                // An entry of a hard link has no attributes: they are the file's.
                if before.kind == after.kind && before.xattrs != after.xattrs {
                    metadata.push("attributes");
                }
                if content || !metadata.is_empty() {
                    let what = What::Changed { content, metadata };
                    diff.one(&after, what, links_a.size(&before), links_b.size(&after));
                }
            }
        }
        job.add_files(1);
    }
    Ok(diff)
}

/// What two entries of one path have in common if they have the same content.
#[derive(PartialEq, Eq)]
pub(super) enum Content<'a> {
    Hash([u8; 32]),
    Target(&'a [u8]),
    Folder,
}

pub(super) fn content<'a>(links: &Links, entry: &'a Entry) -> Content<'a> {
    match entry.kind {
        EntryKind::Hardlink => match links.target(entry) {
            Some((_, hash)) => Content::Hash(hash),
            None => Content::Target(&entry.link),
        },
        EntryKind::Symlink => Content::Target(&entry.link),
        EntryKind::Dir => Content::Folder,
        EntryKind::File | EntryKind::Gone => Content::Hash(*hash_of(entry)),
    }
}
