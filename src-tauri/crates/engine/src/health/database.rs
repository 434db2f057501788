//! Whether a database holds together: SQLite's full check, whose text is read, and its foreign keys.
use super::{Look, Probe, Seen};
use crate::capture::examine::{Examined, Orphans, live};
use crate::durable;
use crate::error::{Error, Result};
use crate::store::free_space;
use holdfast_domain::health::Unit;
use holdfast_domain::{Code, one_line, size_words};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Debug, Clone)]
pub struct Database {
    pub path: PathBuf,
}

type Answer = std::result::Result<Arc<Examined>, (Code, String)>;
type Cell = Arc<Mutex<Option<Answer>>>;

/// What was read of databases in one run: each is read once, whoever asks.
#[derive(Debug, Clone, Default)]
pub struct Examinations(Arc<Mutex<HashMap<PathBuf, Cell>>>);

impl Examinations {
    /// Reads it, or waits for whoever reads it now.
    pub fn of(&self, path: &Path, probe: &Probe) -> Answer {
        let cell = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(path.to_owned()).or_default().clone();
        let mut cell = cell.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*cell {
            return known.clone();
        }
        let answer = examine(path, probe).map(Arc::new).map_err(|e| (e.code(), e.cause().to_owned()));
        // That nobody waited any more says nothing of the database.
        if !matches!(&answer, Err((Code::Cancelled, _))) {
            *cell = Some(answer.clone());
        }
        answer
    }
}

fn examine(path: &Path, probe: &Probe) -> Result<Examined> {
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
    let needed = length(path) + length(&crate::capture::sqlite::beside(path, "-wal"));
    durable::create_private_dir(&probe.scratch)?;
    let free = free_space(&probe.scratch)?;
    if needed > free / 2 {
        let cause = format!("a copy of {} would not leave enough room on this disk", size_words(needed));
        return Err(Error::new(Code::NotEnoughSpace, path.display(), cause));
    }
    live(path, &probe.scratch, &probe.job)
}

const RESTORE: &str = "Stop the chatbot, and restore this database from the last archive in which it is whole.";

impl Look for Database {
    fn look(&self, probe: &Probe) -> Seen {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !self.path.exists() {
            return Seen::failing(format!("{} is not there", self.path.display()), RESTORE);
        }
        match crate::capture::sqlite::begins_as_database(&self.path) {
            Ok(true) => {}
            // A database that nothing was written to yet has no header.
            Ok(false) if self.path.metadata().is_ok_and(|meta| meta.len() == 0) => {
                let step = "If the chatbot has not been used yet, nothing. Otherwise restore it from an archive.";
                return Seen::warning(format!("{name} is empty"), step);
            }
            Ok(false) => return Seen::failing(format!("{name} is no database any more"), RESTORE),
            Err(e) => return unreadable(&name, &e.to_string()),
        }
        match probe.examinations.of(&self.path, probe) {
            Ok(found) => judge(&name, &found),
            Err((Code::DatabaseDamaged, cause)) => Seen::failing(format!("{name} is damaged: {cause}"), RESTORE),
            Err((Code::NotEnoughSpace, cause)) => {
                Seen::unknown(format!("{name} was not read: {cause}"), "Make room, and look again.")
            }
            Err((_, cause)) => unreadable(&name, &cause),
        }
    }
}

fn unreadable(name: &str, cause: &str) -> Seen {
    let step = "Look whether this user may read it, and whether a program holds it locked.";
    Seen::unknown(format!("{name} cannot be read: {cause}"), step)
}

fn judge(name: &str, found: &Examined) -> Seen {
    if !found.is_whole() {
        return Seen::failing(format!("{name} is damaged: {}", shortened(&one_line(&found.integrity))), RESTORE);
    }
    let rows: u64 = found.rows.values().sum();
    if let Some(first) = found.orphans.first() {
        let all: u64 = found.orphans.iter().map(|orphans| orphans.rows).sum();
        let Orphans { from, to, .. } = first;
        let more = if found.orphans.len() > 1 { ", and elsewhere" } else { "" };
        let text = format!("{name} holds together; {all} rows point to rows that are not there ({from} to {to}{more})");
        let step = "Something may have been deleted by half. Compare with an archive; if the chatbot always leaves such \
                    rows behind, switch the check off.";
        return Seen::warning(text, step).with(rows as f64, Unit::Rows);
    }
    let tables = found.rows.len();
    Seen::ok(format!("{name} holds together: {rows} rows in {tables} tables")).with(rows as f64, Unit::Rows)
}

/// Of a long complaint the beginning says enough.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 300;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;
    use holdfast_domain::health::State;

    fn make(path: &Path, sql: &str) {
        rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
    }

    fn look(path: &Path) -> Seen {
        let scratch = tempfile::tempdir().unwrap();
        Database { path: path.to_owned() }.look(&probe(scratch.path()))
    }

    #[test]
    fn a_whole_a_damaged_an_orphaned_a_missing_and_a_replaced_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("webui.db");
        assert!(look(&path).state == State::Failing && look(&path).text.ends_with("is not there"));
        make(
            &path,
            "CREATE TABLE user(id INTEGER PRIMARY KEY); CREATE TABLE chat(id INTEGER PRIMARY KEY, owner REFERENCES user(id), t);
             INSERT INTO user VALUES (1);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
             INSERT INTO chat SELECT i, 1, hex(randomblob(100)) FROM n;",
        );
        let good = look(&path);
        assert_eq!((good.state, good.text.as_str()), (State::Ok, "webui.db holds together: 501 rows in 2 tables"));
        make(&path, "PRAGMA foreign_keys=OFF; DELETE FROM user;");
        let orphaned = look(&path);
        assert_eq!(orphaned.state, State::Warning);
        assert!(orphaned.text.contains("500 rows point to rows that are not there (chat to user)"), "{orphaned:?}");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4096 * 4..4096 * 5].fill(0);
        std::fs::write(&path, &bytes).unwrap();
        let damaged = look(&path);
        assert!(damaged.state == State::Failing && damaged.text.starts_with("webui.db is damaged"), "{damaged:?}");
        std::fs::write(&path, vec![0x5a; 8192]).unwrap();
        assert_eq!(look(&path).text, "webui.db is no database any more");
        std::fs::write(&path, "").unwrap();
        assert_eq!(look(&path).state, State::Warning);
    }

    #[test]
    fn two_that_ask_read_it_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        make(&path, "CREATE TABLE a(x); INSERT INTO a VALUES (1);");
        let scratch = tempfile::tempdir().unwrap();
        let probe = probe(scratch.path());
        let first = probe.examinations.of(&path, &probe).unwrap();
        make(&path, "INSERT INTO a VALUES (2);");
        assert!(Arc::ptr_eq(&first, &probe.examinations.of(&path, &probe).unwrap()));
    }
}
