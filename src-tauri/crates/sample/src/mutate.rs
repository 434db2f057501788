//! Some days of use: what a chatbot and its people change.

mod files;

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::Serialize;

use crate::error::{At, Error, Result};
use crate::files::{stored_bytes, walk};
use crate::layout::Layout;
use crate::seed::Rng;
use crate::sqlite::{beside, open_live};
use crate::stamp;
use crate::webui::{FileRow, add_chat, add_file, rewrite_chat};

const PAGE: u64 = 4096;

#[derive(Debug, Clone, Copy)]
pub struct Mutate {
    /// Of the bytes that the deployment takes up; holes do not count.
    pub percent: f64,
    pub seed: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Region {
    pub path: PathBuf,
    pub offset: u64,
    pub bytes: u64,
}

/// What was done. Paths are inside the deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Mutation {
    /// What the deployment took up before.
    pub of_bytes: u64,
    /// Estimated: SQLite changes whole pages.
    pub changed_bytes: u64,
    pub chats_added: u64,
    pub chats_rewritten: u64,
    pub conversations_rewritten: Vec<PathBuf>,
    pub conversations_added: Vec<PathBuf>,
    pub conversations_deleted: Vec<PathBuf>,
    pub upload_added: Option<PathBuf>,
    /// From and to.
    pub upload_renamed: Option<(PathBuf, PathBuf)>,
    pub vectors_overwritten: Option<Region>,
    pub log_appended: Option<Region>,
}

/// Changes about the given share of the deployment; the same seed changes the same deployment in the
/// same way. What is touched gets the time one day after the last change before. The server may run
/// meanwhile. Parts that are missing are passed over.
pub fn mutate(dir: &Path, options: &Mutate) -> Result<Mutation> {
    if !(options.percent > 0.0 && options.percent <= 100.0) {
        return Err(Error::invalid(options.percent.to_string(), "the share is above 0 and at most 100 percent"));
    }
    let mut of_bytes = 0;
    walk(dir, &mut |_, meta| {
        if meta.is_file() {
            of_bytes += stored_bytes(meta);
        }
        Ok(())
    })?;
    let mut change = Change {
        layout: Layout::new(dir),
        rng: Rng::new(options.seed, "mutate", 0),
        now: next_day(dir),
        budget: (of_bytes as f64 * options.percent / 100.0) as u64,
        touched: Vec::new(),
        done: Mutation { of_bytes, ..Mutation::default() },
    };
    change.conversations()?;
    let added = change.add_upload()?;
    let renamed = change.rename_upload()?;
    change.overwrite_vectors()?;
    change.append_log()?;
    change.database(added, renamed)?;
    // Last, because a change inside a folder changes the folder's time.
    for path in change.touched.iter().filter(|path| path.exists()) {
        stamp::set(path, change.now, 0)?;
    }
    Ok(change.done)
}

/// A day after the database was last changed, but never in the future.
fn next_day(dir: &Path) -> i64 {
    use std::os::unix::fs::MetadataExt;
    let last = std::fs::metadata(Layout::new(dir).webui_db()).map_or(stamp::END, |meta| meta.mtime());
    let clock = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(i64::MAX, |since| since.as_secs() as i64);
    (last + stamp::DAY).min(clock)
}

struct Change {
    layout: Layout,
    rng: Rng,
    /// Unix seconds.
    now: i64,
    /// Bytes.
    budget: u64,
    touched: Vec<PathBuf>,
    done: Mutation,
}

impl Change {
    fn share(&self, percent: u64) -> u64 {
        (self.budget * percent / 100).max(1)
    }

    fn inside(&self, path: &Path) -> PathBuf {
        path.strip_prefix(self.layout.root()).unwrap_or(path).to_owned()
    }

    /// New chats, and rewritten ones spread over the whole table, each in its own transaction.
    fn database(&mut self, added: Option<PathBuf>, renamed: Option<(PathBuf, PathBuf)>) -> Result<()> {
        let path = self.layout.webui_db();
        if !path.is_file() {
            return Ok(());
        }
        let budget = self.share(35);
        let db = open_live(&path)?;
        // Only the disk would notice, and the sample has no power cuts.
        db.execute_batch("PRAGMA synchronous = OFF").at(&path)?;
        let bytes = self.rows(&db, budget).at(&path)?;
        self.done.changed_bytes += bytes;
        self.file_rows(&db, added, renamed).at(&path)?;
        db.close().map_err(|(_, error)| error).at(&path)?;
        self.touched.push(beside(&path, "-wal"));
        self.touched.push(path);
        self.touched.push(self.layout.data());
        Ok(())
    }

    fn rows(&mut self, db: &Connection, budget: u64) -> rusqlite::Result<u64> {
        let last: i64 = db.query_row("SELECT coalesce(max(rowid), 0) FROM chat", [], |row| row.get(0))?;
        let user: String = db.query_row("SELECT id FROM user ORDER BY rowid LIMIT 1", [], |row| row.get(0))?;
        let mut bytes = 0;
        for turn in 0u64.. {
            if turn >= 2 && bytes >= budget {
                break;
            }
            db.execute_batch("BEGIN IMMEDIATE")?;
            if turn.is_multiple_of(3) {
                bytes += add_chat(db, &mut self.rng, &user, self.now)?.1 + 6 * PAGE;
                self.done.chats_added += 1;
            } else {
                let rowid = self.rng.below(last as u64) as i64;
                if let Some(len) = rewrite_chat(db, &mut self.rng, rowid, self.now)? {
                    bytes += (len / PAGE + 3) * PAGE;
                    self.done.chats_rewritten += 1;
                }
            }
            db.execute_batch("COMMIT")?;
        }
        Ok(bytes)
    }

    fn file_rows(
        &mut self,
        db: &Connection,
        added: Option<PathBuf>,
        renamed: Option<(PathBuf, PathBuf)>,
    ) -> rusqlite::Result<()> {
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(path) = added {
            let user: String = db.query_row("SELECT id FROM user ORDER BY rowid LIMIT 1", [], |row| row.get(0))?;
            let row = FileRow { name: name(&path), path: recorded(db, &path)? };
            add_file(db, &mut self.rng, &user, &row, self.now)?;
        }
        if let Some((from, to)) = renamed {
            db.execute(
                "UPDATE file SET filename = ?1, path = replace(path, filename, ?1) WHERE filename = ?2",
                [name(&to), name(&from)],
            )?;
        }
        Ok(())
    }
}

/// The path as the database would have it: below the same root as the paths that are there.
fn recorded(db: &Connection, path: &Path) -> rusqlite::Result<String> {
    const UPLOADS: &str = "/data/uploads/";
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let path = path.to_string_lossy();
    let sql = "SELECT coalesce(min(path), '') FROM file";
    let other: String = db.query_row(sql, [], |row| row.get(0))?;
    Ok(match (other.find(UPLOADS), path.rfind(UPLOADS)) {
        (Some(root), Some(inside)) => format!("{}{}", &other[..root], &path[inside..]),
        _ => path.into_owned(),
    })
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "webui.db: {} chats added, {} rewritten", self.chats_added, self.chats_rewritten)?;
        writeln!(
            f,
            "conversations: {} rewritten, {} added, {} deleted",
            self.conversations_rewritten.len(),
            self.conversations_added.len(),
            self.conversations_deleted.len()
        )?;
        if let Some(path) = &self.upload_added {
            writeln!(f, "upload added: {}", path.display())?;
        }
        if let Some((from, to)) = &self.upload_renamed {
            writeln!(f, "upload renamed: {} to {}", from.display(), to.display())?;
        }
        for (what, region) in [("overwritten", &self.vectors_overwritten), ("appended", &self.log_appended)] {
            if let Some(Region { path, offset, bytes }) = region {
                writeln!(f, "{what}: {} from {offset}, {bytes} bytes", path.display())?;
            }
        }
        write!(f, "about {} of {} bytes changed", self.changed_bytes, self.of_bytes)
    }
}

#[cfg(test)]
mod tests;
