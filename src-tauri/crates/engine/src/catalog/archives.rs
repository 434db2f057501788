use super::columns::Column;
use super::error;
use crate::error::{Error, Result};
use holdfast_domain::{ArchiveName, Code, Kind, Level, Outcome};
use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use std::path::PathBuf;

pub(super) const CREATE: &str = "
CREATE TABLE archives (
    deployment_id TEXT NOT NULL,
    name TEXT NOT NULL,
    level INTEGER NOT NULL,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    parent TEXT,
    needs TEXT NOT NULL,
    folder ANY NOT NULL,
    stored_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    tree_sum TEXT NOT NULL,
    outcome TEXT NOT NULL,
    signed INTEGER NOT NULL,
    pinned INTEGER NOT NULL,
    verified_at INTEGER,
    verify_kind TEXT,
    verify_ok INTEGER,
    state TEXT NOT NULL,
    PRIMARY KEY (deployment_id, name),
    CHECK ((verified_at IS NULL) = (verify_kind IS NULL)
       AND (verified_at IS NULL) = (verify_ok IS NULL))
) STRICT;
CREATE INDEX archives_by_time ON archives (deployment_id, created)";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Present,
    /// Prune has begun to remove its files.
    Removing,
    /// Its place was looked at and it was not there.
    Missing,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Removing => "removing",
            Self::Missing => "missing",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyKind {
    /// Byte by byte when it was written, before it got its name.
    ReadBack,
    Quick,
    Full,
}

impl VerifyKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadBack => "read-back",
            Self::Quick => "quick",
            Self::Full => "full",
        }
    }
}

/// The last verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verification {
    pub at: Timestamp,
    pub kind: VerifyKind,
    pub ok: bool,
}

impl Verification {
    /// It was found good since it was made: what was only read back on writing has stood no test of time yet.
    pub fn passed_since(self) -> bool {
        self.ok && self.kind != VerifyKind::ReadBack
    }
}

/// One archive. Its name is unique in its deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveRow {
    pub deployment_id: String,
    pub name: ArchiveName,
    pub level: Level,
    pub kind: Kind,
    pub created: Timestamp,
    pub parent: Option<ArchiveName>,
    /// The archives that a restore needs besides this one, parent first.
    pub needs: Vec<ArchiveName>,
    /// The folder that the file lies in, as it was when it was written.
    pub folder: PathBuf,
    pub stored_bytes: u64,
    /// Of the stored file, in hexadecimal.
    pub sha256: String,
    /// Of the whole moment, not of what this archive stores itself.
    pub files: u64,
    pub bytes: u64,
    pub tree_sum: String,
    pub outcome: Outcome,
    pub signed: bool,
    pub pinned: bool,
    pub verified: Option<Verification>,
    pub state: State,
}

impl ArchiveRow {
    /// Whether anything of it is known but its name: a rebuild notes archives that cannot be opened, so that they are
    /// told.
    pub fn could_be_read(&self) -> bool {
        !self.tree_sum.is_empty()
    }
}

pub struct Archives<'a>(pub(super) &'a Connection);

const COLUMNS: &str = "deployment_id, name, level, kind, created, parent, needs, folder, \
     stored_bytes, sha256, files, bytes, tree_sum, outcome, signed, pinned, verified_at, \
     verify_kind, verify_ok, state";

impl Archives<'_> {
    /// Records an archive. Recorded again, as by a rebuild, it gets what the archive says anew and
    /// keeps its pin, and its verification as long as the stored file is the same.
    pub fn insert(&self, row: &ArchiveRow) -> Result<()> {
        let verified = row.verified;
        self.0
            .prepare_cached(&format!(
                "INSERT INTO archives ({COLUMNS}) VALUES (:deployment_id, :name, :level, :kind,
                     :created, :parent, :needs, :folder, :stored_bytes, :sha256, :files, :bytes,
                     :tree_sum, :outcome, :signed, :pinned, :verified_at, :verify_kind, :verify_ok,
                     :state)
                 ON CONFLICT (deployment_id, name) DO UPDATE SET
                     level = :level, kind = :kind, created = :created, parent = :parent,
                     needs = :needs, folder = :folder, stored_bytes = :stored_bytes,
                     sha256 = :sha256, files = :files, bytes = :bytes, tree_sum = :tree_sum,
                     outcome = :outcome, signed = :signed, pinned = max(pinned, :pinned),
                     verified_at = iif(:verified_at IS NULL AND sha256 = :sha256,
                                       verified_at, :verified_at),
                     verify_kind = iif(:verified_at IS NULL AND sha256 = :sha256,
                                       verify_kind, :verify_kind),
                     verify_ok = iif(:verified_at IS NULL AND sha256 = :sha256,
                                     verify_ok, :verify_ok),
                     state = :state"
            ))
            .and_then(|mut s| {
                s.execute(named_params! {
                    ":deployment_id": row.deployment_id,
                    ":name": row.name.as_str(),
                    ":level": row.level.number(),
                    ":kind": row.kind.as_str(),
                    ":created": Column(row.created),
                    ":parent": row.parent.as_ref().map(ArchiveName::as_str),
                    ":needs": Column(&row.needs),
                    ":folder": Column(&row.folder),
                    ":stored_bytes": Column(row.stored_bytes),
                    ":sha256": row.sha256,
                    ":files": Column(row.files),
                    ":bytes": Column(row.bytes),
                    ":tree_sum": row.tree_sum,
                    ":outcome": row.outcome.as_str(),
                    ":signed": row.signed,
                    ":pinned": row.pinned,
                    ":verified_at": verified.map(|v| Column(v.at)),
                    ":verify_kind": verified.map(|v| v.kind.as_str()),
                    ":verify_ok": verified.map(|v| v.ok),
                    ":state": row.state.as_str(),
                })
            })
            .map_err(error)?;
        Ok(())
    }

    /// The archive that the person means: its name, the name of its file, or a beginning that only
    /// one name has. `Code::ArchiveMissing` for none, `Code::BadRequest` for several.
    pub fn by_name(&self, deployment_id: Option<&str>, text: &str) -> Result<ArchiveRow> {
        let name = ArchiveName::parse(text);
        let exact = match &name {
            Some(name) => self.matching(deployment_id, "name = ?2", name.as_str())?,
            None => Vec::new(),
        };
        let mut found = if exact.is_empty() && !text.is_empty() {
            self.matching(deployment_id, "substr(name, 1, length(?2)) = ?2", text)?
        } else {
            exact
        };
        match (found.pop(), found.len()) {
            (Some(row), 0) => Ok(row),
            (Some(row), others) => {
                let cause = format!("it could be {} or {others} more; say more of its name", row.name);
                Err(Error::new(Code::BadRequest, text, cause))
            }
            (None, _) => Err(missing(text)),
        }
    }

    fn matching(&self, deployment_id: Option<&str>, condition: &str, text: &str) -> Result<Vec<ArchiveRow>> {
        let query = format!(
            "SELECT {COLUMNS} FROM archives
             WHERE (?1 IS NULL OR deployment_id = ?1) AND {condition} ORDER BY created, name"
        );
        self.0
            .prepare_cached(&query)
            .and_then(|mut s| s.query_map(params![deployment_id, text], read)?.collect())
            .map_err(error)
    }

    pub fn get(&self, deployment_id: &str, name: &ArchiveName) -> Result<Option<ArchiveRow>> {
        let mut found = self.matching(Some(deployment_id), "name = ?2", name.as_str())?;
        Ok(found.pop())
    }

    /// Of all deployments, in every state.
    pub fn count(&self) -> Result<u64> {
        self.0
            .prepare_cached("SELECT count(*) FROM archives")
            .and_then(|mut s| s.query_row([], |row| Ok(row.get::<_, Column<u64>>(0)?.0)))
            .map_err(error)
    }

    /// Newest first, in every state; of all deployments where none is named.
    pub fn list(&self, deployment_id: Option<&str>) -> Result<Vec<ArchiveRow>> {
        self.0
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM archives WHERE ?1 IS NULL OR deployment_id = ?1
                 ORDER BY created DESC, name DESC"
            ))
            .and_then(|mut s| s.query_map([deployment_id], read)?.collect())
            .map_err(error)
    }

    /// The newest archive of a level (of any, where none is named) that can be restored or built on as far as the
    /// catalog knows: present, not found damaged, neither an emergency archive nor an export, and not made after
    /// `until`, as by a clock that was wrong. Whether the archives that it needs are in order is not looked at.
    pub fn newest(&self, deployment_id: &str, level: Option<Level>, until: Timestamp) -> Result<Option<ArchiveRow>> {
        self.0
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM archives
                 WHERE deployment_id = ?1 AND (?2 IS NULL OR level = ?2) AND kind IN ('scheduled', 'manual')
                     AND state = 'present' AND verify_ok IS NOT 0 AND created <= ?3
                 ORDER BY created DESC, name DESC LIMIT 1"
            ))
            .and_then(|mut s| {
                s.query_row(params![deployment_id, level.map(Level::number), Column(until)], read).optional()
            })
            .map_err(error)
    }

    /// Whether an archive was made at this time, and another of the same deployment within the same minute.
    pub fn share_minute(&self, at: Timestamp) -> Result<bool> {
        let begins = Timestamp::from_second(at.as_second().div_euclid(60) * 60).unwrap_or(at);
        let ends = Timestamp::from_second(begins.as_second() + 60).unwrap_or(at);
        self.0
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM archives one JOIN archives other USING (deployment_id)
                 WHERE one.created = ?1 AND other.created >= ?2 AND other.created < ?3 AND other.name != one.name)",
            )
            .and_then(|mut s| s.query_row(params![Column(at), Column(begins), Column(ends)], |row| row.get(0)))
            .map_err(error)
    }

    pub fn set_verified(&self, deployment_id: &str, name: &ArchiveName, verification: Verification) -> Result<()> {
        self.change(
            "UPDATE archives SET verified_at = ?3, verify_kind = ?4, verify_ok = ?5
             WHERE deployment_id = ?1 AND name = ?2",
            deployment_id,
            name,
            &[&Column(verification.at), &verification.kind.as_str(), &verification.ok],
        )
    }

    /// A pinned archive is never pruned.
    pub fn set_pinned(&self, deployment_id: &str, name: &ArchiveName, pinned: bool) -> Result<()> {
        self.change(
            "UPDATE archives SET pinned = ?3 WHERE deployment_id = ?1 AND name = ?2",
            deployment_id,
            name,
            &[&pinned],
        )
    }

    pub fn set_state(&self, deployment_id: &str, name: &ArchiveName, state: State) -> Result<()> {
        self.change(
            "UPDATE archives SET state = ?3 WHERE deployment_id = ?1 AND name = ?2",
            deployment_id,
            name,
            &[&state.as_str()],
        )
    }

    /// Notes that an archive lies in another folder now.
    pub fn set_folder(&self, deployment_id: &str, name: &ArchiveName, folder: &PathBuf) -> Result<()> {
        self.change(
            "UPDATE archives SET folder = ?3 WHERE deployment_id = ?1 AND name = ?2",
            deployment_id,
            name,
            &[&Column(folder)],
        )
    }

    /// Forgets an archive and its manifest.
    pub fn remove(&self, deployment_id: &str, name: &ArchiveName) -> Result<()> {
        self.change("DELETE FROM archives WHERE deployment_id = ?1 AND name = ?2", deployment_id, name, &[])
    }

    fn change(&self, statement: &str, deployment_id: &str, name: &ArchiveName, values: &[&dyn ToSql]) -> Result<()> {
        let name_text = name.as_str();
        let mut all: Vec<&dyn ToSql> = vec![&deployment_id, &name_text];
        all.extend(values);
        let changed = self.0.prepare_cached(statement).and_then(|mut s| s.execute(all.as_slice())).map_err(error)?;
        if changed == 0 {
            return Err(missing(name));
        }
        Ok(())
    }
}

fn missing(name: impl std::fmt::Display) -> Error {
    Error::new(Code::ArchiveMissing, name, "the catalog knows no such archive")
}

fn read(row: &Row<'_>) -> rusqlite::Result<ArchiveRow> {
    let verified = match row.get::<_, Option<Column<Timestamp>>>("verified_at")? {
        Some(at) => Some(Verification {
            at: at.0,
            kind: row.get::<_, Column<VerifyKind>>("verify_kind")?.0,
            ok: row.get("verify_ok")?,
        }),
        None => None,
    };
    let number = |name: &str| row.get::<_, Column<u64>>(name).map(|column| column.0);
    Ok(ArchiveRow {
        deployment_id: row.get("deployment_id")?,
        name: row.get::<_, Column<ArchiveName>>("name")?.0,
        level: row.get::<_, Column<Level>>("level")?.0,
        kind: row.get::<_, Column<Kind>>("kind")?.0,
        created: row.get::<_, Column<Timestamp>>("created")?.0,
        parent: row.get::<_, Option<Column<ArchiveName>>>("parent")?.map(|column| column.0),
        needs: row.get::<_, Column<Vec<ArchiveName>>>("needs")?.0,
        folder: row.get::<_, Column<PathBuf>>("folder")?.0,
        stored_bytes: number("stored_bytes")?,
        sha256: row.get("sha256")?,
        files: number("files")?,
        bytes: number("bytes")?,
        tree_sum: row.get("tree_sum")?,
        outcome: row.get::<_, Column<Outcome>>("outcome")?.0,
        signed: row.get("signed")?,
        pinned: row.get("pinned")?,
        verified,
        state: row.get::<_, Column<State>>("state")?.0,
    })
}

impl FromSql for Column<State> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        [State::Present, State::Removing, State::Missing]
            .into_iter()
            .find(|state| state.as_str() == text)
            .map(Self)
            .ok_or(FromSqlError::InvalidType)
    }
}

impl FromSql for Column<VerifyKind> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        [VerifyKind::ReadBack, VerifyKind::Quick, VerifyKind::Full]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .map(Self)
            .ok_or(FromSqlError::InvalidType)
    }
}
