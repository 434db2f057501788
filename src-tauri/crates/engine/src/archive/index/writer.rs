use super::{DATABASE, Detail, END, MAGIC, Previous, RACY, WHOLE, XATTRS};
use crate::archive::codec::{put, put_bytes, put_signed};
use crate::archive::entry::{Entry, EntryKind, Extent, Owner, Place, path_order};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

/// Writes entries, which must come in `path_order` and without repetition.
#[derive(Debug)]
pub struct IndexWriter<W> {
    out: W,
    detail: Detail,
    buffer: Vec<u8>,
    owners: HashMap<Arc<Owner>, u64>,
    previous: Previous,
    count: u64,
}

impl<W: Write> IndexWriter<W> {
    pub fn new(out: W, detail: Detail) -> Self {
        Self { out, detail, buffer: MAGIC.to_vec(), owners: HashMap::new(), previous: Previous::default(), count: 0 }
    }

    pub fn push(&mut self, entry: &Entry) -> io::Result<()> {
        let previous = &mut self.previous;
        if self.count > 0 && path_order(&previous.path, &entry.path) != Ordering::Less {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{} comes twice or out of order", entry.display()),
            ));
        }
        let out = &mut self.buffer;
        let whole = match entry.extents[..] {
            [Extent { place: Place::At { archive: 0, offset }, length }] if length == entry.size => Some(offset),
            _ => None,
        };
        let mut head = entry.kind as u8;
        for (flag, set) in [
            (XATTRS, !entry.xattrs.is_empty()),
            (DATABASE, entry.database),
            (RACY, entry.racy),
            (WHOLE, whole.is_some()),
        ] {
            if set {
                head |= flag;
            }
        }
        out.push(head);
        let shared = previous.path.iter().zip(&entry.path).take_while(|(a, b)| a == b).count();
        put(out, shared as u64);
        put_bytes(out, &entry.path[shared..]);
        previous.path.clear();
        previous.path.extend_from_slice(&entry.path);
        self.count += 1;
        if entry.kind != EntryKind::Gone {
            out.push(entry.class.to_u8());
            if let Some(number) = self.owners.get(&entry.owner) {
                put(out, number + 1);
            } else {
                put(out, 0);
                put(out, u64::from(entry.owner.uid));
                put(out, u64::from(entry.owner.gid));
                put_bytes(out, entry.owner.user.as_bytes());
                put_bytes(out, entry.owner.group.as_bytes());
                self.owners.insert(entry.owner.clone(), self.owners.len() as u64);
            }
            put(out, u64::from(entry.mode));
            put_signed(out, entry.mtime.secs.wrapping_sub(previous.mtime));
            put(out, u64::from(entry.mtime.nanos));
            put_signed(out, entry.ctime.secs.wrapping_sub(entry.mtime.secs));
            put(out, u64::from(entry.ctime.nanos));
            put_signed(out, entry.inode.wrapping_sub(previous.inode) as i64);
            previous.mtime = entry.mtime.secs;
            previous.inode = entry.inode;
            if entry.database || self.detail == Detail::Found {
                out.extend_from_slice(&entry.source.to_le_bytes());
            }
            if entry.kind == EntryKind::File {
                put(out, entry.size);
                if self.detail == Detail::Captured && entry.size > 0 {
                    put_content(out, entry, whole, previous);
                }
            } else if entry.kind != EntryKind::Dir {
                put_bytes(out, &entry.link);
            }
            if !entry.xattrs.is_empty() {
                put(out, entry.xattrs.len() as u64);
                for (name, value) in &entry.xattrs {
                    put_bytes(out, name);
                    put_bytes(out, value);
                }
            }
        }
        if self.buffer.len() > 1 << 16 {
            self.out.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// Writes the end mark: an index without it reads back as truncated.
    pub fn finish(mut self) -> io::Result<W> {
        self.buffer.push(END);
        put(&mut self.buffer, self.count);
        self.out.write_all(&self.buffer)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

fn put_content(out: &mut Vec<u8>, entry: &Entry, whole: Option<u64>, previous: &mut Previous) {
    out.extend_from_slice(&entry.sha256);
    out.push(entry.content_in);
    if let Some(offset) = whole {
        put_signed(out, offset.wrapping_sub(previous.offset) as i64);
        previous.offset = offset + entry.size.next_multiple_of(512) + 512;
        return;
    }
    put(out, entry.extents.len() as u64);
    let mut expected = [0u64; 256];
    for extent in &entry.extents {
        match extent.place {
            Place::Hole => out.push(0),
            Place::At { archive, offset } => {
                out.push(archive + 1);
                let next = &mut expected[usize::from(archive)];
                put_signed(out, offset.wrapping_sub(*next) as i64);
                *next = offset + extent.length;
            }
        }
        put(out, extent.length);
    }
}
