//! The archive's file while it is written: hashed as it goes, pushed to the disk early, durable at the end.
use crate::error::{Error, Result};
use crate::media::{Draft, Target, Volume};
use crossbeam_channel::{Sender, bounded};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread::JoinHandle;

/// A stretch of the file that the read-back compares on its own, on any thread.
pub const STRETCH: u64 = 4 << 20;
/// Written bytes after which the system is told to bring them to the disk: waiting for all of it at the
/// end takes longer.
const PUSH: u64 = 64 << 20;
const BUFFER: usize = 1 << 18;

/// What was written.
#[derive(Debug, Clone)]
pub struct Stored {
    pub bytes: u64,
    pub sha256: [u8; 32],
    /// BLAKE3 of each stretch, for the read-back.
    pub stretches: Vec<[u8; 32]>,
    /// Where it was cut; empty for a file that is whole.
    pub volumes: Vec<Volume>,
}

pub struct FileSink {
    draft: Draft,
    /// The hash of the volume at hand, where there are volumes.
    volume: Option<Sha256>,
    volumes: Vec<Volume>,
    limit: u64,
    buffer: Vec<u8>,
    sha256: Sha256,
    stretch: blake3::Hasher,
    in_stretch: u64,
    stretches: Vec<[u8; 32]>,
    bytes: u64,
    unpushed: u64,
    push: Option<Sender<Arc<File>>>,
    pusher: Option<JoinHandle<io::Result<()>>>,
}

impl FileSink {
    pub fn create(target: &Target) -> Result<Self> {
        let draft = Draft::create(target.clone()).map_err(|e| Error::io(target.path(), e))?;
        let (push, pushes) = bounded::<Arc<File>>(1);
        let pusher = std::thread::Builder::new()
            .name("write-back".into())
            .spawn(move || pushes.iter().try_for_each(|file| file.sync_data()))
            .map_err(|e| Error::io(target.path(), e))?;
        Ok(Self {
            draft,
            volume: target.in_volumes().then(Sha256::new),
            volumes: Vec::new(),
            limit: target.limit(),
            buffer: Vec::with_capacity(BUFFER),
            sha256: Sha256::new(),
            stretch: blake3::Hasher::new(),
            in_stretch: 0,
            stretches: Vec::new(),
            bytes: 0,
            unpushed: 0,
            push: Some(push),
            pusher: Some(pusher),
        })
    }

    fn put(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.draft.write_all(bytes)?;
        self.sha256.update(bytes);
        self.in_volume(bytes);
        self.bytes += bytes.len() as u64;
        self.unpushed += bytes.len() as u64;
        while !bytes.is_empty() {
            let part = bytes.len().min((STRETCH - self.in_stretch) as usize);
            self.stretch.update(&bytes[..part]);
            self.in_stretch += part as u64;
            bytes = &bytes[part..];
            if self.in_stretch == STRETCH {
                self.end_stretch();
            }
        }
        if self.unpushed >= PUSH {
            self.unpushed = 0;
            // A push still under way brings these bytes along sooner or later.
            if let Some(push) = &self.push {
                let _ = push.try_send(self.draft.file().clone());
            }
        }
        Ok(())
    }

    /// The draft changes files on its own; the hashes follow by counting.
    fn in_volume(&mut self, mut bytes: &[u8]) {
        let Some(hash) = &mut self.volume else { return };
        let mut at = self.bytes;
        while !bytes.is_empty() {
            if at > 0 && at.is_multiple_of(self.limit) {
                let sha256 = std::mem::take(hash).finalize().into();
                self.volumes.push(Volume { bytes: self.limit, sha256 });
            }
            let part = bytes.len().min(usize::try_from(self.limit - at % self.limit).unwrap_or(usize::MAX));
            hash.update(&bytes[..part]);
            at += part as u64;
            bytes = &bytes[part..];
        }
    }

    fn end_stretch(&mut self) {
        self.stretches.push(*self.stretch.finalize().as_bytes());
        self.stretch.reset();
        self.in_stretch = 0;
    }

    /// Writes what is left and waits until all of it is on the disk.
    pub fn finish(mut self) -> io::Result<Stored> {
        self.flush()?;
        self.push = None;
        if let Some(pusher) = self.pusher.take() {
            pusher.join().unwrap_or_else(|_| Err(io::Error::other("the write-back thread panicked")))?;
        }
        if self.in_stretch > 0 {
            self.end_stretch();
        }
        if let Some(hash) = self.volume.take() {
            let before: u64 = self.volumes.iter().map(|volume| volume.bytes).sum();
            self.volumes.push(Volume { bytes: self.bytes - before, sha256: hash.finalize().into() });
        }
        let last = self.volumes.last().map_or(self.bytes, |volume| volume.bytes);
        if self.draft.file().metadata()?.len() != last {
            return Err(io::Error::other("the file is not as long as what was written to it"));
        }
        self.draft.finish()?;
        let (sha256, volumes) = (self.sha256.finalize().into(), self.volumes);
        Ok(Stored { bytes: self.bytes, sha256, stretches: self.stretches, volumes })
    }
}

impl Write for FileSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        if bytes.len() >= BUFFER {
            self.put(bytes)?;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let buffer = std::mem::take(&mut self.buffer);
        self.put(&buffer)?;
        self.buffer = buffer;
        self.buffer.clear();
        Ok(())
    }
}

impl std::fmt::Debug for FileSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileSink").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}
