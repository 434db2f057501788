use super::plan::on_disk;
use crate::capture::sqlite;
use crate::deployment::Profile;
use holdfast_domain::{ArchiveName, Class, Code};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A file that is lost, as a run keeps it: the archive's own list of problems names only the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// `ROOT/...`
    pub path: String,
    pub class: Class,
    /// Of what is still there, and shorter than this.
    pub size: Option<u64>,
    /// The newest archive that held it when it was found to be lost.
    pub since: ArchiveName,
    /// A person took back that it was meant: it is told also where it is one of few.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taken_back: bool,
}

impl Lost {
    pub fn new(path: String, class: Class, size: Option<u64>, since: ArchiveName) -> Self {
        Self { path, class, size, since, taken_back: false }
    }

    /// Whether it still is, as the disk says now. What cannot be looked at is not called lost.
    pub fn is_lost(&self, profile: &Profile) -> bool {
        let root = self.path.split('/').next();
        if !profile.roots.iter().any(|known| Some(known.name.as_str()) == root) {
            return false;
        }
        let path = on_disk(profile, self.path.as_bytes());
        if self.class == Class::Database
            && let Ok(is_one) = sqlite::begins_as_database(&path)
        {
            return !is_one;
        }
        is_lost(&path, self.size)
    }

    /// Whether both are the same loss: a file that was cut short, and goes as a whole later, is lost anew.
    pub fn is_same(&self, other: &Self) -> bool {
        self.path == other.path && self.size == other.size
    }

    /// The code that tells of it; `None` where that is told otherwise, or not at all.
    pub fn code(&self) -> Option<Code> {
        match (self.class, self.size) {
            (Class::Config, _) => Some(Code::ConfigLost),
            (Class::Vectors, _) => Some(Code::VectorsLost),
            (Class::Files, None) => Some(Code::FilesLost),
            (Class::Files, Some(_)) => Some(Code::FilesCutShort),
            _ => None,
        }
    }
}

/// `size`: of what is lost as soon as it is shorter.
pub(super) fn is_lost(path: &Path, size: Option<u64>) -> bool {
    match std::fs::symlink_metadata(path) {
        Ok(meta) => size.is_some_and(|size| meta.len() < size),
        Err(e) => e.kind() == std::io::ErrorKind::NotFound,
    }
}

/// The first of as many: `data/a, data/b, data/c and 66 more`.
pub fn some_of(lost: &[&Lost], count: usize) -> String {
    const SHOWN: usize = 3;
    let names: Vec<&str> = lost.iter().take(SHOWN).map(|lost| lost.path.as_str()).collect();
    match (names.as_slice(), count.saturating_sub(names.len())) {
        ([one], 0) => (*one).to_owned(),
        ([rest @ .., last], 0) => format!("{} and {last}", rest.join(", ")),
        (names, more) => format!("{} and {more} more", names.join(", ")),
    }
}
