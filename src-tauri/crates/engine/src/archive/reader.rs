//! Reads one archive from the middle: frame by frame, through the encryption.
use super::manifest::{Manifest, Member, TAIL_LENGTH, Tail};
use super::seek_table::{self, FOOTER, SeekTable};
use super::source::{self, Plain, ReadCount};
use crate::error::{Error, Result};
use crate::media::{FileMedium, Medium};
use age::x25519::Identity;
use holdfast_domain::Code;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Frames of other writers may be larger than ours, up to this.
pub const FRAME_LIMIT: u64 = 2 << 20;
/// The manifest and its signature are small; damage or malice must not ask for all memory.
const MANIFEST_LIMIT: u64 = 64 << 20;
/// A longer list (of about a million files) is read from the file each time.
const KEPT_LIMIT: u64 = 32 << 20;

/// An archive whose envelope opened and whose seek table and manifest were read. Cheap to clone; every clone
/// of `stream()` reads on its own.
#[derive(Clone)]
pub struct ArchiveReader {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    medium: Arc<dyn Medium>,
    identities: Arc<[Identity]>,
    count: ReadCount,
    /// Where each frame starts: compressed, plain; and an end mark.
    starts: Vec<(u64, u64)>,
    manifest: Manifest,
    manifest_text: Vec<u8>,
    signature: Option<String>,
    tail: Tail,
    kept: Arc<Kept>,
}

/// The list of entries is gone through many times; its frames are fetched once, as they are stored, up to a limit.
struct Kept {
    /// Numbers of the frames that hold it.
    frames: std::ops::Range<usize>,
    packed: Mutex<HashMap<usize, Arc<[u8]>>>,
}

impl Kept {
    fn new(starts: &[(u64, u64)], list: Member) -> Self {
        let first = starts.partition_point(|s| s.1 <= list.offset).saturating_sub(1);
        let end = starts.partition_point(|s| s.1 < list.offset.saturating_add(list.length));
        let fits = starts.get(first..=end).and_then(|s| Some(s.last()?.0 - s.first()?.0 <= KEPT_LIMIT));
        let frames = if fits == Some(true) { first..end } else { 0..0 };
        Self { frames, packed: Mutex::default() }
    }

    fn get(&self, number: usize) -> Option<Arc<[u8]>> {
        self.packed.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned()
    }

    fn put(&self, number: usize, packed: &[u8]) {
        if self.frames.contains(&number) {
            self.packed.lock().unwrap_or_else(PoisonError::into_inner).insert(number, packed.into());
        }
    }
}

impl ArchiveReader {
    /// The archive of that path, whole or in volumes, with whichever of the identities fits.
    pub fn open(path: &Path, identities: &[Identity], count: &ReadCount) -> Result<Self> {
        let medium = FileMedium::find(path)?;
        let path = medium.path().to_owned();
        Self::open_in(Arc::new(medium), &path, identities, count)
    }

    /// An archive wherever it lies. `path` is what it is called; archives that it needs are looked for beside it.
    pub fn open_in(medium: Arc<dyn Medium>, path: &Path, identities: &[Identity], count: &ReadCount) -> Result<Self> {
        let mut plain = source::open(&medium, identities, count)?;
        let starts = read_seek_table(&mut plain).map_err(|e| match e.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Error::new(Code::ArchiveTruncated, path.display(), format!("its end is missing or damaged: {e}"))
            }
            _ => Error::io(path, e),
        })?;
        let mut stream = Stream::new(path, plain, starts);
        let subject = path.display().to_string();
        let end = stream.plain_length();
        let tail_end = end.checked_sub(1024);
        let tail_start = tail_end.and_then(|e| e.checked_sub(TAIL_LENGTH as u64));
        let Some(tail_start) = tail_start else {
            return Err(Error::new(Code::NotAnArchive, subject, "it is too short to be an archive"));
        };
        let not_ours = |e: Error| match e.code() {
            Code::ArchiveDamaged => Error::new(Code::NotAnArchive, &subject, "it holds no Holdfast archive"),
            _ => e,
        };
        let tail = stream.read_vec(tail_start, TAIL_LENGTH as u64, TAIL_LENGTH as u64)?;
        let tail = Tail::parse(&tail, &subject).map_err(not_ours)?;
        let manifest_text = stream.read_vec(tail.manifest.0, tail.manifest.1, MANIFEST_LIMIT)?;
        let manifest = Manifest::parse(&manifest_text, &subject)?;
        let signature = match tail.signature {
            None => None,
            Some((offset, length)) => {
                let bytes = stream.read_vec(offset, length, 1 << 16)?;
                let text = String::from_utf8(bytes)
                    .map_err(|_| Error::new(Code::ArchiveDamaged, &subject, "its signature is not text"))?;
                Some(text)
            }
        };
        let kept = Arc::new(Kept::new(&stream.starts, manifest.members.index));
        let inner = Inner {
            path: path.to_owned(),
            medium,
            identities: identities.into(),
            count: count.clone(),
            starts: std::mem::take(&mut stream.starts),
            manifest,
            manifest_text,
            signature,
            tail,
            kept,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Where its bytes come from.
    pub fn medium(&self) -> &Arc<dyn Medium> {
        &self.inner.medium
    }

    pub fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }

    /// The manifest's exact bytes, and the signature over them.
    pub fn signed_text(&self) -> (&[u8], Option<&str>) {
        (&self.inner.manifest_text, self.inner.signature.as_deref())
    }

    pub fn tail(&self) -> Tail {
        self.inner.tail
    }

    /// Where each frame starts in the tar stream, and the stream's end.
    pub fn frame_starts(&self) -> impl Iterator<Item = u64> + '_ {
        self.inner.starts.iter().map(|s| s.1)
    }

    /// Bytes of the tar stream.
    pub fn plain_length(&self) -> u64 {
        self.inner.starts.last().map_or(0, |s| s.1)
    }

    /// A reader of its own, for one thread.
    pub fn stream(&self) -> Result<Stream> {
        let inner = &self.inner;
        let plain = source::open(&inner.medium, &inner.identities, &inner.count)?;
        let kept = Some(inner.kept.clone());
        Ok(Stream { kept, ..Stream::new(&inner.path, plain, inner.starts.clone()) })
    }

    /// Reads a list once and compares it with the hash that the manifest has of it.
    pub fn check_member(&self, name: &str, member: Member) -> Result<()> {
        let mut hash = Sha256::new();
        let mut stream = self.stream()?;
        stream.each(member.offset, member.length, |bytes| {
            hash.update(bytes);
            Ok(())
        })?;
        if hash.finalize().as_slice() != member.sha256 {
            let cause = format!("its {name} is not what its manifest says");
            return Err(Error::new(Code::ArchiveDamaged, self.path().display(), cause));
        }
        Ok(())
    }

    /// A list's bytes.
    pub fn member(&self, member: Member) -> Result<RangeReader> {
        Ok(RangeReader { stream: self.stream()?, position: member.offset, end: member.offset + member.length })
    }
}

impl std::fmt::Debug for ArchiveReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchiveReader").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

fn read_seek_table(plain: &mut Plain) -> io::Result<Vec<(u64, u64)>> {
    // Seeking to the end authenticates the length: a cut file is refused here.
    let length = plain.seek(SeekFrom::End(0))?;
    let footer_start = length.checked_sub(FOOTER as u64).ok_or_else(|| seek_table::damaged("it is too short"))?;
    let mut footer = [0; FOOTER];
    plain.seek(SeekFrom::Start(footer_start))?;
    plain.read_exact(&mut footer)?;
    let table = SeekTable::length(&footer)? as u64;
    let stream = length.checked_sub(table).ok_or_else(|| seek_table::damaged("its seek table is too long"))?;
    let mut bytes = Vec::new();
    plain.seek(SeekFrom::Start(stream))?;
    plain.by_ref().take(table).read_to_end(&mut bytes)?;
    Ok(SeekTable::parse(&bytes, stream)?.starts())
}

/// One thread's way through an archive's tar stream. Keeps the last frame, so reading on is cheap.
pub struct Stream {
    path: PathBuf,
    plain: Plain,
    starts: Vec<(u64, u64)>,
    decompressor: Option<zstd::bulk::Decompressor<'static>>,
    packed: Vec<u8>,
    frame: Vec<u8>,
    /// Which frame `frame` holds.
    held: Option<usize>,
    kept: Option<Arc<Kept>>,
}

impl Stream {
    fn new(path: &Path, plain: Plain, starts: Vec<(u64, u64)>) -> Self {
        let path = path.to_owned();
        Self { path, plain, starts, decompressor: None, packed: Vec::new(), frame: Vec::new(), held: None, kept: None }
    }

    pub fn plain_length(&self) -> u64 {
        self.starts.last().map_or(0, |s| s.1)
    }

    fn damaged(&self, cause: &str) -> Error {
        Error::new(Code::ArchiveDamaged, self.path.display(), cause)
    }

    /// Gives the bytes of a range, in pieces, to `take`.
    pub fn each(&mut self, offset: u64, length: u64, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let end = offset.checked_add(length).filter(|end| *end <= self.plain_length());
        let Some(end) = end else {
            return Err(self.damaged("it points beyond its end"));
        };
        let mut position = offset;
        while position < end {
            let (start, bytes) = self.frame_at(position)?;
            let from = (position - start) as usize;
            let to = bytes.len().min((end - start) as usize);
            take(&bytes[from..to])?;
            position = start + to as u64;
        }
        Ok(())
    }

    pub fn read_vec(&mut self, offset: u64, length: u64, limit: u64) -> Result<Vec<u8>> {
        if length > limit {
            return Err(self.damaged("a part of it claims to be too long"));
        }
        let mut out = Vec::with_capacity(length as usize);
        self.each(offset, length, |bytes| {
            out.extend_from_slice(bytes);
            Ok(())
        })?;
        Ok(out)
    }

    /// The frame that holds a position of the tar stream: where it starts, and its bytes.
    pub fn frame_at(&mut self, position: u64) -> Result<(u64, &[u8])> {
        let number = self.starts.partition_point(|s| s.1 <= position).saturating_sub(1);
        if self.held != Some(number) {
            self.held = None;
            self.load(number)?;
            self.held = Some(number);
        }
        Ok((self.starts[number].1, &self.frame))
    }

    /// The bytes from a position to the end of the frame that was read last, if that frame holds it.
    fn at_hand(&self, position: u64) -> Option<&[u8]> {
        let start = self.starts[self.held?].1;
        self.frame.get(usize::try_from(position.checked_sub(start)?).ok()?..)
    }

    fn load(&mut self, number: usize) -> Result<()> {
        let Some(&[from, to]) = self.starts.get(number..number + 2).and_then(|s| s.first_chunk::<2>()) else {
            return Err(self.damaged("it points beyond its end"));
        };
        let (packed, plain) = (to.0 - from.0, to.1 - from.1);
        if plain > FRAME_LIMIT || packed > 2 * FRAME_LIMIT {
            return Err(self.damaged("one of its frames is larger than the format allows"));
        }
        if let Some(kept) = self.kept.as_ref().and_then(|kept| kept.get(number)) {
            self.packed.clear();
            self.packed.extend_from_slice(&kept);
        } else {
            self.packed.resize(packed as usize, 0);
            let read = self.plain.seek(SeekFrom::Start(from.0)).and_then(|_| self.plain.read_exact(&mut self.packed));
            read.map_err(|e| source::inside(&self.path, e))?;
            if let Some(kept) = &self.kept {
                kept.put(number, &self.packed);
            }
        }
        self.frame.clear();
        self.frame.reserve(plain as usize);
        let decompressor = match &mut self.decompressor {
            Some(ready) => ready,
            none => none.insert(zstd::bulk::Decompressor::new().map_err(|e| Error::io(&self.path, e))?),
        };
        let result = decompressor.decompress_to_buffer(&self.packed, &mut self.frame);
        match result {
            Ok(length) if length as u64 == plain => Ok(()),
            Ok(_) => Err(self.damaged("a frame is not as long as its seek table says")),
            Err(e) => Err(self.damaged(&format!("a frame does not decode: {e}"))),
        }
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A range of the tar stream as a reader.
#[derive(Debug)]
pub struct RangeReader {
    stream: Stream,
    position: u64,
    end: u64,
}

impl BufRead for RangeReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position >= self.end {
            return Ok(&[]);
        }
        let (position, end) = (self.position, self.end);
        let (start, bytes) =
            self.stream.frame_at(position).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e.to_string()))?;
        let to = bytes.len().min((end - start) as usize);
        Ok(&bytes[(position - start) as usize..to])
    }

    fn consume(&mut self, count: usize) {
        self.position += count as u64;
    }
}

impl Read for RangeReader {
    /// Lists are read a few bytes at a time: most often the frame at hand has them.
    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        let wanted = buf.len();
        if self.position + wanted as u64 <= self.end
            && let Some(bytes) = self.stream.at_hand(self.position).and_then(|rest| rest.get(..wanted))
        {
            buf.copy_from_slice(bytes);
            self.position += wanted as u64;
            return Ok(());
        }
        let mut filled = 0;
        while filled < wanted {
            match self.read(&mut buf[filled..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => filled += count,
            }
        }
        Ok(())
    }

    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buf.len());
        buf[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}
