//! A tree as lines that can be compared: what it holds, not how a file system stores it.

mod dump;

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rustix::fs::{lgetxattr, llistxattr};

use crate::error::{At, Result};
use crate::pool::{self, Job};
use crate::sqlite::is_sqlite;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    /// A SQLite database. `size` is absent and `hash` is over its rows, a `-wal` included: a copy
    /// made through SQLite has the same rows but seldom the same bytes.
    Sqlite,
    Folder,
    Link,
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Inside the tree, escaped; `.` for the tree itself.
    pub path: String,
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Nanoseconds since 1970; absent once [`without_mtime`] was here.
    pub mtime: Option<i128>,
    pub size: Option<u64>,
    /// BLAKE3 in hex; `damaged:` before it where a database cannot be read whole.
    pub hash: Option<String>,
    pub target: Option<String>,
    /// By name; values escaped.
    pub xattrs: Vec<(String, String)>,
    /// The first name of the same file, for further hard links.
    pub same_as: Option<String>,
}

pub type Snapshot = Vec<Entry>;

/// Everything in `dir`, by path. Left out are `*-wal`, `*-shm`, and whatever has one of the
/// `exclude`d names (or paths inside `dir`), with all that is in it. The tree is not touched.
pub fn snapshot(dir: &Path, exclude: &[String]) -> Result<Snapshot> {
    let mut found = vec![(dir.to_owned(), ".".to_owned())];
    collect(dir, dir, exclude, &mut found)?;
    found.sort_unstable_by(|a, b| a.1.cmp(&b.1));

    let mut first_names = HashMap::new();
    let mut entries = Vec::with_capacity(found.len());
    for (path, name) in &found {
        let mut entry = describe(path, name.clone())?;
        let meta = fs::symlink_metadata(path).at(path)?;
        if meta.is_file() && meta.nlink() > 1 {
            let inode = (meta.dev(), meta.ino());
            entry.same_as = first_names.get(&inode).cloned();
            first_names.entry(inode).or_insert_with(|| name.clone());
        }
        entries.push(entry);
    }

    let hashes = Mutex::new(vec![None; entries.len()]);
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for (first, some) in entries.chunks(64).enumerate() {
        let (found, hashes) = (&found, &hashes);
        jobs.push(Box::new(move || {
            for (index, entry) in (first * 64..).zip(some) {
                let hash = match entry.kind {
                    Kind::File => hash_bytes(&found[index].0)?,
                    Kind::Sqlite => dump::hash(&found[index].0)?,
                    _ => continue,
                };
                if let Ok(mut hashes) = hashes.lock() {
                    hashes[index] = Some(hash);
                }
            }
            Ok(())
        }));
    }
    pool::run(jobs)?;
    let hashes = hashes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    for (entry, hash) in entries.iter_mut().zip(hashes) {
        entry.hash = hash;
    }
    Ok(entries)
}

pub fn without_mtime(mut snapshot: Snapshot) -> Snapshot {
    for entry in &mut snapshot {
        entry.mtime = None;
    }
    snapshot
}

/// What differs, as lines: `-` only in `before`, `+` only in `after`.
pub fn diff(before: &[Entry], after: &[Entry]) -> Vec<String> {
    let by_path = |entries: &[Entry]| -> std::collections::BTreeMap<String, String> {
        entries.iter().map(|e| (e.path.clone(), e.to_string())).collect()
    };
    let (before, after) = (by_path(before), by_path(after));
    let mut lines = Vec::new();
    for (path, line) in &before {
        if after.get(path) != Some(line) {
            lines.push(format!("-{line}"));
            lines.extend(after.get(path).map(|line| format!("+{line}")));
        }
    }
    let new = after.iter().filter(|(path, _)| !before.contains_key(*path));
    lines.extend(new.map(|(_, line)| format!("+{line}")));
    lines
}

fn collect(root: &Path, folder: &Path, exclude: &[String], found: &mut Vec<(PathBuf, String)>) -> Result<()> {
    for entry in fs::read_dir(folder).at(folder)? {
        let entry = entry.at(folder)?;
        let path = entry.path();
        let name = escape(entry.file_name().as_bytes());
        let inside = path.strip_prefix(root).unwrap_or(&path);
        let inside = escape(inside.as_os_str().as_bytes());
        let unwanted = exclude.iter().any(|e| *e == name || *e == inside);
        if unwanted || name.ends_with("-wal") || name.ends_with("-shm") {
            continue;
        }
        let is_folder = entry.file_type().at(&path)?.is_dir();
        found.push((path.clone(), inside));
        if is_folder {
            collect(root, &path, exclude, found)?;
        }
    }
    Ok(())
}

fn describe(path: &Path, name: String) -> Result<Entry> {
    let meta = fs::symlink_metadata(path).at(path)?;
    let kind = if meta.is_dir() {
        Kind::Folder
    } else if meta.is_symlink() {
        Kind::Link
    } else if !meta.is_file() {
        Kind::Other
    } else if is_sqlite(path) {
        Kind::Sqlite
    } else {
        Kind::File
    };
    let target = match kind {
        Kind::Link => Some(escape(fs::read_link(path).at(path)?.as_os_str().as_bytes())),
        _ => None,
    };
    Ok(Entry {
        path: name,
        kind,
        mode: meta.mode() & 0o7777,
        uid: meta.uid(),
        gid: meta.gid(),
        mtime: Some(i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec())),
        size: (kind == Kind::File).then_some(meta.len()),
        hash: None,
        target,
        xattrs: xattrs(path)?,
        same_as: None,
    })
}

fn xattrs(path: &Path) -> Result<Vec<(String, String)>> {
    let mut buffer = vec![0; 1 << 16];
    let len = match llistxattr(path, buffer.as_mut_slice()) {
        Ok(len) => len,
        Err(rustix::io::Errno::NOTSUP) => 0,
        Err(error) => return Err(error).at(path),
    };
    let mut found = Vec::new();
    for name in buffer[..len].split(|byte| *byte == 0) {
        // The label belongs to the place, not to the file.
        if name.is_empty() || name == b"security.selinux" {
            continue;
        }
        let mut value = vec![0; 1 << 16];
        let len = lgetxattr(path, name, value.as_mut_slice()).at(path)?;
        found.push((escape(name), escape(&value[..len])));
    }
    found.sort_unstable();
    Ok(found)
}

fn hash_bytes(path: &Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let file = fs::File::open(path).at(path)?;
    hasher.update_reader(file).at(path)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// UTF-8 stays readable; everything that would break a line, and bytes that are no text, do not.
fn escape(bytes: &[u8]) -> String {
    use fmt::Write;
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                c if c.is_control() => out.extend(c.escape_default()),
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

impl fmt::Display for Entry {
    /// Fields between tabs; `-` for what an entry does not have.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::File => "file",
            Kind::Sqlite => "sqlite",
            Kind::Folder => "folder",
            Kind::Link => "link",
            Kind::Other => "other",
        };
        let (path, mode, uid, gid) = (&self.path, self.mode, self.uid, self.gid);
        write!(f, "{path}\t{kind}\t{mode:04o}\t{uid}\t{gid}\t")?;
        optional(f, self.mtime.as_ref())?;
        optional(f, self.size.as_ref())?;
        optional(f, self.hash.as_ref())?;
        optional(f, self.target.as_ref())?;
        let xattrs: Vec<_> = self.xattrs.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let xattrs = xattrs.join(";");
        optional(f, Some(&xattrs).filter(|x| !x.is_empty()))?;
        f.write_str(self.same_as.as_deref().unwrap_or("-"))
    }
}

fn optional<T: fmt::Display>(f: &mut fmt::Formatter<'_>, value: Option<&T>) -> fmt::Result {
    match value {
        Some(value) => write!(f, "{value}\t"),
        None => f.write_str("-\t"),
    }
}

#[cfg(test)]
mod tests;
