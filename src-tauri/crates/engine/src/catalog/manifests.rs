use super::error;
use crate::error::Result;
use holdfast_domain::ArchiveName;
use rusqlite::{Connection, OptionalExtension, ToSql, params};

/// A row for each part, so that reading one does not walk through the pages of another.
pub(super) const CREATE: &str = "
CREATE TABLE manifests (
    deployment_id TEXT NOT NULL,
    archive TEXT NOT NULL,
    part TEXT NOT NULL CHECK (part IN ('manifest', 'index', 'blocks')),
    content ANY NOT NULL,
    PRIMARY KEY (deployment_id, archive, part),
    FOREIGN KEY (deployment_id, archive) REFERENCES archives (deployment_id, name)
        ON DELETE CASCADE
) STRICT";

/// What is kept of an archive's metadata, as the caller gives it.
#[derive(Debug, Clone, Copy)]
pub struct ManifestParts<'a> {
    /// `manifest.json`.
    pub manifest: &'a str,
    /// `index.bin`, compressed by the caller.
    pub index: &'a [u8],
    /// `blocks.bin`, compressed by the caller.
    pub blocks: &'a [u8],
}

/// Copies of the archives' metadata, so that a backup needs no drive that is unplugged. They go
/// with their archive.
pub struct Manifests<'a>(pub(super) &'a Connection);

impl Manifests<'_> {
    /// The archive must have been inserted. Replaces what was there.
    pub fn put(&self, deployment_id: &str, archive: &ArchiveName, parts: ManifestParts<'_>) -> Result<()> {
        let contents: [(&str, &dyn ToSql); 3] =
            [("manifest", &parts.manifest), ("index", &parts.index), ("blocks", &parts.blocks)];
        super::together(self.0, |connection| {
            let mut insert =
                connection.prepare_cached("INSERT OR REPLACE INTO manifests VALUES (?1, ?2, ?3, ?4)").map_err(error)?;
            for (part, content) in contents {
                insert.execute(params![deployment_id, archive.as_str(), part, content]).map_err(error)?;
            }
            Ok(())
        })
    }

    pub fn get_manifest(&self, deployment_id: &str, archive: &ArchiveName) -> Result<Option<String>> {
        self.get(deployment_id, archive, "manifest")
    }

    pub fn get_index(&self, deployment_id: &str, archive: &ArchiveName) -> Result<Option<Vec<u8>>> {
        self.get(deployment_id, archive, "index")
    }

    pub fn get_blocks(&self, deployment_id: &str, archive: &ArchiveName) -> Result<Option<Vec<u8>>> {
        self.get(deployment_id, archive, "blocks")
    }

    fn get<T: rusqlite::types::FromSql>(
        &self,
        deployment_id: &str,
        archive: &ArchiveName,
        part: &str,
    ) -> Result<Option<T>> {
        self.0
            .prepare_cached(
                "SELECT content FROM manifests
                 WHERE deployment_id = ?1 AND archive = ?2 AND part = ?3",
            )
            .and_then(|mut s| s.query_row([deployment_id, archive.as_str(), part], |row| row.get(0)).optional())
            .map_err(error)
    }
}
