use super::tree::{Planter, Tree};
use crate::archive::entry::is_within;
use crate::archive::{Entry, EntryKind, Moment};
use crate::capture::metadata::Owners;
use crate::capture::sqlite;
use crate::capture::walk::{WalkRoot, walk};
use crate::deployment::{Classifier, Profile, Root};
use crate::error::{Error, Result};
use crate::jobs::{Job, Problems};
use crate::operations::backup::{database_state, is_unchanged, on_disk};
use crate::operations::context::Context;
use crate::operations::diff::{Links, content, is_left_out, metadata_differences};
use crate::operations::pairs::{Pair, Pairs};
use holdfast_domain::Code;
use std::io;
use std::os::unix::ffi::OsStrExt;

/// How an entry of a moment stands to what the moment is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Same,
    Changed,
    /// No longer there.
    Gone,
    /// Not in the moment.
    New,
}

/// The whole moment.
pub fn tree(moment: &Moment, job: &Job) -> Result<Tree> {
    let mut planter = Planter::new();
    for entry in moment.entries()? {
        job.checkpoint()?;
        planter.push(&entry?, None);
    }
    Ok(planter.finish())
}

/// With marks: what `other` has otherwise. By the lists alone.
pub fn tree_beside(moment: &Moment, other: &Moment, job: &Job) -> Result<Tree> {
    let mut planter = Planter::new();
    // A hard link says nothing of its content; what it shares is looked up at the end, where that matters at all.
    let mut unsure = Vec::new();
    for pair in Pairs::new(moment.entries()?, other.entries()?) {
        job.checkpoint()?;
        match pair? {
            Pair::Left(held) => drop(planter.push(&held, Some(Mark::Gone))),
            Pair::Right(found) => drop(planter.push(&found, Some(Mark::New))),
            Pair::Both(held, found) => {
                let mixed = held.kind == EntryKind::Hardlink || found.kind == EntryKind::Hardlink;
                let same_link = held.kind == found.kind && held.link == found.link;
                let otherwise = !metadata_differences(&held, &found).is_empty()
                    || (!mixed && (held.xattrs != found.xattrs || plainly_differs(&held, &found)));
                let mark = if otherwise { Mark::Changed } else { Mark::Same };
                let number = planter.push(&held, Some(mark));
                if mixed && !same_link && !otherwise {
                    unsure.push((number, held, found));
                }
            }
        }
    }
    if !unsure.is_empty() {
        let (left, right) = (Links::of(moment, job)?, Links::of(other, job)?);
        for (number, held, found) in unsure {
            if content(&left, &held) != content(&right, &found) {
                planter.set(number, Mark::Changed);
            }
        }
    }
    Ok(planter.finish())
}

/// Neither is a hard link.
fn plainly_differs(held: &Entry, found: &Entry) -> bool {
    held.kind != found.kind || held.size != found.size || held.sha256 != found.sha256 || held.link != found.link
}

/// With marks: what is otherwise now, as far as sizes and times tell. No content is read, so what was touched without
/// being changed counts as changed. Of a folder that is not there all is gone: what is in the archive can be looked through
/// all the same. `Code::RootMissing` where a root cannot be read. Takes no lock.
pub fn tree_beside_now(context: &Context, profile: &Profile, moment: &Moment, job: &Job) -> Result<Tree> {
    let scratch = context.scratch_for_verify()?;
    let problems = Problems::default();
    let classifier = Classifier::new(profile, context.home.path())?;
    let mut owners = Owners::new(context.users());
    let there =
        |root: &&Root| root.file || !matches!(root.path.metadata(), Err(e) if e.kind() == io::ErrorKind::NotFound);
    let roots: Vec<WalkRoot> = profile.roots.iter().filter(there).map(WalkRoot::from).collect();
    let mut found = walk(&roots, &classifier, scratch.path(), &mut owners, job, &problems)?;
    let unlisted = std::mem::take(&mut found.unlisted);
    let left_out = std::mem::take(&mut found.left_out);
    let broken = |e: io::Error| Error::new(Code::Internal, "the list of files", e);
    let live = found.read()?.map(|entry| entry.map_err(broken));
    let mut planter = Planter::new();
    for pair in Pairs::new(moment.entries()?, live) {
        job.checkpoint()?;
        match pair? {
            Pair::Left(held) => {
                let unseen = unlisted.iter().any(|folder| is_within(&held.path, folder))
                    || left_out.iter().any(|(path, _)| is_within(&held.path, path))
                    || is_left_out(&classifier, &held);
                planter.push(&held, (!unseen).then_some(Mark::Gone));
            }
            Pair::Right(found) => drop(planter.push(&found, Some(Mark::New))),
            Pair::Both(held, found) => {
                let same = is_unchanged(&found, &held) || !differs_now(profile, &held, &found);
                planter.push(&held, Some(if same { Mark::Same } else { Mark::Changed }));
            }
        }
    }
    Ok(planter.finish())
}

fn differs_now(profile: &Profile, held: &Entry, found: &Entry) -> bool {
    let path = || on_disk(profile, &found.path);
    if !metadata_differences(held, found).is_empty() {
        return true;
    }
    match (held.kind, found.kind) {
        (EntryKind::File, EntryKind::File) if held.database => {
            // Written to just before it was captured, it may have been written to since within the same tick: sizes and
            // times, which are what counts here, say that it was not.
            if database_state(found) == held.source {
                return false;
            }
            let pending = std::fs::metadata(sqlite::beside(&path(), "-wal")).is_ok_and(|wal| wal.len() > 0);
            pending || held.size != found.size || held.mtime != found.mtime
        }
        (EntryKind::File, EntryKind::File) => held.size != found.size,
        (EntryKind::Symlink, EntryKind::Symlink) => {
            std::fs::read_link(path()).map_or(true, |target| target.as_os_str().as_bytes() != held.link)
        }
        _ => false,
    }
}
