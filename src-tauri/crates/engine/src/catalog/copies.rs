use super::columns::Column;
use super::error;
use crate::error::Result;
use holdfast_domain::{ArchiveName, Kind, Level};
use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, Row, named_params, params};

pub(super) const CREATE: &str = "
CREATE TABLE copies (
    deployment_id TEXT NOT NULL,
    archive TEXT NOT NULL,
    destination_id TEXT NOT NULL,
    level INTEGER NOT NULL,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    needs TEXT NOT NULL,
    pinned INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    state TEXT NOT NULL,
    verified_at INTEGER,
    verified_how TEXT,
    verified_ok INTEGER,
    PRIMARY KEY (deployment_id, destination_id, archive),
    CHECK ((verified_at IS NULL) = (verified_how IS NULL)
       AND (verified_at IS NULL) = (verified_ok IS NULL))
) STRICT;
CREATE INDEX copies_by_archive ON copies (deployment_id, archive)";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyState {
    /// It was there when the destination was looked at last.
    Present,
    /// Prune has begun to remove it.
    Removing,
}

impl CopyState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Removing => "removing",
        }
    }
}

/// How a copy was last compared with what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyCheck {
    /// Every byte was read back where it lies.
    ReadBack,
    /// By the hash that was noted beside it, and its length.
    Noted,
}

impl CopyCheck {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadBack => "read-back",
            Self::Noted => "noted",
        }
    }
}

/// An archive at a destination other than the one where it was made. It stands by itself: the archive's own row may be
/// gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyRow {
    pub deployment_id: String,
    pub archive: ArchiveName,
    pub destination_id: String,
    pub level: Level,
    pub kind: Kind,
    pub created: Timestamp,
    /// The archives that a restore needs besides this one, parent first.
    pub needs: Vec<ArchiveName>,
    pub pinned: bool,
    pub stored_bytes: u64,
    pub sha256: String,
    pub state: CopyState,
    /// When, how, and whether it was what was written.
    pub verified: Option<(Timestamp, CopyCheck, bool)>,
}

pub struct Copies<'a>(pub(super) &'a Connection);

const COLUMNS: &str = "deployment_id, archive, destination_id, level, kind, created, needs, pinned, stored_bytes, \
     sha256, state, verified_at, verified_how, verified_ok";

impl Copies<'_> {
    /// Records a copy, anew where it was known.
    pub fn put(&self, row: &CopyRow) -> Result<()> {
        self.0
            .prepare_cached(&format!(
                "INSERT OR REPLACE INTO copies ({COLUMNS}) VALUES (:deployment_id, :archive, :destination_id, :level,
                     :kind, :created, :needs, :pinned, :stored_bytes, :sha256, :state, :verified_at, :verified_how,
                     :verified_ok)"
            ))
            .and_then(|mut s| {
                s.execute(named_params! {
                    ":deployment_id": row.deployment_id,
                    ":archive": row.archive.as_str(),
                    ":destination_id": row.destination_id,
                    ":level": row.level.number(),
                    ":kind": row.kind.as_str(),
                    ":created": Column(row.created),
                    ":needs": Column(&row.needs),
                    ":pinned": row.pinned,
                    ":stored_bytes": Column(row.stored_bytes),
                    ":sha256": row.sha256,
                    ":state": row.state.as_str(),
                    ":verified_at": row.verified.map(|(at, _, _)| Column(at)),
                    ":verified_how": row.verified.map(|(_, how, _)| how.as_str()),
                    ":verified_ok": row.verified.map(|(_, _, ok)| ok),
                })
            })
            .map_err(error)?;
        Ok(())
    }

    /// Newest archive first; of all destinations where none is named.
    pub fn list(&self, deployment_id: &str, destination_id: Option<&str>) -> Result<Vec<CopyRow>> {
        self.0
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM copies
                 WHERE deployment_id = ?1 AND (?2 IS NULL OR destination_id = ?2)
                 ORDER BY created DESC, archive DESC, destination_id"
            ))
            .and_then(|mut s| s.query_map(params![deployment_id, destination_id], read)?.collect())
            .map_err(error)
    }

    pub fn set_state(&self, row: &CopyRow, state: CopyState) -> Result<()> {
        self.change(row, "UPDATE copies SET state = ?4", &state.as_str())
    }

    /// Notes what a look at a copy found. One that is not known any more is no error: it was removed meanwhile.
    pub fn set_verified(&self, row: &CopyRow, at: Timestamp, how: CopyCheck, ok: bool) -> Result<()> {
        self.0
            .prepare_cached(
                "UPDATE copies SET verified_at = ?4, verified_how = ?5, verified_ok = ?6
                 WHERE deployment_id = ?1 AND destination_id = ?2 AND archive = ?3",
            )
            .and_then(|mut s| {
                let archive = row.archive.as_str();
                s.execute(params![row.deployment_id, row.destination_id, archive, Column(at), how.as_str(), ok])
            })
            .map_err(error)?;
        Ok(())
    }

    /// What the person wants kept for ever is kept everywhere.
    pub fn set_pinned(&self, deployment_id: &str, archive: &ArchiveName, pinned: bool) -> Result<()> {
        self.0
            .prepare_cached("UPDATE copies SET pinned = ?3 WHERE deployment_id = ?1 AND archive = ?2")
            .and_then(|mut s| s.execute(params![deployment_id, archive.as_str(), pinned]))
            .map_err(error)?;
        Ok(())
    }

    /// Forgets a copy; one that is not known is no error.
    pub fn remove(&self, row: &CopyRow) -> Result<()> {
        self.0
            .prepare_cached("DELETE FROM copies WHERE deployment_id = ?1 AND destination_id = ?2 AND archive = ?3")
            .and_then(|mut s| s.execute(params![row.deployment_id, row.destination_id, row.archive.as_str()]))
            .map_err(error)?;
        Ok(())
    }

    /// Forgets all copies at a destination.
    pub fn forget(&self, deployment_id: &str, destination_id: &str) -> Result<()> {
        self.0
            .prepare_cached("DELETE FROM copies WHERE deployment_id = ?1 AND destination_id = ?2")
            .and_then(|mut s| s.execute(params![deployment_id, destination_id]))
            .map_err(error)?;
        Ok(())
    }

    fn change(&self, row: &CopyRow, statement: &str, value: &dyn rusqlite::ToSql) -> Result<()> {
        let statement = format!("{statement} WHERE deployment_id = ?1 AND destination_id = ?2 AND archive = ?3");
        self.0
            .prepare_cached(&statement)
            .and_then(|mut s| s.execute(params![row.deployment_id, row.destination_id, row.archive.as_str(), value]))
            .map_err(error)?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<CopyRow> {
    let verified = match row.get::<_, Option<Column<Timestamp>>>("verified_at")? {
        Some(at) => Some((at.0, row.get::<_, Column<CopyCheck>>("verified_how")?.0, row.get("verified_ok")?)),
        None => None,
    };
    Ok(CopyRow {
        deployment_id: row.get("deployment_id")?,
        archive: row.get::<_, Column<ArchiveName>>("archive")?.0,
        destination_id: row.get("destination_id")?,
        level: row.get::<_, Column<Level>>("level")?.0,
        kind: row.get::<_, Column<Kind>>("kind")?.0,
        created: row.get::<_, Column<Timestamp>>("created")?.0,
        needs: row.get::<_, Column<Vec<ArchiveName>>>("needs")?.0,
        pinned: row.get("pinned")?,
        stored_bytes: row.get::<_, Column<u64>>("stored_bytes")?.0,
        sha256: row.get("sha256")?,
        state: row.get::<_, Column<CopyState>>("state")?.0,
        verified,
    })
}

impl FromSql for Column<CopyState> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let found = [CopyState::Present, CopyState::Removing].into_iter().find(|state| state.as_str() == text);
        found.map(Self).ok_or(FromSqlError::InvalidType)
    }
}

impl FromSql for Column<CopyCheck> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let found = [CopyCheck::ReadBack, CopyCheck::Noted].into_iter().find(|how| how.as_str() == text);
        found.map(Self).ok_or(FromSqlError::InvalidType)
    }
}
