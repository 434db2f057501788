//! What is in a database: whether it is sound, and how many records each table has. Of a copy that nobody else has open.
use super::sqlite;
use crate::error::{Error, Result};
use crate::jobs::Job;
use holdfast_domain::Code;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// `ok`, or the first lines of what the full integrity check found.
    pub check: String,
    /// Records that point to others that are not there.
    pub dangling: u64,
    pub tables: BTreeMap<String, Table>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    pub records: u64,
    /// The greatest value of the column that says when records were made or changed, as it is there.
    pub latest: Option<String>,
}

impl Records {
    pub fn is_sound(&self) -> bool {
        self.check == "ok"
    }
}

/// Columns that tell the time of a record; the first that a table has.
const TIMES: [&str; 10] = [
    "updated_at",
    "created_at",
    "timestamp",
    "updated",
    "created",
    "modified",
    "time",
    "date",
    "updatedat",
    "createdat",
];

/// Damage is a finding; of a damaged database the tables that can be read are counted.
pub fn records(path: &Path, job: &Job) -> Result<Records> {
    let check = sqlite::check(path, job)?;
    let mut found = Records { check, ..Records::default() };
    let Ok(connection) = sqlite::open(path, true) else { return Ok(found) };
    let Ok(tables) = tables(&connection) else { return Ok(found) };
    for name in tables {
        job.checkpoint()?;
        match table(&connection, &name) {
            Ok(table) => found.tables.extend([(name, table)]),
            // What cannot be read is part of the damage that the check tells, or a virtual table whose module is not here.
            Err(e) if !found.is_sound() || matches!(e, rusqlite::Error::SqliteFailure(_, _)) => {}
            Err(e) => return Err(Error::new(Code::DatabaseUnreadable, path.display(), e)),
        }
    }
    found.dangling = dangling(&connection).unwrap_or(0);
    Ok(found)
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    statement.query_map([], |row| row.get(0))?.collect()
}

fn table(connection: &Connection, name: &str) -> rusqlite::Result<Table> {
    let quoted = quote(name);
    let records =
        connection.query_row(&format!("SELECT count(*) FROM {quoted}"), [], |row| row.get::<_, i64>(0))?.unsigned_abs();
    let columns: Vec<String> = {
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
        statement.query_map([name], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    let time = TIMES.iter().find_map(|time| columns.iter().find(|column| column.eq_ignore_ascii_case(time)));
    let latest = match time {
        Some(column) => connection.query_row(&format!("SELECT max({}) FROM {quoted}", quote(column)), [], |row| {
            Ok(match row.get_ref(0)? {
                ValueRef::Integer(number) => Some(moment(number)),
                ValueRef::Real(number) => Some(moment(number as i64)),
                ValueRef::Text(text) => Some(String::from_utf8_lossy(text).chars().take(40).collect()),
                _ => None,
            })
        })?,
        None => None,
    };
    Ok(Table { records, latest })
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970 as a time; other numbers as they are.
fn moment(number: i64) -> String {
    let seconds = match number {
        1_000_000_000..=9_999_999_999 => number,
        1_000_000_000_000..=9_999_999_999_999 => number / 1_000,
        1_000_000_000_000_000..=9_999_999_999_999_999 => number / 1_000_000,
        1_000_000_000_000_000_000.. => number / 1_000_000_000,
        _ => return number.to_string(),
    };
    jiff::Timestamp::from_second(seconds).map_or_else(|_| number.to_string(), |at| at.to_string())
}

/// More than this many are not counted.
const DANGLING: i64 = 100_000;

fn dangling(connection: &Connection) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare("SELECT 1 FROM pragma_foreign_key_check LIMIT ?1")?;
    let mut rows = statement.query([DANGLING])?;
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_and_their_last_time_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chat.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = OFF;
                 CREATE TABLE chat (id INTEGER PRIMARY KEY, created_at INTEGER);
                 INSERT INTO chat VALUES (1, 1763769600), (2, 1763769660);
                 CREATE TABLE \"odd \"\"name\" (x);
                 CREATE TABLE message (id INTEGER, chat INTEGER REFERENCES chat (id));
                 INSERT INTO message VALUES (1, 1), (2, 99);",
            )
            .unwrap();
        drop(connection);
        let job = Job::silent(std::sync::Arc::new(crate::FixedClock(jiff::Timestamp::UNIX_EPOCH)));
        let found = records(&path, &job).unwrap();
        assert!(found.is_sound());
        assert_eq!(found.dangling, 1);
        let chat = Table { records: 2, latest: Some("2025-11-22T00:01:00Z".to_owned()) };
        assert_eq!(found.tables["chat"], chat);
        assert_eq!(found.tables["odd \"name"].records, 0);

        std::fs::write(&path, b"no database at all, but long enough to be looked at").unwrap();
        assert!(!records(&path, &job).unwrap().is_sound());
    }
}
