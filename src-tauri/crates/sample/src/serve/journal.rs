//! What was committed, and when, outside the database that it is about.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{At, Result};

pub(super) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Goes on with one that is there.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::options().append(true).create(true).open(path).at(path)?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// In the hands of the system when this returns: a killed server loses no line.
    pub(super) fn committed(&mut self, id: &str, at: u64) -> Result<()> {
        self.file.write_all(format!("{id} {at}\n").as_bytes()).at(&self.path)
    }
}
