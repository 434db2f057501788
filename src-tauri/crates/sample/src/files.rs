//! Files written fast: one large buffer, straight to the file.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::error::{At, Result};
use crate::seed::Rng;
use crate::words::prose;

const BUFFER: usize = 1 << 20;

pub(crate) fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).at(path)
}

pub(crate) fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).at(path)
}

/// Bytes that do not compress.
pub(crate) fn write_noise(path: &Path, rng: &mut Rng, magic: &[u8], len: u64) -> Result<()> {
    let mut file = File::create(path).at(path)?;
    let mut buffer = vec![0; BUFFER.min(len as usize).max(magic.len())];
    let mut left = len;
    let mut first = true;
    while left > 0 {
        rng.fill(&mut buffer);
        if std::mem::take(&mut first) {
            buffer[..magic.len()].copy_from_slice(magic);
        }
        let now = left.min(buffer.len() as u64);
        file.write_all(&buffer[..now as usize]).at(path)?;
        left -= now;
    }
    Ok(())
}

/// Exactly `len` bytes of prose, in lines.
pub(crate) fn write_text(path: &Path, rng: &mut Rng, len: u64) -> Result<()> {
    let mut file = File::create(path).at(path)?;
    let mut text = String::with_capacity(BUFFER + 128);
    let mut left = len;
    while left > 0 {
        text.clear();
        prose(rng, &mut text, BUFFER.min(left as usize), "\n");
        let now = (text.len() as u64).min(left);
        file.write_all(&text.as_bytes()[..now as usize]).at(path)?;
        left -= now;
    }
    Ok(())
}

/// A file of `size` bytes with `data` bytes of noise, in runs spread evenly over it.
pub(crate) fn write_sparse(path: &Path, rng: &mut Rng, size: u64, data: u64, run: u64) -> Result<()> {
    let file = File::create(path).at(path)?;
    file.set_len(size).at(path)?;
    let runs = (data / run).max(1);
    let stride = size / runs;
    let mut buffer = vec![0; run as usize];
    for index in 0..runs {
        // On whole blocks, so that the holes beside a run are real ones.
        let offset = (index * stride + rng.below(stride.saturating_sub(run) + 1)) & !4095;
        rng.fill(&mut buffer);
        file.write_all_at(&buffer, offset).at(path)?;
    }
    Ok(())
}

/// Bytes that really take up room; holes do not count.
pub(crate) fn stored_bytes(meta: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    // Small files may lie inside their inode, with no block at all.
    if meta.len() > 1_000_000 { meta.len().min(meta.blocks() * 512) } else { meta.len() }
}

/// Everything below `root`, folders before what is in them, by name.
pub(crate) fn walk(root: &Path, visit: &mut dyn FnMut(&Path, &fs::Metadata) -> Result<()>) -> Result<()> {
    let mut names = fs::read_dir(root)
        .at(root)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<_>>>()
        .at(root)?;
    names.sort_unstable();
    for path in names {
        let meta = fs::symlink_metadata(&path).at(&path)?;
        visit(&path, &meta)?;
        if meta.is_dir() {
            walk(&path, visit)?;
        }
    }
    Ok(())
}

/// The regular files right inside `folder` (none when it is missing), by name.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).at(folder)? {
        let entry = entry.at(folder)?;
        if entry.file_type().at(folder)?.is_file() {
            found.push(entry.path());
        }
    }
    found.sort_unstable();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn lengths_are_exact() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        for len in [0, 1, 5, 1_048_577, 3_000_000] {
            write_noise(&path, &mut Rng::new(1, "n", 0), b"%PDF-", len).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().len(), len);
            write_text(&path, &mut Rng::new(1, "t", 0), len).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().len(), len);
        }
    }

    #[test]
    fn a_sparse_file_has_holes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        write_sparse(&path, &mut Rng::new(1, "s", 0), 50_000_000, 1 << 20, 1 << 16).unwrap();
        let meta = fs::metadata(&path).unwrap();
        assert_eq!(meta.len(), 50_000_000);
        assert!(meta.blocks() * 512 < 4_000_000);
    }
}
