//! `index.bin`: entries in their order, in a compact form that streams both ways.
//!
//! The same form holds the list that a walk found (`Detail::Found`: nothing captured yet, so
//! neither hash nor place).
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use reader::IndexReader;
pub use writer::IndexWriter;

use std::io::{self, BufRead, Read};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"HFINDEX1";
const END: u8 = 0xff;

const XATTRS: u8 = 1 << 3;
const DATABASE: u8 = 1 << 4;
const RACY: u8 = 1 << 5;
/// The content is one piece in this archive.
const WHOLE: u8 = 1 << 6;

/// Whether entries carry what was captured of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    Captured,
    Found,
}

#[derive(Debug, Default)]
struct Previous {
    path: Vec<u8>,
    mtime: i64,
    inode: u64,
    /// Where the next content is expected: right after the last, with its tar header.
    offset: u64,
}

/// Compresses an index for the catalog's copy.
pub fn pack(bytes: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut out = zstd::Encoder::new(Vec::new(), 1)?;
    io::copy(bytes, &mut out)?;
    out.finish()
}

/// Reads a catalog's copy.
pub fn unpack(bytes: Arc<[u8]>) -> io::Result<impl BufRead + Send> {
    let input = io::Cursor::new(bytes);
    Ok(io::BufReader::with_capacity(1 << 16, zstd::Decoder::with_buffer(input)?))
}
