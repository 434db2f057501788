//! Goes through an encrypted stream from its start and gives its frames, with the gaps that damage makes.
use crate::archive::Plain;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::reading::Reading;
use holdfast_domain::Code;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

const CHUNK: u64 = 64 << 10;
/// A compressed frame is never longer: the largest frame of the format, incompressible.
const PACKED_LIMIT: usize = 3 << 20;
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

/// What comes next in the stream.
pub(super) enum Piece {
    Frame(Vec<u8>),
    /// Something is missing here.
    Gap,
    End,
}

pub(super) struct Scan<'a> {
    path: PathBuf,
    plain: Plain,
    /// Where in the plain stream the next chunk begins.
    position: u64,
    /// How long the encrypted file is: chunks begin no later.
    length: u64,
    buffer: Vec<u8>,
    ended: bool,
    job: &'a Job,
}

impl<'a> Scan<'a> {
    pub fn open(reading: &Reading, path: &Path, job: &'a Job) -> Result<Self> {
        let (plain, length) = reading.plain(path)?;
        Ok(Self { path: path.to_owned(), plain, position: 0, length, buffer: Vec::new(), ended: false, job })
    }

    pub fn next(&mut self) -> Result<Piece> {
        loop {
            self.job.checkpoint()?;
            if let Some(piece) = self.take_frame() {
                return Ok(piece);
            }
            if self.ended {
                return Ok(Piece::End);
            }
            if self.fill()? {
                self.buffer.clear();
                return Ok(Piece::Gap);
            }
        }
    }

    /// Reads the next chunk. True where it is damaged, and passed over.
    fn fill(&mut self) -> Result<bool> {
        let mut chunk = Vec::with_capacity(CHUNK as usize);
        match self.plain.by_ref().take(CHUNK).read_to_end(&mut chunk) {
            Ok(0) => {
                self.ended = true;
                Ok(false)
            }
            Ok(got) => {
                self.position += got as u64;
                self.buffer.extend_from_slice(&chunk);
                Ok(false)
            }
            Err(e) if matches!(e.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof) => {
                self.position = (self.position / CHUNK + 1) * CHUNK;
                if self.position >= self.length {
                    self.ended = true;
                    return Ok(true);
                }
                // One byte into the chunk: seeking to its start would ask for the end of the stream, which may be cut
                // off. A frame that begins just here is lost with the damage before it.
                while self.plain.seek(SeekFrom::Start(self.position + 1)).is_err() {
                    self.position += CHUNK;
                    if self.position >= self.length {
                        self.ended = true;
                        return Ok(true);
                    }
                }
                let mut rest = Vec::with_capacity(CHUNK as usize);
                if self.plain.by_ref().take(CHUNK - 1).read_to_end(&mut rest).is_ok() {
                    self.position += CHUNK;
                }
                // The buffer begins anew after the gap.
                self.buffer = rest;
                self.after_gap();
                Ok(false)
            }
            Err(e) => Err(Error::io(&self.path, e)),
        }
    }

    fn after_gap(&mut self) {
        // Marks the gap for `take_frame`: a byte that begins no frame.
        self.buffer.insert(0, 0);
    }

    /// A whole frame at the start of the buffer; or the gap before the next one.
    fn take_frame(&mut self) -> Option<Piece> {
        if self.buffer.len() < 4 {
            return None;
        }
        if self.buffer[1..4] == SKIPPABLE {
            // The seek table: what follows is the end.
            self.ended = true;
            self.buffer.clear();
            return Some(Piece::End);
        }
        if self.buffer[..4] == MAGIC {
            if let Ok(length) = zstd::zstd_safe::find_frame_compressed_size(&self.buffer) {
                let decoded = zstd::bulk::decompress(&self.buffer[..length], 2 << 20);
                self.buffer.drain(..length);
                return Some(decoded.map_or(Piece::Gap, Piece::Frame));
            }
            if self.buffer.len() < PACKED_LIMIT && !self.ended {
                return None;
            }
        }
        let next = self.buffer.windows(4).skip(1).position(|w| w == MAGIC).map(|at| at + 1);
        if let Some(next) = next {
            self.buffer.drain(..next);
            Some(Piece::Gap)
        } else {
            let keep = self.buffer.len() - 3;
            self.buffer.drain(..keep);
            None
        }
    }
}

/// The plain stream up to a gap, as a reader.
pub(super) struct Stretch<'s, 'a> {
    scan: &'s mut Scan<'a>,
    frame: Vec<u8>,
    at: usize,
    pub state: StretchState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StretchState {
    Open,
    Gap,
    End,
}

impl<'s, 'a> Stretch<'s, 'a> {
    /// `first` is a frame that was looked at already.
    pub fn new(scan: &'s mut Scan<'a>, first: Vec<u8>) -> Self {
        Self { scan, frame: first, at: 0, state: StretchState::Open }
    }
}

impl Read for Stretch<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.frame.len() {
            if self.state != StretchState::Open {
                return Ok(0);
            }
            match self.scan.next() {
                Ok(Piece::Frame(frame)) => {
                    self.frame = frame;
                    self.at = 0;
                }
                Ok(Piece::Gap) => self.state = StretchState::Gap,
                Ok(Piece::End) => self.state = StretchState::End,
                Err(e) if e.code() == Code::Cancelled => return Err(std::io::ErrorKind::Interrupted.into()),
                Err(e) => return Err(std::io::Error::other(e.to_string())),
            }
        }
        let count = buf.len().min(self.frame.len() - self.at);
        buf[..count].copy_from_slice(&self.frame[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
