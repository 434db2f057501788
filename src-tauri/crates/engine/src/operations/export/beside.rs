//! What lies beside an exported archive, so that the drive and the passphrase are enough.
use crate::durable;
use crate::error::{Error, Result};
use crate::operations::reading::Reading;
use crate::store::{Beside, Folder};
use holdfast_domain::Code;
use std::fs;
use std::path::{Path, PathBuf};

/// A program file of this platform.
#[derive(Debug, Clone)]
pub struct Program {
    pub path: PathBuf,
    /// What it is called on the drive, such as `holdfast-linux-x86_64`.
    pub name: String,
}

/// About what everything beside the archive takes.
pub(super) fn size(program: Option<&Program>) -> u64 {
    let program = program.and_then(|p| fs::metadata(&p.path).ok()).map_or(0, |meta| meta.len());
    program + (1 << 17)
}

/// Refuses a folder that holds archives of another deployment of the same name: its recovery key would be replaced, and
/// with it the way to those archives.
pub(super) fn require_ours(folder: &Folder, reading: &Reading, recovery_key: &[u8]) -> Result<()> {
    match fs::read(folder.recovery_key()) {
        Ok(there) if there != recovery_key => {}
        Ok(_) => return Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::io(folder.recovery_key(), e)),
    }
    // Sealed with another passphrase, or another key: an archive tells.
    for listed in folder.list()? {
        match reading.fits(&listed.path) {
            Err(e) if e.code() == Code::WrongKey => {
                let cause = "it holds archives of another deployment of this name, made with other keys";
                return Err(Error::new(Code::DeploymentExists, folder.dir().display(), cause));
            }
            // One that is damaged says nothing.
            _ => {}
        }
    }
    Ok(())
}

/// The folders of the target, and which of them were made for this export.
pub(super) struct Target {
    made: Vec<PathBuf>,
}

impl Target {
    pub fn prepare(folder: &Folder) -> Result<Self> {
        let (dir, base) = folder.reach();
        // Not those that a failing drive cannot show.
        let made =
            [dir, base].into_iter().filter(|path| matches!(path.try_exists(), Ok(false))).map(Path::to_owned).collect();
        folder.create()?;
        Ok(Self { made })
    }

    /// Takes away the folders that were made, with what was put into them; such as were there stay as they were.
    pub fn undo(&self) {
        for path in &self.made {
            // Failing leaves something behind that harms nothing, and why the export failed is what is told.
            let _ = durable::remove_dir_of_files(path);
        }
    }
}

/// Puts everything beside the archive; returns the paths. Writes only what differs.
pub(super) fn equip(folder: &Folder, beside: &Beside, program: Option<&Program>) -> Result<Vec<PathBuf>> {
    folder.equip(beside)?;
    let mut paths = folder.beside().to_vec();
    paths.extend(beside.openpgp_key.as_ref().map(|_| folder.openpgp_key()));
    if let Some(program) = program {
        let (_, base) = folder.reach();
        let sums = format!("{}.sha256", program.name);
        let path = base.join(&program.name);
        if path.is_dir() {
            return Err(Error::new(Code::DeploymentExists, path.display(), "a folder has the program's name"));
        }
        let sha256 = durable::copy(&program.path, &path, 0o755)?;
        let line = format!("{}  {}\n", hex::encode(sha256), program.name);
        durable::write_if_changed(&base.join(&sums), line.as_bytes(), 0o644)?;
        let shown = folder.dir().parent().unwrap_or(folder.dir());
        paths.extend([shown.join(&program.name), shown.join(sums)]);
    }
    Ok(paths)
}
