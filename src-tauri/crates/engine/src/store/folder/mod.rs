//! A destination that is a folder, on this machine or on a drive that comes and goes: `Holdfast/DEPLOYMENT/` in it, with
//! what opening the archives needs beside them.
mod checksum;
mod copy;
mod destination;
mod publish;
mod sweep;
#[cfg(test)]
mod tests;

use super::drive::{self, Anchor, DriveName};
use super::{Beside, FileSystem};
use crate::deployment::Destination as Setting;
use crate::durable;
use crate::error::{Error, Result};
use crate::media::{FileMedium, Medium, Target, is_there, volume_of};
use holdfast_domain::{ArchiveName, Code, DeploymentName};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

const HOLDFAST: &str = "Holdfast";
const PARTIAL: &str = ".partial";
const CHECKSUM: &str = ".sha256";
const RECOVERY_KEY: &str = "recovery-key.age";
const OPENPGP_KEY: &str = "recovery-key.asc.age";

/// One deployment's archives in a folder.
#[derive(Debug, Clone)]
pub struct Folder {
    /// What the person named, or where the drive is now.
    chosen: PathBuf,
    base: PathBuf,
    dir: PathBuf,
    /// The same two as they are worked in: on a drive, through a handle that stays on it.
    inner_base: PathBuf,
    inner: PathBuf,
    volume_bytes: Option<u64>,
    /// What the file system asks for, once that was looked at: while a drive goes, it says nothing.
    asked: OnceLock<Option<u64>>,
    drive: Option<DriveName>,
    anchor: Option<Arc<Anchor>>,
}

/// An archive's file, or its volumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: ArchiveName,
    pub path: PathBuf,
    pub stored_bytes: u64,
}

/// The folder `Holdfast` below the one that a person named, or that one itself where it is called so.
pub fn base_of(chosen: &Path) -> PathBuf {
    let named_so = chosen.file_name().is_some_and(|n| n.eq_ignore_ascii_case(HOLDFAST));
    if named_so { chosen.to_owned() } else { chosen.join(HOLDFAST) }
}

impl Folder {
    /// `chosen` is the folder that the person named; archives lie in `Holdfast/DEPLOYMENT/` below it.
    pub fn new(chosen: &Path, deployment: &DeploymentName) -> Self {
        let base = base_of(chosen);
        let dir = base.join(deployment.as_str());
        Self::plain(chosen.to_owned(), base, dir)
    }

    /// A folder that archives lie in, wherever that is: a copy that somebody made, for instance. For reading.
    pub fn holding(dir: &Path) -> Self {
        let base = dir.parent().unwrap_or(dir);
        Self::plain(base.parent().unwrap_or(base).to_owned(), base.to_owned(), dir.to_owned())
    }

    fn plain(chosen: PathBuf, base: PathBuf, dir: PathBuf) -> Self {
        let (inner_base, inner) = (base.clone(), dir.clone());
        Self {
            chosen,
            base,
            dir,
            inner_base,
            inner,
            volume_bytes: None,
            asked: OnceLock::new(),
            drive: None,
            anchor: None,
        }
    }

    /// As the settings have it.
    pub fn of(setting: &Setting, deployment: &DeploymentName) -> Self {
        match setting {
            Setting::Folder { path, volume_bytes, .. } => Self::new(path, deployment).with_volumes(*volume_bytes),
            Setting::Drive { id, name, path, inside, volume_bytes } => {
                let drive = DriveName { id: id.clone(), name: name.clone() };
                Self::on_drive(drive, path, inside, deployment).with_volumes(*volume_bytes)
            }
            // None of ours: a folder that is never there.
            Setting::Cloud { .. } => Self::new(Path::new("/dev/null/cloud"), deployment),
        }
    }

    /// On a drive, wherever it is mounted now. One that is away gives a folder whose `require` says so, and that nothing
    /// is written to.
    pub fn on_drive(drive: DriveName, hint: &Path, inside: &Path, deployment: &DeploymentName) -> Self {
        let found = drive::find(&drive.id, hint, inside);
        let mut folder = Self::new(found.as_deref().unwrap_or(hint), deployment);
        if found.is_some() {
            folder.anchor = Anchor::take(&folder.base, &drive).ok().map(Arc::new);
        }
        if let Some(anchor) = &folder.anchor {
            folder.inner_base = anchor.reach();
            folder.inner = folder.inner_base.join(deployment.as_str());
        }
        folder.drive = Some(drive);
        folder
    }

    /// Archives longer than this are cut into volumes; `None`: only where the file system asks for it.
    #[must_use]
    pub fn with_volumes(mut self, volume_bytes: Option<u64>) -> Self {
        self.volume_bytes = volume_bytes;
        self
    }

    /// The folder that archives lie in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the person named, or where the drive is now.
    pub fn chosen(&self) -> &Path {
        &self.chosen
    }

    pub fn is_drive(&self) -> bool {
        self.drive.is_some()
    }

    /// Makes the folders, at set-up only: later, a folder that is gone means a drive that is gone.
    pub fn create(&self) -> Result<()> {
        if self.drive.is_some() {
            self.anchored()?;
        }
        durable::create_private_dir(&self.inner).map_err(|e| self.tell(e))
    }

    /// Fails with `DestinationMissing` unless the folder made at set-up is there, on the drive that it was made on.
    pub fn require(&self) -> Result<()> {
        if self.drive.is_some() {
            self.anchored()?;
        }
        match fs::symlink_metadata(&self.inner) {
            Ok(meta) if meta.is_dir() => Ok(()),
            // On a drive a link could lead anywhere; elsewhere people may have one.
            Ok(meta) if meta.is_symlink() && self.drive.is_none() && self.inner.is_dir() => Ok(()),
            Ok(_) => Err(Error::new(Code::DestinationMissing, self.dir.display(), "it is not a folder")),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::new(
                Code::DestinationMissing,
                self.chosen.display(),
                "the folder for the archives is not there",
            )),
            Err(e) => Err(self.tell(Error::io(&self.inner, e))),
        }
    }

    fn anchored(&self) -> Result<()> {
        match (&self.anchor, &self.drive) {
            (Some(anchor), _) => anchor.require(),
            (None, Some(drive)) => {
                let cause = "it is not plugged in, or not mounted";
                Err(Error::new(Code::DestinationMissing, drive::describe(&drive.name), cause))
            }
            (None, None) => Ok(()),
        }
    }

    /// An error of work done here as people know the places; one that came because the drive went says that.
    pub fn tell(&self, error: Error) -> Error {
        let Some(anchor) = &self.anchor else { return error };
        let may_be_gone = matches!(error.code(), Code::InputOutput | Code::ReadOnly | Code::ArchiveMissing);
        if may_be_gone && let Err(away) = anchor.require() {
            return away.with_source(error);
        }
        error.moved(&self.inner_base, &self.base)
    }

    fn within<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|e| self.tell(e))
    }

    /// Puts beside the archives what a restore without Holdfast needs. Writes only what differs.
    pub fn equip(&self, beside: &Beside) -> Result<()> {
        self.within((|| {
            durable::write_if_changed(&self.inner.join(RECOVERY_KEY), &beside.recovery_key, 0o600)?;
            if let Some(key) = &beside.openpgp_key {
                durable::write_if_changed(&self.inner.join(OPENPGP_KEY), key, 0o600)?;
            }
            durable::write_if_changed(&self.inner_base.join("HOW-TO-RESTORE.html"), &beside.how_to, 0o644)?;
            durable::write_if_changed(&self.inner_base.join("restore.py"), &beside.script, 0o755)
        })())
    }

    /// Replaces the sealed key alone, as after a change of the passphrase.
    pub fn put_recovery_key(&self, sealed: &[u8]) -> Result<()> {
        self.require()?;
        self.within(durable::write_if_changed(&self.inner.join(RECOVERY_KEY), sealed, 0o600))
    }

    /// Whether something can be written here: writes and removes an empty file.
    pub fn probe(&self) -> Result<()> {
        self.require()?;
        let probe = self.inner.join(format!(".holdfast-probe-{}", std::process::id()));
        self.within(durable::write(&probe, b"", 0o600).and_then(|()| durable::remove(&probe)))
    }

    pub fn recovery_key(&self) -> PathBuf {
        self.dir.join(RECOVERY_KEY)
    }

    pub fn openpgp_key(&self) -> PathBuf {
        self.dir.join(OPENPGP_KEY)
    }

    /// The archive's path; where it is in volumes, there is no file of this name.
    pub fn archive(&self, name: &ArchiveName) -> PathBuf {
        self.dir.join(name.file_name())
    }

    /// Where an archive is written.
    pub fn target(&self, name: &ArchiveName) -> Target {
        let asked = || *self.asked.get_or_init(|| FileSystem::of(&self.inner).file_limit);
        let limit = self.volume_bytes.or_else(asked);
        Target::new(self.inner.join(format!("{}{PARTIAL}", name.file_name())), limit)
    }

    pub fn checksum(&self, name: &ArchiveName) -> PathBuf {
        self.dir.join(format!("{}{CHECKSUM}", name.file_name()))
    }

    fn inner_archive(&self, name: &ArchiveName) -> PathBuf {
        self.inner.join(name.file_name())
    }

    fn inner_checksum(&self, name: &ArchiveName) -> PathBuf {
        self.inner.join(format!("{}{CHECKSUM}", name.file_name()))
    }

    /// Whether the archive is there.
    pub fn holds(&self, name: &ArchiveName) -> bool {
        is_there(&self.inner_archive(name))
    }

    /// The hash in an archive's checksum file. `None` where there is no such file.
    pub fn read_checksum(&self, name: &ArchiveName) -> Result<Option<[u8; 32]>> {
        let path = self.inner_checksum(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) if e.kind() == std::io::ErrorKind::InvalidData => String::new(),
            Err(e) => return Err(self.tell(Error::io(&path, e))),
        };
        let refuse = || Error::new(Code::ChecksumMismatch, self.checksum(name).display(), "it does not hold a SHA-256");
        checksum::of_whole(&text).ok_or_else(refuse).map(Some)
    }

    /// Where `equip` puts its three.
    pub fn beside(&self) -> [PathBuf; 3] {
        [self.recovery_key(), self.base.join("HOW-TO-RESTORE.html"), self.base.join("restore.py")]
    }

    /// Archives by name, oldest first. Files that are none are passed over.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for file in self.file_names()? {
            let whole = match volume_of(&file) {
                Some((whole, 1)) if !self.inner.join(whole).exists() => whole,
                Some(_) => continue,
                None => &file,
            };
            let Some(name) = ArchiveName::parse(whole).filter(|n| n.file_name() == whole) else {
                continue;
            };
            match FileMedium::find(&self.inner_archive(&name)) {
                Ok(medium) => {
                    listed.push(Listed { path: self.archive(&name), stored_bytes: medium.length(), name });
                }
                // A folder of that name, or one that was removed just now.
                Err(e) if matches!(e.code(), Code::NotAnArchive | Code::ArchiveMissing) => {}
                Err(e) => return Err(self.tell(e)),
            }
        }
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(listed)
    }

    fn file_names(&self) -> Result<Vec<String>> {
        let broken = |e| self.tell(Error::io(&self.inner, e));
        let mut names = Vec::new();
        for item in fs::read_dir(&self.inner).map_err(broken)? {
            names.extend(item.map_err(broken)?.file_name().into_string());
        }
        Ok(names)
    }

    pub fn free_space(&self) -> Result<u64> {
        self.within(free_space(&self.inner))
    }
}

/// Bytes that this user may still write in the file system of `path`.
pub fn free_space(path: &Path) -> Result<u64> {
    let stat = rustix::fs::statvfs(path).map_err(|e| Error::io(path, e))?;
    Ok(stat.f_bavail * stat.f_frsize)
}
