//! Whether a deployment is whole, by its data and not by what its server says.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::Serialize;

use crate::chroma::VECTOR;
use crate::error::{At, Error, Result};
use crate::hnsw;
use crate::layout::Layout;
use crate::sqlite::{open_read, unsigned};

#[derive(Debug, Clone, Default)]
pub struct Check {
    /// A journal that the server wrote: `id nanoseconds` a line.
    pub journal: Option<PathBuf>,
    /// Rows that the journal says were committed before this (Unix nanoseconds) must be there; all of
    /// its rows when absent.
    pub before: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Health {
    /// In words; empty when all is well.
    pub problems: Vec<String>,
    pub chats: u64,
    pub messages: u64,
    pub files: u64,
    /// Rows of `file` whose absolute path leads nowhere. No problem by itself: a deployment that was
    /// restored to another place has them all.
    pub files_elsewhere: u64,
    pub embeddings: u64,
    pub segments: u64,
    pub journal_rows: u64,
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        write!(
            f,
            "{} chats, {} messages, {} files ({} elsewhere), {} embeddings in {} segments, \
             {} rows of the journal",
            self.chats,
            self.messages,
            self.files,
            self.files_elsewhere,
            self.embeddings,
            self.segments,
            self.journal_rows
        )
    }
}

/// Problems are in the result; an error means that the check itself could not be made.
pub fn check(dir: &Path, options: &Check) -> Result<Health> {
    let layout = Layout::new(dir);
    let mut health = Health::default();
    let mut ids = HashSet::new();
    database(&layout.webui_db(), &mut health, |db, health| {
        health.chats = count(db, "chat")?;
        health.messages = count(db, "message")?;
        health.files = count(db, "file")?;
        each(db, "SELECT path FROM file", |path| {
            health.files_elsewhere += u64::from(!Path::new(&path).exists());
        })?;
        if options.journal.is_some() {
            each(db, "SELECT id FROM chat", |id| {
                ids.insert(id);
            })?;
        }
        Ok(())
    });
    let mut folders = Vec::new();
    database(&layout.chroma_db(), &mut health, |db, health| {
        health.embeddings = count(db, "embeddings")?;
        let mut read = db.prepare(
            "SELECT v.id, (SELECT count(*) FROM embeddings e JOIN segments m ON m.id = e.segment_id
                           WHERE m.collection = v.collection)
             FROM segments v WHERE v.type = ?1 ORDER BY v.id",
        )?;
        let mut rows = read.query([VECTOR])?;
        while let Some(row) = rows.next()? {
            folders.push((row.get::<_, String>(0)?, unsigned(row, 1)?));
        }
        Ok(())
    });
    for (id, embeddings) in folders {
        health.segments += 1;
        let (problems, elements) = hnsw::inspect(&layout.vectors().join(&id));
        if problems.is_empty() && elements != embeddings {
            health.problems.push(format!("vector segment {id} has {elements} elements, its collection {embeddings}"));
        }
        health.problems.extend(problems);
    }
    if let Some(journal) = &options.journal {
        let before = options.before.unwrap_or(u64::MAX);
        for id in committed_before(journal, before)? {
            health.journal_rows += 1;
            if !ids.contains(&id) {
                health.problems.push(format!("chat {id} was committed and is not there"));
            }
        }
    }
    Ok(health)
}

/// Ids of the journal's rows. A last line without its end was being written and says nothing.
fn committed_before(journal: &Path, before: u64) -> Result<Vec<String>> {
    let text = fs::read_to_string(journal).at(journal)?;
    let mut ids = Vec::new();
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let parts = line.trim_end().split_once(' ');
        let Some((id, Ok(at))) = parts.map(|(id, at)| (id, at.parse::<u64>())) else {
            return Err(Error::invalid(journal.display().to_string(), format!("not a line of a journal: {line:?}")));
        };
        if at < before {
            ids.push(id.to_owned());
        }
    }
    Ok(ids)
}

fn database(path: &Path, health: &mut Health, read: impl FnOnce(&Connection, &mut Health) -> rusqlite::Result<()>) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let outcome = open_read(path).and_then(|db| {
        // What it finds comes as rows of text, not as an error.
        each(&db, "PRAGMA integrity_check", |line| {
            if line != "ok" {
                health.problems.push(format!("{name}: {line}"));
            }
        })
        .at(path)?;
        read(&db, health).at(path)
    });
    if let Err(error) = outcome {
        health.problems.push(error.to_string());
    }
}

fn count(db: &Connection, table: &str) -> rusqlite::Result<u64> {
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| unsigned(row, 0))
}

fn each(db: &Connection, sql: &str, mut visit: impl FnMut(String)) -> rusqlite::Result<()> {
    let mut read = db.prepare(sql)?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        visit(row.get(0)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_is_cut_at_the_time_and_at_a_torn_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        fs::write(&path, "a 10\nb 20\nc 30\nd 4").unwrap();
        assert_eq!(committed_before(&path, 30).unwrap(), ["a", "b"]);
        assert_eq!(committed_before(&path, u64::MAX).unwrap(), ["a", "b", "c"]);
        fs::write(&path, "nonsense\n").unwrap();
        assert!(committed_before(&path, 30).is_err());
    }

    #[test]
    fn nothing_there_is_not_healthy() {
        let dir = tempfile::tempdir().unwrap();
        let health = check(dir.path(), &Check::default()).unwrap();
        assert_eq!(health.problems.len(), 2);
    }
}
