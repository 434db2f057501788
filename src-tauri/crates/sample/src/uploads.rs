//! What people uploaded: every size, some of it compressible, under the names people choose; and
//! everything a file system can hold besides plain files.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{XattrFlags, lsetxattr};

use crate::error::{At, Result};
use crate::files::{make_dir, write, write_noise, write_sparse, write_text};
use crate::seed::Rng;

const FOLDERS: [&str; 6] =
    ["", "2024/11", "2025/02", "Fotos & Pläne", "shared/team notes", "shared/team notes/älter/📷 camera"];
const STEMS: [&str; 10] = [
    "report",
    "Über uns",
    "meeting notes (final)",
    "holiday 🏖 photos",
    "Größe und Maße",
    "data's export",
    "slides #3",
    "résumé",
    "日本語メモ",
    "scan-0001",
];
/// Extension, first bytes; text where there are none.
const KINDS: [(&str, &[u8]); 8] = [
    ("pdf", b"%PDF-1.7\n"),
    ("txt", b""),
    ("jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
    ("md", b""),
    ("docx", b"PK\x03\x04"),
    ("csv", b""),
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("mp4", b"\0\0\0\x18ftypmp42"),
];

pub(crate) struct Upload {
    /// Inside the uploads folder.
    pub(crate) path: PathBuf,
    len: u64,
    magic: &'static [u8],
    mode: u32,
    index: u64,
}

/// Uploads of `budget` bytes together, up to tens of MB each.
pub(crate) fn plan(seed: u64, budget: u64) -> Vec<Upload> {
    let mut rng = Rng::new(seed, "uploads", 0);
    let largest = (budget / 6).clamp(50_000, 40_000_000);
    let mut left = budget;
    let mut planned = Vec::new();
    for index in 0.. {
        if left == 0 {
            break;
        }
        let len = rng.spread(2_000, largest).min(left);
        left -= len;
        let (extension, magic) = *rng.pick(&KINDS);
        let name = format!("{} {index}.{extension}", rng.pick(&STEMS));
        let mode = match rng.below(12) {
            0 => 0o600,
            1 => 0o640,
            2 => 0o664,
            3 => 0o755,
            _ => 0o644,
        };
        planned.push(Upload { path: Path::new(*rng.pick(&FOLDERS)).join(name), len, magic, mode, index });
    }
    planned
}

/// The folders that the planned uploads go into.
pub(crate) fn make_folders(folder: &Path) -> Result<()> {
    for inside in FOLDERS {
        make_dir(&folder.join(inside))?;
    }
    Ok(())
}

pub(crate) fn make(folder: &Path, seed: u64, upload: &Upload) -> Result<()> {
    let path = folder.join(&upload.path);
    let mut rng = Rng::new(seed, "upload", upload.index);
    if upload.magic.is_empty() {
        write_text(&path, &mut rng, upload.len)
    } else {
        write_noise(&path, &mut rng, upload.magic, upload.len)
    }
}

pub(crate) fn modes(folder: &Path, uploads: &[Upload], modes: &mut HashMap<PathBuf, u32>) {
    for upload in uploads {
        modes.insert(folder.join(&upload.path), upload.mode);
    }
    modes.insert(folder.join("run me.sh"), 0o755);
    modes.insert(folder.join("read only.txt"), 0o444);
    modes.insert(folder.join("shared"), 0o750);
}

/// The special cases. Returns what this file system would not take, in words.
pub(crate) fn make_specials(folder: &Path, seed: u64) -> Result<Vec<String>> {
    let mut left_out = Vec::new();
    let mut rng = Rng::new(seed, "specials", 0);
    make_dir(&folder.join("empty folder"))?;
    write(&folder.join("empty.txt"), b"")?;
    write(&folder.join("run me.sh"), b"#!/bin/sh\nexec true\n")?;
    write_text(&folder.join("read only.txt"), &mut rng, 700)?;

    let original = folder.join("linked twice.pdf");
    write_noise(&original, &mut rng, b"%PDF-1.7\n", 30_000)?;
    let other = folder.join("shared/the same.pdf");
    fs::hard_link(&original, &other).at(&other)?;
    let link = folder.join("latest.pdf");
    symlink("linked twice.pdf", &link).at(&link)?;

    let sparse = folder.join("memory dump.raw");
    write_sparse(&sparse, &mut rng, 8_000_000, 4 * 16_384, 16_384)?;

    let origin = folder.join("from the web.html");
    write_text(&origin, &mut rng, 4_000)?;
    let value = b"https://example.org/a%20page";
    if let Err(error) = lsetxattr(&origin, "user.origin", value, XattrFlags::empty()) {
        left_out.push(format!("no extended attributes here: {error}"));
    }

    let name = OsString::from_vec(b"caf\xe9 men\xfc.txt".to_vec());
    if let Err(error) = fs::write(folder.join(&name), "from an old disk\n") {
        left_out.push(format!("no names that are not UTF-8 here: {error}"));
    }
    Ok(left_out)
}
