//! The seek table of the Zstandard seekable format: sizes of all frames, in a skippable frame that an
//! ordinary reader passes over.
use std::io;

const SKIPPABLE: u32 = 0x184D_2A5E;
const SEEKABLE: u32 = 0x8F92_EAB1;
/// Count of frames (4), descriptor (1), magic number (4).
pub const FOOTER: usize = 9;
const HEADER: usize = 8;
const ENTRY: usize = 8;

/// Sizes of the frames, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeekTable {
    /// Compressed and plain bytes of each.
    frames: Vec<(u32, u32)>,
}

impl SeekTable {
    pub fn push(&mut self, compressed: u32, plain: u32) {
        self.frames.push((compressed, plain));
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let content = self.frames.len() * ENTRY + FOOTER;
        let mut out = Vec::with_capacity(HEADER + content);
        out.extend_from_slice(&SKIPPABLE.to_le_bytes());
        out.extend_from_slice(&(content as u32).to_le_bytes());
        for (compressed, plain) in &self.frames {
            out.extend_from_slice(&compressed.to_le_bytes());
            out.extend_from_slice(&plain.to_le_bytes());
        }
        out.extend_from_slice(&(self.frames.len() as u32).to_le_bytes());
        out.push(0);
        out.extend_from_slice(&SEEKABLE.to_le_bytes());
        out
    }

    /// From the last bytes of a stream: how long the whole table is, its skippable frame's header included.
    pub fn length(footer: &[u8; FOOTER]) -> io::Result<usize> {
        let count = u32::from_le_bytes([footer[0], footer[1], footer[2], footer[3]]) as usize;
        let magic = u32::from_le_bytes([footer[5], footer[6], footer[7], footer[8]]);
        if magic != SEEKABLE || footer[4] != 0 {
            return Err(damaged("there is no seek table at its end"));
        }
        Ok(HEADER + count * ENTRY + FOOTER)
    }

    /// Reads a whole table. `stream` is the length of what stands before it.
    pub fn parse(bytes: &[u8], stream: u64) -> io::Result<Self> {
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        if bytes.len() < HEADER + FOOTER || number(0) != SKIPPABLE || number(4) as usize != bytes.len() - HEADER {
            return Err(damaged("its seek table has no header"));
        }
        let entries = &bytes[HEADER..bytes.len() - FOOTER];
        if !entries.len().is_multiple_of(ENTRY) {
            return Err(damaged("its seek table is cut"));
        }
        let frames: Vec<(u32, u32)> =
            (0..entries.len() / ENTRY).map(|i| (number(HEADER + i * ENTRY), number(HEADER + i * ENTRY + 4))).collect();
        if frames.iter().map(|f| u64::from(f.0)).sum::<u64>() != stream {
            return Err(damaged("its seek table does not fit its length"));
        }
        Ok(Self { frames })
    }

    /// Where each frame starts: (in the compressed stream, in the plain one), and an end mark.
    pub fn starts(&self) -> Vec<(u64, u64)> {
        let mut starts = Vec::with_capacity(self.frames.len() + 1);
        let mut at = (0, 0);
        starts.push(at);
        for (compressed, plain) in &self.frames {
            at = (at.0 + u64::from(*compressed), at.1 + u64::from(*plain));
            starts.push(at);
        }
        starts
    }
}

pub fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_reads_back_and_damage_is_noticed() {
        let mut table = SeekTable::default();
        table.push(10, 100);
        table.push(20, 50);
        let bytes = table.to_bytes();
        let mut footer = [0; FOOTER];
        footer.copy_from_slice(&bytes[bytes.len() - FOOTER..]);
        assert_eq!(SeekTable::length(&footer).unwrap(), bytes.len());
        assert_eq!(SeekTable::parse(&bytes, 30).unwrap(), table);
        assert_eq!(table.starts(), [(0, 0), (10, 100), (30, 150)]);
        assert!(SeekTable::parse(&bytes, 31).is_err());
        assert!(SeekTable::parse(&bytes[..bytes.len() - 1], 30).is_err());
        footer[8] ^= 1;
        assert!(SeekTable::length(&footer).is_err());
    }
}
