//! Files that databases are unpacked into to be checked. They are used again: the disk need not find new room each time.
use crate::error::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// As many files as are in use at once: one for each worker, one that waits, one that is checked.
pub(in crate::operations) struct Scratch {
    folder: tempfile::TempDir,
    idle: Mutex<(u32, Vec<PathBuf>)>,
}

impl Scratch {
    pub fn new(folder: tempfile::TempDir) -> Self {
        Self { folder, idle: Mutex::default() }
    }

    pub fn begin(&self) -> Result<Unpacked<'_>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let path = idle.1.pop().unwrap_or_else(|| {
            idle.0 += 1;
            self.folder.path().join(format!("database-{}", idle.0))
        });
        drop(idle);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|e| Error::io(&path, e))?;
        Ok(Unpacked { scratch: self, path, file })
    }
}

/// A database in the making; its file is free again when this is dropped.
pub(in crate::operations) struct Unpacked<'a> {
    scratch: &'a Scratch,
    path: PathBuf,
    file: File,
}

impl Unpacked<'_> {
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| Error::io(&self.path, e))
    }

    /// Zeros; what an earlier database left there goes.
    pub fn hole(&mut self, length: u64) -> Result<()> {
        let position = self.file.stream_position().map_err(|e| Error::io(&self.path, e))?;
        self.end(position)?;
        self.end(position + length)?;
        self.file.seek(SeekFrom::Start(position + length)).map_err(|e| Error::io(&self.path, e)).map(|_| ())
    }

    pub fn end(&self, length: u64) -> Result<()> {
        self.file.set_len(length).map_err(|e| Error::io(&self.path, e))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Unpacked<'_> {
    fn drop(&mut self) {
        let path = std::mem::take(&mut self.path);
        self.scratch.idle.lock().unwrap_or_else(PoisonError::into_inner).1.push(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_used_again_and_keeps_nothing_of_what_it_held() {
        let scratch = Scratch::new(tempfile::tempdir().unwrap());
        let mut first = scratch.begin().unwrap();
        first.write(&[7; 10_000]).unwrap();
        first.end(10_000).unwrap();
        let path = first.path().to_owned();
        drop(first);
        let mut second = scratch.begin().unwrap();
        assert_eq!(second.path(), path);
        second.write(b"ab").unwrap();
        second.hole(3).unwrap();
        second.write(b"c").unwrap();
        second.end(6).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"ab\0\0\0c");
        let third = scratch.begin().unwrap();
        assert_ne!(third.path(), path, "two at once share a file");
    }
}
