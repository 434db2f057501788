//! Changes as they happen to a deployment over time, and some that seldom do.
use super::databases::Databases;
use super::picture::remove_tree;
use super::rng::Rng;
use rustix::fs::{AtFlags, CWD, FallocateFlags, Timespec, Timestamps};
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

const NAMES: [&[u8]; 14] = [
    b"a",
    b"b.json",
    b"chat 1.txt",
    b"notes.md",
    "gr\u{fc}\u{df}e.txt".as_bytes(),
    b"\xff\xfe raw",
    b"two\nlines",
    b"back\\slash",
    b"-rf",
    b"x.dat",
    b"y.bin",
    b"a.b",
    b"a-b",
    b"deep",
];

pub struct Life {
    roots: [PathBuf; 2],
    pub databases: Databases,
    root_user: bool,
}

impl Life {
    /// In the roots `data` and `conf` of a folder.
    pub fn new(folder: &Path) -> Self {
        let roots = ["data", "conf"].map(|root| folder.join(root));
        let databases = Databases::new(&roots[0]);
        Self { roots, databases, root_user: rustix::process::geteuid().is_root() }
    }

    /// One change.
    pub fn change(&mut self, rng: &mut Rng) {
        match rng.below(40) {
            0..4 => fs::write(self.room(rng), small(rng)).unwrap(),
            4..6 => fs::write(self.room(rng), large(rng)).unwrap(),
            6 => drop(File::create(self.room(rng)).unwrap()),
            7 => sparse(&self.room(rng), rng),
            8..10 => fs::create_dir(self.room(rng)).unwrap(),
            10 => symlink(OsStr::from_bytes(rng.of(&NAMES).unwrap()), self.room(rng)).unwrap(),
            11 => symlink("/nowhere/../\u{e9}", self.room(rng)).unwrap(),
            12 => self.with_file(rng, |path, room, _| fs::hard_link(path, room).unwrap()),
            13 => self.with_file(rng, |path, room, _| fs::rename(path, room).unwrap()),
            14 => self.with_file(rng, |path, room, _| assert!(fs::copy(path, room).is_ok())),
            15 => self.with_file(rng, |path, _, _| fs::remove_file(path).unwrap()),
            16..27 => self.with_file(rng, |path, _, rng| edit(path, rng)),
            27 => self.with_folder(rng, |path, _, _| remove_tree(path)),
            28 => self.with_folder(rng, |path, room, _| {
                // Not into itself.
                if !room.starts_with(path) {
                    fs::rename(path, room).unwrap();
                }
            }),
            29 => self.swap_two(rng),
            30 => self.become_another_kind(rng),
            31..33 => self.describe(rng),
            33 => self.attribute(rng),
            34..38 => self.databases.change(rng),
            _ => self.databases.change_store(rng),
        }
    }

    /// Everything but the roots, the databases and the store.
    fn items(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = self.roots.to_vec();
        while let Some(folder) = folders.pop() {
            let mut items: Vec<_> = fs::read_dir(&folder).unwrap().map(|item| item.unwrap().path()).collect();
            items.retain(|path| !path.ends_with("data/db") && !path.ends_with("data/vector_db"));
            // The same order wherever the seed is run again.
            items.sort();
            folders.extend(items.iter().filter(|path| is_dir(path)).cloned());
            found.append(&mut items);
        }
        found
    }

    fn pick(&self, rng: &mut Rng, fits: impl Fn(&Path) -> bool) -> Option<PathBuf> {
        let fitting: Vec<_> = self.items().into_iter().filter(|path| fits(path)).collect();
        rng.of(&fitting).cloned()
    }

    /// A path that is not taken, in one of the folders.
    fn room(&self, rng: &mut Rng) -> PathBuf {
        let mut folders: Vec<_> = self.items().into_iter().filter(|path| is_dir(path)).collect();
        folders.extend(self.roots.clone());
        let folder = rng.of(&folders).unwrap();
        loop {
            let mut name = rng.of(&NAMES).unwrap().to_vec();
            if rng.one_in(3) {
                name.extend_from_slice(rng.below(100).to_string().as_bytes());
            }
            let path = folder.join(OsStr::from_bytes(&name));
            if fs::symlink_metadata(&path).is_err() {
                return path;
            }
        }
    }

    fn with_file(&mut self, rng: &mut Rng, act: impl Fn(&Path, &Path, &mut Rng)) {
        if let Some(path) = self.pick(rng, |path| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file())) {
            act(&path, &self.room(rng), rng);
        }
    }

    fn with_folder(&mut self, rng: &mut Rng, act: impl Fn(&Path, &Path, &mut Rng)) {
        if let Some(path) = self.pick(rng, is_dir) {
            act(&path, &self.room(rng), rng);
        }
    }

    fn swap_two(&mut self, rng: &mut Rng) {
        if let (Some(one), Some(other)) = (self.pick(rng, |p| !is_dir(p)), self.pick(rng, |p| !is_dir(p))) {
            rustix::fs::renameat_with(CWD, &one, CWD, &other, rustix::fs::RenameFlags::EXCHANGE).unwrap();
        }
    }

    fn become_another_kind(&mut self, rng: &mut Rng) {
        let Some(path) = self.pick(rng, |_| true) else { return };
        if is_dir(&path) {
            remove_tree(&path);
        } else {
            fs::remove_file(&path).unwrap();
        }
        match rng.below(4) {
            0 => fs::write(&path, small(rng)).unwrap(),
            1 => symlink("elsewhere", &path).unwrap(),
            2 => fs::write(&path, large(rng)).unwrap(),
            _ => {
                fs::create_dir(&path).unwrap();
                fs::write(path.join("inside"), small(rng)).unwrap();
            }
        }
    }

    /// Mode, owner or time.
    fn describe(&mut self, rng: &mut Rng) {
        let mut items = self.items();
        items.extend(self.roots.clone());
        let Some(path) = rng.of(&items) else { return };
        match rng.below(3) {
            0 if !path.is_symlink() => {
                // Without root, what is to be read must stay readable.
                let least = if self.root_user { 0 } else { 0o700 };
                fs::set_permissions(path, Permissions::from_mode(rng.below(0o10000) as u32 | least)).unwrap();
            }
            1 if self.root_user => {
                lchown(path, Some(rng.below(3) as u32 * 1000), Some(rng.below(70_000) as u32)).unwrap();
            }
            _ => {
                let time = Timespec {
                    tv_sec: rng.below(4_000_000_000) as i64 - 1_000_000_000,
                    tv_nsec: rng.below(1_000_000_000) as i64,
                };
                let times = Timestamps { last_access: time, last_modification: time };
                rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
            }
        }
    }

    fn attribute(&mut self, rng: &mut Rng) {
        let Some(path) = self.pick(rng, |path| !path.is_symlink()) else { return };
        let name = ["user.note", "user.origin"][rng.below(2) as usize];
        if rng.one_in(4) {
            let _ = rustix::fs::lremovexattr(&path, name);
        } else {
            let count = rng.below(300) as usize;
            let set = rustix::fs::lsetxattr(&path, name, &rng.bytes(count), rustix::fs::XattrFlags::empty());
            // Some file systems have none, and some files may not be written to.
            let _ = set;
        }
    }
}

fn is_dir(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir())
}

fn small(rng: &mut Rng) -> Vec<u8> {
    let count = rng.below(3000) as usize;
    rng.bytes(count)
}

/// Compared by blocks: some of them random, some alike, some zero.
fn large(rng: &mut Rng) -> Vec<u8> {
    let mut content = Vec::new();
    for _ in 0..4 + rng.below(6) {
        match rng.below(3) {
            0 => content.extend_from_slice(&rng.bytes(64 << 10)),
            1 => content.resize(content.len() + (64 << 10), b'x'),
            _ => content.resize(content.len() + (64 << 10), 0),
        }
    }
    let rest = rng.below(70_000) as usize;
    content.extend_from_slice(&rng.bytes(rest));
    content
}

fn sparse(path: &Path, rng: &mut Rng) {
    let mut file = File::create(path).unwrap();
    for _ in 0..rng.below(4) {
        file.seek(SeekFrom::Start(rng.below(2 << 20))).unwrap();
        file.write_all(&small(rng)).unwrap();
    }
    file.set_len(rng.below(3 << 20)).unwrap();
}

/// Changes a file's content in one of the ways that programs have.
fn edit(path: &Path, rng: &mut Rng) {
    let meta = fs::metadata(path).unwrap();
    let size = meta.len();
    if rng.one_in(5) {
        // As editors do: a new file under the old name.
        let beside = path.with_file_name("edited");
        let mut content = fs::read(path).unwrap();
        content.splice(0..0, small(rng));
        fs::write(&beside, content).unwrap();
        fs::rename(&beside, path).unwrap();
        return;
    }
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    match rng.below(8) {
        0 => file.set_len(rng.below(size + 1)).unwrap(),
        1 => file.set_len(size + rng.below(300_000)).unwrap(),
        2 => {
            file.seek(SeekFrom::End(0)).unwrap();
            file.write_all(&if rng.one_in(3) { large(rng) } else { small(rng) }).unwrap();
        }
        3 => {
            let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            // Not every file system makes holes.
            let _ = rustix::fs::fallocate(&file, flags, rng.below(size + 1), 1 + rng.below(200_000));
        }
        4 => {
            file.seek(SeekFrom::Start(rng.below(size + 1))).unwrap();
            file.write_all(&vec![0; rng.below(150_000) as usize]).unwrap();
        }
        // Of the same size and time as before.
        5 if size > 0 => {
            file.seek(SeekFrom::Start(rng.below(size))).unwrap();
            file.write_all(&rng.bytes(1)).unwrap();
            let time = Timespec { tv_sec: meta.mtime(), tv_nsec: meta.mtime_nsec() };
            rustix::fs::futimens(&file, &Timestamps { last_access: time, last_modification: time }).unwrap();
        }
        _ => {
            file.seek(SeekFrom::Start(rng.below(size + 1))).unwrap();
            file.write_all(&small(rng)).unwrap();
        }
    }
}
