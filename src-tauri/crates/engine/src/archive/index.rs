//! `index.bin`: entries in their order, in a compact form that streams both ways.
//!
//! The same form holds the list that a walk found (`Detail::Found`: nothing captured yet, so
//! neither hash nor place).
use super::codec::{array, byte, damaged, get, get_bytes, get_signed, put, put_bytes, put_signed};
use super::entry::{Entry, EntryKind, Extent, Owner, Place, Time, is_safe, path_order};
use holdfast_domain::Class;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"HFINDEX1";
const END: u8 = 0xff;

const XATTRS: u8 = 1 << 3;
const DATABASE: u8 = 1 << 4;
const RACY: u8 = 1 << 5;
/// The content is one piece in this archive.
const WHOLE: u8 = 1 << 6;

/// Linux allows 64 KiB for each attribute's value.
const ATTRIBUTE_LIMIT: u64 = 1 << 16;
const PATH_LIMIT: u64 = 1 << 16;
/// 64 KiB blocks, alternating: more extents than this would be a file of half a petabyte.
const EXTENT_LIMIT: u64 = 1 << 32;
/// Larger than any archive; sums of two stay far from overflow.
const PLACE_LIMIT: u64 = 1 << 60;

/// Whether entries carry what was captured of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    Captured,
    Found,
}

#[derive(Debug, Default)]
struct Previous {
    path: Vec<u8>,
    mtime: i64,
    inode: u64,
    /// Where the next content is expected: right after the last, with its tar header.
    offset: u64,
}

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

/// Compresses an index for the catalog's copy.
pub fn pack(bytes: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut out = zstd::Encoder::new(Vec::new(), 1)?;
    io::copy(bytes, &mut out)?;
    out.finish()
}

/// Reads a catalog's copy.
pub fn unpack(bytes: Arc<[u8]>) -> io::Result<impl BufRead + Send> {
    let input = io::Cursor::new(bytes);
    Ok(io::BufReader::with_capacity(1 << 16, zstd::Decoder::with_buffer(input)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn arbitrary() -> impl Strategy<Value = Entry> {
        let kind = prop_oneof![
            Just(EntryKind::File),
            Just(EntryKind::Dir),
            Just(EntryKind::Symlink),
            Just(EntryKind::Hardlink),
            Just(EntryKind::Gone)
        ];
        let extent =
            (0u64..1 << 40, 0u8..3, 1u64..1 << 30, any::<bool>()).prop_map(|(offset, archive, length, hole)| Extent {
                place: if hole { Place::Hole } else { Place::At { archive, offset } },
                length,
            });
        let path = proptest::collection::vec("[a-c.]{0,2}[^/.\0]", 1..4).prop_map(|parts| parts.join("/").into_bytes());
        (path, kind, any::<(u32, i64, i64, u64)>(), proptest::collection::vec(extent, 0..4), any::<[bool; 3]>())
            .prop_map(|(path, kind, (mode, mtime, ctime, inode), extents, flags)| {
                let mut entry = Entry::gone(path);
                if kind == EntryKind::Gone {
                    return entry;
                }
                entry.kind = kind;
                entry.mode = mode & 0o7777;
                entry.owner = Arc::new(Owner { uid: mode % 3, gid: 7, user: "bob".into(), group: String::new() });
                entry.mtime = Time { secs: mtime, nanos: mode % 1_000_000_000 };
                entry.ctime = Time { secs: ctime, nanos: 5 };
                entry.inode = inode;
                entry.racy = flags[0];
                if flags[1] {
                    entry.xattrs = vec![(b"user.a".to_vec(), vec![0, 255])];
                }
                match kind {
                    EntryKind::File => {
                        entry.size = extents.iter().map(|e| e.length).sum();
                        entry.extents = extents;
                        if entry.size > 0 {
                            entry.sha256 = [9; 32];
                            entry.content_in = 2;
                        }
                        entry.database = flags[2];
                        entry.source = u64::from(flags[2]) * inode;
                    }
                    EntryKind::Symlink => entry.link = b"../x\xff".to_vec(),
                    EntryKind::Hardlink => entry.link = b"a/x\xff".to_vec(),
                    _ => {}
                }
                entry
            })
    }

    proptest! {
        #[test]
        fn entries_read_back(mut entries in proptest::collection::vec(arbitrary(), 0..40)) {
            entries.sort_by(|a, b| path_order(&a.path, &b.path));
            entries.dedup_by(|a, b| a.path == b.path);
            let mut writer = IndexWriter::new(Vec::new(), Detail::Captured);
            for entry in &entries {
                writer.push(entry).unwrap();
            }
            let bytes = writer.finish().unwrap();
            let back: Vec<Entry> = IndexReader::new(&bytes[..], Detail::Captured).unwrap().collect::<io::Result<_>>().unwrap();
            prop_assert_eq!(back, entries);
            for cut in 0..bytes.len() {
                let result = IndexReader::new(&bytes[..cut], Detail::Captured).and_then(Iterator::collect::<io::Result<Vec<_>>>);
                prop_assert!(result.is_err(), "a cut at {} was accepted", cut);
            }
        }

        #[test]
        fn garbage_is_an_error_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut whole = MAGIC.to_vec();
            whole.extend(bytes);
            if let Ok(reader) = IndexReader::new(&whole[..], Detail::Captured) {
                let _ = reader.take(1000).collect::<io::Result<Vec<_>>>();
            }
        }
    }

    #[test]
    fn entries_out_of_order_are_refused() {
        let mut writer = IndexWriter::new(Vec::new(), Detail::Captured);
        writer.push(&Entry::gone(b"b".to_vec())).unwrap();
        assert!(writer.push(&Entry::gone(b"a".to_vec())).is_err());
        assert!(writer.push(&Entry::gone(b"b".to_vec())).is_err());
    }
}
