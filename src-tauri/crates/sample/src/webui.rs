//! `webui.db`: users, chats, messages and files, the last of them only in the `-wal`.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, params};

use crate::conversation::{column, some_len};
use crate::error::{At, Result};
use crate::seed::Rng;
use crate::sqlite::{beside, create_fast, open_live, unsigned};
use crate::stamp::{BEGIN, END, some_time};
use crate::wal;
use crate::words::{prose, title};

const SCHEMA: &str = "
CREATE TABLE user (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, role TEXT NOT NULL,
    created_at INTEGER NOT NULL, last_active_at INTEGER NOT NULL);
CREATE TABLE auth (id TEXT PRIMARY KEY, email TEXT NOT NULL, password TEXT NOT NULL,
    active INTEGER NOT NULL);
CREATE TABLE chat (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, title TEXT NOT NULL,
    chat TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE TABLE message (id TEXT PRIMARY KEY, chat_id TEXT NOT NULL, role TEXT NOT NULL,
    content TEXT NOT NULL, created_at INTEGER NOT NULL);
CREATE TABLE file (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, filename TEXT NOT NULL,
    path TEXT NOT NULL, created_at INTEGER NOT NULL);
";
const INDEXES: &str = "
CREATE INDEX chat_user_updated ON chat (user_id, updated_at);
CREATE INDEX message_chat ON message (chat_id);
";
const NAMES: [&str; 5] = ["Ada", "Jörg", "Mei", "Olu", "Zoë"];
const CHAT_MEAN: u64 = 7_000;
const PAGE: u64 = 4096;
const BATCH: u64 = 64;

/// One row of `file`.
pub(crate) struct FileRow {
    pub(crate) name: String,
    /// Absolute, as the chatbot stores it.
    pub(crate) path: String,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rows {
    pub(crate) chats: u64,
    /// Those of them that are only in the `-wal`.
    pub(crate) chats_in_wal: u64,
}

/// Makes the database and its `-wal`, about `budget` bytes together.
pub(crate) fn make(path: &Path, seed: u64, budget: u64, files: &[FileRow]) -> Result<Rows> {
    let mut rng = Rng::new(seed, "webui", 0);
    let db = create_fast(path)?;
    db.execute_batch(SCHEMA).at(path)?;
    let users = people(&db, &mut rng).at(path)?;
    for file in files {
        add_file(&db, &mut rng, &users[0], file, BEGIN).at(path)?;
    }

    let tail = (budget / 400 / CHAT_MEAN).clamp(8, 400);
    // A change of one row writes whole pages, and the indexes come last.
    let bulk = (budget / 100 * 97).saturating_sub(tail * 12 * PAGE);
    let mut rows = Rows::default();
    loop {
        let pages: u64 = db.query_row("PRAGMA page_count", [], |row| unsigned(row, 0)).at(path)?;
        if pages * PAGE >= bulk {
            break;
        }
        let left = (bulk - pages * PAGE) / (CHAT_MEAN + CHAT_MEAN / 2);
        db.execute_batch("BEGIN").at(path)?;
        for _ in 0..left.clamp(1, BATCH) {
            let user = &users[rng.below(users.len() as u64) as usize];
            let at = some_time(&mut rng);
            add_chat(&db, &mut rng, user, at).at(path)?;
            rows.chats += 1;
        }
        db.execute_batch("COMMIT").at(path)?;
    }
    db.execute_batch(INDEXES).at(path)?;
    db.close().map_err(|(_, error)| error).at(path)?;

    let db = open_live(path)?;
    db.execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF;").at(path)?;
    for _ in 0..tail {
        add_chat(&db, &mut rng, &users[0], END - 60).at(path)?;
        rows.chats_in_wal += 1;
    }
    rows.chats += rows.chats_in_wal;
    db.close().map_err(|(_, error)| error).at(path)?;
    // SQLite makes it anew from the `-wal`; with new salts it would only be wrong.
    let index = beside(path, "-shm");
    fs::remove_file(&index).at(&index)?;
    wal::settle(&beside(path, "-wal"), seed)?;
    Ok(rows)
}

fn people(db: &Connection, rng: &mut Rng) -> rusqlite::Result<Vec<String>> {
    let mut ids = Vec::new();
    for (index, name) in NAMES.iter().enumerate() {
        let id = rng.uuid();
        let role = if index == 0 { "admin" } else { "user" };
        let email = format!("user{index}@example.org");
        db.execute("INSERT INTO user VALUES (?1, ?2, ?3, ?4, ?5, ?6)", params![id, name, email, role, BEGIN, END])?;
        let password = format!("$2b$12${}", rng.hex(53));
        db.execute("INSERT INTO auth VALUES (?1, ?2, ?3, 1)", params![id, email, password])?;
        ids.push(id);
    }
    Ok(ids)
}

/// Adds a chat with a few messages; returns its id and the bytes of its rows.
pub(crate) fn add_chat(db: &Connection, rng: &mut Rng, user: &str, at: i64) -> rusqlite::Result<(String, u64)> {
    let id = rng.uuid();
    let title = title(rng);
    let len = some_len(rng, CHAT_MEAN);
    let chat = column(rng, &title, len, at);
    let updated = at + rng.between(0, 7_200) as i64;
    db.prepare_cached("INSERT INTO chat VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![id, user, title, chat, at, updated])?;
    let mut bytes = chat.len() as u64 + 150;
    let mut insert = db.prepare_cached("INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut content = String::new();
    for turn in 0..rng.between(1, 3) {
        for (role, len) in [("user", rng.between(20, 400)), ("assistant", rng.between(200, 2_000))] {
            content.clear();
            prose(rng, &mut content, len as usize, "\n\n");
            let message = format!("{id}-{turn}{}", &role[..1]);
            let when = at + turn as i64 * 40;
            insert.execute(params![message, id, role, content, when])?;
            bytes += content.len() as u64 + 200;
        }
    }
    Ok((id, bytes))
}

pub(crate) fn add_file(db: &Connection, rng: &mut Rng, user: &str, file: &FileRow, at: i64) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO file VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
        rng.uuid(),
        user,
        file.name,
        file.path,
        at
    ])?;
    Ok(())
}

/// Writes another conversation of the same length into the chat at or after `rowid`, or the first one.
/// Returns the bytes written; nothing when there is no chat.
pub(crate) fn rewrite_chat(db: &Connection, rng: &mut Rng, rowid: i64, at: i64) -> rusqlite::Result<Option<u64>> {
    let find = "SELECT rowid, title, length(chat) FROM chat WHERE rowid >= ?1 ORDER BY rowid LIMIT 1";
    let mut find = db.prepare_cached(find)?;
    let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<(i64, String, u64)> {
        Ok((row.get(0)?, row.get(1)?, unsigned(row, 2)?))
    };
    let found = match find.query_row([rowid], read) {
        Err(rusqlite::Error::QueryReturnedNoRows) => find.query_row([i64::MIN], read),
        other => other,
    };
    let (rowid, title, len) = match found {
        Err(rusqlite::Error::QueryReturnedNoRows) => return Ok(None),
        other => other?,
    };
    let chat = column(rng, &title, len as usize, at);
    db.prepare_cached("UPDATE chat SET chat = ?1, updated_at = ?2 WHERE rowid = ?3")?
        .execute(params![chat, at, rowid])?;
    Ok(Some(chat.len() as u64))
}
