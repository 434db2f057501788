//! The archive's file while it is written: hashed as it goes, pushed to the disk early, durable at the end.
use crate::error::{Error, Result};
use crossbeam_channel::{Sender, bounded};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
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
}

pub struct FileSink {
    file: File,
    buffer: Vec<u8>,
    sha256: Sha256,
    stretch: blake3::Hasher,
    in_stretch: u64,
    stretches: Vec<[u8; 32]>,
    bytes: u64,
    unpushed: u64,
    push: Option<Sender<()>>,
    pusher: Option<JoinHandle<io::Result<()>>>,
}

impl FileSink {
    pub fn create(path: &Path) -> Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(|e| Error::io(path, e))?;
        let twin = file.try_clone().map_err(|e| Error::io(path, e))?;
        let (push, pushes) = bounded::<()>(1);
        let pusher = std::thread::Builder::new()
            .name("write-back".into())
            .spawn(move || pushes.iter().try_for_each(|()| twin.sync_data()))
            .map_err(|e| Error::io(path, e))?;
        Ok(Self {
            file,
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
        self.file.write_all(bytes)?;
        self.sha256.update(bytes);
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
                let _ = push.try_send(());
            }
        }
        Ok(())
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
        self.file.sync_all()?;
        if self.in_stretch > 0 {
            self.end_stretch();
        }
        if self.file.metadata()?.len() != self.bytes {
            return Err(io::Error::other("the file is not as long as what was written to it"));
        }
        Ok(Stored { bytes: self.bytes, sha256: self.sha256.finalize().into(), stretches: self.stretches })
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
