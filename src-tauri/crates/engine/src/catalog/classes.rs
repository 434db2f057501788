use super::error;
use crate::error::Result;
use holdfast_domain::{ArchiveName, Class};
use rusqlite::{Connection, OptionalExtension, params};

/// Only a short cut: the lists of the archives say the same.
pub(super) const CREATE: &str = "
CREATE TABLE held_classes (
    deployment_id TEXT NOT NULL,
    archive TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    classes TEXT NOT NULL,
    PRIMARY KEY (deployment_id, archive)
) STRICT";

/// Which classes of files the moments of archives hold, of those that were asked for.
pub struct HeldClasses<'a>(pub(super) &'a Connection);

impl HeldClasses<'_> {
    /// `None` where nobody asked before, or where that was another file.
    pub fn get(&self, deployment_id: &str, archive: &ArchiveName, sha256: &str) -> Result<Option<Vec<Class>>> {
        let words: Option<String> = self
            .0
            .prepare_cached(
                "SELECT classes FROM held_classes WHERE deployment_id = ?1 AND archive = ?2 AND sha256 = ?3",
            )
            .and_then(|mut s| {
                s.query_row(params![deployment_id, archive.as_str(), sha256], |row| row.get(0)).optional()
            })
            .map_err(error)?;
        Ok(words.and_then(|words| words.split_terminator(' ').map(Class::parse).collect()))
    }

    /// Keeps them, and lets those of archives go that are no more.
    pub fn put(&self, deployment_id: &str, archive: &ArchiveName, sha256: &str, classes: &[Class]) -> Result<()> {
        let words: Vec<&str> = classes.iter().map(|class| class.as_str()).collect();
        super::together(self.0, |connection| {
            connection
                .prepare_cached(
                    "DELETE FROM held_classes WHERE deployment_id = ?1
                         AND archive NOT IN (SELECT name FROM archives WHERE deployment_id = ?1)",
                )
                .and_then(|mut s| s.execute([deployment_id]))
                .map_err(error)?;
            connection
                .prepare_cached("INSERT OR REPLACE INTO held_classes VALUES (?1, ?2, ?3, ?4)")
                .and_then(|mut s| s.execute(params![deployment_id, archive.as_str(), sha256, words.join(" ")]))
                .map_err(error)?;
            Ok(())
        })
    }
}
