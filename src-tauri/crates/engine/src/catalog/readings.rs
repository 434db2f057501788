use super::columns::Column;
use super::error;
use crate::error::Result;
use holdfast_domain::ArchiveName;
use rusqlite::{Connection, OptionalExtension, params};

/// When a copy was last read whole stands with the archive, or with the copy. Here is only what is between two shares.
pub(super) const CREATE: &str = "
CREATE TABLE readings (
    deployment_id TEXT NOT NULL,
    destination_id TEXT NOT NULL,
    archive TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    read_bytes INTEGER NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (deployment_id, destination_id, archive)
) STRICT";

/// An archive at a place that was read in part: the next share goes on behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfRead {
    pub archive: ArchiveName,
    /// What the whole should come to.
    pub sha256: String,
    pub read_bytes: u64,
    /// Of the hash so far, as the hash itself writes it down.
    pub state: Vec<u8>,
}

pub struct Readings<'a>(pub(super) &'a Connection);

impl Readings<'_> {
    pub fn get(&self, deployment_id: &str, destination_id: &str, archive: &ArchiveName) -> Result<Option<HalfRead>> {
        self.0
            .prepare_cached(
                "SELECT sha256, read_bytes, state FROM readings
                 WHERE deployment_id = ?1 AND destination_id = ?2 AND archive = ?3",
            )
            .and_then(|mut s| {
                s.query_row(params![deployment_id, destination_id, archive.as_str()], |row| {
                    Ok(HalfRead {
                        archive: archive.clone(),
                        sha256: row.get(0)?,
                        read_bytes: row.get::<_, Column<u64>>(1)?.0,
                        state: row.get(2)?,
                    })
                })
                .optional()
            })
            .map_err(error)
    }

    pub fn put(&self, deployment_id: &str, destination_id: &str, half: &HalfRead) -> Result<()> {
        let archive = half.archive.as_str();
        let bytes = Column(half.read_bytes);
        self.0
            .prepare_cached("INSERT OR REPLACE INTO readings VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .and_then(|mut s| {
                s.execute(params![deployment_id, destination_id, archive, half.sha256, bytes, half.state])
            })
            .map_err(error)?;
        Ok(())
    }

    /// Nothing to go on with is no error.
    pub fn remove(&self, deployment_id: &str, destination_id: &str, archive: &ArchiveName) -> Result<()> {
        self.0
            .prepare_cached("DELETE FROM readings WHERE deployment_id = ?1 AND destination_id = ?2 AND archive = ?3")
            .and_then(|mut s| s.execute(params![deployment_id, destination_id, archive.as_str()]))
            .map_err(error)?;
        Ok(())
    }
}
