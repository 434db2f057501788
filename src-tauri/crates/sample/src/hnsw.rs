//! The folder of one vector segment, laid out as hnswlib writes it.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::error::{At, Result};
use crate::files::{make_dir, write};
use crate::seed::Rng;

const DIMENSIONS: usize = 384;
/// Links of one element on the ground level, and on those above.
const GROUND_LINKS: usize = 32;
const LINKS: usize = 16;
const LINK_BYTES: usize = 4 + GROUND_LINKS * 4;
/// Bytes of one element in `data_level0.bin`: links, vector, label.
pub(crate) const ELEMENT: u64 = (LINK_BYTES + DIMENSIONS * 4 + 8) as u64;
pub(crate) const PARTS: [&str; 4] = ["header.bin", "data_level0.bin", "length.bin", "link_lists.bin"];
const AT_ONCE: u64 = 600;

pub(crate) fn make(folder: &Path, rng: &mut Rng, elements: u64) -> Result<()> {
    make_dir(folder)?;
    write(&folder.join("header.bin"), &header(elements))?;

    let path = folder.join("data_level0.bin");
    let mut file = File::create(&path).at(&path)?;
    let mut buffer = Vec::new();
    for first in (0..elements).step_by(AT_ONCE as usize) {
        let count = AT_ONCE.min(elements - first);
        buffer.resize((count * ELEMENT) as usize, 0);
        for (index, element) in buffer.chunks_exact_mut(ELEMENT as usize).enumerate() {
            fill(rng, element, elements, first + index as u64);
        }
        file.write_all(&buffer).at(&path)?;
    }

    let mut lists = Vec::new();
    let mut lengths = Vec::new();
    for _ in 0..elements {
        lengths.extend(1f32.to_le_bytes());
        if rng.below(LINKS as u64) > 0 {
            lists.extend(0u32.to_le_bytes());
            continue;
        }
        lists.extend((4 + LINKS as u32 * 4).to_le_bytes());
        lists.extend((LINKS as u32).to_le_bytes());
        for _ in 0..LINKS {
            lists.extend((rng.below(elements) as u32).to_le_bytes());
        }
    }
    write(&folder.join("length.bin"), &lengths)?;
    write(&folder.join("link_lists.bin"), &lists)
}

fn fill(rng: &mut Rng, element: &mut [u8], elements: u64, label: u64) {
    rng.fill(element);
    let (links, rest) = element.split_at_mut(LINK_BYTES);
    let (vector, end) = rest.split_at_mut(DIMENSIONS * 4);
    links[..4].copy_from_slice(&(GROUND_LINKS as u32).to_le_bytes());
    for link in links[4..].chunks_exact_mut(4) {
        let random = u32::from_le_bytes([link[0], link[1], link[2], link[3]]);
        let target = (u64::from(random) * elements) >> 32;
        link.copy_from_slice(&(target as u32).to_le_bytes());
    }
    for value in vector.chunks_exact_mut(4) {
        // Keeps sign and fraction; the exponent makes it 0.03 to 0.06, as in a unit vector.
        value[3] = value[3] & 0x80 | 0x3d;
        value[2] &= 0x7f;
    }
    end.copy_from_slice(&label.to_le_bytes());
}

fn header(elements: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let label_at = (LINK_BYTES + DIMENSIONS * 4) as u64;
    for number in [0, elements, elements, ELEMENT, label_at, LINK_BYTES as u64] {
        out.extend(number.to_le_bytes());
    }
    out.extend(1i32.to_le_bytes());
    out.extend(0u32.to_le_bytes());
    for number in [LINKS as u64, GROUND_LINKS as u64, LINKS as u64] {
        out.extend(number.to_le_bytes());
    }
    out.extend((1.0 / (LINKS as f64).ln()).to_le_bytes());
    out.extend(100u64.to_le_bytes());
    out
}

/// What is wrong with a segment's folder; nothing when it is whole. Also its number of elements.
pub(crate) fn inspect(folder: &Path) -> (Vec<String>, u64) {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    if !folder.is_dir() {
        return (vec![format!("vector segment {name} has no folder")], 0);
    }
    let mut problems = Vec::new();
    for part in PARTS {
        if !folder.join(part).is_file() {
            problems.push(format!("vector segment {name} has no {part}"));
        }
    }
    let number = |header: &[u8], index: usize| {
        header.get(index * 8..index * 8 + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
    };
    let header = fs::read(folder.join("header.bin")).unwrap_or_default();
    let (elements, element) = (number(&header, 2), number(&header, 3));
    for (part, each) in [("data_level0.bin", element), ("length.bin", 4)] {
        let want = elements.saturating_mul(each);
        match fs::metadata(folder.join(part)) {
            Ok(meta) if meta.len() != want => {
                problems
                    .push(format!("vector segment {name}: {part} has {} bytes, its header says {want}", meta.len()));
            }
            _ => {}
        }
    }
    (problems, elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_agrees_with_its_header() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("segment");
        make(&folder, &mut Rng::new(1, "hnsw", 0), 1_001).unwrap();
        assert_eq!(inspect(&folder), (Vec::new(), 1_001));

        let data = folder.join("data_level0.bin");
        let file = File::options().write(true).open(&data).unwrap();
        file.set_len(1_000 * ELEMENT).unwrap();
        fs::remove_file(folder.join("link_lists.bin")).unwrap();
        assert_eq!(inspect(&folder).0.len(), 2);
        assert_eq!(inspect(&dir.path().join("none")).0.len(), 1);
    }
}
