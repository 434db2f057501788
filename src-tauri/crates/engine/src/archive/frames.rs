//! The lower two layers on the way out: zstd frames compressed on all cores, sealed, written.
//!
//! One thread fills frames, workers compress them, one thread seals and writes them in order. Buffers
//! go round: their number bounds the memory, whatever the deployment's size.
use super::envelope::{Seal, Sealed};
use super::seek_table::SeekTable;
use super::sink::{FileSink, Stored};
use crate::error::{Error, Result};
use crate::media::Target;
use crossbeam_channel::{Receiver, Sender, bounded};
use holdfast_domain::Code;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

/// Bytes of a frame before compression.
pub const FRAME: usize = 1 << 20;
const UNFINISHED: u64 = u64::MAX;

struct Frame {
    number: u64,
    plain_length: u32,
    bytes: Vec<u8>,
}

/// Takes the tar stream. Dropped without `finish`, it leaves a file that reads back as truncated.
pub struct FrameWriter {
    /// Always a whole frame long; `filled` says how much of it counts.
    current: Vec<u8>,
    filled: usize,
    number: u64,
    offset: u64,
    plain: Option<Sender<Frame>>,
    /// Set by `finish` to the count of frames: only then is the stream given its end.
    complete: Arc<AtomicU64>,
    empty: Receiver<Vec<u8>>,
    workers: Vec<JoinHandle<io::Result<()>>>,
    writer: Option<JoinHandle<io::Result<Stored>>>,
    path: PathBuf,
}

impl FrameWriter {
    /// Begins a new file, which must not exist.
    pub fn create(target: &Target, seal: &Seal, level: i32, workers: usize) -> Result<Self> {
        let workers = workers.max(1);
        let path = target.path();
        let sink = FileSink::create(target)?;
        let sealed = Sealed::begin(seal, sink, path)?;
        let checksums = seal.wants_checksums();

        let circulating = workers + 3;
        let (plain_tx, plain_rx) = bounded::<Frame>(circulating);
        let (packed_tx, packed_rx) = bounded::<Frame>(circulating);
        let (empty_tx, empty_rx) = bounded::<Vec<u8>>(circulating);
        let (spare_tx, spare_rx) = bounded::<Vec<u8>>(circulating);
        for _ in 0..circulating {
            // Nothing has hung up yet, and there is room for all.
            let _ = empty_tx.send(vec![0; FRAME]);
            let _ = spare_tx.send(Vec::new());
        }
        let spawn = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let mut handles = Vec::new();
        for _ in 0..workers {
            let (plain, packed) = (plain_rx.clone(), packed_tx.clone());
            let (empty, spare) = (empty_tx.clone(), spare_rx.clone());
            let handle = spawn("compress").spawn(move || compress(level, checksums, &plain, &packed, &empty, &spare));
            handles.push(handle.map_err(|e| Error::io(path, e))?);
        }
        drop(packed_tx);
        let complete = Arc::new(AtomicU64::new(UNFINISHED));
        let writer = spawn("seal")
            .spawn({
                let complete = complete.clone();
                move || seal_all(sealed, &packed_rx, &spare_tx, &complete)
            })
            .map_err(|e| Error::io(path, e))?;
        Ok(Self {
            current: vec![0; FRAME],
            filled: 0,
            number: 0,
            offset: 0,
            plain: Some(plain_tx),
            complete,
            empty: empty_rx,
            workers: handles,
            writer: Some(writer),
            path: path.to_owned(),
        })
    }

    /// How many bytes of the tar stream came before what is written next.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    pub fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let part = bytes.len().min(FRAME - self.filled);
            self.current[self.filled..self.filled + part].copy_from_slice(&bytes[..part]);
            bytes = &bytes[part..];
            self.advance(part)?;
        }
        Ok(())
    }

    /// Fills the room left in the frame straight from `read`, at most `limit` bytes, and shows what came to
    /// `seen`. Returns how many came; 0 is the end of the input.
    pub fn fill(
        &mut self,
        limit: u64,
        read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
        seen: impl FnOnce(&[u8]),
    ) -> Result<io::Result<usize>> {
        let start = self.filled;
        let room = (FRAME - start).min(usize::try_from(limit).unwrap_or(usize::MAX));
        let got = read(&mut self.current[start..start + room]);
        let count = *got.as_ref().unwrap_or(&0);
        seen(&self.current[start..start + count]);
        self.advance(count)?;
        Ok(got)
    }

    /// Zeros up to the next multiple of a tar block.
    pub fn pad(&mut self) -> Result<()> {
        let rest = (self.offset.next_multiple_of(512) - self.offset) as usize;
        self.write(&[0; 512][..rest])
    }

    fn advance(&mut self, count: usize) -> Result<()> {
        self.offset += count as u64;
        self.filled += count;
        if self.filled == FRAME { self.end_frame() } else { Ok(()) }
    }

    /// Ends the frame early, so that what follows can be read without what came before.
    pub fn end_frame(&mut self) -> Result<()> {
        if self.filled == 0 {
            return Ok(());
        }
        let Ok(next) = self.empty.recv() else {
            return Err(self.failure());
        };
        let bytes = std::mem::replace(&mut self.current, next);
        let frame = Frame { number: self.number, plain_length: self.filled as u32, bytes };
        self.filled = 0;
        self.number += 1;
        match self.plain.as_ref().map(|plain| plain.send(frame)) {
            Some(Ok(())) => Ok(()),
            _ => Err(self.failure()),
        }
    }

    /// Writes what is left and the seek table, seals the end, and makes the file durable.
    pub fn finish(mut self) -> Result<Stored> {
        self.end_frame()?;
        self.complete.store(self.number, Ordering::SeqCst);
        self.plain = None;
        self.join()
    }

    /// Why the pipeline stopped.
    fn failure(&mut self) -> Error {
        self.plain = None;
        match self.join() {
            Err(error) => error,
            Ok(_) => Error::new(Code::Internal, self.path.display(), "the writer ended early"),
        }
    }

    fn join(&mut self) -> Result<Stored> {
        let mut result = Ok(());
        for worker in self.workers.drain(..) {
            let ended = worker.join().unwrap_or_else(|_| Err(io::Error::other("a compression thread panicked")));
            result = result.and(ended);
        }
        let stored = match self.writer.take() {
            Some(writer) => writer.join().unwrap_or_else(|_| Err(io::Error::other("the writing thread panicked"))),
            None => Err(io::Error::other("the writer has ended")),
        };
        // The writer's error is the cause; a worker's is then only that nobody listened.
        let stored = stored.map_err(|e| Error::io(&self.path, e))?;
        result.map_err(|e| Error::io(&self.path, e))?;
        Ok(stored)
    }
}

impl Drop for FrameWriter {
    fn drop(&mut self) {
        self.plain = None;
        if self.writer.is_some() {
            // The threads see the hang-up; an unfinished stream stays without its end mark.
            let abandoned = self.join();
            debug_assert!(abandoned.is_err() || std::thread::panicking());
        }
    }
}

fn compress(
    level: i32,
    checksums: bool,
    plain: &Receiver<Frame>,
    packed: &Sender<Frame>,
    empty: &Sender<Vec<u8>>,
    spare: &Receiver<Vec<u8>>,
) -> io::Result<()> {
    let mut compressor = zstd::bulk::Compressor::new(level)?;
    compressor.include_checksum(checksums)?;
    // The buffer first, then the frame: a worker that held the next frame in order without a buffer to put it into would
    // wait for the writer, which waits for that frame with all the buffers in its hands.
    while let Ok(mut out) = spare.recv() {
        let Ok(frame) = plain.recv() else { break };
        out.clear();
        out.reserve_exact(zstd::zstd_safe::compress_bound(FRAME));
        compressor.compress_to_buffer(&frame.bytes[..frame.plain_length as usize], &mut out)?;
        let packed_frame = Frame { number: frame.number, plain_length: frame.plain_length, bytes: out };
        if packed.send(packed_frame).is_err() {
            break;
        }
        let _ = empty.send(frame.bytes);
    }
    Ok(())
}

fn seal_all(
    mut out: Sealed,
    packed: &Receiver<Frame>,
    spare: &Sender<Vec<u8>>,
    complete: &AtomicU64,
) -> io::Result<Stored> {
    let mut table = SeekTable::default();
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    while let Ok(frame) = packed.recv() {
        waiting.insert(frame.number, frame);
        while let Some(frame) = waiting.remove(&next) {
            out.write_all(&frame.bytes)?;
            table.push(frame.bytes.len() as u32, frame.plain_length);
            next += 1;
            let _ = spare.send(frame.bytes);
        }
    }
    if complete.load(Ordering::SeqCst) != next {
        return Err(io::Error::other("the stream was not finished"));
    }
    out.write_all(&table.to_bytes())?;
    out.finish()
}

impl std::fmt::Debug for FrameWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrameWriter").field("path", &self.path).field("offset", &self.offset).finish_non_exhaustive()
    }
}
