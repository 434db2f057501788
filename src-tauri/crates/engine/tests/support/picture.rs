//! What is below a folder, in everything that a restore has to bring back.
use rusqlite::Connection;
use rusqlite::types::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

const SQLITE: &[u8] = b"SQLite format 3\0";
const SIDECARS: [&str; 3] = ["-wal", "-shm", "-journal"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Folder,
    Link(Vec<u8>),
    File {
        size: u64,
        sha256: String,
    },
    /// Its tables and rows: a copy need not be the same bytes.
    Database(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub what: What,
    /// Zero for a link, which has none of its own.
    pub mode: u32,
    pub owner: (u32, u32),
    /// Seconds and nanoseconds.
    pub mtime: (i64, i64),
    pub xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Of a file with several names, the first of them.
    pub shares: Option<Vec<u8>>,
}

pub type Picture = BTreeMap<Vec<u8>, Item>;

/// The roots `data` and `conf` in a folder, themselves included. Left out: sockets and FIFOs, and what SQLite keeps
/// beside a database.
pub fn take(folder: &Path) -> Picture {
    let mut found = Picture::new();
    let mut names: BTreeMap<(u64, u64), Vec<Vec<u8>>> = BTreeMap::new();
    let mut waiting: Vec<PathBuf> = ["data", "conf"].map(|root| folder.join(root)).to_vec();
    while let Some(path) = waiting.pop() {
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        let name = path.strip_prefix(folder).unwrap().as_os_str().as_bytes().to_vec();
        let what = if meta.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|item| item.unwrap().path()));
            What::Folder
        } else if meta.is_symlink() {
            What::Link(fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec())
        } else if meta.is_file() && !is_sidecar(&path) {
            let content = fs::read(&path).unwrap();
            names.entry((meta.dev(), meta.ino())).or_default().push(name.clone());
            if content.starts_with(SQLITE) {
                What::Database(rows(&path))
            } else {
                What::File { size: meta.len(), sha256: hex::encode(Sha256::digest(&content)) }
            }
        } else {
            continue;
        };
        let item = Item {
            mode: if meta.is_symlink() { 0 } else { meta.mode() & 0o7777 },
            owner: (meta.uid(), meta.gid()),
            mtime: (meta.mtime(), meta.mtime_nsec()),
            xattrs: xattrs(&path),
            shares: None,
            what,
        };
        found.insert(name, item);
    }
    for mut group in names.into_values().filter(|group| group.len() > 1) {
        group.sort();
        for name in &group {
            found.get_mut(name).unwrap().shares = Some(group[0].clone());
        }
    }
    found
}

fn is_sidecar(path: &Path) -> bool {
    let name = path.as_os_str().as_bytes();
    SIDECARS.iter().filter_map(|ending| name.strip_suffix(ending.as_bytes())).any(|database| {
        fs::read(Path::new(std::ffi::OsStr::from_bytes(database))).is_ok_and(|content| content.starts_with(SQLITE))
    })
}

pub fn xattrs(path: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut names = vec![0; 1 << 16];
    let length = rustix::fs::llistxattr(path, &mut names[..]).unwrap_or(0);
    let mut found = BTreeMap::new();
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let mut value = vec![0; 1 << 16];
        let length = rustix::fs::lgetxattr(path, name, &mut value[..]).unwrap();
        value.truncate(length);
        found.insert(name.to_vec(), value);
    }
    found
}

/// Everything in a database, read from a copy so that nothing about the original changes.
fn rows(path: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    for ending in ["", "-wal", "-journal"] {
        let mut from = path.as_os_str().to_owned();
        from.push(ending);
        if Path::new(&from).exists() {
            fs::copy(&from, format!("{}{ending}", copy.display())).unwrap();
        }
    }
    let database = Connection::open(&copy).unwrap();
    let mut tables =
        database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
    let tables = tables.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    let mut said = String::new();
    for (name, sql) in tables.map(|table| table.unwrap()) {
        writeln!(said, "{sql}").unwrap();
        let mut rows = database.prepare(&format!("SELECT rowid, * FROM \"{name}\" ORDER BY rowid")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                match row.get::<_, Value>(column).unwrap() {
                    Value::Blob(blob) => write!(said, "{} ", hex::encode(Sha256::digest(blob))).unwrap(),
                    other => write!(said, "{other:?} ").unwrap(),
                }
            }
            said.push('\n');
        }
    }
    said
}

/// Where two pictures differ, in words; empty where they do not.
pub fn differences(expected: &Picture, actual: &Picture) -> String {
    let mut said = String::new();
    for path in expected.keys().chain(actual.keys().filter(|path| !expected.contains_key(*path))) {
        let (left, right) = (expected.get(path), actual.get(path));
        if left != right && said.len() < 4000 {
            writeln!(said, "{:?}\n  was {left:?}\n  is  {right:?}", String::from_utf8_lossy(path)).unwrap();
        }
    }
    said
}

#[track_caller]
pub fn assert_same(expected: &Picture, actual: &Picture, what: &str) {
    let differences = differences(expected, actual);
    assert!(differences.is_empty(), "{what}:\n{differences}");
}

/// Removes a folder with all that is in it, folders without permissions included.
pub fn remove_tree(path: &Path) {
    if fs::remove_dir_all(path).is_ok() {
        return;
    }
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        for item in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if item.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(item.path());
            }
        }
    }
    fs::remove_dir_all(path).unwrap();
}
