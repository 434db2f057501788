//! Fingerprints of the blocks of large files: what an incremental archive compares with, so that it
//! stores only the blocks that changed.
use super::codec::{array, byte, damaged, get, get_bytes, put, put_bytes};
use std::collections::HashMap;
use std::io::{self, Read, Write};

/// Bytes of a block; the last block of a file may be shorter.
pub const BLOCK: usize = 64 << 10;
/// Files from this size on are compared by blocks.
pub const LARGE: u64 = 256 << 10;

const MAGIC: &[u8; 8] = b"HFBLOCK1";

/// The first half of the block's BLAKE3: 128 bits.
pub type Fingerprint = [u8; 16];

pub fn fingerprint(block: &[u8]) -> Fingerprint {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(block).as_bytes()[..16]);
    short
}

/// Cuts a stream into blocks, whatever pieces it comes in.
#[derive(Debug, Default)]
pub struct BlockHasher {
    hasher: blake3::Hasher,
    filled: usize,
    pub done: Vec<u8>,
}

impl BlockHasher {
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.filled == 0 && bytes.len() >= BLOCK {
                self.done.extend_from_slice(&fingerprint(&bytes[..BLOCK]));
                bytes = &bytes[BLOCK..];
                continue;
            }
            let part = bytes.len().min(BLOCK - self.filled);
            self.hasher.update(&bytes[..part]);
            self.filled += part;
            bytes = &bytes[part..];
            if self.filled == BLOCK {
                self.end_block();
            }
        }
    }

    fn end_block(&mut self) {
        self.done.extend_from_slice(&self.hasher.finalize().as_bytes()[..16]);
        self.hasher.reset();
        self.filled = 0;
    }

    pub fn finish(mut self) -> Vec<u8> {
        if self.filled > 0 {
            self.end_block();
        }
        self.done
    }
}

/// Writes `blocks.bin`. Paths may come in any order.
#[derive(Debug)]
pub struct BlocksWriter<W> {
    out: W,
}

impl<W: Write> BlocksWriter<W> {
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self { out })
    }

    /// `fingerprints` holds them one after another.
    pub fn push(&mut self, path: &[u8], fingerprints: &[u8]) -> io::Result<()> {
        let mut head = vec![1];
        put_bytes(&mut head, path);
        put(&mut head, fingerprints.len() as u64 / 16);
        self.out.write_all(&head)?;
        self.out.write_all(fingerprints)
    }

    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0])?;
        Ok(self.out)
    }
}

/// All fingerprints of one archive, 16 bytes for each 64 KiB of its large files.
#[derive(Debug, Default)]
pub struct Blocks {
    bytes: Vec<u8>,
    /// Where the fingerprints of a path are.
    files: HashMap<Vec<u8>, (usize, usize)>,
}

impl Blocks {
    pub fn read(mut input: impl Read) -> io::Result<Self> {
        if &array::<8>(&mut input)? != MAGIC {
            return Err(damaged("it does not begin as a list of blocks"));
        }
        let mut blocks = Self::default();
        loop {
            match byte(&mut input)? {
                0 => return Ok(blocks),
                1 => {}
                _ => return Err(damaged("a list of blocks")),
            }
            let path = get_bytes(&mut input, 1 << 16)?;
            let length = get(&mut input)?.checked_mul(16).ok_or_else(|| damaged("a list of blocks"))?;
            let start = blocks.bytes.len();
            // Reads what is there rather than trusting the count with memory.
            if input.by_ref().take(length).read_to_end(&mut blocks.bytes)? as u64 != length {
                return Err(damaged("a list of blocks ends in the middle"));
            }
            blocks.files.insert(path, (start, blocks.bytes.len()));
        }
    }

    pub fn of(&self, path: &[u8]) -> Option<&[u8]> {
        self.files.get(path).map(|(start, end)| &self.bytes[*start..*end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_the_same_in_whatever_pieces_the_bytes_come() {
        let bytes: Vec<u8> = (0..BLOCK * 3 + 100).map(|i| (i * 7 % 251) as u8).collect();
        let expected: Vec<u8> = bytes.chunks(BLOCK).flat_map(fingerprint).collect();
        for piece in [1000, BLOCK, BLOCK + 1, bytes.len()] {
            let mut hasher = BlockHasher::default();
            bytes.chunks(piece).for_each(|p| hasher.update(p));
            assert_eq!(hasher.finish(), expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn lists_read_back() {
        let mut writer = BlocksWriter::new(Vec::new()).unwrap();
        writer.push(b"b", &[1; 32]).unwrap();
        writer.push(b"a", &[2; 16]).unwrap();
        let bytes = writer.finish().unwrap();
        let blocks = Blocks::read(&bytes[..]).unwrap();
        assert_eq!(blocks.of(b"b"), Some(&[1; 32][..]));
        assert_eq!(blocks.of(b"c"), None);
        for cut in 0..bytes.len() {
            assert!(Blocks::read(&bytes[..cut]).is_err());
        }
    }
}
