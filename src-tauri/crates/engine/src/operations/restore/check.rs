//! Reads the staged state once more, before it takes the live one's place.
use super::extract::zeros;
use super::plan::RestorePlan;
use crate::archive::{Entry, EntryKind};
use crate::capture::sqlite;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use holdfast_domain::Code;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many were checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Databases {
    pub sound: u64,
    /// As they were when they were captured.
    pub damaged: u64,
}

/// Compares every staged file with its hash. Databases that were sound when they were captured must be sound now.
pub(super) fn staged(
    plan: &RestorePlan,
    roots: &HashMap<Vec<u8>, PathBuf>,
    workers: usize,
    job: &Job,
) -> Result<Databases> {
    let (sound, damaged) = (AtomicU64::new(0), AtomicU64::new(0));
    job.phase(Phase::CheckingRestored, plan.selection.files, plan.selection.bytes);
    let entries = Mutex::new(plan.selection.entries(&plan.moment)?);
    let next = || -> Result<Option<Entry>> {
        let mut entries = entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for entry in entries.by_ref() {
            let entry = entry?;
            match entry.kind {
                EntryKind::File if roots.contains_key(entry.root()) => return Ok(Some(entry)),
                // It is checked under its first name.
                EntryKind::Hardlink if roots.contains_key(entry.root()) => job.add_files(1),
                _ => {}
            }
        }
        Ok(None)
    };
    let work = || -> Result<()> {
        let mut buffer = vec![0; 1 << 18];
        while let Some(entry) = next()? {
            job.checkpoint()?;
            let root = &roots[entry.root()];
            let rest = entry.path.get(entry.root().len() + 1..).unwrap_or_default();
            let path = if rest.is_empty() { root.clone() } else { root.join(OsStr::from_bytes(rest)) };
            compare(&path, &entry, &mut buffer, job)?;
            if entry.database {
                let count = if database(plan, &path, &entry, job)? { &sound } else { &damaged };
                count.fetch_add(1, Ordering::Relaxed);
            }
            job.add_files(1);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers.max(1)).map(|_| scope.spawn(work)).collect();
        let mut result = Ok(());
        for thread in threads {
            let ended =
                thread.join().unwrap_or_else(|_| Err(Error::new(Code::Internal, "checking", "a thread panicked")));
            result = result.and(ended);
        }
        result
    })?;
    Ok(Databases { sound: sound.into_inner(), damaged: damaged.into_inner() })
}

fn compare(path: &Path, entry: &Entry, buffer: &mut [u8], job: &Job) -> Result<()> {
    if entry.size == 0 {
        return Ok(());
    }
    let mut file = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut hash = Sha256::new();
    loop {
        let got = file.read(buffer).map_err(|e| Error::io(path, e))?;
        if got == 0 {
            break;
        }
        if buffer[..got].iter().all(|b| *b == 0) {
            zeros(&mut hash, got as u64);
        } else {
            hash.update(&buffer[..got]);
        }
        job.add_bytes(got as u64);
        job.checkpoint()?;
    }
    if hash.finalize().as_slice() == entry.sha256 {
        return Ok(());
    }
    Err(Error::new(
        Code::InputOutput,
        path.display(),
        "what was written is not what reads back: the disk may be failing",
    ))
}

/// Whether it is sound.
fn database(plan: &RestorePlan, path: &Path, entry: &Entry, job: &Job) -> Result<bool> {
    let said = sqlite::check(path, job)?;
    if said == "ok" {
        return Ok(true);
    }
    let notes = plan.moment.levels().iter().flat_map(|level| &level.manifest.databases);
    let was_sound = notes.filter(|n| n.path == entry.display()).all(|note| note.check == "ok");
    if was_sound {
        return Err(Error::new(Code::DatabaseDamaged, path.display(), said));
    }
    // Restored as it was: the preview has said so.
    Ok(false)
}
