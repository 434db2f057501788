//! Looks into archives: lists, finds, reads one file.
mod classes;
mod marks;
mod start;
mod tree;

pub use classes::classes;
pub use marks::{Mark, tree, tree_beside, tree_beside_now};
pub use start::{Live, live_start, read_start};
pub use tree::{Item, Level, Tree};

use super::context::Context;
use super::pick::path_of;
use super::restore::{Worker, zeros};
use crate::archive::entry::{depth, is_within};
use crate::archive::{ArchiveReader, Entry, EntryKind, Moment, Place};
use crate::catalog::{ArchiveRow, Catalog, State};
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::media;
use holdfast_domain::Code;
use sha2::{Digest, Sha256};
use std::io::Write;

/// Archives, newest first. Those whose file is not at its place are marked missing, and present again when it is.
pub fn archives(context: &Context, deployment_id: Option<&str>) -> Result<Vec<ArchiveRow>> {
    let (catalog, _) = context.catalog()?;
    refreshed(&catalog, deployment_id)
}

pub(crate) fn refreshed(catalog: &Catalog, deployment_id: Option<&str>) -> Result<Vec<ArchiveRow>> {
    let mut rows = catalog.archives().list(deployment_id)?;
    for row in &mut rows {
        let there = media::is_there(&path_of(row));
        let state = match (row.state, there) {
            (State::Present, false) => State::Missing,
            (State::Missing, true) => State::Present,
            (same, _) => same,
        };
        if state != row.state {
            catalog.archives().set_state(&row.deployment_id, &row.name, state)?;
            row.state = state;
        }
    }
    Ok(rows)
}

/// What lies in a folder of a moment (all roots for the empty path), with folders' counts left out; or everything below
/// it. Hands each entry to `seen` in order.
pub fn entries(
    moment: &Moment,
    under: &[u8],
    recursive: bool,
    job: &Job,
    mut seen: impl FnMut(Entry) -> Result<()>,
) -> Result<()> {
    let level = if under.is_empty() { 0 } else { depth(under) };
    for entry in moment.entries()? {
        job.checkpoint()?;
        let entry = entry?;
        let below = is_within(&entry.path, under) && entry.path != under;
        if below && (recursive || depth(&entry.path) == level + 1) {
            seen(entry)?;
        }
    }
    Ok(())
}

/// Entries whose path fits a glob (`**/*.json`), or holds the text where it is none; at most `limit`. The flag tells
/// that there were more.
pub fn find(moment: &Moment, pattern: &str, limit: usize, job: &Job) -> Result<(Vec<Entry>, bool)> {
    let is_glob = pattern.contains(['*', '?', '[', '{']);
    let glob = globset::Glob::new(pattern).map_err(|e| Error::new(Code::BadRequest, pattern, e))?.compile_matcher();
    let text = pattern.to_lowercase();
    let mut found = Vec::new();
    for entry in moment.entries()? {
        job.checkpoint()?;
        let entry = entry?;
        let path = entry.display();
        let fits = if is_glob { glob.is_match(path.as_ref()) } else { path.to_lowercase().contains(&text) };
        if fits {
            if found.len() == limit {
                return Ok((found, true));
            }
            found.push(entry);
        }
    }
    Ok((found, false))
}

/// One entry by its path.
pub fn details(moment: &Moment, path: &[u8]) -> Result<Entry> {
    for entry in moment.entries()? {
        let entry = entry?;
        if entry.path == path {
            return Ok(entry);
        }
    }
    let cause = format!("{} does not hold it", moment.manifest().archive);
    Err(Error::new(Code::NothingToRestore, String::from_utf8_lossy(path), cause))
}

/// Writes a file's content, and compares it with its hash at the end: an error then means that what was written is not
/// to be trusted.
pub fn read_file(readers: &[ArchiveReader], entry: &Entry, out: &mut dyn Write, job: &Job) -> Result<u64> {
    if entry.kind != EntryKind::File {
        return Err(Error::new(Code::BadRequest, entry.display(), "it is not a file"));
    }
    let mut worker = Worker::new(readers);
    let mut hash = Sha256::new();
    let wrong = |e: std::io::Error| Error::io("the output", e);
    for extent in &entry.extents {
        match extent.place {
            Place::Hole => {
                zeros(&mut hash, extent.length);
                std::io::copy(&mut std::io::Read::take(std::io::repeat(0), extent.length), out).map_err(wrong)?;
            }
            Place::At { archive, offset } => {
                worker.stream(readers, archive)?.each(offset, extent.length, |bytes| {
                    hash.update(bytes);
                    job.checkpoint()?;
                    out.write_all(bytes).map_err(wrong)
                })?;
            }
        }
    }
    if entry.size > 0 && hash.finalize().as_slice() != entry.sha256 {
        return Err(Error::new(Code::ArchiveDamaged, entry.display(), "its content is not what was captured"));
    }
    Ok(entry.size)
}
