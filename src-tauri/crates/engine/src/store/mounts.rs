//! What is mounted where, and waiting for that to change.
use crate::error::{Error, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const TABLE: &str = "/proc/self/mountinfo";

/// One mounted file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    pub point: PathBuf,
    /// `ext4`, `vfat`, `fuseblk`.
    pub kind: String,
    pub source: PathBuf,
    pub read_only: bool,
}

/// All mounts, in the order in which they were made. Empty where the system has no such table.
pub fn mounts() -> Vec<Mount> {
    std::fs::read(TABLE).map(|table| parse(&table)).unwrap_or_default()
}

/// Reads a table in the form of `/proc/self/mountinfo`; lines of another form are passed over.
pub fn parse(table: &[u8]) -> Vec<Mount> {
    table.split(|b| *b == b'\n').filter_map(line).collect()
}

fn line(line: &[u8]) -> Option<Mount> {
    // id parent major:minor root POINT OPTIONS [tag]... - KIND SOURCE super-options
    let mut fields = line.split(|b| *b == b' ');
    let point = plain(fields.nth(4)?);
    let options = fields.next()?;
    fields.find(|field| *field == b"-")?;
    let kind = String::from_utf8_lossy(fields.next()?).into_owned();
    let source = plain(fields.next()?);
    let of_all = fields.next().unwrap_or_default();
    let says_ro = |options: &[u8]| options.split(|b| *b == b',').any(|option| option == b"ro");
    Some(Mount { point, kind, source, read_only: says_ro(options) || says_ro(of_all) })
}

/// Blanks and the like are written as `\040`.
fn plain(field: &[u8]) -> PathBuf {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..3).and_then(|d| std::str::from_utf8(d).ok());
        if let Some(byte) = digits.and_then(|d| u8::from_str_radix(d, 8).ok()).filter(|_| first == b'\\') {
            out.push(byte);
            rest = &after[3..];
        } else {
            out.push(first);
            rest = after;
        }
    }
    OsString::from_vec(out).into()
}

/// The mount that a path lies on: the innermost; of several at one place the last.
pub fn holding<'a>(mounts: &'a [Mount], path: &Path) -> Option<&'a Mount> {
    let above = mounts.iter().filter(|mount| path.starts_with(&mount.point));
    above.max_by_key(|mount| mount.point.components().count())
}

/// Kinds that hold no files of anybody's.
const PSEUDO: [&str; 22] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "fuse.gvfsd-fuse",
    "fuse.portal",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "rpc_pipefs",
    "securityfs",
    "sysfs",
    "tracefs",
];

/// Kinds whose files lie on another computer.
const REMOTE: [&str; 12] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "ceph",
    "afs",
    "fuse.sshfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.davfs",
];

/// Whether what is mounted as this kind lies on another computer.
pub fn is_remote(kind: &str) -> bool {
    REMOTE.contains(&kind)
}

impl Mount {
    /// Whether archives could lie on it at all.
    pub fn holds_files(&self) -> bool {
        !PSEUDO.contains(&self.kind.as_str())
    }

    pub fn is_remote(&self) -> bool {
        is_remote(&self.kind)
    }
}

/// Tells when something was mounted or unmounted, without looking at any folder.
#[derive(Debug)]
pub struct MountWatch {
    table: File,
}

impl MountWatch {
    /// Changes from now on are seen.
    pub fn new() -> Result<Self> {
        let table = File::open(TABLE).map_err(|e| Error::io(TABLE, e))?;
        Ok(Self { table })
    }

    /// Waits for a change. False when there was none within the time.
    pub fn wait(&self, at_most: Duration) -> Result<bool> {
        let mut polled = [PollFd::new(&self.table, PollFlags::PRI)];
        let time = Timespec { tv_sec: at_most.as_secs() as i64, tv_nsec: at_most.subsec_nanos().into() };
        match poll(&mut polled, Some(&time)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => Ok(false),
            Ok(_) => Ok(polled[0].revents().intersects(PollFlags::PRI | PollFlags::ERR)),
            Err(e) => Err(Error::io(TABLE, e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
        23 22 0:20 / /proc rw,nosuid - proc proc rw\n\
        40 22 8:17 / /media/ana/My\\040Stick rw,nosuid,nodev shared:30 master:2 - vfat /dev/sdb1 rw,fmask=0022\n\
        41 40 7:0 /sub /media/ana/My\\040Stick/in ro - fuseblk /dev/loop0 rw\n\
        broken line\n";

    #[test]
    fn the_table_is_read_as_it_is_written() {
        let mounts = parse(TEXT);
        assert_eq!(mounts.len(), 4);
        assert_eq!(mounts[2].point, Path::new("/media/ana/My Stick"));
        assert_eq!((mounts[2].kind.as_str(), mounts[2].source.to_str()), ("vfat", Some("/dev/sdb1")));
        assert!(mounts[3].read_only && !mounts[2].read_only);
        assert!(!mounts[1].holds_files() && mounts[2].holds_files());
        let of = |path: &str| holding(&mounts, Path::new(path)).map(|mount| mount.kind.as_str());
        assert_eq!(of("/media/ana/My Stick/Holdfast"), Some("vfat"));
        assert_eq!(of("/media/ana/My Stick/in/x"), Some("fuseblk"));
        assert_eq!(of("/media/ana/My Sticky"), Some("ext4"));
    }

    #[test]
    fn waiting_ends_when_the_time_is_over() {
        if cfg!(target_os = "linux") {
            assert!(!mounts().is_empty());
            assert!(!MountWatch::new().unwrap().wait(Duration::from_millis(5)).unwrap());
        }
    }
}
