use super::columns::Column;
use super::error;
use crate::error::Result;
use holdfast_domain::DeploymentName;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

pub(super) const CREATE: &str = "
CREATE TABLE deployments (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    first_seen INTEGER NOT NULL
) STRICT";

/// The catalog's note that a deployment exists; its settings are elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentRow {
    pub id: String,
    pub name: DeploymentName,
    pub first_seen: Timestamp,
}

pub struct Deployments<'a>(pub(super) &'a Connection);

impl Deployments<'_> {
    /// Notes a deployment, or its new name; the time of the first note stays.
    pub fn note(&self, id: &str, name: &DeploymentName, now: Timestamp) -> Result<()> {
        self.0
            .prepare_cached(
                "INSERT INTO deployments (id, name, first_seen) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name",
            )
            .and_then(|mut s| s.execute(params![id, name.as_str(), Column(now)]))
            .map_err(error)?;
        Ok(())
    }

    pub fn get(&self, id: &str) -> Result<Option<DeploymentRow>> {
        self.0
            .prepare_cached("SELECT id, name, first_seen FROM deployments WHERE id = ?1")
            .and_then(|mut s| s.query_row([id], read).optional())
            .map_err(error)
    }

    /// Forgets a deployment with all that is known of its archives, copies and runs.
    pub fn forget(&self, id: &str) -> Result<()> {
        for statement in [
            "DELETE FROM archives WHERE deployment_id = ?1",
            "DELETE FROM copies WHERE deployment_id = ?1",
            "DELETE FROM runs WHERE deployment_id = ?1",
            "DELETE FROM readings WHERE deployment_id = ?1",
            "DELETE FROM turns WHERE deployment_id = ?1",
            "DELETE FROM held_classes WHERE deployment_id = ?1",
            "DELETE FROM health WHERE deployment_id = ?1",
            "DELETE FROM row_counts WHERE deployment_id = ?1",
            "DELETE FROM deployments WHERE id = ?1",
        ] {
            self.0.execute(statement, [id]).map_err(error)?;
        }
        Ok(())
    }

    /// By name, then by first note.
    pub fn list(&self) -> Result<Vec<DeploymentRow>> {
        self.0
            .prepare_cached("SELECT id, name, first_seen FROM deployments ORDER BY name, first_seen")
            .and_then(|mut s| s.query_map([], read)?.collect())
            .map_err(error)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<DeploymentRow> {
    Ok(DeploymentRow {
        id: row.get(0)?,
        name: row.get::<_, Column<DeploymentName>>(1)?.0,
        first_seen: row.get::<_, Column<Timestamp>>(2)?.0,
    })
}
