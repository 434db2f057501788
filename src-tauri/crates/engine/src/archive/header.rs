//! tar headers (POSIX pax) of the members.
use super::entry::{Entry, EntryKind, Owner, Time};
use super::jsonl;
use tar::EntryType;

/// What fits into a header's fields of octal digits; larger values go into pax records, which win.
const OCTAL_11: u64 = 0o77_777_777_777;
const OCTAL_7: u64 = 0o7_777_777;

/// A data segment of a sparse file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub offset: u64,
    pub length: u64,
}

/// The headers of a payload entry. For a sparse file, `segments` lists where data is; the sparse map
/// then stands at the start of the member's content, and is included in what is returned.
pub fn payload(entry: &Entry, segments: Option<&[Segment]>) -> Vec<u8> {
    let mut pax = Pax::default();
    pax.text("mtime", &{
        let mut text = Vec::new();
        jsonl::time(&mut text, entry.mtime);
        text
    });
    for (name, value) in &entry.xattrs {
        let mut key = b"SCHILY.xattr.".to_vec();
        key.extend_from_slice(name);
        pax.record(&key, value);
    }
    let (kind, mut size) = match entry.kind {
        EntryKind::Dir => (EntryType::Directory, 0),
        EntryKind::Symlink => (EntryType::Symlink, 0),
        EntryKind::Hardlink => (EntryType::Link, 0),
        EntryKind::File | EntryKind::Gone => (EntryType::Regular, entry.size),
    };
    let mut path = entry.path.clone();
    let mut map = Vec::new();
    if let Some(segments) = segments {
        map = sparse_map(segments);
        size = map.len() as u64 + segments.iter().map(|s| s.length).sum::<u64>();
        pax.text("GNU.sparse.major", b"1");
        pax.text("GNU.sparse.minor", b"0");
        pax.text("GNU.sparse.name", &entry.path);
        pax.text("GNU.sparse.realsize", entry.size.to_string().as_bytes());
        // What a tar without sparse files unpacks it as.
        let slash = path.iter().rposition(|b| *b == b'/').map_or(0, |i| i + 1);
        path.splice(slash..slash, *b"GNUSparseFile.0/");
    }
    if entry.kind == EntryKind::Dir {
        path.push(b'/');
    }
    let mut out = Vec::with_capacity(1536);
    member(&mut out, &mut pax, &path, &entry.link, kind, size, entry.mode, &entry.owner, entry.mtime);
    out.extend_from_slice(&map);
    out
}

/// The header of a member that Holdfast adds itself.
pub fn own(path: &str, size: u64, at: Time) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    let mut pax = Pax::default();
    member(&mut out, &mut pax, path.as_bytes(), b"", EntryType::Regular, size, 0o600, &Owner::default(), at);
    out
}

#[allow(clippy::too_many_arguments)]
fn member(
    out: &mut Vec<u8>,
    pax: &mut Pax,
    path: &[u8],
    link: &[u8],
    kind: EntryType,
    size: u64,
    mode: u32,
    owner: &Owner,
    mtime: Time,
) {
    let mut header = tar::Header::new_ustar();
    {
        let raw = header.as_mut_bytes();
        let mut field = |start: usize, room: usize, key: &str, value: &[u8]| {
            let cut = value.len().min(room);
            raw[start..start + cut].copy_from_slice(&value[..cut]);
            if value.len() > room || !value.is_ascii() {
                pax.text(key, value);
            }
        };
        field(0, 100, "path", path);
        field(157, 100, "linkpath", link);
        field(265, 31, "uname", owner.user.as_bytes());
        field(297, 31, "gname", owner.group.as_bytes());
    }
    header.set_entry_type(kind);
    header.set_mode(mode & 0o7777);
    if size > OCTAL_11 {
        pax.text("size", size.to_string().as_bytes());
    }
    header.set_size(size.min(OCTAL_11));
    for (key, id) in [("uid", owner.uid), ("gid", owner.gid)] {
        if u64::from(id) > OCTAL_7 {
            pax.text(key, id.to_string().as_bytes());
        }
    }
    header.set_uid(u64::from(owner.uid).min(OCTAL_7));
    header.set_gid(u64::from(owner.gid).min(OCTAL_7));
    header.set_mtime(u64::try_from(mtime.secs).unwrap_or(0).min(OCTAL_11));
    header.set_cksum();
    if !pax.records.is_empty() {
        let records = pax.finish();
        let mut extended = tar::Header::new_ustar();
        extended.as_mut_bytes()[..14].copy_from_slice(b"PaxHeaders/pax");
        extended.set_entry_type(EntryType::XHeader);
        extended.set_mode(0o600);
        extended.set_uid(0);
        extended.set_gid(0);
        extended.set_mtime(0);
        extended.set_size(records.len() as u64);
        extended.set_cksum();
        out.extend_from_slice(extended.as_bytes());
        out.extend_from_slice(&records);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.extend_from_slice(header.as_bytes());
}

/// GNU sparse 1.0: count, then offset and length of each segment, a number a line, padded.
fn sparse_map(segments: &[Segment]) -> Vec<u8> {
    let mut map = format!("{}\n", segments.len()).into_bytes();
    for segment in segments {
        map.extend_from_slice(format!("{}\n{}\n", segment.offset, segment.length).as_bytes());
    }
    map.resize(map.len().next_multiple_of(512), 0);
    map
}

#[derive(Default)]
struct Pax {
    records: Vec<u8>,
}

impl Pax {
    fn text(&mut self, key: &str, value: &[u8]) {
        self.record(key.as_bytes(), value);
    }

    /// `LENGTH KEY=VALUE\n`, where LENGTH counts itself.
    fn record(&mut self, key: &[u8], value: &[u8]) {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        self.records.extend_from_slice(format!("{length} ").as_bytes());
        self.records.extend_from_slice(key);
        self.records.push(b'=');
        self.records.extend_from_slice(value);
        self.records.push(b'\n');
    }

    fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::sync::Arc;

    #[test]
    fn headers_read_back_with_a_stock_reader() {
        let long = [b"data/".to_vec(), vec![b'x'; 200], b"/".to_vec(), vec![b'y'; 250]].concat();
        for path in [b"data/plain".to_vec(), long, b"data/\xff\xfe".to_vec(), "data/ü 🙂".into()] {
            let mut entry = Entry::gone(path.clone());
            entry.kind = EntryKind::File;
            entry.mode = 0o4750;
            entry.size = 3;
            entry.owner = Arc::new(Owner { uid: 3_000_000, gid: 5, user: "a".repeat(40), group: "g".into() });
            entry.mtime = Time { secs: 1_700_000_000, nanos: 123_456_789 };
            entry.xattrs = vec![(b"user.origin".to_vec(), b"a=b\0c".to_vec())];
            let mut bytes = payload(&entry, None);
            assert_eq!(bytes.len() % 512, 0);
            bytes.extend_from_slice(b"abc");
            bytes.resize(bytes.len().next_multiple_of(512) + 1024, 0);
            let mut archive = tar::Archive::new(&bytes[..]);
            let mut member = archive.entries().unwrap().next().unwrap().unwrap();
            assert_eq!(&*member.path_bytes(), &path[..]);
            assert_eq!(member.header().mode().unwrap(), 0o4750);
            assert_eq!(member.header().uid().unwrap(), 3_000_000);
            let pax: Vec<(Vec<u8>, Vec<u8>)> = member
                .pax_extensions()
                .unwrap()
                .unwrap()
                .map(|r| r.map(|r| (r.key_bytes().to_vec(), r.value_bytes().to_vec())).unwrap())
                .collect();
            let value = |key: &str| pax.iter().find(|(k, _)| k == key.as_bytes()).map(|(_, v)| v.clone());
            assert_eq!(value("mtime").unwrap(), b"1700000000.123456789");
            assert_eq!(value("uid").unwrap(), b"3000000");
            let mut content = String::new();
            member.read_to_string(&mut content).unwrap();
            assert_eq!(content, "abc");
        }
    }
}
