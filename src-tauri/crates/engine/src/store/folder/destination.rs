use super::Folder;
use crate::error::Result;
use crate::jobs::Job;
use crate::media::{FileMedium, Medium};
use crate::store::destination::{Beside, Destination, Held};
use crate::store::drive;
use holdfast_domain::ArchiveName;
use std::path::Path;
use std::sync::Arc;

impl Destination for Folder {
    fn describe(&self) -> String {
        match &self.drive {
            Some(drive) => drive::describe(&drive.name),
            None => self.chosen.display().to_string(),
        }
    }

    fn require(&self) -> Result<()> {
        Folder::require(self)
    }

    fn list(&self) -> Result<Vec<Held>> {
        let listed = Folder::list(self)?;
        Ok(listed.into_iter().map(|l| Held { name: l.name, stored_bytes: l.stored_bytes }).collect())
    }

    fn copy_in(&self, from: &Path, archive: &ArchiveName, sha256: &[u8; 32], job: &Job) -> Result<()> {
        self.copy_from(&FileMedium::find(from)?, archive, sha256, job)
    }

    fn open(&self, archive: &ArchiveName) -> Result<Arc<dyn Medium>> {
        Ok(Arc::new(FileMedium::find(&self.archive(archive))?))
    }

    fn hash(&self, archive: &ArchiveName, job: &Job) -> Result<[u8; 32]> {
        self.require()?;
        self.hash_of(archive, job)
    }

    fn noted_hash(&self, archive: &ArchiveName) -> Result<Option<[u8; 32]>> {
        self.read_checksum(archive)
    }

    fn remove(&self, archive: &ArchiveName) -> Result<()> {
        Folder::remove(self, archive)
    }

    fn equip(&self, beside: &Beside) -> Result<()> {
        self.require()?;
        Folder::equip(self, beside)
    }

    fn free_space(&self) -> Result<Option<u64>> {
        Folder::free_space(self).map(Some)
    }

    fn begun_bytes(&self, archive: &ArchiveName) -> u64 {
        let begun = FileMedium::unfinished(&self.target(archive)).ok().flatten();
        begun.map_or(0, |medium| medium.length())
    }

    fn sweep(&self, wanted: &[ArchiveName]) -> Result<()> {
        self.require()?;
        self.sweep_all_but(wanted).map(|_| ())
    }

    fn settle(&self) -> Result<()> {
        match &self.anchor {
            Some(anchor) => self.within(anchor.settle()),
            None => crate::durable::sync_dir(&self.inner),
        }
    }
}
