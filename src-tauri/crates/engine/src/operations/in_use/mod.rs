//! Which programs have files below some folders open, and what runs them. Only those that this user may look at; systems
//! without `/proc` show none.
mod process;

pub use process::RunBy;

use crate::deployment::database_of_sidecar;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A program that goes on with the old files when a folder is exchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holder {
    pub name: String,
    pub pid: u32,
    /// When it was started, where the system tells.
    pub since: Option<Timestamp>,
    /// Its file, without what it was started with: arguments may be secrets.
    pub program: Option<PathBuf>,
    /// It has files open; otherwise it only works in the folder.
    pub opens: bool,
    /// One of those files, one that it may write to where there is any.
    pub file: Option<PathBuf>,
    /// It may write to one of them.
    pub writes: bool,
    pub run_by: RunBy,
}

impl Holder {
    /// As a person knows it: `uvicorn (4711)`.
    pub fn named(&self) -> String {
        format!("{} ({})", self.name, self.pid)
    }
}

/// All of them in one line.
pub fn named(holders: &[Holder]) -> String {
    holders.iter().map(Holder::named).collect::<Vec<_>>().join(", ")
}

/// Device and inode of a file.
pub(crate) type FileId = (u64, u64);

pub(crate) fn id_of(meta: &fs::Metadata) -> FileId {
    (meta.dev(), meta.ino())
}

/// What is open below some folders.
#[derive(Debug, Default)]
pub(crate) struct InUse {
    /// By their numbers.
    pub holders: Vec<Holder>,
    /// Files that somebody may write to.
    pub written: HashSet<FileId>,
}

/// What a process has of the folders.
#[derive(Default)]
struct Holds {
    opens: bool,
    writes: bool,
    works_there: bool,
    /// The file to name, and how well it says what is held.
    file: Option<(Telling, PathBuf)>,
}

/// Whether it may be written to, and whether it is a file by itself and not what a database keeps beside its own.
type Telling = (bool, bool);

impl Holds {
    fn open(&mut self, name: &Path, writes: bool) {
        self.opens = true;
        self.writes |= writes;
        let telling = (writes, database_of_sidecar(name.as_os_str().as_bytes()).is_none());
        if self.file.as_ref().is_none_or(|(known, _)| telling > *known) {
            self.file = Some((telling, name.to_owned()));
        }
    }
}

pub(crate) fn look(folders: &[PathBuf]) -> InUse {
    let devices: HashSet<u64> =
        folders.iter().filter_map(|folder| fs::metadata(folder).ok()).map(|m| m.dev()).collect();
    let mut found: BTreeMap<u32, Holds> = BTreeMap::new();
    let mut written = HashSet::new();
    // Open under a name that is not below the folders: by a second name, or as a container sees it.
    let mut elsewhere: HashMap<FileId, Vec<(u32, bool)>> = HashMap::new();
    let own = process::ancestors(std::process::id());
    for pid in process::all() {
        if pid == std::process::id() || process::is_ours(pid) {
            continue;
        }
        let mut holds = Holds::default();
        for open in process::open_files(pid) {
            let Some(id) = open.file else { continue };
            if is_below(&open.name, folders) {
                holds.open(&open.name, open.writes);
                if open.writes {
                    written.insert(id);
                }
            } else if devices.contains(&id.0) && open.may_have_other_names(id) {
                elsewhere.entry(id).or_default().push((pid, open.writes));
            }
        }
        if let Some(writes) = process::maps(pid, |name| is_below(name, folders)) {
            holds.opens = true;
            holds.writes |= writes;
        }
        // Nor is what the restore was typed into a reason for anything.
        holds.works_there =
            process::works_in(pid, |name| is_below(name, folders)) && !own.contains(&pid) && !process::is_shell(pid);
        if holds.opens || holds.works_there {
            found.insert(pid, holds);
        }
    }
    if !elsewhere.is_empty() {
        each_file(folders, &mut |file, id| {
            for (pid, writes) in elsewhere.remove(&id).unwrap_or_default() {
                let holds = found.entry(pid).or_default();
                holds.open(file, writes);
                if writes {
                    written.insert(id);
                }
            }
            !elsewhere.is_empty()
        });
    }
    let holders = found.into_iter().map(|(pid, holds)| Holder {
        name: process::name(pid),
        pid,
        since: process::started(pid),
        program: process::program(pid),
        opens: holds.opens,
        file: holds.file.map(|(_, file)| file),
        writes: holds.writes,
        run_by: process::run_by(pid),
    });
    InUse { holders: holders.collect(), written }
}

fn is_below(name: &Path, folders: &[PathBuf]) -> bool {
    folders.iter().any(|folder| name.starts_with(folder))
}

/// Every regular file below the folders, until `seen` says that it is enough.
fn each_file(folders: &[PathBuf], seen: &mut dyn FnMut(&Path, FileId) -> bool) {
    let mut ways = folders.to_vec();
    while let Some(way) = ways.pop() {
        match fs::symlink_metadata(&way) {
            Ok(meta) if meta.is_dir() => {
                ways.extend(fs::read_dir(&way).into_iter().flatten().flatten().map(|item| item.path()));
            }
            Ok(meta) if meta.is_file() && !seen(&way, id_of(&meta)) => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    struct Running(Child);

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn sleeping(command: &mut Command) -> Running {
        Running(command.arg("60").spawn().unwrap())
    }

    #[test]
    fn it_tells_who_reads_who_writes_and_who_only_works_there() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::write(root.join("log"), "a").unwrap();
        let reader = sleeping(Command::new("sleep").stdin(fs::File::open(root.join("log")).unwrap()));
        let log = fs::OpenOptions::new().append(true).open(root.join("log")).unwrap();
        let writer = sleeping(Command::new("sleep").stdout(log));
        let worker = sleeping(Command::new("sleep").current_dir(&root));
        let found = look(std::slice::from_ref(&root));
        let of = |child: &Running| found.holders.iter().find(|holder| holder.pid == child.0.id()).unwrap();
        assert_eq!((of(&reader).opens, of(&reader).writes), (true, false));
        assert_eq!((of(&writer).opens, of(&writer).writes), (true, true));
        assert_eq!((of(&worker).opens, of(&worker).writes), (false, false));
        assert_eq!(of(&reader).name, "sleep");
        assert!(of(&reader).since.is_some() && of(&reader).program.is_some());
        let log = id_of(&fs::metadata(root.join("log")).unwrap());
        assert_eq!(found.written, HashSet::from([log]));
        assert!(look(&[root.join("another")]).holders.is_empty());
    }

    #[test]
    fn a_file_that_is_open_under_another_name_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("live")).unwrap();
        fs::write(root.join("before"), "a").unwrap();
        fs::hard_link(root.join("before"), root.join("live/now")).unwrap();
        let child = sleeping(Command::new("sleep").stdin(fs::File::open(root.join("before")).unwrap()));
        let found = look(&[root.join("live")]);
        let holder = found.holders.iter().find(|holder| holder.pid == child.0.id());
        assert_eq!(holder.unwrap().file, Some(root.join("live/now")), "by its name below the folder: {found:?}");
    }

    #[test]
    fn the_file_that_is_named_is_the_database_that_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let open = |name: &str| fs::OpenOptions::new().create(true).append(true).open(root.join(name)).unwrap();
        fs::write(root.join("nginx.conf"), "a").unwrap();
        let read = fs::File::open(root.join("nginx.conf")).unwrap();
        let child = sleeping(Command::new("sleep").stdin(read).stdout(open("webui.db-wal")).stderr(open("webui.db")));
        let found = look(std::slice::from_ref(&root));
        let holder = found.holders.iter().find(|holder| holder.pid == child.0.id());
        assert_eq!(holder.unwrap().file, Some(root.join("webui.db")), "{found:?}");
    }
}
