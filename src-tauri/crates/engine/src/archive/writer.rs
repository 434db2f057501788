//! Writes one archive: members in the order that the format names.
use super::blocks::{BLOCK, BlockHasher, Fingerprint, LARGE, fingerprint};
use super::entry::{Entry, EntryKind, Extent, Place, Time, push_extent, slice_extents};
use super::envelope::Seal;
use super::frames::FrameWriter;
use super::header::{self, Segment};
use super::manifest::{Manifest, Member, TAIL_LENGTH, Tail};
use super::sink::Stored;
use crate::error::{Error, Result};
use crate::media::Target;
use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// Changed blocks are gathered into members of this size.
const DELTA: usize = 4 << 20;
static ZEROS: [u8; BLOCK] = [0; BLOCK];

/// What came of a file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub sha256: [u8; 32],
    pub extents: Vec<Extent>,
    /// Empty for files that are not large.
    pub fingerprints: Vec<u8>,
    /// The input ended before the size that was promised: the rest was written as zeros.
    pub short: bool,
}

/// The state that a changed large file is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    pub fingerprints: &'a [u8],
    pub extents: &'a [Extent],
    pub size: u64,
}

pub struct ArchiveWriter {
    frames: FrameWriter,
    created: Time,
    delta: Vec<u8>,
    deltas: u32,
}

impl ArchiveWriter {
    pub fn create(
        target: impl Into<Target>,
        seal: &Seal,
        compression: i32,
        workers: usize,
        created: Time,
    ) -> Result<Self> {
        let frames = FrameWriter::create(&target.into(), seal, compression, workers)?;
        Ok(Self { frames, created, delta: Vec::new(), deltas: 0 })
    }

    /// A member of Holdfast's own, whole in memory.
    pub fn own(&mut self, name: &str, content: &[u8]) -> Result<Member> {
        self.own_from(name, content.len() as u64, content)
    }

    /// A member of Holdfast's own, streamed; `length` must be right.
    pub fn own_from(&mut self, name: &str, length: u64, mut content: impl Read) -> Result<Member> {
        self.flush_delta()?;
        self.frames.write(&header::own(name, length, self.created))?;
        let offset = self.frames.offset();
        let mut hash = Sha256::new();
        let mut left = length;
        while left > 0 {
            let got = self.frames.fill(left, |room| content.read(room), |bytes| hash.update(bytes))?;
            match got {
                Ok(0) => {
                    return Err(Error::io(name, io::Error::from(io::ErrorKind::UnexpectedEof)));
                }
                Ok(count) => left -= count as u64,
                Err(e) => return Err(Error::io(name, e)),
            }
        }
        self.frames.pad()?;
        Ok(Member { offset, length, sha256: hash.finalize().into() })
    }

    /// A folder or link, or an empty file.
    pub fn bare(&mut self, entry: &Entry) -> Result<()> {
        debug_assert!(entry.kind != EntryKind::File || entry.size == 0);
        self.flush_delta()?;
        self.frames.write(&header::payload(entry, None))
    }

    /// A whole file of `entry.size` bytes, read from `input`. `seen` hears of each piece, for progress; its error
    /// ends the writing. An error of the input is `Ok(Err(_))`: the member is complete, padded with zeros, and the
    /// caller decides what to do with the file.
    pub fn file(
        &mut self,
        entry: &Entry,
        input: &mut dyn Read,
        seen: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<io::Result<Content>> {
        self.flush_delta()?;
        self.frames.write(&header::payload(entry, None))?;
        let offset = self.frames.offset();
        let mut hashes = Hashes::new(entry.size);
        let ended = self.stream(entry.size, input, &mut hashes, seen)?;
        self.frames.pad()?;
        let extents = vec![Extent { place: Place::At { archive: 0, offset }, length: entry.size }];
        Ok(ended.map(|short| hashes.content(extents, short)))
    }

    /// A file with holes: only `segments` are read and stored. `at` reads a segment's bytes.
    pub fn sparse(
        &mut self,
        entry: &Entry,
        segments: &[Segment],
        input: &mut (impl Read + io::Seek),
        seen: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<io::Result<Content>> {
        self.flush_delta()?;
        self.frames.write(&header::payload(entry, Some(segments)))?;
        let mut hashes = Hashes::new(entry.size);
        let mut extents = Vec::new();
        let mut position = 0;
        let mut result = Ok(false);
        for segment in segments {
            hashes.zeros(segment.offset - position);
            push_extent(&mut extents, Extent { place: Place::Hole, length: segment.offset - position });
            let place = Place::At { archive: 0, offset: self.frames.offset() };
            push_extent(&mut extents, Extent { place, length: segment.length });
            let sought = input.seek(io::SeekFrom::Start(segment.offset)).map(|_| ());
            let ended = match sought {
                Ok(()) => self.stream(segment.length, input, &mut hashes, seen)?,
                Err(e) => self.stream(segment.length, &mut io::empty(), &mut hashes, seen)?.and(Err(e)),
            };
            result = match (result, ended) {
                (Ok(a), Ok(b)) => Ok(a || b),
                (Err(e), _) | (_, Err(e)) => Err(e),
            };
            position = segment.offset + segment.length;
        }
        hashes.zeros(entry.size - position);
        push_extent(&mut extents, Extent { place: Place::Hole, length: entry.size - position });
        self.frames.pad()?;
        Ok(result.map(|short| hashes.content(extents, short)))
    }

    /// Copies exactly `length` bytes, zeros where the input ends early or fails. True if it was short.
    fn stream(
        &mut self,
        length: u64,
        input: &mut (impl Read + ?Sized),
        hashes: &mut Hashes,
        seen: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<io::Result<bool>> {
        let mut left = length;
        let mut result = Ok(false);
        while left > 0 {
            let got = match result {
                Ok(false) => self.frames.fill(left, |room| read_some(input, room), |bytes| hashes.update(bytes))?,
                _ => self.frames.fill(
                    left,
                    |room| {
                        room.fill(0);
                        Ok(room.len())
                    },
                    |bytes| hashes.update(bytes),
                )?,
            };
            match got {
                Ok(0) => result = Ok(true),
                Ok(count) => {
                    left -= count as u64;
                    seen(count as u64)?;
                }
                Err(e) => result = Err(e),
            }
        }
        Ok(result)
    }

    /// A changed large file: stores only the blocks that differ from `base`, and no zeros. Reads to the
    /// input's end or to `size`, whichever comes first.
    pub fn delta(
        &mut self,
        size: u64,
        base: Base<'_>,
        input: &mut dyn Read,
        seen: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<io::Result<Content>> {
        let mut hashes = Hashes { sha256: Sha256::new(), blocks: None };
        let mut fingerprints = Vec::with_capacity((size / BLOCK as u64 + 1) as usize * 16);
        let mut extents = Vec::new();
        let mut buffer = vec![0; BLOCK];
        let mut position = 0u64;
        while position < size {
            let want = (size - position).min(BLOCK as u64) as usize;
            let mut filled = 0;
            while filled < want {
                match read_some(input, &mut buffer[filled..want]) {
                    Ok(0) => break,
                    Ok(count) => filled += count,
                    Err(e) => return Ok(Err(e)),
                }
            }
            let short = filled < want;
            buffer[filled..want].fill(0);
            let block = &buffer[..want];
            hashes.update(block);
            let print: Fingerprint = fingerprint(block);
            let index = fingerprints.len();
            fingerprints.extend_from_slice(&print);
            let fits = position + want as u64 <= base.size;
            if fits && base.fingerprints.get(index..index + 16) == Some(&print[..]) {
                slice_extents(base.extents, position, want as u64, &mut extents);
            } else if block == &ZEROS[..want] {
                push_extent(&mut extents, Extent { place: Place::Hole, length: want as u64 });
            } else {
                let place = self.store_block(&buffer[..want])?;
                push_extent(&mut extents, Extent { place, length: want as u64 });
            }
            position += want as u64;
            seen(want as u64)?;
            if short {
                return Ok(Ok(Content { sha256: hashes.sha256.finalize().into(), extents, fingerprints, short: true }));
            }
        }
        Ok(Ok(Content { sha256: hashes.sha256.finalize().into(), extents, fingerprints, short: false }))
    }

    /// Puts a block into the delta member that is being gathered. No other member begins before that one is
    /// written, so its place is known already.
    fn store_block(&mut self, block: &[u8]) -> Result<Place> {
        if self.delta.len() + block.len() > DELTA {
            self.flush_delta()?;
        }
        let header = header::own(&delta_name(self.deltas + 1), 0, self.created).len() as u64;
        let offset = self.frames.offset() + header + self.delta.len() as u64;
        self.delta.extend_from_slice(block);
        Ok(Place::At { archive: 0, offset })
    }

    fn flush_delta(&mut self) -> Result<()> {
        if self.delta.is_empty() {
            return Ok(());
        }
        let delta = std::mem::take(&mut self.delta);
        self.deltas += 1;
        self.frames.write(&header::own(&delta_name(self.deltas), delta.len() as u64, self.created))?;
        self.frames.write(&delta)?;
        self.frames.pad()?;
        self.delta = delta;
        self.delta.clear();
        Ok(())
    }

    /// Ends the frame at hand, so that what follows can be read without unpacking what came before.
    pub fn separate(&mut self) -> Result<()> {
        self.flush_delta()?;
        self.frames.end_frame()
    }

    /// Writes the manifest, its signature and the tail, ends the stream, and makes the file durable.
    pub fn finish(mut self, manifest: &Manifest, signature: Option<&str>) -> Result<Stored> {
        let member = self.own(".holdfast/manifest.json", &manifest.to_json())?;
        let signature = match signature {
            Some(text) => {
                let member = self.own(".holdfast/manifest.json.minisig", text.as_bytes())?;
                Some((member.offset, member.length))
            }
            None => None,
        };
        let tail = Tail { holdfast: manifest.format, manifest: (member.offset, member.length), signature };
        let tail = tail.to_bytes();
        debug_assert_eq!(tail.len(), TAIL_LENGTH);
        self.own(".holdfast/tail", &tail)?;
        self.frames.write(&[0; 1024])?;
        self.frames.finish()
    }
}

fn delta_name(number: u32) -> String {
    format!(".holdfast/delta/{number:06}")
}

/// `read` that goes on after a signal.
fn read_some(input: &mut (impl Read + ?Sized), room: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(room) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// The hashes of a file's content as it passes.
struct Hashes {
    sha256: Sha256,
    blocks: Option<BlockHasher>,
}

impl Hashes {
    fn new(size: u64) -> Self {
        Self { sha256: Sha256::new(), blocks: (size >= LARGE).then(BlockHasher::default) }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some(blocks) = &mut self.blocks {
            blocks.update(bytes);
        }
    }

    fn zeros(&mut self, mut count: u64) {
        while count > 0 {
            let part = count.min(BLOCK as u64) as usize;
            self.update(&ZEROS[..part]);
            count -= part as u64;
        }
    }

    fn content(self, extents: Vec<Extent>, short: bool) -> Content {
        Content {
            sha256: self.sha256.finalize().into(),
            extents,
            fingerprints: self.blocks.map(BlockHasher::finish).unwrap_or_default(),
            short,
        }
    }
}

impl std::fmt::Debug for ArchiveWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchiveWriter").field("frames", &self.frames).finish_non_exhaustive()
    }
}
