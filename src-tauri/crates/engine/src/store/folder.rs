//! A destination that is a folder: `Holdfast/DEPLOYMENT/` in it, with what opening the archives needs beside them.
use crate::durable;
use crate::error::{Error, Result};
use holdfast_domain::{ArchiveName, Code, DeploymentName};
use std::fs;
use std::path::{Path, PathBuf};

const HOLDFAST: &str = "Holdfast";
const PARTIAL: &str = ".partial";
const CHECKSUM: &str = ".sha256";
const RECOVERY_KEY: &str = "recovery-key.age";

/// One deployment's archives in a folder.
#[derive(Debug, Clone)]
pub struct Folder {
    /// What the person named.
    chosen: PathBuf,
    base: PathBuf,
    dir: PathBuf,
}

/// An archive's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: ArchiveName,
    pub path: PathBuf,
    pub stored_bytes: u64,
}

impl Folder {
    /// `chosen` is the folder that the person named; archives lie in `Holdfast/DEPLOYMENT/` below it.
    pub fn new(chosen: &Path, deployment: &DeploymentName) -> Self {
        let named_so = chosen.file_name().is_some_and(|n| n.eq_ignore_ascii_case(HOLDFAST));
        let base = if named_so { chosen.to_owned() } else { chosen.join(HOLDFAST) };
        let dir = base.join(deployment.as_str());
        Self { chosen: chosen.to_owned(), base, dir }
    }

    /// The folder that archives lie in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the folders, at set-up only: later, a folder that is gone means a drive that is gone.
    pub fn create(&self) -> Result<()> {
        durable::create_private_dir(&self.dir)
    }

    /// Fails with `DestinationMissing` unless the folder made at set-up is there.
    pub fn require(&self) -> Result<()> {
        match fs::metadata(&self.dir) {
            Ok(meta) if meta.is_dir() => Ok(()),
            Ok(_) => Err(Error::new(Code::DestinationMissing, self.dir.display(), "it is not a folder")),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::new(
                Code::DestinationMissing,
                self.chosen.display(),
                "the folder for the archives is not there",
            )),
            Err(e) => Err(Error::io(&self.dir, e)),
        }
    }

    /// Puts beside the archives what a restore without Holdfast needs. Writes only what differs.
    pub fn equip(&self, recovery_key: &[u8], how_to: &[u8], script: &[u8]) -> Result<()> {
        let [key, page, program] = self.beside();
        durable::write_if_changed(&key, recovery_key, 0o600)?;
        durable::write_if_changed(&page, how_to, 0o644)?;
        durable::write_if_changed(&program, script, 0o755)
    }

    /// Where `equip` puts its three.
    pub fn beside(&self) -> [PathBuf; 3] {
        [self.recovery_key(), self.base.join("HOW-TO-RESTORE.html"), self.base.join("restore.py")]
    }

    pub fn recovery_key(&self) -> PathBuf {
        self.dir.join(RECOVERY_KEY)
    }

    pub fn archive(&self, name: &ArchiveName) -> PathBuf {
        self.dir.join(name.file_name())
    }

    pub fn partial(&self, name: &ArchiveName) -> PathBuf {
        self.dir.join(format!("{}{PARTIAL}", name.file_name()))
    }

    pub fn checksum(&self, name: &ArchiveName) -> PathBuf {
        self.dir.join(format!("{}{CHECKSUM}", name.file_name()))
    }

    /// Gives a finished file its name. The checksum comes first, so that no archive is ever without one.
    pub fn publish(&self, name: &ArchiveName, sha256: &[u8; 32]) -> Result<PathBuf> {
        let line = format!("{}  {}\n", hex::encode(sha256), name.file_name());
        durable::write(&self.checksum(name), line.as_bytes(), 0o600)?;
        let path = self.archive(name);
        durable::publish(&self.partial(name), &path)?;
        Ok(path)
    }

    /// The hash in an archive's checksum file. `None` where there is no such file.
    pub fn read_checksum(&self, name: &ArchiveName) -> Result<Option<[u8; 32]>> {
        let path = self.checksum(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) if e.kind() == std::io::ErrorKind::InvalidData => String::new(),
            Err(e) => return Err(Error::io(&path, e)),
        };
        let mut hash = [0; 32];
        let digits = text.split_whitespace().next().unwrap_or_default();
        match hex::decode_to_slice(digits, &mut hash) {
            Ok(()) => Ok(Some(hash)),
            Err(_) => Err(Error::new(Code::ChecksumMismatch, path.display(), "it does not hold a SHA-256")),
        }
    }

    /// Removes an archive and its checksum; what is already gone is no error.
    pub fn remove(&self, name: &ArchiveName) -> Result<()> {
        durable::remove(&self.archive(name))?;
        durable::remove(&self.checksum(name))?;
        durable::sync_dir(&self.dir)
    }

    /// Archives by name, oldest first. Files that are none are passed over.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for item in fs::read_dir(&self.dir).map_err(|e| Error::io(&self.dir, e))? {
            let item = item.map_err(|e| Error::io(&self.dir, e))?;
            let text = item.file_name();
            let Some(text) = text.to_str() else { continue };
            let Some(name) = ArchiveName::parse(text).filter(|n| n.file_name() == text) else {
                continue;
            };
            let meta = item.metadata().map_err(|e| Error::io(item.path(), e))?;
            listed.push(Listed { name, path: item.path(), stored_bytes: meta.len() });
        }
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(listed)
    }

    /// Sweeps away what an interrupted run left: unfinished archives, and their checksums. Only under the deployment's
    /// lock. Returns the archives that will never be finished. A checksum alone is left: its archive was moved away, and
    /// may come back.
    pub fn sweep(&self) -> Result<Vec<ArchiveName>> {
        let mut swept = Vec::new();
        let Ok(items) = fs::read_dir(&self.dir) else { return Ok(swept) };
        for item in items.flatten() {
            let file = item.file_name();
            let Some(file) = file.to_str().and_then(|file| file.strip_suffix(PARTIAL)).map(intended) else { continue };
            if file == RECOVERY_KEY {
                durable::remove(&item.path())?;
                continue;
            }
            let Some(name) = ArchiveName::parse(file.strip_suffix(CHECKSUM).unwrap_or(file)) else { continue };
            // The unfinished archive goes last: it is what tells that the checksum is nobody's.
            if !self.archive(&name).exists() {
                durable::remove(&self.checksum(&name))?;
            }
            durable::remove(&item.path())?;
            swept.push(name);
        }
        Ok(swept)
    }

    pub fn free_space(&self) -> Result<u64> {
        free_space(&self.dir)
    }
}

/// The name that an unfinished file was to get: small files carry their writer's number behind it.
fn intended(stem: &str) -> &str {
    match stem.rsplit_once('.') {
        Some((name, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => stem,
    }
}

/// Bytes that this user may still write in the file system of `path`.
pub fn free_space(path: &Path) -> Result<u64> {
    let stat = rustix::fs::statvfs(path).map_err(|e| Error::io(path, e))?;
    Ok(stat.f_bavail * stat.f_frsize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_takes_what_is_unfinished_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let deployment = DeploymentName::new("bot").unwrap();
        let folder = Folder::new(dir.path(), &deployment);
        assert_eq!(folder.require().unwrap_err().code(), Code::DestinationMissing);
        folder.create().unwrap();
        let kept = ArchiveName::parse("bot_2026-11-21T020000Z_weekly-full").unwrap();
        let lost = ArchiveName::parse("bot_2026-11-22T020000Z_daily").unwrap();
        fs::write(folder.partial(&kept), b"x").unwrap();
        folder.publish(&kept, &[1; 32]).unwrap();
        fs::write(folder.partial(&lost), b"x").unwrap();
        fs::write(folder.checksum(&lost), b"x").unwrap();
        let away = ArchiveName::parse("bot_2026-11-20T020000Z_daily").unwrap();
        fs::write(folder.checksum(&away), b"of one that was moved away").unwrap();
        fs::write(folder.dir().join("notes.sha256"), b"mine").unwrap();
        fs::write(folder.dir().join("notes.7.partial"), b"mine").unwrap();
        assert_eq!(folder.sweep().unwrap(), std::slice::from_ref(&lost));
        assert!(folder.checksum(&away).exists() && !folder.checksum(&lost).exists());
        // As a kill leaves them while they are written.
        let halves = [format!("{}.sha256.4711.partial", lost.file_name()), "recovery-key.age.4711.partial".to_owned()];
        for half in &halves {
            fs::write(folder.dir().join(half), b"x").unwrap();
        }
        assert_eq!(folder.sweep().unwrap(), [lost]);
        assert!(halves.iter().all(|half| !folder.dir().join(half).exists()));
        assert!(folder.dir().join("notes.7.partial").exists());
        assert_eq!(folder.list().unwrap().len(), 1);
        assert_eq!(folder.read_checksum(&kept).unwrap(), Some([1; 32]));
        assert!(folder.dir().join("notes.sha256").exists());
    }
}
