use super::columns::Column;
use super::error;
use crate::error::Result;
use holdfast_domain::{ArchiveName, Code, Outcome, Problem};
use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, Row, params};

pub(super) const CREATE: &str = "
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    deployment_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    archive TEXT,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    summary TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_time ON runs (deployment_id, started);
CREATE TABLE problems (
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    cause TEXT NOT NULL,
    PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Backup,
    Verify,
    Restore,
    Prune,
    Undo,
    Copy,
    Export,
    /// Losses that were meant.
    Settle,
    /// An alarm was acknowledged, or opened again.
    Acknowledge,
}

impl Operation {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Verify => "verify",
            Self::Restore => "restore",
            Self::Prune => "prune",
            Self::Undo => "undo",
            Self::Copy => "copy",
            Self::Export => "export",
            Self::Settle => "settle",
            Self::Acknowledge => "acknowledge",
        }
    }
}

const OPERATIONS: [Operation; 9] = [
    Operation::Backup,
    Operation::Verify,
    Operation::Restore,
    Operation::Prune,
    Operation::Undo,
    Operation::Copy,
    Operation::Export,
    Operation::Settle,
    Operation::Acknowledge,
];

impl FromSql for Column<Operation> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        OPERATIONS.into_iter().find(|operation| operation.as_str() == text).map(Self).ok_or(FromSqlError::InvalidType)
    }
}

/// A run that has ended, however it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub deployment_id: String,
    pub operation: Operation,
    pub started: Timestamp,
    pub ended: Timestamp,
    pub outcome: Outcome,
    /// The archive that was made, verified or restored from; it may be gone by now.
    pub archive: Option<ArchiveName>,
    pub files: u64,
    pub bytes: u64,
    pub stored_bytes: u64,
    /// What the operation adds of its own.
    pub summary: serde_json::Value,
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    pub id: i64,
    pub run: Run,
}

pub struct Runs<'a>(pub(super) &'a Connection);

impl Runs<'_> {
    /// Records a run with its problems; returns its id.
    pub fn insert(&self, run: &Run) -> Result<i64> {
        super::together(self.0, |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO runs (deployment_id, operation, started, ended, outcome, archive,
                                       files, bytes, stored_bytes, summary)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )
                .and_then(|mut s| {
                    s.execute(params![
                        run.deployment_id,
                        run.operation.as_str(),
                        Column(run.started),
                        Column(run.ended),
                        run.outcome.as_str(),
                        run.archive.as_ref().map(ArchiveName::as_str),
                        Column(run.files),
                        Column(run.bytes),
                        Column(run.stored_bytes),
                        run.summary.to_string(),
                    ])
                })
                .map_err(error)?;
            let id = connection.last_insert_rowid();
            let mut insert =
                connection.prepare_cached("INSERT INTO problems VALUES (?1, ?2, ?3, ?4, ?5)").map_err(error)?;
            for (number, problem) in run.problems.iter().enumerate() {
                let code = problem.code.as_str();
                insert.execute(params![id, number as i64, code, problem.subject, problem.cause]).map_err(error)?;
            }
            Ok(id)
        })
    }

    /// The id of the run that was recorded last; ids only grow.
    pub fn last_id(&self) -> Result<Option<i64>> {
        self.0
            .prepare_cached("SELECT max(id) FROM runs")
            .and_then(|mut s| s.query_row([], |row| row.get(0)))
            .map_err(error)
    }

    /// The newest runs, newest first; of all deployments where none is named.
    pub fn recent(&self, deployment_id: Option<&str>, count: usize) -> Result<Vec<RunRow>> {
        self.newest(deployment_id, None, count)
    }

    /// The same of one operation alone.
    pub fn recent_of(&self, deployment_id: &str, operation: Operation, count: usize) -> Result<Vec<RunRow>> {
        self.newest(Some(deployment_id), Some(operation), count)
    }

    fn newest(&self, deployment_id: Option<&str>, operation: Option<Operation>, count: usize) -> Result<Vec<RunRow>> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let operation = operation.map(Operation::as_str);
        let mut runs: Vec<RunRow> = self
            .0
            .prepare_cached(
                "SELECT id, deployment_id, operation, started, ended, outcome, archive, files,
                        bytes, stored_bytes, summary
                 FROM runs WHERE (?1 IS NULL OR deployment_id = ?1) AND (?3 IS NULL OR operation = ?3)
                 ORDER BY started DESC, id DESC LIMIT ?2",
            )
            .and_then(|mut s| s.query_map(params![deployment_id, count, operation], read)?.collect())
            .map_err(error)?;
        for row in &mut runs {
            row.run.problems = self.problems(row.id)?;
        }
        Ok(runs)
    }

    /// The same without problems and summaries: for counting a year of them.
    pub fn recent_brief(&self, deployment_id: Option<&str>, count: usize) -> Result<Vec<Run>> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.0
            .prepare_cached(
                "SELECT id, deployment_id, operation, started, ended, outcome, archive, files,
                        bytes, stored_bytes, 'null'
                 FROM runs WHERE ?1 IS NULL OR deployment_id = ?1
                 ORDER BY started DESC, id DESC LIMIT ?2",
            )
            .and_then(|mut s| s.query_map(params![deployment_id, count], |row| Ok(read(row)?.run))?.collect())
            .map_err(error)
    }

    fn problems(&self, run_id: i64) -> Result<Vec<Problem>> {
        self.0
            .prepare_cached("SELECT code, subject, cause FROM problems WHERE run_id = ?1 ORDER BY number")
            .and_then(|mut s| {
                s.query_map([run_id], |row| {
                    Ok(Problem { code: row.get::<_, Column<Code>>(0)?.0, subject: row.get(1)?, cause: row.get(2)? })
                })?
                .collect()
            })
            .map_err(error)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let summary: String = row.get(10)?;
    let summary = serde_json::from_str(&summary)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(10, rusqlite::types::Type::Text, e.into()))?;
    Ok(RunRow {
        id: row.get(0)?,
        run: Run {
            deployment_id: row.get(1)?,
            operation: row.get::<_, Column<Operation>>(2)?.0,
            started: row.get::<_, Column<Timestamp>>(3)?.0,
            ended: row.get::<_, Column<Timestamp>>(4)?.0,
            outcome: row.get::<_, Column<Outcome>>(5)?.0,
            archive: row.get::<_, Option<Column<ArchiveName>>>(6)?.map(|c| c.0),
            files: row.get::<_, Column<u64>>(7)?.0,
            bytes: row.get::<_, Column<u64>>(8)?.0,
            stored_bytes: row.get::<_, Column<u64>>(9)?.0,
            summary,
            problems: Vec::new(),
        },
    })
}
