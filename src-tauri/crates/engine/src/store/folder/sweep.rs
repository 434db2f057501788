use super::{CHECKSUM, Folder, PARTIAL, RECOVERY_KEY};
use crate::durable;
use crate::error::Result;
use crate::media::volume_of;
use holdfast_domain::ArchiveName;

impl Folder {
    /// Sweeps away what an interrupted run left: unfinished archives, and what lies there of them already: checksums and
    /// volumes. Only under the deployment's lock. Returns the archives that will never be finished. A checksum alone is
    /// left: its archive was moved away, and may come back.
    pub fn sweep(&self) -> Result<Vec<ArchiveName>> {
        self.sweep_all_but(&[])
    }

    /// The same, but unfinished copies of `wanted` archives stay.
    pub(super) fn sweep_all_but(&self, wanted: &[ArchiveName]) -> Result<Vec<ArchiveName>> {
        let mut swept = Vec::new();
        let Ok(files) = self.file_names() else { return Ok(swept) };
        for file in files {
            let Some(stem) = file.strip_suffix(PARTIAL) else { continue };
            let path = self.inner.join(&file);
            let archive = ArchiveName::parse(volume_of(stem).map_or(stem, |(whole, _)| whole));
            if archive.is_some_and(|archive| wanted.contains(&archive)) {
                continue;
            }
            let file = intended(stem);
            if file == RECOVERY_KEY {
                self.within(durable::remove(&path))?;
                continue;
            }
            let Some(name) = ArchiveName::parse(file.strip_suffix(CHECKSUM).unwrap_or(file)) else { continue };
            // The unfinished archive goes last: it is what tells that the checksum is nobody's.
            if !self.holds(&name) {
                self.remove(&name)?;
            }
            self.within(durable::remove(&path))?;
            if swept.last() != Some(&name) {
                swept.push(name);
            }
        }
        Ok(swept)
    }
}

/// The name that an unfinished file was to get: small files carry their writer's number behind it, volumes their own.
fn intended(stem: &str) -> &str {
    match stem.rsplit_once('.') {
        Some((name, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => stem,
    }
}
