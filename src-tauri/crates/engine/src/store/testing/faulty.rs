use super::{Memory, contract};
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::media::Medium;
use crate::store::{Beside, Destination, Held};
use holdfast_domain::{ArchiveName, Code};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Another destination that fails from a certain call on, and goes on failing, as a pulled drive does.
#[derive(Clone)]
pub struct Faulty {
    inside: Arc<dyn Destination>,
    calls_left: Arc<AtomicU64>,
    code: Code,
}

impl Faulty {
    pub fn new(inside: Arc<dyn Destination>, calls: u64, code: Code) -> Self {
        Self { inside, calls_left: Arc::new(AtomicU64::new(calls)), code }
    }

    fn call(&self) -> Result<()> {
        let left = self.calls_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(|_| ()).map_err(|_| Error::new(self.code, self.inside.describe(), "it fails, as the test wants it"))
    }
}

impl Destination for Faulty {
    fn describe(&self) -> String {
        self.inside.describe()
    }
    fn require(&self) -> Result<()> {
        self.call()?;
        self.inside.require()
    }
    fn list(&self) -> Result<Vec<Held>> {
        self.call()?;
        self.inside.list()
    }
    fn copy_in(&self, from: &Path, archive: &ArchiveName, sha256: &[u8; 32], job: &Job) -> Result<()> {
        self.call()?;
        self.inside.copy_in(from, archive, sha256, job)
    }
    fn open(&self, archive: &ArchiveName) -> Result<Arc<dyn Medium>> {
        self.call()?;
        self.inside.open(archive)
    }
    fn hash(&self, archive: &ArchiveName, job: &Job) -> Result<[u8; 32]> {
        self.call()?;
        self.inside.hash(archive, job)
    }
    fn noted_hash(&self, archive: &ArchiveName) -> Result<Option<[u8; 32]>> {
        self.call()?;
        self.inside.noted_hash(archive)
    }
    fn remove(&self, archive: &ArchiveName) -> Result<()> {
        self.call()?;
        self.inside.remove(archive)
    }
    fn equip(&self, beside: &Beside) -> Result<()> {
        self.call()?;
        self.inside.equip(beside)
    }
    fn free_space(&self) -> Result<Option<u64>> {
        self.call()?;
        self.inside.free_space()
    }
    fn sweep(&self, wanted: &[ArchiveName]) -> Result<()> {
        self.call()?;
        self.inside.sweep(wanted)
    }
    fn settle(&self) -> Result<()> {
        self.call()?;
        self.inside.settle()
    }
}

#[test]
fn one_that_never_comes_to_fail_keeps_the_contract() {
    let inside = Arc::new(Memory::default());
    contract(&|| Box::new(Faulty::new(inside.clone(), u64::MAX, Code::InputOutput)));
}
