use super::bucket::Cloud;
use super::medium::CloudMedium;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::media::{FileMedium, Medium, ReadSeek};
use crate::store::{Beside, Destination, Held};
use holdfast_domain::ArchiveName;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Destination for Cloud {
    fn describe(&self) -> String {
        self.location().to_string()
    }

    fn require(&self) -> Result<()> {
        self.knock()
    }

    fn list(&self) -> Result<Vec<Held>> {
        let held = |(name, stored_bytes)| Held { name, stored_bytes };
        Ok(self.archives()?.into_iter().map(held).collect())
    }

    fn copy_in(&self, from: &Path, archive: &ArchiveName, sha256: &[u8; 32], job: &Job) -> Result<()> {
        let medium = FileMedium::find(from)?;
        let mut source = medium.open().map_err(|e| Error::io(from, e))?;
        self.copy_from(&mut source, medium.length(), archive, sha256, job)
    }

    fn open(&self, archive: &ArchiveName) -> Result<Arc<dyn Medium>> {
        Ok(Arc::new(self.medium(archive)?))
    }

    fn hash(&self, archive: &ArchiveName, job: &Job) -> Result<[u8; 32]> {
        self.fetch_hash(archive, job)
    }

    fn noted_hash(&self, archive: &ArchiveName) -> Result<Option<[u8; 32]>> {
        self.checksum(archive)
    }

    fn remove(&self, archive: &ArchiveName) -> Result<()> {
        self.delete(archive)
    }

    fn equip(&self, beside: &Beside) -> Result<()> {
        let above: [(&str, &[u8]); 2] = [("HOW-TO-RESTORE.html", &beside.how_to), ("restore.py", &beside.script)];
        let mut inside: Vec<(&str, &[u8])> = vec![("recovery-key.age", &beside.recovery_key)];
        inside.extend(beside.openpgp_key.as_deref().map(|key| ("recovery-key.asc.age", key)));
        self.put_beside(&inside, &above)
    }

    fn free_space(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    fn shelf(&self) -> Option<PathBuf> {
        Some(self.address())
    }

    fn sweep(&self, wanted: &[ArchiveName]) -> Result<()> {
        self.clear(wanted)
    }
}

impl Medium for CloudMedium {
    fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(self.reader()))
    }

    fn length(&self) -> u64 {
        self.bytes()
    }

    fn describe(&self) -> String {
        self.name()
    }
}
