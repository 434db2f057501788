//! An archive in the cloud, read by ranges: what is asked for here and there in small blocks, what is read on and on in
//! growing ones.
use super::remote::{Found, Remote};
use crate::error::Error;
use bytes::Bytes;
use object_store::path::Path as Key;
use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

/// Every request costs about as much time as so many bytes.
const BLOCK: u64 = 256 << 10;
/// How far ahead a reader reads that goes on and on.
const FARTHEST: u64 = 4 << 20;
/// Small blocks that all readers of an archive share: its first lines, its end, its lists.
const SHARED: usize = 16;

pub struct CloudMedium {
    inner: Arc<Inner>,
}

struct Inner {
    remote: Arc<Remote>,
    key: Key,
    found: Found,
    /// Blocks by their start, the last used ones at the end.
    shared: Mutex<VecDeque<(u64, Bytes)>>,
}

impl CloudMedium {
    pub fn new(remote: Arc<Remote>, key: Key, found: Found) -> Self {
        Self { inner: Arc::new(Inner { remote, key, found, shared: Mutex::default() }) }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.inner.found.length
    }

    pub(super) fn name(&self) -> String {
        self.inner.remote.name(&self.inner.key)
    }

    pub(super) fn reader(&self) -> CloudReader {
        CloudReader { inner: self.inner.clone(), position: 0, held: (0, Bytes::new()), ahead: BLOCK }
    }
}

impl std::fmt::Debug for CloudMedium {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CloudMedium").field("archive", &self.name()).finish_non_exhaustive()
    }
}

impl Inner {
    fn shared(&self, start: u64) -> Option<Bytes> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let index = shared.iter().position(|(at, _)| *at == start)?;
        let block = shared.remove(index)?;
        let bytes = block.1.clone();
        shared.push_back(block);
        Some(bytes)
    }

    fn share(&self, start: u64, bytes: &Bytes) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        while shared.len() >= SHARED {
            shared.pop_front();
        }
        shared.push_back((start, bytes.clone()));
    }

    fn fetch(&self, start: u64, length: u64) -> io::Result<Bytes> {
        let range = start..self.found.length.min(start + length);
        self.remote.wait(None, self.remote.range(&self.key, &self.found, range)).flatten().map_err(into_io)
    }
}

/// Carries the engine's own error through the readers above; `Error::io` takes it out again.
fn into_io(error: Error) -> io::Error {
    io::Error::other(error)
}

/// One way through an archive.
pub struct CloudReader {
    inner: Arc<Inner>,
    position: u64,
    /// What was fetched last, and where it starts.
    held: (u64, Bytes),
    /// How much the next fetch takes, if it goes on where the last one ended.
    ahead: u64,
}

impl CloudReader {
    fn fill(&mut self) -> io::Result<()> {
        let (start, bytes) = &self.held;
        let held = *start..*start + bytes.len() as u64;
        if held.contains(&self.position) {
            return Ok(());
        }
        let goes_on = !bytes.is_empty() && self.position == held.end;
        if goes_on {
            let length = (self.ahead * 2).min(FARTHEST);
            self.held = (self.position, self.inner.fetch(self.position, length)?);
            self.ahead = length;
            return Ok(());
        }
        let start = self.position / BLOCK * BLOCK;
        self.ahead = BLOCK;
        let block = if let Some(block) = self.inner.shared(start) {
            block
        } else {
            let block = self.inner.fetch(start, BLOCK)?;
            self.inner.share(start, &block);
            block
        };
        self.held = (start, block);
        Ok(())
    }
}

impl Read for CloudReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.position >= self.inner.found.length {
            return Ok(0);
        }
        self.fill()?;
        let from = (self.position - self.held.0) as usize;
        let rest = self.held.1.get(from..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for CloudReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.inner.found.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "a place before the start");
        self.position = position.ok_or_else(before)?;
        Ok(self.position)
    }
}
