//! A hash over what a database says, whatever its pages look like.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::hash_bytes;
use crate::error::{At, Result};
use crate::sqlite::{beside, has_wal, open_read};

pub(super) fn hash(path: &Path) -> Result<String> {
    let rows = if has_wal(path) {
        // Reading it in place would make a `-shm` beside it, and change the folder's time.
        let folder = tempfile::tempdir().at(path)?;
        let copy = folder.path().join("copy");
        fs::copy(path, &copy).at(path)?;
        let wal = beside(path, "-wal");
        fs::copy(&wal, beside(&copy, "-wal")).at(&wal)?;
        open_read(&copy).and_then(|db| rows(&db).at(path))
    } else {
        open_read(path).and_then(|db| rows(&db).at(path))
    };
    match rows {
        Ok(hash) => Ok(hash),
        Err(_) => Ok(format!("damaged:{}", hash_bytes(path)?)),
    }
}

fn rows(db: &Connection) -> rusqlite::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut tables = Vec::new();
    let mut schema =
        db.prepare("SELECT type, name, coalesce(sql, ''), rootpage FROM sqlite_schema ORDER BY type, name")?;
    let mut found = schema.query([])?;
    while let Some(row) = found.next()? {
        let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
        let (sql, root): (String, i64) = (row.get(2)?, row.get(3)?);
        for text in [&kind, &name, &sql] {
            update(&mut hasher, b'n', text.as_bytes());
        }
        if kind == "table" && root > 0 {
            tables.push(name);
        }
    }
    for table in tables {
        update(&mut hasher, b'n', table.as_bytes());
        let quoted = table.replace('"', "\"\"");
        // Tables without a rowid are in the order of their key anyway.
        let mut read = match db.prepare(&format!("SELECT rowid, * FROM \"{quoted}\" ORDER BY rowid")) {
            Ok(read) => read,
            Err(_) => db.prepare(&format!("SELECT * FROM \"{quoted}\""))?,
        };
        let columns = read.column_count();
        let mut rows = read.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                match row.get_ref(column)? {
                    ValueRef::Null => update(&mut hasher, b'0', &[]),
                    ValueRef::Integer(n) => update(&mut hasher, b'i', &n.to_le_bytes()),
                    ValueRef::Real(n) => update(&mut hasher, b'r', &n.to_le_bytes()),
                    ValueRef::Text(text) => update(&mut hasher, b't', text),
                    ValueRef::Blob(blob) => update(&mut hasher, b'b', blob),
                }
            }
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn update(hasher: &mut blake3::Hasher, kind: u8, bytes: &[u8]) {
    hasher.update(&[kind]);
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}
