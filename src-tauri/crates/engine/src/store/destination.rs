use crate::error::Result;
use crate::jobs::Job;
use crate::media::Medium;
use holdfast_domain::ArchiveName;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where archives of one deployment are kept. An archive is there or it is not: what is half copied is never listed.
pub trait Destination: Send + Sync {
    /// For people: "the drive “Stick”", a folder's path, an address.
    fn describe(&self) -> String;

    /// Fails with `DestinationMissing` if it is not there now.
    fn require(&self) -> Result<()>;

    /// The complete archives, oldest first.
    fn list(&self) -> Result<Vec<Held>>;

    /// Copies an archive's file (or its volumes, joined) in. What an interrupted copy of the same archive left is gone on
    /// with as far as it is right; all of it is read back where it lies; then it is visible at once, with its checksum.
    ///
    /// Adds twice its bytes to the job's count, once for copying and once for reading back. `ChecksumMismatch` where
    /// `from` is not what `sha256` says: then nothing is kept. After any other error, what was copied waits for the next
    /// time. An archive that is already there is replaced.
    fn copy_in(&self, from: &Path, archive: &ArchiveName, sha256: &[u8; 32], job: &Job) -> Result<()>;

    /// To read any part of an archive from. `ArchiveMissing` where it is not there.
    fn open(&self, archive: &ArchiveName) -> Result<Arc<dyn Medium>>;

    /// SHA-256 of the whole archive; reads every byte where it lies, and adds them to the job's count.
    fn hash(&self, archive: &ArchiveName, job: &Job) -> Result<[u8; 32]>;

    /// The hash that was written beside an archive when it was copied. `None` where there is none.
    fn noted_hash(&self, archive: &ArchiveName) -> Result<Option<[u8; 32]>>;

    /// Removes an archive and all that belongs to it; what is already gone is no error.
    fn remove(&self, archive: &ArchiveName) -> Result<()>;

    /// Puts beside the archives what a restore without Holdfast needs. Writes only what differs.
    fn equip(&self, beside: &Beside) -> Result<()>;

    /// Bytes that may still be stored; `None` where nobody knows.
    fn free_space(&self) -> Result<Option<u64>>;

    /// Removes what interrupted copies left, except of the archives in `wanted`: those are gone on with.
    fn sweep(&self, wanted: &[ArchiveName]) -> Result<()>;

    /// For places that are no folder: the address that archives lie at, in the form of a path.
    fn shelf(&self) -> Option<PathBuf> {
        None
    }

    /// Waits until all that was written is where it survives being unplugged.
    fn settle(&self) -> Result<()> {
        Ok(())
    }
}

impl fmt::Debug for dyn Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Destination({})", self.describe())
    }
}

/// A complete archive at a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub name: ArchiveName,
    pub stored_bytes: u64,
}

/// What lies beside the archives so that they open without this machine. No secret is in it that is not sealed.
#[derive(Clone)]
pub struct Beside {
    /// `recovery-key.age`, in the deployment's folder.
    pub recovery_key: Vec<u8>,
    /// `recovery-key.asc.age`, beside archives in OpenPGP.
    pub openpgp_key: Option<Vec<u8>>,
    /// `HOW-TO-RESTORE.html`.
    pub how_to: Vec<u8>,
    /// `restore.py`.
    pub script: Vec<u8>,
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beside").field("recovery_key_bytes", &self.recovery_key.len()).finish_non_exhaustive()
    }
}
