//! What a file system says of a file, beside its content.
use crate::archive::{Entry, EntryKind, Owner, Segment, Time};
use crate::capture::users::Users;
use rustix::fs::{FileType, Stat};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;

/// Owners seen so far, so that a million files share a handful of them.
#[derive(Debug, Default)]
pub struct Owners {
    users: Users,
    known: HashMap<(u32, u32), Arc<Owner>>,
}

impl Owners {
    pub fn new(users: Users) -> Self {
        Self { users, known: HashMap::new() }
    }

    pub fn of(&mut self, uid: u32, gid: u32) -> Arc<Owner> {
        let users = &self.users;
        let owner = self.known.entry((uid, gid)).or_insert_with(|| {
            Arc::new(Owner { uid, gid, user: users.user(uid).to_owned(), group: users.group(gid).to_owned() })
        });
        owner.clone()
    }
}

/// What an entry is, or `None` for sockets, FIFOs and devices.
pub fn kind(stat: &Stat) -> Option<EntryKind> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Some(EntryKind::File),
        FileType::Directory => Some(EntryKind::Dir),
        FileType::Symlink => Some(EntryKind::Symlink),
        _ => None,
    }
}

/// Puts what `stat` says into an entry.
pub fn apply(entry: &mut Entry, stat: &Stat, owners: &mut Owners) {
    entry.mode = stat.st_mode & 0o7777;
    entry.owner = owners.of(stat.st_uid, stat.st_gid);
    entry.mtime = Time { secs: stat.st_mtime, nanos: stat.st_mtime_nsec as u32 };
    entry.ctime = Time { secs: stat.st_ctime, nanos: stat.st_ctime_nsec as u32 };
    entry.inode = stat.st_ino;
    entry.size = if entry.kind == EntryKind::File { stat.st_size as u64 } else { 0 };
}

/// What tells one state of a file from another without reading it.
pub fn state(stat: &Stat) -> (i64, u64, i64, u64, u64, i64) {
    (stat.st_mtime, stat.st_mtime_nsec, stat.st_ctime, stat.st_ctime_nsec, stat.st_ino, stat.st_size)
}

/// The same without changes of owner and mode.
pub fn content_state(stat: &Stat) -> (i64, u64, u64, i64) {
    (stat.st_mtime, stat.st_mtime_nsec, stat.st_ino, stat.st_size)
}

/// Extended attributes, ACLs among them, sorted by name. A file system without them has none.
pub fn xattrs(path: &Path) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut names = Vec::with_capacity(256);
    if let Err(e) = list(path, &mut names) {
        return match e {
            rustix::io::Errno::NOTSUP | rustix::io::Errno::NOSYS => Ok(Vec::new()),
            _ => Err(e.into()),
        };
    }
    let mut found = Vec::new();
    for name in names.split(|b| *b == 0).filter(|n| !n.is_empty()) {
        let mut value = Vec::with_capacity(1 << 16);
        match rustix::fs::lgetxattr(path, name, rustix::buffer::spare_capacity(&mut value)) {
            Ok(_) => {
                value.shrink_to_fit();
                found.push((name.to_vec(), value));
            }
            // Gone meanwhile, or of a kind that only the kernel reads.
            Err(rustix::io::Errno::NODATA | rustix::io::Errno::PERM | rustix::io::Errno::NOTSUP) => {}
            Err(e) => return Err(e.into()),
        }
    }
    found.sort();
    Ok(found)
}

fn list(path: &Path, names: &mut Vec<u8>) -> rustix::io::Result<()> {
    match rustix::fs::llistxattr(path, rustix::buffer::spare_capacity(names)) {
        Err(rustix::io::Errno::RANGE) => {
            names.reserve(1 << 16);
            rustix::fs::llistxattr(path, rustix::buffer::spare_capacity(names)).map(|_| ())
        }
        other => other.map(|_| ()),
    }
}

/// Where a file has data, if it has holes worth keeping. `None`: store it whole.
pub fn segments(file: &File, size: u64) -> Option<Vec<Segment>> {
    use rustix::fs::{SeekFrom, seek};
    let stat = rustix::fs::fstat(file.as_fd()).ok()?;
    if size < 1 << 16 || (stat.st_blocks as u64) * 512 >= size {
        return None;
    }
    let mut segments = Vec::new();
    let mut position = 0;
    while position < size {
        let start = match seek(file, SeekFrom::Data(position)) {
            Ok(start) if start < size => start,
            Ok(_) | Err(rustix::io::Errno::NXIO) => break,
            Err(_) => return None,
        };
        let end = seek(file, SeekFrom::Hole(start)).ok()?.min(size);
        if end <= start {
            return None;
        }
        segments.push(Segment { offset: start, length: end - start });
        position = end;
    }
    // GNU tar wants the end of the file named by a last, empty segment where it ends in a hole.
    if segments.last().is_none_or(|last| last.offset + last.length < size) {
        segments.push(Segment { offset: size, length: 0 });
    }
    let stored: u64 = segments.iter().map(|s| s.length).sum();
    (stored < size).then_some(segments)
}
