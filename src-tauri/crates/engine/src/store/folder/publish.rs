use super::{Folder, PARTIAL, checksum};
use crate::durable;
use crate::error::Result;
use crate::media::{Volume, volume_of, volume_path};
use holdfast_domain::ArchiveName;
use std::path::PathBuf;

impl Folder {
    /// Gives a finished archive its name. The checksum comes first, so that no archive is ever without one. Of volumes
    /// the first is named last: without it there is no archive.
    pub fn publish(&self, name: &ArchiveName, sha256: &[u8; 32], volumes: &[Volume]) -> Result<PathBuf> {
        self.anchored()?;
        let target = self.target(name);
        let whole = self.inner_archive(name);
        self.within((|| {
            let text = checksum::text(name, sha256, volumes);
            durable::write(&self.inner_checksum(name), text.as_bytes(), self.mode())?;
            for number in 1..=volumes.len().max(1) as u64 {
                durable::widen(&target.part(number), self.mode());
            }
            if volumes.len() < 2 {
                return durable::publish(&target.part(1), &whole);
            }
            for number in (1..=volumes.len() as u64).rev() {
                durable::publish(&target.part(number), &volume_path(&whole, number))?;
            }
            Ok(())
        })())?;
        Ok(self.archive(name))
    }

    /// Removes what an earlier archive of the same name left in another form: volumes beside a whole, or more of them.
    pub(super) fn clear_beside(&self, name: &ArchiveName, volumes: &[Volume]) -> Result<()> {
        let whole = self.inner_archive(name);
        let kept = if volumes.len() < 2 { 0 } else { volumes.len() as u64 };
        self.within((|| {
            if kept > 0 {
                durable::remove(&whole)?;
            }
            for file in self.file_names()? {
                let Some((of, number)) = volume_of(&file) else { continue };
                if of == name.file_name() && number > kept {
                    durable::remove(&self.inner.join(&file))?;
                }
            }
            durable::sync_dir(&self.inner)
        })())
    }

    /// Removes what was written of an unfinished archive.
    pub fn discard(&self, name: &ArchiveName) -> Result<()> {
        let found = self.unfinished(name)?;
        let removed = found.iter().try_for_each(|path| durable::remove(path));
        self.within(removed)
    }

    /// The files of an unfinished archive, in whatever form.
    fn unfinished(&self, name: &ArchiveName) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for file in self.file_names()? {
            let Some(stem) = file.strip_suffix(PARTIAL) else { continue };
            let whole = volume_of(stem).map_or(stem, |(whole, _)| whole);
            if whole == name.file_name() {
                found.push(self.inner.join(&file));
            }
        }
        Ok(found)
    }

    /// Removes an archive and its checksum; what is already gone is no error.
    pub fn remove(&self, name: &ArchiveName) -> Result<()> {
        self.anchored()?;
        let whole = self.inner_archive(name);
        self.within((|| {
            durable::remove(&whole)?;
            // The first volume goes first: what is left of a removal that stopped here is no archive.
            durable::remove(&volume_path(&whole, 1))?;
            for file in self.file_names()? {
                if volume_of(&file).is_some_and(|(whole, _)| whole == name.file_name()) {
                    durable::remove(&self.inner.join(&file))?;
                }
            }
            durable::remove(&self.inner_checksum(name))?;
            durable::sync_dir(&self.inner)
        })())
    }
}
