use super::columns::Column;
use super::error;
use crate::error::Result;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

pub(super) const CREATE: &str = "
CREATE TABLE turns (
    deployment_id TEXT NOT NULL,
    task TEXT NOT NULL,
    at INTEGER NOT NULL,
    more INTEGER NOT NULL,
    PRIMARY KEY (deployment_id, task)
) STRICT";

/// When a task that comes again and again was done last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub at: Timestamp,
    /// It ended because its share was used up, and goes on.
    pub more: bool,
}

/// A catalog that was built again knows of none: then all begins anew.
pub struct Turns<'a>(pub(super) &'a Connection);

impl Turns<'_> {
    pub fn get(&self, deployment_id: &str, task: &str) -> Result<Option<Turn>> {
        self.0
            .prepare_cached("SELECT at, more FROM turns WHERE deployment_id = ?1 AND task = ?2")
            .and_then(|mut s| {
                s.query_row(params![deployment_id, task], |row| {
                    Ok(Turn { at: row.get::<_, Column<Timestamp>>(0)?.0, more: row.get(1)? })
                })
                .optional()
            })
            .map_err(error)
    }

    pub fn put(&self, deployment_id: &str, task: &str, turn: Turn) -> Result<()> {
        self.0
            .prepare_cached("INSERT OR REPLACE INTO turns VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut s| s.execute(params![deployment_id, task, Column(turn.at), turn.more]))
            .map_err(error)?;
        Ok(())
    }
}
