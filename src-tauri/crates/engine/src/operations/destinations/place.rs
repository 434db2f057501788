//! A place for archives, looked at before it is one.
use super::add::{beside, existing};
use crate::deployment::Destination as Setting;
use crate::error::Result;
use crate::store::{FileSystem, Mount, disk_space, holding, mounts};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A place for archives, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct PlaceFacts {
    pub path: PathBuf,
    /// As people know it: a drive's label.
    pub name: String,
    pub kind: PlaceKind,
    /// As the system calls it; empty where it does not say.
    pub file_system: String,
    pub total_bytes: u64,
    /// What this user may still write.
    pub free_bytes: u64,
    /// It is on a disk that something protected lies on too.
    pub same_disk: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    Folder,
    Drive,
}

/// Of a destination on this machine; `None` for others. The folder itself need not be there yet.
pub(crate) fn facts<'a>(setting: &Setting, roots: impl IntoIterator<Item = &'a Path>) -> Result<Option<PlaceFacts>> {
    let kind = match setting {
        Setting::Folder { .. } => PlaceKind::Folder,
        Setting::Drive { .. } => PlaceKind::Drive,
        Setting::Cloud { .. } => return Ok(None),
    };
    let Some(path) = setting.path() else { return Ok(None) };
    let there = existing(path);
    let space = disk_space(there)?;
    Ok(Some(PlaceFacts {
        path: path.to_owned(),
        name: setting.name(),
        kind,
        file_system: FileSystem::of(there).kind,
        total_bytes: space.total_bytes,
        free_bytes: space.free_bytes,
        same_disk: beside(roots, path).is_some(),
    }))
}

/// Names of the proposed folder: the first that is free, or is a folder already.
const NAMES: [&str; 2] = ["Backups", "Chatbot backups"];
/// With less room than this nothing is proposed, however small the chatbot is.
const LEAST_BYTES: u64 = 256 << 20;

/// Where on this computer archives of `roots`, of so many bytes, could lie: a folder in the person's home, or on a disk of
/// its own that is mounted there. One on another disk than the roots goes before, then the one with more room. `None` where
/// nothing of it may be written, has room, or outlives the next start. Writes nothing.
pub fn propose(home: &Path, roots: &[PathBuf], bytes: u64) -> Option<PlaceFacts> {
    propose_among(&mounts(), home, roots, bytes)
}

fn propose_among(mounts: &[Mount], home: &Path, roots: &[PathBuf], bytes: u64) -> Option<PlaceFacts> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let home = real(home);
    let roots: Vec<PathBuf> = roots.iter().map(|root| real(root)).collect();
    let below = mounts.iter().filter(|mount| mount.holds_files() && mount.point != home);
    let below = below.map(|mount| mount.point.as_path()).filter(|point| point.starts_with(&home));
    let mut best: Option<PlaceFacts> = None;
    for base in std::iter::once(home.as_path()).chain(below) {
        let Some(folder) = folder_in(base).filter(|folder| lasts(mounts, folder)) else { continue };
        // What destroys the one would destroy the other, and a restore could not exchange the root.
        if roots.iter().any(|root| folder.starts_with(root)) {
            continue;
        }
        let found = facts(&Setting::folder(folder), roots.iter().map(PathBuf::as_path)).ok().flatten();
        let Some(found) = found.filter(|it| it.free_bytes >= bytes.max(LEAST_BYTES)) else { continue };
        let worth = |it: &PlaceFacts| (!it.same_disk, it.free_bytes);
        if best.as_ref().is_none_or(|known| worth(&found) > worth(known)) {
            best = Some(found);
        }
    }
    best
}

/// A folder that this user could make in `base`, or may write in.
fn folder_in(base: &Path) -> Option<PathBuf> {
    let may_write = |path: &Path| {
        let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
        rustix::fs::access(path, access).is_ok()
    };
    let fits = |folder: &PathBuf| match folder.symlink_metadata() {
        Ok(_) => folder.is_dir() && may_write(folder),
        Err(_) => may_write(base),
    };
    NAMES.iter().map(|name| base.join(name)).find(fits)
}

/// Whether what lies there is there after the next start.
fn lasts(mounts: &[Mount], folder: &Path) -> bool {
    let kind = holding(mounts, folder).map_or("", |mount| mount.kind.as_str());
    !matches!(kind, "tmpfs" | "ramfs")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(point: &Path, kind: &str) -> Mount {
        Mount { point: point.to_owned(), kind: kind.to_owned(), source: "/dev/sdz1".into(), read_only: false }
    }

    #[test]
    fn a_folder_of_the_home_is_proposed_and_none_in_a_root() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        let disk = [mount(Path::new("/"), "ext4")];
        let roots = [home.join("bot")];
        std::fs::create_dir(&roots[0]).unwrap();
        let found = propose_among(&disk, &home, &roots, 1).unwrap();
        assert_eq!(
            (&found.path, found.name.as_str(), found.kind),
            (&home.join("Backups"), "Backups", PlaceKind::Folder)
        );
        assert!(found.same_disk && found.total_bytes >= found.free_bytes && found.free_bytes > 0);
        assert!(!home.join("Backups").exists(), "a look leaves nothing");
        std::fs::write(home.join("Backups"), "a file").unwrap();
        let found = propose_among(&disk, &home, &roots, 1).unwrap();
        assert_eq!(found.path, home.join("Chatbot backups"));
        assert_eq!(propose_among(&disk, &home, std::slice::from_ref(&home), 1), None, "it would lie in the root");
        assert_eq!(propose_among(&disk, &home, &roots, u64::MAX), None, "there is no such room");
        let memory = [mount(Path::new("/"), "ext4"), mount(&home, "tmpfs")];
        assert_eq!(propose_among(&memory, &home, &roots, 1), None, "it would be gone with the next start");
        assert_eq!(propose_among(&disk, &home.join("absent"), &[], 1), None);
    }

    #[test]
    fn another_disk_in_the_home_goes_before() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        // Elsewhere than `/tmp`: what may be written there is another file system.
        let shared = Path::new("/dev/shm");
        if std::fs::metadata(shared).is_err() || FileSystem::of(shared).kind != "tmpfs" {
            eprintln!("skipped: there is no second file system to write on");
            return;
        }
        let other = tempfile::tempdir_in(shared).unwrap();
        let other = other.path().canonicalize().unwrap();
        // As if it were a disk that is mounted in the home.
        let inside = home.join("disk");
        std::os::unix::fs::symlink(&other, &inside).unwrap();
        let table = [mount(Path::new("/"), "ext4"), mount(&inside, "xfs")];
        let roots = [home.join("bot")];
        std::fs::create_dir(&roots[0]).unwrap();
        let found = propose_among(&table, &home, &roots, 1).unwrap();
        assert_eq!((found.path, found.same_disk), (inside.join("Backups"), false));
    }
}
