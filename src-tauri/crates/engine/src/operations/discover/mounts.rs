//! What is mounted where: which folders are no disk of this machine, and where a container's folders lie outside of it.
use super::machine::Machine;
use crate::store::is_remote;
use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// One line of `mountinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// `major:minor`.
    device: String,
    /// What of the file system is mounted.
    pub of: PathBuf,
    pub at: PathBuf,
    pub kind: String,
}

#[derive(Debug, Default)]
pub(super) struct Mounts(Vec<Mount>);

const READ_BYTES: u64 = 4 << 20;
const PSEUDO: [&str; 19] = [
    "proc",
    "sysfs",
    "devtmpfs",
    "devpts",
    "cgroup",
    "cgroup2",
    "mqueue",
    "debugfs",
    "tracefs",
    "securityfs",
    "pstore",
    "bpf",
    "configfs",
    "hugetlbfs",
    "autofs",
    "binfmt_misc",
    "fusectl",
    "nsfs",
    "squashfs",
];

impl Mounts {
    pub fn of_host(machine: &Machine) -> Self {
        Self::read(&machine.proc().join("self/mountinfo"))
    }

    /// What cannot be read has no mounts.
    pub fn read(file: &Path) -> Self {
        let mut text = Vec::new();
        let read = std::fs::File::open(file).and_then(|file| file.take(READ_BYTES).read_to_end(&mut text));
        if read.is_err() {
            return Self::default();
        }
        Self(text.split(|byte| *byte == b'\n').filter_map(parse).collect())
    }

    pub fn iter(&self) -> impl Iterator<Item = &Mount> {
        self.0.iter()
    }

    /// The kind of the network file system that a path lies on.
    pub fn remote(&self, path: &Path) -> Option<&str> {
        self.of(path).map(|mount| mount.kind.as_str()).filter(|kind| is_remote(kind))
    }

    /// Whether a file system that is no disk of this machine begins at this path.
    pub fn begins_elsewhere(&self, path: &Path) -> bool {
        let here = self.0.iter().rfind(|mount| mount.at == path);
        here.is_some_and(|mount| is_remote(&mount.kind) || PSEUDO.contains(&mount.kind.as_str()))
    }

    fn of(&self, path: &Path) -> Option<&Mount> {
        // Of equals the last lies on top.
        let covering = self.0.iter().filter(|mount| path.starts_with(&mount.at));
        covering.max_by_key(|mount| mount.at.components().count())
    }

    /// Where something that is mounted in a container lies on this machine: a mount of the same file system that shows
    /// the part of it that the container sees.
    pub fn on_host(&self, inner: &Mount) -> Option<PathBuf> {
        if PSEUDO.contains(&inner.kind.as_str()) || inner.kind == "tmpfs" {
            return None;
        }
        let shows = |mount: &&Mount| mount.device == inner.device && inner.of.starts_with(&mount.of);
        let outer = self.0.iter().filter(shows).max_by_key(|mount| mount.of.components().count())?;
        let rest = inner.of.strip_prefix(&outer.of).ok()?;
        Some(if rest.as_os_str().is_empty() { outer.at.clone() } else { outer.at.join(rest) })
    }
}

/// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`
fn parse(line: &[u8]) -> Option<Mount> {
    let mut words = line.split(|byte| *byte == b' ');
    let device = String::from_utf8(words.nth(2)?.to_vec()).ok()?;
    let of = path(words.next()?);
    let at = path(words.next()?);
    words.find(|word| *word == b"-")?;
    let kind = String::from_utf8_lossy(words.next()?).into_owned();
    Some(Mount { device, of, at, kind })
}

/// Blanks and the like stand as `\040`.
fn path(word: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, tail)) = rest.split_first() {
        let octal = tail.get(..3).filter(|digits| *first == b'\\' && digits.iter().all(|d| (b'0'..b'8').contains(d)));
        if let Some(digits) = octal {
            let value = digits.iter().fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
            bytes.push(value as u8);
            rest = &tail[3..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounts(text: &str) -> Mounts {
        Mounts(text.lines().filter_map(|line| parse(line.as_bytes())).collect())
    }

    const HOST: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 8:2 / /var rw - ext4 /dev/sda2 rw
24 22 0:40 / /mnt/nas\\040one rw - nfs4 nas:/x rw
25 22 0:5 / /proc rw - proc proc rw
26 22 8:1 /home/x/bot /srv/bot rw - ext4 /dev/sda1 rw";

    #[test]
    fn network_drives_are_known_by_their_kind() {
        let host = mounts(HOST);
        assert_eq!(host.remote(Path::new("/mnt/nas one/bot")), Some("nfs4"));
        assert_eq!(host.remote(Path::new("/mnt/nas")), None);
        assert!(host.begins_elsewhere(Path::new("/proc")) && host.begins_elsewhere(Path::new("/mnt/nas one")));
        assert!(!host.begins_elsewhere(Path::new("/var")) && !host.begins_elsewhere(Path::new("/mnt/nas one/x")));
    }

    #[test]
    fn a_containers_folders_are_found_on_this_machine() {
        let host = mounts(HOST);
        let inner = |text: &str| host.on_host(&parse(text.as_bytes()).unwrap());
        let volume = "99 98 8:2 /lib/docker/volumes/owui/_data /app/backend/data rw - ext4 /dev/sda2 rw";
        assert_eq!(inner(volume).unwrap(), Path::new("/var/lib/docker/volumes/owui/_data"));
        let bound = "99 98 8:1 /opt/x/.env /app/server/.env rw - ext4 /dev/sda1 rw";
        assert_eq!(inner(bound).unwrap(), Path::new("/opt/x/.env"));
        assert_eq!(inner("99 98 0:77 / / rw - overlay overlay rw"), None);
        assert_eq!(inner("99 98 8:9 /a /b rw - ext4 /dev/sdb rw"), None, "a disk that is not mounted here");
    }
}
