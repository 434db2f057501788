use crate::archive::{ArchiveReader, Entry, EntryKind, Extent, Place};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::backup::on_disk;
use crate::operations::browse::read_file;
use crate::operations::restore::Worker;
use holdfast_domain::Code;
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::Read;
use std::time::SystemTime;

/// The first bytes of a file. One that is read whole is compared with its hash; of others every block authenticates, but
/// their hash stays unasked.
pub fn read_start(readers: &[ArchiveReader], entry: &Entry, limit: u64, out: &mut Vec<u8>, job: &Job) -> Result<()> {
    if entry.kind != EntryKind::File || entry.size <= limit {
        return read_file(readers, entry, out, job).map(|_| ());
    }
    let mut worker = Worker::new(readers);
    let mut left = limit;
    for &Extent { place, length } in &entry.extents {
        let length = length.min(left);
        left -= length;
        match place {
            Place::Hole => out.resize(out.len() + length as usize, 0),
            Place::At { archive, offset } => {
                worker.stream(readers, archive)?.each(offset, length, |bytes| {
                    out.extend_from_slice(bytes);
                    job.checkpoint()
                })?;
            }
        }
        if left == 0 {
            break;
        }
    }
    Ok(())
}

/// The first bytes of a file as it is now.
#[derive(Debug)]
pub struct Live {
    pub bytes: Vec<u8>,
    pub size: u64,
    pub mtime: SystemTime,
}

/// `path` is `ROOT/...`. `None` where no file is there. Links are not followed.
pub fn live_start(profile: &Profile, path: &[u8], limit: u64) -> Result<Option<Live>> {
    if !crate::archive::entry::is_safe(path) {
        return Err(Error::new(Code::UnsafePath, String::from_utf8_lossy(path), "it leads out of its root"));
    }
    let root = on_disk(profile, path.split(|byte| *byte == b'/').next().unwrap_or_default());
    let path = on_disk(profile, path);
    // A folder on the way may have become a link to somewhere else.
    let around = path.parent().and_then(|folder| folder.canonicalize().ok());
    let inside = path == root || root.canonicalize().is_ok_and(|root| around.is_some_and(|at| at.starts_with(root)));
    if !inside {
        return Ok(None);
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = match rustix::fs::open(&path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP) => return Ok(None),
        Err(e) => return Err(Error::io(path, e)),
    };
    let meta = file.metadata().map_err(|e| Error::io(&path, e))?;
    if !meta.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).map_err(|e| Error::io(&path, e))?;
    let mtime = meta.modified().map_err(|e| Error::io(&path, e))?;
    Ok(Some(Live { bytes, size: meta.len(), mtime }))
}
