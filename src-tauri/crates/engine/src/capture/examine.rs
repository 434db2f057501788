//! What a live database says of itself: whether it holds together, whether its rows point to rows that are there, and how many
//! each table has. Read from a consistent copy, so nothing keeps its programs waiting and nothing is changed.
use super::sqlite::{self, database_error, open};
use crate::error::{Error, Result};
use crate::jobs::Job;
use rusqlite::{Connection, ErrorCode};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examined {
    /// `ok`, or the first lines of what SQLite's full check found.
    pub integrity: String,
    /// Tables with rows that point to rows which are not there: how many, from where, to where.
    pub orphans: Vec<Orphans>,
    /// Rows by table; empty where it does not hold together.
    pub rows: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphans {
    pub rows: u64,
    pub from: String,
    pub to: String,
}

impl Examined {
    pub fn is_whole(&self) -> bool {
        self.integrity == "ok"
    }
}

/// More tables are not counted, more rows without a parent not told apart.
const TABLES: usize = 1000;
const ORPHANS: u64 = 100_000;

/// Copies the live database into `folder`, and examines the copy, which goes again.
pub fn live(source: &Path, folder: &Path, job: &Job) -> Result<Examined> {
    let copy = tempfile::Builder::new().prefix("examined-").tempdir_in(folder).map_err(|e| Error::io(folder, e))?;
    let path = copy.path().join("database");
    sqlite::copy(source, &path, job)?;
    at_rest(&path, job).map_err(|e| e.moved(&path, source))
}

/// Examines a file that nobody else has open.
pub fn at_rest(path: &Path, job: &Job) -> Result<Examined> {
    let integrity = sqlite::check(path, job)?;
    if integrity != "ok" {
        return Ok(Examined { integrity, ..Examined::default() });
    }
    let failed = |e: rusqlite::Error| database_error(path, e);
    let connection = open(path, true).map_err(failed)?;
    let found = interruptible(&connection, job, |connection| {
        let orphans = orphans(connection)?;
        let rows = rows(connection)?;
        Ok(Examined { integrity, orphans, rows })
    });
    job.checkpoint()?;
    found.map_err(failed)
}

/// Rows by table of a file that nobody else has open, without any other check.
pub fn count(path: &Path, job: &Job) -> Result<BTreeMap<String, u64>> {
    let failed = |e: rusqlite::Error| database_error(path, e);
    let connection = open(path, true).map_err(failed)?;
    let found = interruptible(&connection, job, rows);
    job.checkpoint()?;
    found.map_err(failed)
}

fn orphans(connection: &Connection) -> rusqlite::Result<Vec<Orphans>> {
    let mut found: BTreeMap<(String, String), u64> = BTreeMap::new();
    match each_orphan(connection, &mut found) {
        // A key that names no column of its parent is the schema's fault; no more can be said of its rows.
        Err(e) if !is_of_schema(&e) => return Err(e),
        _ => {}
    }
    Ok(found.into_iter().map(|((from, to), rows)| Orphans { rows, from, to }).collect())
}

fn each_orphan(connection: &Connection, found: &mut BTreeMap<(String, String), u64>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    let mut seen = 0;
    while let Some(row) = rows.next()? {
        *found.entry((row.get(0)?, row.get(2)?)).or_default() += 1;
        seen += 1;
        if seen >= ORPHANS {
            break;
        }
    }
    Ok(())
}

fn is_of_schema(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(failure, _) if failure.code == ErrorCode::Unknown)
}

/// Of tables that rows were put into. What an extension makes of others is not there without it.
fn rows(connection: &Connection) -> rusqlite::Result<BTreeMap<String, u64>> {
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema
         WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%'
         ORDER BY name",
    )?;
    let names: Vec<String> =
        statement.query_map([], |row| row.get(0))?.take(TABLES).collect::<rusqlite::Result<_>>()?;
    let mut found = BTreeMap::new();
    for name in names {
        let quoted = name.replace('"', "\"\"");
        let count: i64 = connection.query_row(&format!("SELECT count(*) FROM \"{quoted}\""), [], |row| row.get(0))?;
        found.insert(name, u64::try_from(count).unwrap_or(0));
    }
    Ok(found)
}

/// Work that takes minutes on many gigabytes, and that a cancel must not wait for.
pub(super) fn interruptible<T>(connection: &Connection, job: &Job, work: impl FnOnce(&Connection) -> T) -> T {
    let interrupt = connection.get_interrupt_handle();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                if job.is_cancelled() {
                    interrupt.interrupt();
                }
                std::thread::park_timeout(Duration::from_millis(50));
            }
        });
        let result = work(connection);
        over.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FixedClock;
    use std::sync::Arc;

    fn job() -> Arc<Job> {
        Job::silent(Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH)))
    }

    #[test]
    fn rows_in_the_wal_count_and_orphans_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chat.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=OFF;
             CREATE TABLE user(id INTEGER PRIMARY KEY); CREATE TABLE \"my \"\"chat\"(id INTEGER, owner REFERENCES user(id));
             CREATE VIRTUAL TABLE words USING fts5(text);
             INSERT INTO user VALUES (1); INSERT INTO \"my \"\"chat\" VALUES (1, 1), (2, 7), (3, 8), (4, NULL);",
        )
        .unwrap();
        let found = live(&path, dir.path(), &job()).unwrap();
        assert!(found.is_whole());
        assert_eq!(found.rows.get("user"), Some(&1));
        assert_eq!(found.rows.get("my \"chat"), Some(&4));
        assert!(!found.rows.contains_key("words"));
        let told = Orphans { rows: 2, from: "my \"chat".to_owned(), to: "user".to_owned() };
        assert_eq!(found.orphans, [told]);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3, "a copy was left");
        drop(db);
    }

    #[test]
    fn a_broken_page_is_said_in_sqlites_words() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chat.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch("CREATE TABLE chat(id INTEGER PRIMARY KEY, text TEXT); BEGIN;").unwrap();
        for number in 0..500 {
            db.execute("INSERT INTO chat(text) VALUES (?1)", [format!("{number}{}", "x".repeat(200))]).unwrap();
        }
        db.execute_batch("COMMIT").unwrap();
        drop(db);
        assert!(live(&path, dir.path(), &job()).unwrap().is_whole());
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4096 * 3..4096 * 4].fill(0xa5);
        std::fs::write(&path, bytes).unwrap();
        let found = live(&path, dir.path(), &job()).unwrap();
        assert!(!found.is_whole() && !found.integrity.is_empty() && found.rows.is_empty(), "{found:?}");
    }

    #[test]
    fn a_foreign_key_that_fits_no_parent_is_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("odd.db");
        Connection::open(&path)
            .unwrap()
            .execute_batch(
                "PRAGMA foreign_keys=OFF; CREATE TABLE a(x, y); CREATE TABLE b(z REFERENCES a(x)); INSERT INTO a VALUES (1, 2);
                 INSERT INTO b VALUES (1);",
            )
            .unwrap();
        let found = live(&path, dir.path(), &job()).unwrap();
        assert!(found.is_whole() && found.orphans.is_empty() && found.rows["b"] == 1, "{found:?}");
    }
}
