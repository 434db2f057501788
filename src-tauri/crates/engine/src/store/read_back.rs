use crate::archive::{STRETCH, Stored};
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::media::{FileMedium, Medium, Target};
use holdfast_domain::Code;
use std::io::{Read, SeekFrom};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Reads a finished file (or its volumes) again and compares it with what was written: past the page cache where the
/// system allows, so that it is the disk that answers.
pub fn read_back(target: &Target, stored: &Stored, workers: usize, job: &Job) -> Result<()> {
    let path = target.path();
    job.phase(Phase::ReadingBack, 0, stored.bytes);
    let differs = || Error::new(Code::ArchiveDamaged, path.display(), "what was read back is not what was written");
    let medium = FileMedium::unfinished(target).map_err(|e| Error::io(path, e))?.ok_or_else(differs)?;
    let length = medium.length();
    if length != stored.bytes || stored.stretches.len() as u64 != length.div_ceil(STRETCH) {
        return Err(differs());
    }
    medium.forget_cached();
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        let mut buffer = vec![0; 1 << 18];
        let mut file = medium.open().map_err(|e| Error::io(path, e))?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(expected) = stored.stretches.get(number) else {
                return Ok(());
            };
            let mut hasher = blake3::Hasher::new();
            let start = number as u64 * STRETCH;
            let mut left = STRETCH.min(length - start);
            file.seek(SeekFrom::Start(start)).map_err(|e| Error::io(path, e))?;
            while left > 0 {
                job.checkpoint()?;
                let part = left.min(buffer.len() as u64) as usize;
                file.read_exact(&mut buffer[..part]).map_err(|e| Error::io(path, e))?;
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
