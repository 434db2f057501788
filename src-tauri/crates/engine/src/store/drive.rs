//! Drives that come and go, recognised by a marker file of ours and never by where they are mounted.
//!
//! The race: a drive can be unmounted at any moment, and then the same path leads into the folder underneath. So the
//! marker's folder is opened once, and everything is written through that handle: it stays on the drive, whatever happens
//! to the path. Before each step that others can see, it is asked whether the drive is still where it was found.
use super::mounts::{Mount, mounts};
use crate::durable;
use crate::error::{Error, Result};
use holdfast_domain::Code;
use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// In the folder `Holdfast` of the drive.
pub(super) const MARKER: &str = "drive.json";
const VERSION: u32 = 1;
/// What anybody could have put there is not read into memory without end.
const LONGEST: u64 = 1 << 16;

/// Where the marker lies in the folder `Holdfast` of a drive.
pub fn marker_path(base: &Path) -> PathBuf {
    base.join(MARKER)
}

/// What the marker file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    pub holdfast_drive: u32,
    /// 16 random bytes in hex.
    pub id: String,
    /// As the person calls it.
    pub name: String,
    /// Deployments that keep archives on it: name to id.
    #[serde(default)]
    pub deployments: BTreeMap<String, String>,
}

impl Marker {
    pub fn new(name: &str) -> Self {
        let id = hex::encode(rand::random::<[u8; 16]>());
        Self { holdfast_drive: VERSION, id, name: name.to_owned(), deployments: BTreeMap::new() }
    }

    /// Of the drive whose folder `Holdfast` this is. `None` where there is no marker; a marker that cannot be used, or
    /// is of a newer Holdfast, is an error.
    pub fn read(base: &Path) -> Result<Option<Self>> {
        let path = base.join(MARKER);
        let follow = OFlags::NOFOLLOW.bits() as i32;
        let file = match fs::OpenOptions::new().read(true).custom_flags(follow).open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io(&path, e)),
        };
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text).map_err(|e| Error::io(&path, e))?;
        let bad = |cause: String| Error::new(Code::BadSettings, path.display(), cause);
        let marker: Self = serde_json::from_str(&text).map_err(|e| bad(e.to_string()))?;
        if marker.holdfast_drive > VERSION {
            return Err(bad("it was written by a newer Holdfast".to_owned()));
        }
        Ok(Some(marker))
    }

    /// Writes it into the folder `Holdfast` of the drive, which is made if it is not there.
    pub fn write(&self, base: &Path) -> Result<()> {
        durable::create_private_dir(base)?;
        let mut text = serde_json::to_string_pretty(self).map_err(|e| Error::new(Code::Internal, MARKER, e))?;
        text.push('\n');
        durable::write_if_changed(&base.join(MARKER), text.as_bytes(), 0o644)
    }
}

/// A drive as the settings know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriveName {
    pub id: String,
    pub name: String,
}

impl DriveName {
    fn away(&self, cause: impl std::fmt::Display) -> Error {
        Error::new(Code::DestinationMissing, describe(&self.name), cause)
    }
}

/// For people.
pub fn describe(name: &str) -> String {
    format!("the drive “{name}”")
}

/// Where a drive is mounted now: the folder on it that was chosen when it was added. `hint` is where it was seen last,
/// `inside` that folder counted from the drive's own top.
pub fn find(id: &str, hint: &Path, inside: &Path) -> Option<PathBuf> {
    find_among(&mounts(), id, hint, inside)
}

/// Whether a file system is mounted where the drive was the last time: another drive, or it was formatted anew.
pub fn another_at(hint: &Path, inside: &Path) -> bool {
    is_another(&mounts(), hint, inside)
}

fn is_another(mounts: &[Mount], hint: &Path, inside: &Path) -> bool {
    let mut points = mounts.iter().filter(|mount| mount.holds_files() && mount.point != Path::new("/"));
    points.any(|mount| hint == mount.point || (!inside.as_os_str().is_empty() && hint == mount.point.join(inside)))
}

fn find_among(mounts: &[Mount], id: &str, hint: &Path, inside: &Path) -> Option<PathBuf> {
    let elsewhere = mounts.iter().rev().filter(|mount| mount.holds_files());
    let elsewhere = elsewhere
        .map(|mount| if inside.as_os_str().is_empty() { mount.point.clone() } else { mount.point.join(inside) });
    let is_it = |chosen: &PathBuf| matches!(Marker::read(&super::base_of(chosen)), Ok(Some(marker)) if marker.id == id);
    std::iter::once(hint.to_owned()).chain(elsewhere).find(is_it)
}

/// A folder held by a handle: that of `Holdfast` on a drive that is known by its marker, or any that a person named.
#[derive(Debug)]
pub struct Anchor {
    handle: File,
    device: u64,
    /// The folder's path when it was found.
    base: PathBuf,
    /// `None` where it is no drive of ours: then its path and its device have to do.
    drive: Option<DriveName>,
}

impl Anchor {
    /// `DestinationMissing` where the folder is not on this drive.
    pub fn take(base: &Path, drive: &DriveName) -> Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(base, flags, Mode::empty()).map_err(|e| drive.away(e))?;
        Self::held(File::from(handle), base, Some(drive.clone()))
    }

    /// Holds any folder. `DestinationMissing` where there is none.
    pub fn hold(chosen: &Path) -> Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let missing = |e| Error::new(Code::DestinationMissing, chosen.display(), std::io::Error::from(e));
        let handle = rustix::fs::open(chosen, flags, Mode::empty()).map_err(missing)?;
        Self::held(File::from(handle), chosen, None)
    }

    fn held(handle: File, base: &Path, drive: Option<DriveName>) -> Result<Self> {
        let mut anchor = Self { handle, device: 0, base: base.to_owned(), drive };
        anchor.device = anchor.handle.metadata().map_err(|e| anchor.away(e))?.dev();
        anchor.require()?;
        Ok(anchor)
    }

    fn away(&self, cause: impl std::fmt::Display) -> Error {
        match &self.drive {
            Some(drive) => drive.away(cause),
            None => Error::new(Code::DestinationMissing, self.base.display(), cause),
        }
    }

    /// A path to the folder that stays on the drive. Where the system has no such paths, the ordinary one.
    pub fn reach(&self) -> PathBuf {
        let path = PathBuf::from(format!("/proc/self/fd/{}", self.handle.as_raw_fd()));
        if cfg!(target_os = "linux") && path.exists() { path } else { self.base.clone() }
    }

    /// Fails with `DestinationMissing` unless the drive is still where it was found, and answers.
    pub fn require(&self) -> Result<()> {
        let unplugged = "it is no longer where it was: it was unplugged or unmounted";
        let same = fs::metadata(&self.base).is_ok_and(|meta| meta.dev() == self.device);
        if !same {
            return Err(self.away(unplugged));
        }
        if let Some(drive) = &self.drive {
            match Marker::read(&self.base) {
                Ok(Some(marker)) if marker.id == drive.id => {}
                Ok(_) => return Err(self.away(unplugged)),
                Err(e) => return Err(self.away(format!("it no longer answers: {}", e.cause()))),
            }
        }
        // Also the handle: a drive that was pulled answers from memory for a while.
        self.handle.sync_all().or_else(ignore_unsupported).map_err(|e| self.away(format!("it no longer answers: {e}")))
    }

    /// Waits until the drive has everything.
    pub fn settle(&self) -> Result<()> {
        match rustix::fs::syncfs(&self.handle) {
            Ok(()) | Err(rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => Ok(()),
            Err(e) => Err(Error::io(&self.base, e)),
        }
    }
}

fn ignore_unsupported(error: std::io::Error) -> std::io::Result<()> {
    use std::io::ErrorKind::{InvalidInput, ReadOnlyFilesystem, Unsupported};
    if matches!(error.kind(), InvalidInput | Unsupported | ReadOnlyFilesystem) { Ok(()) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drive(folder: &Path, name: &str) -> DriveName {
        let marker = Marker::new(name);
        marker.write(&folder.join("Holdfast")).unwrap();
        DriveName { id: marker.id, name: name.to_owned() }
    }

    fn mount(point: &Path) -> Mount {
        Mount { point: point.to_owned(), kind: "ext4".to_owned(), source: "/dev/sdz1".into(), read_only: false }
    }

    #[test]
    fn a_drive_is_found_wherever_it_is_and_another_at_its_place_is_not_taken_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("first"), dir.path().join("second"));
        let stick = drive(&first, "Stick");
        let other = drive(&second, "Other");
        let none = Path::new("");
        assert_eq!(find_among(&[], &stick.id, &first, none), Some(first.clone()));
        assert_eq!(find_among(&[], &stick.id, &second, none), None);
        let mounts = [mount(dir.path()), mount(&second), mount(&first)];
        assert_eq!(find_among(&mounts, &stick.id, &second, none), Some(first.clone()));
        assert_eq!(find_among(&mounts[..1], &stick.id, &second, Path::new("first")), Some(first.clone()));
        assert_eq!(find_among(&mounts, &"0".repeat(32), &first, none), None);

        assert!(is_another(&mounts, &second, none) && is_another(&mounts[..1], &second, Path::new("second")));
        assert!(!is_another(&mounts[..1], &second, none), "nothing is mounted there");

        let error = Anchor::take(&second.join("Holdfast"), &stick).unwrap_err();
        assert_eq!(error.code(), Code::DestinationMissing);
        assert_eq!(error.subject(), "the drive “Stick”");
        Anchor::take(&second.join("Holdfast"), &other).unwrap();
    }

    #[test]
    fn what_is_written_through_the_anchor_stays_with_the_drive() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("place");
        let stick = drive(&place, "Stick");
        let anchor = Anchor::take(&place.join("Holdfast"), &stick).unwrap();
        anchor.require().unwrap();
        // As after an unmount: the path leads elsewhere.
        fs::rename(&place, dir.path().join("gone")).unwrap();
        fs::create_dir_all(place.join("Holdfast")).unwrap();
        assert_eq!(anchor.require().unwrap_err().code(), Code::DestinationMissing);
        if cfg!(target_os = "linux") {
            fs::write(anchor.reach().join("x"), "x").unwrap();
            assert!(dir.path().join("gone/Holdfast/x").exists() && !place.join("Holdfast/x").exists());
        }
    }

    #[test]
    fn any_folder_can_be_held() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("place");
        assert_eq!(Anchor::hold(&place).unwrap_err().code(), Code::DestinationMissing);
        fs::create_dir(&place).unwrap();
        let anchor = Anchor::hold(&place).unwrap();
        anchor.require().unwrap();
        anchor.settle().unwrap();
        fs::rename(&place, dir.path().join("gone")).unwrap();
        let error = anchor.require().unwrap_err();
        assert_eq!((error.code(), error.subject()), (Code::DestinationMissing, place.to_str().unwrap()));
    }

    #[test]
    fn a_marker_that_is_not_ours_is_said_and_a_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Marker::read(dir.path()).unwrap(), None);
        fs::write(dir.path().join(MARKER), "{\"holdfast_drive\":2,\"id\":\"x\",\"name\":\"y\"}").unwrap();
        assert!(Marker::read(dir.path()).unwrap_err().cause().contains("newer"));
        fs::rename(dir.path().join(MARKER), dir.path().join("other")).unwrap();
        std::os::unix::fs::symlink("other", dir.path().join(MARKER)).unwrap();
        assert!(Marker::read(dir.path()).is_err());
    }
}
