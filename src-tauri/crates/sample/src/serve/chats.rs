//! The server's view of its database.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use super::journal::Journal;
use crate::error::{At, Result};
use crate::seed::Rng;
use crate::sqlite::{open_live, unsigned};

const LAST: u32 = 10;

pub(super) struct Chats {
    path: PathBuf,
    db: Connection,
    journal: Option<Journal>,
    user: String,
    rng: Rng,
}

impl Chats {
    pub(super) fn open(path: &Path, journal: Option<&Path>) -> Result<Self> {
        let db = open_live(path)?;
        let user = db.query_row("SELECT id FROM user ORDER BY rowid LIMIT 1", [], |row| row.get(0)).at(path)?;
        // Another run must not make the same ids.
        let seed = now() ^ (u64::from(std::process::id()) << 48);
        Ok(Self {
            path: path.to_owned(),
            db,
            journal: journal.map(Journal::open).transpose()?,
            user,
            rng: Rng::new(seed, "server", 0),
        })
    }

    /// One transaction, then its line in the journal.
    pub(super) fn add(&mut self, message: &str) -> Result<Value> {
        let id = self.rng.uuid();
        let reply = {
            let mut text = String::new();
            let len = self.rng.between(80, 600);
            crate::words::prose(&mut self.rng, &mut text, len as usize, " ");
            text
        };
        let title: String = message.chars().take(60).collect();
        let at = (now() / 1_000_000_000) as i64;
        let talk = [
            json!({ "role": "user", "content": message, "timestamp": at }),
            json!({ "role": "assistant", "content": reply, "timestamp": at }),
        ];
        let chat = json!({ "title": title, "timestamp": at, "messages": talk }).to_string();
        self.insert(&id, &title, &chat, [("user", message), ("assistant", &reply)], at).at(&self.path)?;
        if let Some(journal) = &mut self.journal {
            journal.committed(&id, now())?;
        }
        Ok(json!({ "id": id, "reply": reply }))
    }

    fn insert(
        &mut self,
        id: &str,
        title: &str,
        chat: &str,
        messages: [(&str, &str); 2],
        at: i64,
    ) -> rusqlite::Result<()> {
        let change = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        change
            .prepare_cached("INSERT INTO chat VALUES (?1, ?2, ?3, ?4, ?5, ?5)")?
            .execute(params![id, self.user, title, chat, at])?;
        for (role, content) in messages {
            let message = format!("{id}-0{}", &role[..1]);
            change
                .prepare_cached("INSERT INTO message VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![message, id, role, content, at])?;
        }
        change.commit()
    }

    pub(super) fn list(&self) -> Result<Value> {
        self.last().at(&self.path)
    }

    fn last(&self) -> rusqlite::Result<Value> {
        let count: u64 = self.db.query_row("SELECT count(*) FROM chat", [], |row| unsigned(row, 0))?;
        let sql = "SELECT id FROM chat ORDER BY rowid DESC LIMIT ?1";
        let mut read = self.db.prepare_cached(sql)?;
        let ids: Vec<String> = read.query_map([LAST], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(json!({ "count": count, "last": ids }))
    }

    pub(super) fn get(&self, id: &str) -> Result<Option<Value>> {
        self.db
            .prepare_cached("SELECT id, title, chat FROM chat WHERE id = ?1")
            .and_then(|mut read| {
                let row = read.query_row([id], |row| {
                    let (id, title): (String, String) = (row.get(0)?, row.get(1)?);
                    let chat: String = row.get(2)?;
                    let chat: Value = serde_json::from_str(&chat).unwrap_or_default();
                    Ok(json!({ "id": id, "title": title, "chat": chat }))
                });
                row.optional()
            })
            .at(&self.path)
    }
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}
