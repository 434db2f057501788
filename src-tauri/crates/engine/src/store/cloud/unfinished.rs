//! Uploads that were begun: a file each in Holdfast's home, so that one that was interrupted goes on where it stopped.
//!
//! The service keeps the parts that it received, but shows them to nobody. Only who knows the upload's id can go on with
//! it or throw it away.
use crate::durable;
use crate::error::{Error, Result};
use holdfast_domain::{ArchiveName, Code};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder with the uploads to one destination of one deployment.
#[derive(Debug, Clone)]
pub struct Uploads(PathBuf);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unfinished {
    /// Where to: an upload that was begun to another place cannot be continued to this one.
    pub object: String,
    pub length: u64,
    #[serde(with = "hex")]
    pub sha256: [u8; 32],
    pub part_bytes: u64,
    /// The service's name for it.
    pub upload: String,
    /// By number, from 0. They may arrive out of order.
    pub parts: BTreeMap<u64, Part>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What the service called it.
    pub id: String,
    /// BLAKE3 of its content.
    #[serde(with = "hex")]
    pub content: [u8; 32],
}

const ENDING: &str = ".upload";

impl Uploads {
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    fn path(&self, archive: &ArchiveName) -> PathBuf {
        self.0.join(format!("{archive}{ENDING}"))
    }

    /// `None` where there is none. One that cannot be read is as good as none: the upload begins again.
    pub fn load(&self, archive: &ArchiveName) -> Option<Unfinished> {
        read(&self.path(archive))
    }

    pub fn save(&self, archive: &ArchiveName, unfinished: &Unfinished) -> Result<()> {
        let path = self.path(archive);
        let text = serde_json::to_vec(unfinished).map_err(|e| Error::new(Code::Internal, path.display(), e))?;
        durable::create_private_dir(&self.0)?;
        durable::write(&path, &text, 0o600)
    }

    pub fn forget(&self, archive: &ArchiveName) -> Result<()> {
        durable::remove(&self.path(archive))
    }

    /// All of them, also those that cannot be read.
    pub fn all(&self) -> Vec<(ArchiveName, Option<Unfinished>)> {
        let mut found = Vec::new();
        for item in std::fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let name = item.file_name();
            let stem = name.to_str().and_then(|name| name.strip_suffix(ENDING));
            let Some(archive) = stem.and_then(ArchiveName::parse) else { continue };
            found.push((archive, read(&item.path())));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }
}

fn read(path: &Path) -> Option<Unfinished> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

impl Unfinished {
    pub fn part_count(&self) -> u64 {
        self.length.div_ceil(self.part_bytes).max(1)
    }

    /// Whether it is of this very content, to this very place.
    pub fn is_of(&self, object: &str, length: u64, sha256: &[u8; 32]) -> bool {
        self.object == object && self.length == length && self.sha256 == *sha256 && self.part_bytes > 0
    }

    pub fn part_range(&self, number: u64) -> std::ops::Range<u64> {
        let start = number * self.part_bytes;
        start..self.length.min(start + self.part_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_is_found_again_and_a_damaged_note_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let uploads = Uploads::new(dir.path().join("uploads"));
        let archive = ArchiveName::parse("bot_2026-11-21T020000Z_weekly-full").unwrap();
        assert_eq!((uploads.load(&archive), uploads.all()), (None, Vec::new()));
        let mut unfinished = Unfinished {
            object: "s3://bucket/x".to_owned(),
            length: 25,
            sha256: [7; 32],
            part_bytes: 10,
            upload: "id".to_owned(),
            parts: BTreeMap::new(),
        };
        unfinished.parts.insert(2, Part { id: "etag".to_owned(), content: [3; 32] });
        assert_eq!((unfinished.part_count(), unfinished.part_range(2)), (3, 20..25));
        uploads.save(&archive, &unfinished).unwrap();
        assert_eq!(uploads.load(&archive), Some(unfinished.clone()));
        assert!(unfinished.is_of("s3://bucket/x", 25, &[7; 32]));
        assert!(!unfinished.is_of("s3://other/x", 25, &[7; 32]));
        assert!(!unfinished.is_of("s3://bucket/x", 25, &[8; 32]));
        std::fs::write(uploads.path(&archive), b"{").unwrap();
        assert_eq!(uploads.all(), [(archive.clone(), None)]);
        uploads.forget(&archive).unwrap();
        assert!(uploads.all().is_empty());
    }
}
