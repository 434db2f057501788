use super::contract;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::media::{Medium, ReadSeek};
use crate::store::{Beside, Destination, Held};
use holdfast_domain::{ArchiveName, Code};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::{Arc, Mutex};

type Kept = BTreeMap<ArchiveName, (Arc<[u8]>, [u8; 32])>;

/// A destination in memory; clones are the same place.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug)]
struct Bytes(Arc<[u8]>);

impl Medium for Bytes {
    fn open(&self) -> std::io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(Cursor::new(self.0.clone())))
    }
    fn length(&self) -> u64 {
        self.0.len() as u64
    }
    fn describe(&self) -> String {
        "memory".to_owned()
    }
}

impl Memory {
    fn get(&self, archive: &ArchiveName) -> Result<Arc<[u8]>> {
        let kept = self.kept.lock().unwrap();
        let found = kept.get(archive).map(|(bytes, _)| bytes.clone());
        found.ok_or_else(|| Error::new(Code::ArchiveMissing, archive, "not in memory"))
    }
}

impl Destination for Memory {
    fn describe(&self) -> String {
        "memory".to_owned()
    }
    fn require(&self) -> Result<()> {
        Ok(())
    }
    fn list(&self) -> Result<Vec<Held>> {
        let kept = self.kept.lock().unwrap();
        let held = |(name, (bytes, _)): (&ArchiveName, &(Arc<[u8]>, _))| Held {
            name: name.clone(),
            stored_bytes: bytes.len() as u64,
        };
        Ok(kept.iter().map(held).collect())
    }
    fn copy_in(&self, from: &Path, archive: &ArchiveName, sha256: &[u8; 32], job: &Job) -> Result<()> {
        let mut file = crate::media::FileMedium::find(from)?.open().map_err(|e| Error::io(from, e))?;
        let (mut bytes, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
        loop {
            job.checkpoint()?;
            match file.read(&mut buffer).map_err(|e| Error::io(from, e))? {
                0 => break,
                count => bytes.extend_from_slice(&buffer[..count]),
            }
            job.add_bytes(1 << 16);
        }
        if Sha256::digest(&bytes).as_slice() != sha256 {
            return Err(Error::new(Code::ChecksumMismatch, from.display(), "not what was written"));
        }
        self.kept.lock().unwrap().insert(archive.clone(), (bytes.into(), *sha256));
        Ok(())
    }
    fn open(&self, archive: &ArchiveName) -> Result<Arc<dyn Medium>> {
        Ok(Arc::new(Bytes(self.get(archive)?)))
    }
    fn hash(&self, archive: &ArchiveName, job: &Job) -> Result<[u8; 32]> {
        let bytes = self.get(archive)?;
        job.add_bytes(bytes.len() as u64);
        Ok(Sha256::digest(&bytes).into())
    }
    fn noted_hash(&self, archive: &ArchiveName) -> Result<Option<[u8; 32]>> {
        Ok(self.kept.lock().unwrap().get(archive).map(|(_, hash)| *hash))
    }
    fn remove(&self, archive: &ArchiveName) -> Result<()> {
        self.kept.lock().unwrap().remove(archive);
        Ok(())
    }
    fn equip(&self, _: &Beside) -> Result<()> {
        Ok(())
    }
    fn free_space(&self) -> Result<Option<u64>> {
        Ok(None)
    }
    fn sweep(&self, _: &[ArchiveName]) -> Result<()> {
        Ok(())
    }
}

#[test]
fn memory_keeps_the_contract() {
    let memory = Memory::default();
    contract(&|| Box::new(memory.clone()));
}
