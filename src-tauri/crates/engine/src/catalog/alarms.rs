use super::columns::Column;
use super::{error, together};
use crate::error::Result;
use holdfast_domain::alarm::Alarm;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

pub(super) const CREATE: &str = "
CREATE TABLE alarms (
    deployment_id TEXT NOT NULL,
    id INTEGER NOT NULL,
    since INTEGER NOT NULL,
    acknowledged INTEGER,
    alarm TEXT NOT NULL,
    PRIMARY KEY (deployment_id, id)
) STRICT, WITHOUT ROWID";

/// What looked wrong, and what a person said of it. Each archive carries the ones of its time, so a catalog that is built
/// again knows them as of the newest archive.
pub struct Alarms<'a>(pub(super) &'a Connection);

impl Alarms<'_> {
    /// Records an alarm, anew where it was known.
    pub fn put(&self, deployment_id: &str, alarm: &Alarm) -> Result<()> {
        // Plain data with text keys: cannot fail.
        let text = serde_json::to_string(alarm).unwrap_or_default();
        let acknowledged = alarm.acknowledged.as_ref().map(|said| Column(said.at));
        self.0
            .prepare_cached("INSERT OR REPLACE INTO alarms VALUES (?1, ?2, ?3, ?4, ?5)")
            .and_then(|mut s| s.execute(params![deployment_id, alarm.id, Column(alarm.since), acknowledged, text]))
            .map_err(error)?;
        Ok(())
    }

    pub fn put_all(&self, deployment_id: &str, alarms: &[Alarm]) -> Result<()> {
        together(self.0, |connection| {
            let table = Alarms(connection);
            alarms.iter().try_for_each(|alarm| table.put(deployment_id, alarm))
        })
    }

    /// Newest first.
    pub fn list(&self, deployment_id: &str) -> Result<Vec<Alarm>> {
        self.0
            .prepare_cached("SELECT alarm FROM alarms WHERE deployment_id = ?1 ORDER BY since DESC, id DESC")
            .and_then(|mut s| s.query_map(params![deployment_id], read)?.collect())
            .map_err(error)
    }

    /// Newest first; those that nobody acknowledged.
    pub fn open(&self, deployment_id: &str) -> Result<Vec<Alarm>> {
        self.0
            .prepare_cached(
                "SELECT alarm FROM alarms WHERE deployment_id = ?1 AND acknowledged IS NULL ORDER BY since DESC, id DESC",
            )
            .and_then(|mut s| s.query_map(params![deployment_id], read)?.collect())
            .map_err(error)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Alarm> {
    let text: String = row.get(0)?;
    serde_json::from_str(&text).map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, e.into()))
}
