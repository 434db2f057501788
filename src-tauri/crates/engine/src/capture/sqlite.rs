//! One consistent copy of an SQLite database while it is in use.
//!
//! The source is never changed, not even its `-wal`: it is opened read-only, because a connection that may write
//! folds the `-wal` in and deletes it when it closes. Four states are told apart:
//!
//! - a `-wal` with its `-shm` (in use, or left by a crash): SQLite's backup API on a read-only connection;
//! - no sidecar: the file is whole by itself; the backup API on a connection that is told that nothing changes it
//!   (so that no `-shm` is made beside it), and the copy counts only if the file stood still meanwhile;
//! - a hot `-journal`, or a `-wal` without `-shm`: recovering them would write beside the source, so the files are
//!   copied first and recovered in the copy, if they stood still meanwhile;
//! - rollback mode in use: as the first, in short steps, so that writers are not kept waiting.
use super::examine::interruptible;
use super::metadata;
use crate::deployment::{SIDECARS, SQLITE_HEADER, looks_like_sqlite};
use crate::error::{Error, Result};
use crate::jobs::Job;
use holdfast_domain::Code;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a source that does not stand still is tried.
const ATTEMPTS: u32 = 5;
const PAGES_A_STEP: i32 = 4096;
/// Restarts that a writer in rollback mode may cause before it is made to wait.
const RESTARTS: u32 = 3;

/// Copies the database at `source` to `copy`, which must not exist. On an error nothing is left there. Whether the copy
/// is sound is for [`check`] to say.
pub fn copy(source: &Path, copy: &Path, job: &Job) -> Result<()> {
    let result = take(source, copy, job);
    // Recovery in the copy may have left its own sidecars.
    for ending in SIDECARS {
        let _ = fs::remove_file(beside(copy, ending));
    }
    if result.is_err() {
        let _ = fs::remove_file(copy);
    }
    result
}

fn take(source: &Path, copy: &Path, job: &Job) -> Result<()> {
    let mut last = None;
    for attempt in 0..ATTEMPTS {
        job.checkpoint()?;
        std::thread::sleep(Duration::from_millis(u64::from(attempt) * 100));
        let before = states(source);
        let result = match before {
            [_, None, _, None] => backup(source, copy, true, job).and_then(|()| stood_still(source, before)),
            [_, Some(_), Some(_), None] => backup(source, copy, false, job),
            _ if is_hot(source) => recover_copy(source, copy, job).and_then(|()| stood_still(source, before)),
            _ => backup(source, copy, false, job),
        };
        match result {
            Ok(()) => return Ok(()),
            Err(e) if e.is_cancelled() || e.code() == Code::DestinationFull => return Err(e),
            Err(e) => last = Some(e),
        }
        let _ = fs::remove_file(copy);
    }
    Err(last.unwrap_or_else(|| Error::new(Code::DatabaseUnreadable, source.display(), "it could not be read")))
}

/// Times of change, inode, size. Without the time of a change of status: SQLite itself gives sidecars their
/// database's owner when it opens them as root.
type State = Option<(i64, u64, u64, i64)>;

/// States of the file, `-wal`, `-shm`, `-journal`. An empty `-wal` or `-journal` counts as one that is not there.
fn states(source: &Path) -> [State; 4] {
    ["", "-wal", "-shm", "-journal"].map(|ending| {
        let stat = rustix::fs::lstat(beside(source, ending)).ok()?;
        (stat.st_size > 0 || ending == "-shm").then(|| metadata::content_state(&stat))
    })
}

fn stood_still(source: &Path, before: [State; 4]) -> Result<()> {
    let now = states(source);
    // The -shm is only an index that others may touch as they read.
    if (now[0], now[1], now[3]) == (before[0], before[1], before[3]) {
        return Ok(());
    }
    Err(Error::new(Code::DatabaseUnreadable, source.display(), "it changed while it was copied"))
}

/// Whether a process that is gone left work undone: a `-wal` without `-shm`, or a rollback journal that nobody holds.
fn is_hot(source: &Path) -> bool {
    let [_, wal, shm, journal] = states(source);
    (wal.is_some() && shm.is_none()) || (journal.is_some() && wal.is_none() && !in_use(source))
}

/// A journal belongs to a living transaction while reading works or is only refused for being busy.
fn in_use(source: &Path) -> bool {
    let read = open(source, false).and_then(|c| c.query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(())));
    match read {
        Ok(()) | Err(rusqlite::Error::QueryReturnedNoRows) => true,
        Err(e) => matches!(
            e.sqlite_error_code(),
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
        ),
    }
}

fn backup(source: &Path, copy: &Path, immutable: bool, job: &Job) -> Result<()> {
    let failed = |e: rusqlite::Error| database_error(source, e);
    let from = open(source, immutable).map_err(failed)?;
    let wal = from.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0)).map_err(failed)? == "wal";
    let mut to = Connection::open(copy).map_err(|e| database_error(copy, e))?;
    to.execute_batch("PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; PRAGMA locking_mode=EXCLUSIVE;")
        .map_err(|e| database_error(copy, e))?;
    if wal || immutable {
        // Holds one snapshot for the whole copy: in WAL mode that keeps no writer waiting.
        from.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;").map_err(failed)?;
    }
    let copying = Backup::new(&from, &mut to).map_err(failed)?;
    let mut restarts = 0;
    let mut left = i32::MAX;
    loop {
        job.checkpoint()?;
        let pages = if restarts >= RESTARTS { -1 } else { PAGES_A_STEP };
        match copying.step(pages).map_err(failed)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {
                let remaining = copying.progress().remaining;
                if remaining > left {
                    restarts += 1;
                }
                left = remaining;
            }
            StepResult::Busy | StepResult::Locked => std::thread::sleep(Duration::from_millis(20)),
            _ => {
                return Err(Error::new(Code::DatabaseUnreadable, source.display(), "SQLite said something unknown"));
            }
        }
    }
}

/// Copies the file with its sidecars and lets SQLite recover the copy.
fn recover_copy(source: &Path, copy: &Path, job: &Job) -> Result<()> {
    for ending in ["", "-wal", "-journal"] {
        job.checkpoint()?;
        match fs::copy(beside(source, ending), beside(copy, ending)) {
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !ending.is_empty() => {}
            Err(e) => return Err(Error::io(beside(source, ending), e)),
        }
    }
    let failed = |e: rusqlite::Error| database_error(source, e);
    let connection = Connection::open(copy).map_err(failed)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(failed)?;
    // Closing folds the -wal into the copy.
    connection.close().map_err(|(_, e)| failed(e))
}

/// What SQLite's full integrity check says of a file that nobody else has open: `ok`, or its first lines. The quick
/// check is not enough: it passes damaged indexes.
pub fn check(path: &Path, job: &Job) -> Result<String> {
    job.checkpoint()?;
    let connection = open(path, true).map_err(|e| database_error(path, e))?;
    let lines = interruptible(&connection, job, ask);
    job.checkpoint()?;
    match lines {
        Ok(lines) => Ok(lines.join("\n")),
        // Damage can be such that the check itself ends: that is an answer, not an obstacle.
        Err(e) => match e.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => Ok(e.to_string()),
            _ => Err(database_error(path, e)),
        },
    }
}

/// What is found in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// `ok`, or the first lines of what the integrity check says.
    pub check: String,
    /// Rows of each table, where it is sound.
    pub tables: Option<BTreeMap<String, u64>>,
}

/// The check, and the rows of each table where it says `ok`.
pub fn examine(path: &Path, job: &Job) -> Result<Examined> {
    let check = check(path, job)?;
    let tables = match (check == "ok").then(|| row_counts(path, job)).transpose() {
        Err(e) if e.is_cancelled() => return Err(e),
        // A table of a module that is not at hand, say: the archive is no worse for it.
        Err(e) => {
            tracing::debug!(error = %e, "rows could not be counted");
            None
        }
        Ok(tables) => tables,
    };
    Ok(Examined { check, tables })
}

/// Tables beyond these are not counted.
const TABLES: usize = 500;

/// Rows of each table of a file that nobody else has open, and that was found sound: virtual tables and SQLite's own aside.
/// Reads about as much as the check did before, so it comes from memory.
pub fn row_counts(path: &Path, job: &Job) -> Result<BTreeMap<String, u64>> {
    let failed = |e: rusqlite::Error| database_error(path, e);
    let connection = open(path, true).map_err(failed)?;
    let names: Vec<String> = connection
        .prepare(
            "SELECT name FROM sqlite_schema
             WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT ?1",
        )
        .and_then(|mut s| s.query_map([TABLES as i64], |row| row.get(0))?.collect())
        .map_err(failed)?;
    let mut counts = BTreeMap::new();
    for name in names {
        job.checkpoint()?;
        let sql = format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\""));
        let rows: i64 = connection.query_row(&sql, [], |row| row.get(0)).map_err(failed)?;
        counts.insert(name, rows.unsigned_abs());
    }
    Ok(counts)
}

fn ask(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    statement.query_map([], |row| row.get::<_, String>(0))?.collect()
}

pub(super) fn open(path: &Path, immutable: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri(path, immutable), flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(connection)
}

/// A `file:` address; whatever a path holds is escaped byte by byte.
fn uri(path: &Path, immutable: bool) -> String {
    let mut uri = String::from("file:");
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for byte in absolute.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            use std::fmt::Write;
            let _ = write!(uri, "%{byte:02x}");
        }
    }
    uri.push_str(if immutable { "?mode=ro&immutable=1" } else { "?mode=ro" });
    uri
}

/// Whether a regular file, or what a link leads to, begins as a database. Nothing else is opened: a pipe would block.
pub fn begins_as_database(path: &Path) -> io::Result<bool> {
    if !fs::metadata(path)?.is_file() {
        return Ok(false);
    }
    let mut start = [0; SQLITE_HEADER.len()];
    match fs::File::open(path)?.read_exact(&mut start) {
        Ok(()) => Ok(looks_like_sqlite(&start)),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}

/// The path of a file that belongs to a database.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = OsString::from_vec(path.as_os_str().as_bytes().to_vec());
    name.push(ending);
    PathBuf::from(name)
}

pub(super) fn database_error(path: &Path, error: rusqlite::Error) -> Error {
    let code = match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => Code::DestinationFull,
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => Code::DatabaseDamaged,
        _ => Code::DatabaseUnreadable,
    };
    Error::new(code, path.display(), &error).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FixedClock;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn job() -> Arc<Job> {
        Job::silent(Arc::new(FixedClock(jiff::Timestamp::UNIX_EPOCH)))
    }

    fn snapshot(source: &Path, copy: &Path, job: &Job) -> Result<String> {
        super::copy(source, copy, job)?;
        check(copy, job)
    }

    fn rows(path: &Path) -> i64 {
        Connection::open(path).unwrap().query_row("SELECT count(*) FROM chat", [], |r| r.get(0)).unwrap()
    }

    /// Content and times of everything in a folder but the -shm, which readers may touch.
    fn picture(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
        let files = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path());
        files
            .filter(|p| !p.to_string_lossy().ends_with("-shm"))
            .map(|p| (p.clone(), (fs::read(&p).unwrap(), p.metadata().unwrap().modified().unwrap())))
            .collect()
    }

    fn make(path: &Path, mode: &str, chats: usize) -> Connection {
        let db = Connection::open(path).unwrap();
        db.pragma_update(None, "journal_mode", mode).unwrap();
        db.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
        db.execute_batch("CREATE TABLE chat(id INTEGER PRIMARY KEY, text TEXT); CREATE INDEX by_text ON chat(text);")
            .unwrap();
        for n in 0..chats {
            db.execute("INSERT INTO chat(text) VALUES (?1)", [format!("chat {n} {}", "x".repeat(200))]).unwrap();
        }
        db
    }

    #[test]
    fn rows_that_are_only_in_the_wal_are_captured_and_the_source_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("web ui%.db");
        let scratch = tempfile::tempdir().unwrap();
        let writer = make(&source, "wal", 50);
        let before = picture(dir.path());
        assert!(before.keys().any(|p| p.to_string_lossy().ends_with("-wal")));
        let copy = scratch.path().join("copy");
        assert_eq!(snapshot(&source, &copy, &job()).unwrap(), "ok");
        assert_eq!(rows(&copy), 50);
        assert_eq!(picture(dir.path()), before);
        drop(writer);
    }

    #[test]
    fn a_wal_that_a_crash_left_without_shm_is_recovered_in_the_copy() {
        let dir = tempfile::tempdir().unwrap();
        let live = dir.path().join("live.db");
        let writer = make(&live, "wal", 20);
        let crashed = tempfile::tempdir().unwrap();
        let source = crashed.path().join("webui.db");
        fs::copy(&live, &source).unwrap();
        fs::copy(beside(&live, "-wal"), beside(&source, "-wal")).unwrap();
        drop(writer);
        let before = picture(crashed.path());
        let scratch = tempfile::tempdir().unwrap();
        let copy = scratch.path().join("copy");
        assert_eq!(snapshot(&source, &copy, &job()).unwrap(), "ok");
        assert_eq!(rows(&copy), 20);
        assert_eq!(picture(crashed.path()), before);
        assert_eq!(fs::read_dir(crashed.path()).unwrap().count(), 2, "a file was made beside the source");
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_database_at_rest_gets_no_files_beside_it() {
        for mode in ["wal", "delete"] {
            let dir = tempfile::tempdir().unwrap();
            let source = dir.path().join("rest.db");
            drop(make(&source, mode, 10));
            let before = picture(dir.path());
            assert_eq!(before.len(), 1, "{mode}");
            let scratch = tempfile::tempdir().unwrap();
            let copy = scratch.path().join("copy");
            assert_eq!(snapshot(&source, &copy, &job()).unwrap(), "ok");
            assert_eq!(rows(&copy), 10);
            assert_eq!(picture(dir.path()), before);
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "{mode}");
        }
    }

    #[test]
    fn a_hot_journal_is_rolled_back_in_the_copy() {
        let dir = tempfile::tempdir().unwrap();
        let live = dir.path().join("live.db");
        let writer = make(&live, "delete", 10);
        writer.execute_batch("PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN;").unwrap();
        writer.execute("UPDATE chat SET text = text || ?1", ["y".repeat(4000)]).unwrap();
        let crashed = tempfile::tempdir().unwrap();
        let source = crashed.path().join("webui.db");
        fs::copy(&live, &source).unwrap();
        fs::copy(beside(&live, "-journal"), beside(&source, "-journal")).unwrap();
        drop(writer);
        let before = picture(crashed.path());
        assert_eq!(before.len(), 2);
        let scratch = tempfile::tempdir().unwrap();
        let copy = scratch.path().join("copy");
        assert_eq!(snapshot(&source, &copy, &job()).unwrap(), "ok");
        let longest: i64 =
            Connection::open(&copy).unwrap().query_row("SELECT max(length(text)) FROM chat", [], |r| r.get(0)).unwrap();
        assert!(longest < 4000, "an unfinished change was captured");
        assert_eq!(picture(crashed.path()), before);
    }

    #[test]
    fn damage_in_an_index_is_said_though_the_quick_check_passes() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("bad.db");
        let db = make(&source, "delete", 500);
        let size: i64 = db.pragma_query_value(None, "page_size", |r| r.get(0)).unwrap();
        drop(db);
        // One letter at the end of a key in a leaf of the index: its order stays, its row is no longer found.
        let mut bytes = fs::read(&source).unwrap();
        let leaf = bytes.chunks_mut(size as usize).find(|page| page[0] == 10).unwrap();
        let at = leaf.windows(5).position(|w| w == b"xxxxx").unwrap();
        leaf[at + 4] = b'z';
        fs::write(&source, bytes).unwrap();
        let quick: String =
            Connection::open(&source).unwrap().pragma_query_value(None, "quick_check", |r| r.get(0)).unwrap();
        assert_eq!(quick, "ok");
        let copy = dir.path().join("copy");
        let said = snapshot(&source, &copy, &job()).unwrap();
        assert_ne!(said, "ok");
        assert!(said.contains("by_text"), "{said}");
    }

    #[test]
    fn a_cancelled_snapshot_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("a.db");
        drop(make(&source, "wal", 10));
        let job = job();
        job.cancel();
        let copy = dir.path().join("copy");
        assert!(snapshot(&source, &copy, &job).unwrap_err().is_cancelled());
        assert!(!copy.exists());
    }
}
