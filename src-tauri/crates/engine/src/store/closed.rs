use super::{Beside, Destination, Held};
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::media::Medium;
use holdfast_domain::{ArchiveName, Code};
use std::path::Path;
use std::sync::Arc;

/// A destination that cannot be opened, with the reason: whatever is asked of it.
#[derive(Debug, Clone)]
pub struct Closed {
    name: String,
    code: Code,
    subject: String,
    cause: String,
}

impl Closed {
    pub fn new(name: String, why: &Error) -> Self {
        Self { name, code: why.code(), subject: why.subject().to_owned(), cause: why.cause().to_owned() }
    }

    fn refuse<T>(&self) -> Result<T> {
        Err(Error::new(self.code, &self.subject, &self.cause))
    }
}

impl Destination for Closed {
    fn describe(&self) -> String {
        self.name.clone()
    }
    fn require(&self) -> Result<()> {
        self.refuse()
    }
    fn list(&self) -> Result<Vec<Held>> {
        self.refuse()
    }
    fn copy_in(&self, _: &Path, _: &ArchiveName, _: &[u8; 32], _: &Job) -> Result<()> {
        self.refuse()
    }
    fn open(&self, _: &ArchiveName) -> Result<Arc<dyn Medium>> {
        self.refuse()
    }
    fn hash(&self, _: &ArchiveName, _: &Job) -> Result<[u8; 32]> {
        self.refuse()
    }
    fn noted_hash(&self, _: &ArchiveName) -> Result<Option<[u8; 32]>> {
        self.refuse()
    }
    fn remove(&self, _: &ArchiveName) -> Result<()> {
        self.refuse()
    }
    fn equip(&self, _: &Beside) -> Result<()> {
        self.refuse()
    }
    fn free_space(&self) -> Result<Option<u64>> {
        self.refuse()
    }
    fn sweep(&self, _: &[ArchiveName]) -> Result<()> {
        self.refuse()
    }
}
