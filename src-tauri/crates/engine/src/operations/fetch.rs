//! Takes single files out of an archive and those that it needs, each compared with the hash that was captured.
use super::context::Context;
use super::moments::known_unsigned;
use super::reading::Reading;
use super::restore::{Part, Worker, each_part, zeros};
use crate::archive::{ArchiveReader, Entry, EntryKind};
use crate::error::{Error, Result};
use crate::jobs::Job;
use holdfast_domain::Code;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Puts files (`ROOT/...`) into a folder, for this user alone, and says where each of them is. What the archive does not hold
/// is left out. Its signature must be good, as for a restore.
pub fn fetch(
    context: &Context,
    deployment_id: &str,
    reading: &Reading,
    archive: &Path,
    names: &BTreeSet<String>,
    folder: &Path,
    job: &Job,
) -> Result<BTreeMap<String, PathBuf>> {
    let unsigned = |name: &_| known_unsigned(context, Some(deployment_id), archive, name);
    let (moment, readers) = reading.moment(archive, unsigned)?;
    let mut worker = Worker::new(&readers);
    let mut found = BTreeMap::new();
    for entry in moment.entries()? {
        let entry = entry?;
        if entry.kind != EntryKind::File || found.len() == names.len() {
            continue;
        }
        job.checkpoint()?;
        let name = entry.display().into_owned();
        if names.contains(&name) {
            let path = folder.join(format!("fetched-{}", found.len()));
            write(&mut worker, &readers, &entry, &path, job)?;
            found.insert(name, path);
        }
    }
    Ok(found)
}

fn write(worker: &mut Worker, readers: &[ArchiveReader], entry: &Entry, path: &Path, job: &Job) -> Result<()> {
    let failed = |e: std::io::Error| Error::io(path, e);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    each_part(worker, readers, entry, |part| {
        job.checkpoint()?;
        match part {
            Part::Hole(length) => {
                zeros(&mut hash, length);
                let length = i64::try_from(length).unwrap_or(i64::MAX);
                file.seek(SeekFrom::Current(length)).map_err(failed).map(|_| ())
            }
            Part::Bytes(bytes) => {
                hash.update(bytes);
                job.add_bytes(bytes.len() as u64);
                file.write_all(bytes).map_err(failed)
            }
        }
    })?;
    file.set_len(entry.size).map_err(failed)?;
    if entry.size > 0 && hash.finalize().as_slice() != entry.sha256 {
        return Err(Error::new(Code::ArchiveDamaged, entry.display(), "it is not what was captured"));
    }
    Ok(())
}
