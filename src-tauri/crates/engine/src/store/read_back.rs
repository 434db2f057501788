use crate::archive::{STRETCH, Stored};
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use holdfast_domain::Code;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Reads a finished file again and compares it with what was written: past the page cache where the system allows,
/// so that it is the disk that answers.
pub fn read_back(path: &Path, stored: &Stored, workers: usize, job: &Job) -> Result<()> {
    job.phase(Phase::ReadingBack, 0, stored.bytes);
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let length = file.metadata().map_err(|e| Error::io(path, e))?.len();
    let differs = || Error::new(Code::ArchiveDamaged, path.display(), "what was read back is not what was written");
    if length != stored.bytes || stored.stretches.len() as u64 != length.div_ceil(STRETCH) {
        return Err(differs());
    }
    // Advice only: where the system does not take it, the comparison is with the cache.
    let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        let mut buffer = vec![0; 1 << 18];
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(expected) = stored.stretches.get(number) else {
                return Ok(());
            };
            let mut hasher = blake3::Hasher::new();
            let start = number as u64 * STRETCH;
            let mut left = STRETCH.min(length - start);
            while left > 0 {
                job.checkpoint()?;
                let part = left.min(buffer.len() as u64) as usize;
                let at = start + STRETCH.min(length - start) - left;
                file.read_exact_at(&mut buffer[..part], at).map_err(|e| Error::io(path, e))?;
                hasher.update(&buffer[..part]);
                left -= part as u64;
                job.add_bytes(part as u64);
            }
            if hasher.finalize().as_bytes() != expected {
                return Err(differs());
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers.max(1)).map(|_| scope.spawn(work)).collect();
        let mut result = Ok(());
        for thread in threads {
            let ended =
                thread.join().unwrap_or_else(|_| Err(Error::new(Code::Internal, path.display(), "a thread panicked")));
            result = result.and(ended);
        }
        result
    })
}
