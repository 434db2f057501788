//! A file's content in its order, out of the archives that hold it.
use super::extract::Worker;
use crate::archive::{ArchiveReader, Entry, Place};
use crate::error::{Error, Result};
use crossbeam_channel::bounded;
use holdfast_domain::Code;

/// A stretch of a file.
pub(crate) enum Part<'a> {
    Bytes(&'a [u8]),
    Hole(u64),
}

/// From this size on a file is unpacked on one thread while another hashes and writes it.
const LARGE: u64 = 8 << 20;
/// What is handed over at a time.
const PIECE: usize = 1 << 20;
const PIECES: usize = 4;

enum Piece {
    Bytes(Vec<u8>),
    Hole(u64),
}

/// Gives a file's content to `take`, from its start to its end. The first error of `take` or of the archives ends it.
pub(crate) fn each_part(
    worker: &mut Worker,
    readers: &[ArchiveReader],
    entry: &Entry,
    mut take: impl FnMut(Part<'_>) -> Result<()>,
) -> Result<()> {
    if entry.size < LARGE {
        return unpack(worker, readers, entry, take);
    }
    let (filled, pieces) = bounded::<Piece>(PIECES);
    let (emptied, buffers) = bounded::<Vec<u8>>(PIECES);
    for _ in 0..PIECES {
        // There is room for all.
        let _ = emptied.send(Vec::with_capacity(PIECE));
    }
    std::thread::scope(|scope| {
        let ahead = scope.spawn(move || -> Result<()> {
            let stopped = || Error::new(Code::Internal, "reading ahead", "nobody listens");
            let mut current: Option<Vec<u8>> = None;
            unpack(worker, readers, entry, |part| {
                let mut bytes = match part {
                    Part::Bytes(bytes) => bytes,
                    Part::Hole(length) => {
                        if let Some(buffer) = current.take() {
                            filled.send(Piece::Bytes(buffer)).map_err(|_| stopped())?;
                        }
                        return filled.send(Piece::Hole(length)).map_err(|_| stopped());
                    }
                };
                while !bytes.is_empty() {
                    let mut buffer = match current.take() {
                        Some(buffer) => buffer,
                        None => buffers.recv().map_err(|_| stopped())?,
                    };
                    let count = bytes.len().min(PIECE - buffer.len());
                    buffer.extend_from_slice(&bytes[..count]);
                    bytes = &bytes[count..];
                    if buffer.len() == PIECE {
                        filled.send(Piece::Bytes(buffer)).map_err(|_| stopped())?;
                    } else {
                        current = Some(buffer);
                    }
                }
                Ok(())
            })?;
            match current {
                Some(buffer) => filled.send(Piece::Bytes(buffer)).map_err(|_| stopped()),
                None => Ok(()),
            }
        });
        let mut taken = Ok(());
        for piece in &pieces {
            taken = match piece {
                Piece::Hole(length) => take(Part::Hole(length)),
                Piece::Bytes(mut buffer) => {
                    let result = take(Part::Bytes(&buffer));
                    buffer.clear();
                    let _ = emptied.send(buffer);
                    result
                }
            };
            if taken.is_err() {
                break;
            }
        }
        // Hanging up ends the thread that reads ahead.
        drop((pieces, emptied));
        let unpacked = ahead.join().unwrap_or_else(|_| Err(Error::new(Code::Internal, "reading", "a thread panicked")));
        taken.and(unpacked)
    })
}

fn unpack(
    worker: &mut Worker,
    readers: &[ArchiveReader],
    entry: &Entry,
    mut take: impl FnMut(Part<'_>) -> Result<()>,
) -> Result<()> {
    for extent in &entry.extents {
        match extent.place {
            Place::Hole => take(Part::Hole(extent.length))?,
            Place::At { archive, offset } => {
                let stream = worker.stream(readers, archive)?;
                stream.each(offset, extent.length, |bytes| take(Part::Bytes(bytes)))?;
            }
        }
    }
    Ok(())
}
