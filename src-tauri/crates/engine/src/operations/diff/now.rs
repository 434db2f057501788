use super::compare::metadata_differences;
use super::links::Links;
use super::{Diff, What};
use crate::archive::entry::is_within;
use crate::archive::{Entry, EntryKind, Moment, hash_of};
use crate::capture::metadata::{self, Owners};
use crate::capture::sqlite;
use crate::capture::walk::{WalkRoot, walk};
use crate::deployment::{Classifier, Profile, SQLITE_HEADER, Verdict};
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::operations::backup::{is_unchanged, on_disk};
use crate::operations::context::Context;
use crate::operations::pairs::{Pair, Pairs};
use holdfast_domain::Code;
use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What the deployment has now that the moment has not, and the other way round. Where size and times tell that a file
/// is the same it is not read; where they do not, its content decides. Databases are compared by a consistent copy.
///
/// What backups leave out is left out here. `Code::RootMissing` where a root is gone. Takes no lock: a backup may go on.
pub fn with_now(context: &Context, profile: &Profile, a: &Moment, job: &Job) -> Result<Diff> {
    let scratch = context.scratch_for_verify()?;
    let problems = Problems::default();
    let links = Links::of(a, job)?;
    job.phase(Phase::Scanning, 0, 0);
    let classifier = Classifier::new(profile, context.home.path())?;
    let mut owners = Owners::new(context.users());
    let roots: Vec<WalkRoot> = profile.roots.iter().map(WalkRoot::from).collect();
    let mut found = walk(&roots, &classifier, scratch.path(), &mut owners, job, &problems)?;
    let unlisted = std::mem::take(&mut found.unlisted);
    let left_out = std::mem::take(&mut found.left_out);

    job.phase(Phase::Comparing, found.entries, 0);
    let mut diff = Diff::default();
    let now = Now { profile, links: &links, scratch: scratch.path(), problems: &problems, job };
    let broken = |e: io::Error| Error::new(Code::Internal, "the list of files", e);
    let live = found.read()?.map(|entry| entry.map_err(broken));
    for pair in Pairs::new(a.entries()?, live) {
        job.checkpoint()?;
        match pair? {
            Pair::Left(held) => {
                // Not removed, but out of sight: a folder that cannot be listed, or what the rules leave out since.
                let unseen = unlisted.iter().any(|folder| is_within(&held.path, folder))
                    || left_out.iter().any(|(path, _)| is_within(&held.path, path))
                    || is_left_out(&classifier, &held);
                if !unseen {
                    diff.removed(&held, links.size(&held));
                }
            }
            Pair::Right(found) => {
                let size = now.size(&found);
                diff.added(&found, size);
            }
            Pair::Both(held, found) if is_unchanged(&found, &held) => {}
            Pair::Both(held, found) => now.compare(&held, &found, &mut diff)?,
        }
        job.add_files(1);
    }
    diff.problems = problems.into_list();
    Ok(diff)
}

fn is_left_out(classifier: &Classifier, held: &Entry) -> bool {
    let root = held.root();
    let Some(relative) = held.path.get(root.len() + 1..) else {
        return false;
    };
    let verdict = classifier.classify(&String::from_utf8_lossy(root), relative, held.kind == EntryKind::Dir);
    matches!(verdict, Verdict::LeaveOut { .. })
}

struct Now<'a> {
    profile: &'a Profile,
    links: &'a Links,
    scratch: &'a Path,
    problems: &'a Problems,
    job: &'a Job,
}

impl Now<'_> {
    fn size(&self, found: &Entry) -> Option<u64> {
        match found.kind {
            EntryKind::File => Some(found.size),
            EntryKind::Hardlink => std::fs::symlink_metadata(on_disk(self.profile, &found.path)).ok().map(|m| m.len()),
            _ => None,
        }
    }

    fn compare(&self, held: &Entry, found: &Entry, diff: &mut Diff) -> Result<()> {
        let path = on_disk(self.profile, &found.path);
        let content = match self.content_differs(held, found, &path) {
            Ok(differs) => differs,
            Err(e) if e.is_cancelled() || e.code() == Code::DestinationFull => return Err(e),
            Err(e) => {
                self.problems.report(Code::FileUnreadable, found.display(), e.cause());
                return Ok(());
            }
        };
        let mut metadata = metadata_differences(held, found);
        // An entry of a hard link has no attributes: they are the file's.
        let both = held.kind == found.kind && held.kind != EntryKind::Hardlink;
        if both && metadata::xattrs(&path).is_ok_and(|xattrs| xattrs != held.xattrs) {
            metadata.push("attributes");
        }
        if content || !metadata.is_empty() {
            let what = What::Changed { content, metadata };
            diff.one(found, what, self.links.size(held), self.size(found));
        }
        Ok(())
    }

    fn content_differs(&self, held: &Entry, found: &Entry, path: &Path) -> Result<bool> {
        let is_file = |entry: &Entry| matches!(entry.kind, EntryKind::File | EntryKind::Hardlink);
        match (held.kind, found.kind) {
            (EntryKind::Dir, EntryKind::Dir) => Ok(false),
            (EntryKind::Symlink, EntryKind::Symlink) => {
                let target = std::fs::read_link(path).map_err(|e| Error::io(path, e))?;
                Ok(target.as_os_str().as_bytes() != held.link)
            }
            _ if is_file(held) && is_file(found) => {
                let (size, hash) = match held.kind {
                    EntryKind::Hardlink => self.links.target(held).unwrap_or_default(),
                    _ => (held.size, *hash_of(held)),
                };
                self.file_differs(size, &hash, path)
            }
            _ => Ok(true),
        }
    }

    fn file_differs(&self, size: u64, hash: &[u8; 32], path: &Path) -> Result<bool> {
        let failed = |e: io::Error| Error::io(path, e);
        // Without blocking: what was a file may be a FIFO by now.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let mut file = File::from(rustix::fs::open(path, flags, Mode::empty()).map_err(|e| Error::io(path, e))?);
        let mut start = Vec::with_capacity(SQLITE_HEADER.len());
        file.by_ref().take(SQLITE_HEADER.len() as u64).read_to_end(&mut start).map_err(failed)?;
        if start == SQLITE_HEADER {
            drop(file);
            return self.database_differs(size, hash, path);
        }
        if file.metadata().map_err(failed)?.len() != size {
            return Ok(true);
        }
        file.rewind().map_err(failed)?;
        Ok(self.hash(file, path)? != *hash)
    }

    /// A database's file may differ where its rows do not (and the other way round, with a `-wal`): the same kind of copy
    /// that a backup makes tells. A file that is the captured one byte for byte, as after a restore, needs none, and would
    /// give another: each copy counts its own changes in the header.
    fn database_differs(&self, size: u64, hash: &[u8; 32], path: &Path) -> Result<bool> {
        if is_alone(path, size) {
            let file = File::open(path).map_err(|e| Error::io(path, e))?;
            if self.hash(file, path)? == *hash {
                return Ok(false);
            }
        }
        let copy = self.scratch.join("database");
        if let Err(e) = sqlite::copy(path, &copy, self.job) {
            if e.is_cancelled() || e.code() == Code::DestinationFull {
                return Err(e);
            }
            // A backup captures what is no sound database as a file: so it is compared as one.
            let file = File::open(path).map_err(|e| Error::io(path, e))?;
            return Ok(self.hash(file, path)? != *hash);
        }
        let result = File::open(&copy).map_err(|e| Error::io(&copy, e)).and_then(|file| {
            let length = file.metadata().map_err(|e| Error::io(&copy, e))?.len();
            Ok(length != size || self.hash(file, &copy)? != *hash)
        });
        std::fs::remove_file(&copy).map_err(|e| Error::io(&copy, e))?;
        result
    }

    fn hash(&self, mut file: File, path: &Path) -> Result<[u8; 32]> {
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 17];
        loop {
            self.job.checkpoint()?;
            match file.read(&mut buffer).map_err(|e| Error::io(path, e))? {
                0 => return Ok(hash.finalize().into()),
                got => {
                    hash.update(&buffer[..got]);
                    self.job.add_bytes(got as u64);
                }
            }
        }
    }
}

/// Whether a database has this size and no `-wal` or `-journal` that says more than its file.
fn is_alone(path: &Path, size: u64) -> bool {
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
    let beside = ["-wal", "-journal"].map(|ending| length(&sqlite::beside(path, ending)));
    length(path) == size && beside == [0, 0]
}
