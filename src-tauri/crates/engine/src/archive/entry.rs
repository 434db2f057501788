use holdfast_domain::Class;
use std::cmp::Ordering;
use std::sync::Arc;

/// What an entry is. The numbers are those of `index.bin`: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    File = 0,
    Dir = 1,
    Symlink = 2,
    /// Another name of a file that comes earlier in the order; `link` is that file's path.
    Hardlink = 3,
    /// A tombstone in an incremental archive.
    Gone = 4,
}

impl EntryKind {
    pub fn from_u8(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::File,
            1 => Self::Dir,
            2 => Self::Symlink,
            3 => Self::Hardlink,
            4 => Self::Gone,
            _ => return None,
        })
    }

    /// The letter of `files.jsonl`.
    pub fn letter(self) -> char {
        match self {
            Self::File => 'f',
            Self::Dir => 'd',
            Self::Symlink => 'l',
            Self::Hardlink => 'h',
            Self::Gone => '-',
        }
    }
}

/// Seconds since 1970 and nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Time {
    pub secs: i64,
    pub nanos: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Owner {
    pub uid: u32,
    pub gid: u32,
    /// Empty where the system knows no name.
    pub user: String,
    pub group: String,
}

/// A piece of a file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub place: Place,
    pub length: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Zero bytes that are stored nowhere.
    Hole,
    /// In the tar stream of an archive: 0 is the archive at hand, 1 its parent, 2 its parent's parent.
    At { archive: u8, offset: u64 },
}

/// One file, folder or link of a deployment at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `ROOT/...`, raw bytes, without a leading `/`.
    pub path: Vec<u8>,
    pub kind: EntryKind,
    pub class: Class,
    /// Permission bits, with set-uid, set-gid and sticky.
    pub mode: u32,
    pub owner: Arc<Owner>,
    pub mtime: Time,
    /// With `inode`, tells on this machine whether a file changed. Not restored.
    pub ctime: Time,
    pub inode: u64,
    pub size: u64,
    pub sha256: [u8; 32],
    pub extents: Vec<Extent>,
    /// Which archive holds the block fingerprints of the content (counted as in `Place::At`).
    pub content_in: u8,
    /// Target of a symbolic link, or the path that a hard link shares.
    pub link: Vec<u8>,
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// A consistent copy of an SQLite database.
    pub database: bool,
    /// Changed so shortly before it was read that its times cannot tell a later change.
    pub racy: bool,
    /// Of a database: digest of what told its state on disk, `-wal` included. Zero elsewhere.
    pub source: u64,
}

impl Entry {
    pub fn gone(path: Vec<u8>) -> Self {
        Self {
            path,
            kind: EntryKind::Gone,
            class: Class::Files,
            mode: 0,
            owner: Arc::default(),
            mtime: Time::default(),
            ctime: Time::default(),
            inode: 0,
            size: 0,
            sha256: [0; 32],
            extents: Vec::new(),
            content_in: 0,
            link: Vec::new(),
            xattrs: Vec::new(),
            database: false,
            racy: false,
            source: 0,
        }
    }

    /// The path as people read it.
    pub fn display(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.path)
    }

    /// The root's name: the first component.
    pub fn root(&self) -> &[u8] {
        self.path.split(|b| *b == b'/').next().unwrap_or_default()
    }

    /// The last component.
    pub fn name(&self) -> &[u8] {
        self.path.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }
}

/// The order of entries: by components, as bytes; a folder comes before what it holds.
pub fn path_order(a: &[u8], b: &[u8]) -> Ordering {
    // NUL cannot occur in a path, so letting '/' sort below everything compares by components.
    let shared = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    match (a.get(shared), b.get(shared)) {
        (None, None) => Ordering::Equal,
        (None | Some(b'/'), Some(_)) => Ordering::Less,
        (Some(_), None | Some(b'/')) => Ordering::Greater,
        (Some(x), Some(y)) => x.cmp(y),
    }
}

/// How many components a path has.
pub fn depth(path: &[u8]) -> usize {
    path.split(|b| *b == b'/').count()
}

/// Whether `path` is `folder` or lies in it.
pub fn is_within(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest[0] == b'/' || folder.is_empty())
}

/// Whether a path out of an archive may be made below a folder: relative, and nothing in it leads out.
pub fn is_safe(path: &[u8]) -> bool {
    !path.is_empty()
        && !path.contains(&0)
        && path.split(|b| *b == b'/').all(|part| !part.is_empty() && part != b"." && part != b".." && part.len() <= 255)
}

/// Cuts a range of bytes out of a list of extents that together make up a file.
pub fn slice_extents(extents: &[Extent], start: u64, length: u64, out: &mut Vec<Extent>) {
    let end = start + length;
    let mut position = 0;
    for extent in extents {
        let (from, to) = (start.max(position), end.min(position + extent.length));
        if from < to {
            let skip = from - position;
            let place = match extent.place {
                Place::Hole => Place::Hole,
                Place::At { archive, offset } => Place::At { archive, offset: offset + skip },
            };
            push_extent(out, Extent { place, length: to - from });
        }
        position += extent.length;
        if position >= end {
            break;
        }
    }
}

/// Adds an extent, joined to the last one where it continues it.
pub fn push_extent(out: &mut Vec<Extent>, extent: Extent) {
    if extent.length == 0 {
        return;
    }
    if let Some(last) = out.last_mut() {
        let continues = match (last.place, extent.place) {
            (Place::Hole, Place::Hole) => true,
            (Place::At { archive: a, offset: x }, Place::At { archive: b, offset: y }) => {
                a == b && x + last.length == y
            }
            _ => false,
        };
        if continues {
            last.length += extent.length;
            return;
        }
    }
    out.push(extent);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_comes_before_what_it_holds_and_its_neighbours_after() {
        let mut paths: Vec<&[u8]> = vec![b"a.txt", b"a/z", b"a", b"a-b", b"a/b/c", b"a/b"];
        paths.sort_by(|x, y| path_order(x, y));
        assert_eq!(paths, [b"a".as_slice(), b"a/b", b"a/b/c", b"a/z", b"a-b", b"a.txt"]);
    }

    #[test]
    fn paths_that_lead_out_are_not_safe() {
        for bad in [&b""[..], b"/a", b"a/../b", b"..", b"a//b", b"a/", b"./a", b"a\0b"] {
            assert!(!is_safe(bad), "{bad:?}");
        }
        assert!(is_safe(b"data/..a/b c\xff"));
        assert!(!is_safe(&[b'a'; 256]));
    }

    #[test]
    fn slices_of_extents_join_again() {
        let at = |offset, length| Extent { place: Place::At { archive: 0, offset }, length };
        let hole = |length| Extent { place: Place::Hole, length };
        let file = [at(100, 50), hole(50), at(1000, 100)];
        let mut whole = Vec::new();
        for start in (0..200).step_by(20) {
            slice_extents(&file, start, 20, &mut whole);
        }
        assert_eq!(whole, file);
    }

    #[test]
    fn within_is_by_component() {
        assert!(is_within(b"data/a", b"data"));
        assert!(!is_within(b"data2/a", b"data"));
        assert!(is_within(b"data", b"data"));
    }
}
