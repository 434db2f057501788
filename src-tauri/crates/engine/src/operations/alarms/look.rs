//! Looks at the beginnings of files. A deployment whose every file changed is not read twice for it: beyond a few
//! thousand, one of several is looked at and counts for those.
use crate::error::Result;
use crate::jobs::Job;
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file system's block: reading less costs the same.
const HEAD: usize = 4096;
/// After so many looks only one of four is taken.
const MANY: u64 = 4096;

pub(super) struct Looker<'a> {
    on_disk: &'a dyn Fn(&[u8]) -> PathBuf,
    job: &'a Job,
    buffer: Vec<u8>,
    asked: u64,
    looked: u64,
    /// So many files one look stands for.
    weight: u64,
}

impl<'a> Looker<'a> {
    pub fn new(on_disk: &'a dyn Fn(&[u8]) -> PathBuf, job: &'a Job) -> Self {
        Self { on_disk, job, buffer: vec![0; HEAD], asked: 0, looked: 0, weight: 1 }
    }

    /// The beginning of a file, and for how many it stands; `None` where it is passed over or cannot be read.
    pub fn look(&mut self, path: &[u8]) -> Result<Option<(&[u8], u64)>> {
        self.asked += 1;
        if !self.asked.is_multiple_of(self.weight) {
            return Ok(None);
        }
        self.job.checkpoint()?;
        let weight = self.weight;
        self.looked += 1;
        if self.looked.is_multiple_of(MANY) {
            self.weight *= 4;
        }
        Ok(self.head(path).map(|head| (head, weight)))
    }

    /// The same of one that must be looked at.
    pub fn head(&mut self, path: &[u8]) -> Option<&[u8]> {
        let length = read_head(&(self.on_disk)(path), &mut self.buffer)?;
        Some(&self.buffer[..length])
    }
}

/// `None` for what is no regular file, or cannot be read.
fn read_head(path: &Path, buffer: &mut [u8]) -> Option<usize> {
    // Without blocking: what was a file may be a FIFO by now.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mut file = File::from(rustix::fs::open(path, flags, Mode::empty()).ok()?);
    file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    Some(filled)
}
