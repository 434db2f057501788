//! What a person would miss most of what their patterns leave out.
use super::walk::{first_bytes, is_secret};
use crate::deployment::marks::{database_of_sidecar, looks_like_sqlite, may_be_sqlite};
use holdfast_domain::Class;
use serde::Serialize;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A file that a pattern leaves out and that a restore would be sorely without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    pub path: PathBuf,
    pub what: Missing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// What the chatbot keeps its conversations in.
    Conversations,
    Vectors,
    /// Another one, by its first bytes or its name.
    Database,
    Keys,
    Configuration,
}

impl Missing {
    /// `class`: what the file is where no pattern leaves it out. Opens what may be a database.
    pub(super) fn of(path: &Path, class: Class, bytes: u64) -> Option<Self> {
        let name = path.file_name().unwrap_or_default().as_bytes();
        // What belongs to a database is told with it.
        if database_of_sidecar(name).is_some() {
            return None;
        }
        if is_secret(name) {
            return Some(Self::Keys);
        }
        match class {
            Class::Database => Some(Self::Conversations),
            Class::Config => Some(Self::Configuration),
            Class::Recreatable | Class::Logs => None,
            class if is_database(path) || begins_as_one(path, bytes) => {
                Some(if class == Class::Vectors { Self::Vectors } else { Self::Database })
            }
            _ => None,
        }
    }
}

fn begins_as_one(path: &Path, bytes: u64) -> bool {
    may_be_sqlite(bytes) && first_bytes(path, 16).is_some_and(|first| looks_like_sqlite(&first))
}

/// By its name.
pub(super) fn is_database(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["db", "sqlite", "sqlite3"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}
