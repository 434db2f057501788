//! Opening databases without disturbing them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::{At, Result};

const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// For bulk loading: nothing survives a crash, and nothing has to.
pub(crate) fn create_fast(path: &Path) -> Result<Connection> {
    let db = Connection::open(path).at(path)?;
    db.execute_batch(
        "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
         PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;",
    )
    .at(path)?;
    Ok(db)
}

/// As the chatbot opens it: WAL, and closing does not fold the `-wal` in.
pub(crate) fn open_live(path: &Path) -> Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).at(path)?;
    db.busy_timeout(Duration::from_secs(10)).at(path)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).at(path)?;
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;").at(path)?;
    Ok(db)
}

/// For reading in place. Without a `-wal` nothing at all is written beside the database; with one,
/// SQLite may make the `-shm` it needs.
pub(crate) fn open_read(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let still = if has_wal(path) { "" } else { "&immutable=1" };
    let uri = format!("file:{}?mode=ro{still}", escape(path));
    let db = Connection::open_with_flags(uri, flags).at(path)?;
    db.busy_timeout(Duration::from_secs(10)).at(path)?;
    Ok(db)
}

pub(crate) fn has_wal(path: &Path) -> bool {
    std::fs::metadata(beside(path, "-wal")).is_ok_and(|meta| meta.len() > 0)
}

/// `webui.db` and `-wal` make `webui.db-wal`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

pub(crate) fn is_sqlite(path: &Path) -> bool {
    use std::io::Read;
    let mut head = [0; 16];
    std::fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok()) && &head == MAGIC
}

fn escape(path: &Path) -> String {
    use std::fmt::Write;
    use std::os::unix::ffi::OsStrExt;
    let mut out = String::new();
    for &byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A count, length or page number, which SQLite holds with a sign.
pub(crate) fn unsigned(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}
