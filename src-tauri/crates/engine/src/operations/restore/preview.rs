use crate::operations::in_use::Holder;
use holdfast_domain::{ArchiveName, Kind, Problem};
use jiff::Timestamp;
use serde::Serialize;
use std::path::PathBuf;

/// What a restore will do. The dry run shows it; the restore does it.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    pub archive: ArchiveName,
    pub kind: Kind,
    /// When the archive was made: the moment that comes back.
    pub at: Timestamp,
    pub deployment: String,
    pub in_place: bool,
    pub roots: Vec<PreviewRoot>,
    pub created: Tally,
    pub replaced: Tally,
    pub deleted: Tally,
    /// Of those: written after the archive was made. The others were missing then, or came with an older time.
    pub deleted_newer: Tally,
    /// In the archive and here alike, as far as size and times tell; written anew all the same.
    pub unchanged: Tally,
    /// Here, and left as it is: what is not in the restore's scope, and what backups leave out.
    pub kept: Tally,
    /// At most `CHANGES_SHOWN`.
    pub changes: Vec<Change>,
    pub changes_truncated: bool,
    /// Of the changes: databases that are no vector store, at most `DATABASES_SHOWN`.
    pub databases: Vec<Change>,
    pub bytes_to_write: u64,
    /// Of what is kept: what is copied, because programs write to it in place, and the disk cannot clone it.
    pub bytes_to_copy: u64,
    /// At most as much is read for the archive of the present state that is made first; `None` where none is made, or it
    /// cannot be said.
    pub emergency_bytes: Option<u64>,
    pub free_bytes: u64,
    pub needs: Vec<Needed>,
    /// Programs that would go on with the old files.
    pub in_use: Vec<Holder>,
    /// What to know before saying yes.
    pub notices: Vec<Problem>,
}

pub const CHANGES_SHOWN: usize = 10_000;
pub const DATABASES_SHOWN: usize = 100;

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct PreviewRoot {
    pub name: String,
    pub path: PathBuf,
    pub exists: bool,
}

/// Names of files, hard links included, and bytes, each file's once. Folders and symbolic links are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Tally {
    pub files: u64,
    pub bytes: u64,
}

impl Tally {
    pub fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Create,
    Replace,
    Delete,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
#[ts(rename = "RestoreChange")]
pub struct Change {
    pub path: String,
    pub action: Action,
    pub bytes: u64,
}

/// An archive that the restore reads.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Needed {
    pub archive: ArchiveName,
    pub reachable: bool,
}
