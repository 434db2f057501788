use super::*;
use crate::archive::entry::{Entry, EntryKind, Extent, Owner, Place, Time, path_order};
use proptest::prelude::*;

fn arbitrary() -> impl Strategy<Value = Entry> {
    let kind = prop_oneof![
        Just(EntryKind::File),
        Just(EntryKind::Dir),
        Just(EntryKind::Symlink),
        Just(EntryKind::Hardlink),
        Just(EntryKind::Gone)
    ];
    let extent = (0u64..1 << 40, 0u8..3, 1u64..1 << 30, any::<bool>()).prop_map(|(offset, archive, length, hole)| {
        Extent { place: if hole { Place::Hole } else { Place::At { archive, offset } }, length }
    });
    let path = proptest::collection::vec("[a-c.]{0,2}[^/.\0]", 1..4).prop_map(|parts| parts.join("/").into_bytes());
    (path, kind, any::<(u32, i64, i64, u64)>(), proptest::collection::vec(extent, 0..4), any::<[bool; 3]>()).prop_map(
        |(path, kind, (mode, mtime, ctime, inode), extents, flags)| {
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
        },
    )
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
