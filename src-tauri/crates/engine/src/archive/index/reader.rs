use super::{DATABASE, Detail, END, MAGIC, Previous, RACY, WHOLE, XATTRS};
use crate::archive::codec::{array, byte, damaged, get, get_bytes, get_signed};
use crate::archive::entry::{Entry, EntryKind, Extent, Owner, Place, Time, is_safe, path_order};
use holdfast_domain::Class;
use std::cmp::Ordering;
use std::io::{self, BufRead};
use std::sync::Arc;

/// Linux allows 64 KiB for each attribute's value.
const ATTRIBUTE_LIMIT: u64 = 1 << 16;
const PATH_LIMIT: u64 = 1 << 16;
/// 64 KiB blocks, alternating: more extents than this would be a file of half a petabyte.
const EXTENT_LIMIT: u64 = 1 << 32;
/// Larger than any archive; sums of two stay far from overflow.
const PLACE_LIMIT: u64 = 1 << 60;

/// Reads entries back. Every path is checked: safe, and in order, so none comes twice.
pub struct IndexReader<R> {
    input: R,
    detail: Detail,
    owners: Vec<Arc<Owner>>,
    previous: Previous,
    count: u64,
    ended: bool,
}

impl<R: BufRead> IndexReader<R> {
    pub fn new(mut input: R, detail: Detail) -> io::Result<Self> {
        if &array::<8>(&mut input)? != MAGIC {
            return Err(damaged("it does not begin as an index"));
        }
        Ok(Self { input, detail, owners: Vec::new(), previous: Previous::default(), count: 0, ended: false })
    }

    fn read(&mut self) -> io::Result<Option<Entry>> {
        let head = byte(&mut self.input)?;
        if head == END {
            let count = get(&mut self.input)?;
            self.ended = true;
            if count != self.count {
                return Err(damaged("entries are missing"));
            }
            return Ok(None);
        }
        let kind = EntryKind::from_u8(head & 7).ok_or_else(|| damaged("an unknown kind of entry"))?;
        let shared = get(&mut self.input)? as usize;
        if shared > self.previous.path.len() {
            return Err(damaged("a path"));
        }
        let rest = get_bytes(&mut self.input, PATH_LIMIT)?;
        let mut path = self.previous.path[..shared].to_vec();
        path.extend_from_slice(&rest);
        if !is_safe(&path) {
            return Err(damaged("a path leads out of its folder"));
        }
        if self.count > 0 && path_order(&self.previous.path, &path) != Ordering::Less {
            return Err(damaged("a path comes twice or out of order"));
        }
        self.previous.path.clone_from(&path);
        self.count += 1;
        let mut entry = Entry::gone(path);
        entry.kind = kind;
        if kind == EntryKind::Gone {
            return Ok(Some(entry));
        }
        entry.database = head & DATABASE != 0;
        entry.racy = head & RACY != 0;
        self.read_metadata(&mut entry)?;
        if kind == EntryKind::File {
            entry.size = get(&mut self.input)?;
            if entry.size > PLACE_LIMIT {
                return Err(damaged("a size"));
            }
            if self.detail == Detail::Captured && entry.size > 0 {
                self.read_content(&mut entry, head & WHOLE != 0)?;
            }
        } else if kind != EntryKind::Dir {
            entry.link = get_bytes(&mut self.input, PATH_LIMIT)?;
            if kind == EntryKind::Hardlink && !is_safe(&entry.link) {
                return Err(damaged("a hard link leads out of its folder"));
            }
        }
        if head & XATTRS != 0 {
            let count = get(&mut self.input)?;
            for _ in 0..count.min(ATTRIBUTE_LIMIT) {
                let name = get_bytes(&mut self.input, 256)?;
                entry.xattrs.push((name, get_bytes(&mut self.input, ATTRIBUTE_LIMIT)?));
            }
        }
        Ok(Some(entry))
    }

    fn read_metadata(&mut self, entry: &mut Entry) -> io::Result<()> {
        let input = &mut self.input;
        entry.class = Class::from_u8(byte(input)?).ok_or_else(|| damaged("an unknown class"))?;
        let owner = get(input)?;
        if owner == 0 {
            let number = |n: u64| u32::try_from(n).map_err(|_| damaged("an owner"));
            let uid = number(get(input)?)?;
            let gid = number(get(input)?)?;
            let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| damaged("an owner's name"));
            let user = text(get_bytes(input, 4096)?)?;
            let group = text(get_bytes(input, 4096)?)?;
            self.owners.push(Arc::new(Owner { uid, gid, user, group }));
            entry.owner = self.owners[self.owners.len() - 1].clone();
        } else {
            let known = self.owners.get(owner as usize - 1).ok_or_else(|| damaged("an owner"))?;
            entry.owner = known.clone();
        }
        entry.mode = (get(input)? & 0o7777) as u32;
        let previous = &mut self.previous;
        let nanos = |n: u64| u32::try_from(n).ok().filter(|n| *n < 1_000_000_000).ok_or_else(|| damaged("a time"));
        let secs = previous.mtime.wrapping_add(get_signed(input)?);
        entry.mtime = Time { secs, nanos: nanos(get(input)?)? };
        let secs = secs.wrapping_add(get_signed(input)?);
        entry.ctime = Time { secs, nanos: nanos(get(input)?)? };
        entry.inode = previous.inode.wrapping_add(get_signed(input)? as u64);
        previous.mtime = entry.mtime.secs;
        previous.inode = entry.inode;
        if entry.database || self.detail == Detail::Found {
            entry.source = u64::from_le_bytes(array(input)?);
        }
        Ok(())
    }

    fn read_content(&mut self, entry: &mut Entry, whole: bool) -> io::Result<()> {
        let input = &mut self.input;
        entry.sha256 = array(input)?;
        entry.content_in = byte(input)?;
        if whole {
            let offset = self.previous.offset.wrapping_add(get_signed(input)? as u64);
            if offset > PLACE_LIMIT {
                return Err(damaged("a place"));
            }
            entry.extents = vec![Extent { place: Place::At { archive: 0, offset }, length: entry.size }];
            self.previous.offset = offset + entry.size.next_multiple_of(512) + 512;
            return Ok(());
        }
        let count = get(input)?;
        if count > EXTENT_LIMIT.min(entry.size) {
            return Err(damaged("too many pieces"));
        }
        let mut expected = [0u64; 256];
        let mut total = 0u64;
        for _ in 0..count {
            let place = match byte(input)? {
                0 => Place::Hole,
                archive => {
                    let archive = archive - 1;
                    let offset = expected[usize::from(archive)].wrapping_add(get_signed(input)? as u64);
                    Place::At { archive, offset }
                }
            };
            let length = get(input)?;
            total = total.checked_add(length).filter(|t| *t <= entry.size).ok_or_else(|| damaged("a length"))?;
            if let Place::At { archive, offset } = place {
                let end = offset.checked_add(length).ok_or_else(|| damaged("a place"))?;
                expected[usize::from(archive)] = end;
            }
            entry.extents.push(Extent { place, length });
        }
        if total != entry.size {
            return Err(damaged("the pieces of a file do not add up to its size"));
        }
        Ok(())
    }
}

impl<R: BufRead> Iterator for IndexReader<R> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let result = self.read().map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => damaged("it ends in the middle"),
            _ => e,
        });
        if result.is_err() {
            self.ended = true;
        }
        result.transpose()
    }
}

impl<R> std::fmt::Debug for IndexReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IndexReader").field("count", &self.count).finish_non_exhaustive()
    }
}
