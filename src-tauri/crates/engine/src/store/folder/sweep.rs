use super::{CHECKSUM, Folder, HOW_TO, OPENPGP_KEY, PARTIAL, RECOVERY_KEY, SCRIPT};
use crate::durable;
use crate::error::Result;
use crate::media::volume_of;
use crate::store::drive::MARKER;
use holdfast_domain::ArchiveName;
use std::fs;

/// In the folder `Holdfast`.
const BESIDE: [&str; 3] = [HOW_TO, SCRIPT, MARKER];
/// How the programs beside exports begin, and their checksums.
const PROGRAM: &str = "holdfast-";

impl Folder {
    /// Sweeps away what an interrupted run left: unfinished archives, and what lies there of them already: checksums and
    /// volumes. Only under the deployment's lock. Returns the archives that will never be finished. A checksum alone is
    /// left: its archive was moved away, and may come back.
    pub fn sweep(&self) -> Result<Vec<ArchiveName>> {
        self.sweep_where(|_| true, &[])
    }

    /// The same, but unfinished copies of `wanted` archives stay.
    pub(super) fn sweep_all_but(&self, wanted: &[ArchiveName]) -> Result<Vec<ArchiveName>> {
        self.sweep_where(|_| true, wanted)
    }

    /// The same of exports alone: other unfinished files may be somebody's who goes on with them.
    pub fn sweep_exports(&self) -> Result<Vec<ArchiveName>> {
        self.sweep_where(ArchiveName::is_export, &[])
    }

    fn sweep_where(&self, ours: impl Fn(&ArchiveName) -> bool, wanted: &[ArchiveName]) -> Result<Vec<ArchiveName>> {
        let mut swept = Vec::new();
        self.sweep_beside()?;
        let Ok(files) = self.file_names() else { return Ok(swept) };
        for file in files {
            let Some(stem) = file.strip_suffix(PARTIAL) else { continue };
            let path = self.inner.join(&file);
            let archive = ArchiveName::parse(volume_of(stem).map_or(stem, |(whole, _)| whole));
            if archive.is_some_and(|archive| wanted.contains(&archive)) {
                continue;
            }
            let (file, _) = intended(stem);
            if [RECOVERY_KEY, OPENPGP_KEY].contains(&file) {
                self.within(durable::remove(&path))?;
                continue;
            }
            let Some(name) = ArchiveName::parse(file.strip_suffix(CHECKSUM).unwrap_or(file)) else { continue };
            if !ours(&name) {
                continue;
            }
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

    /// What a killed run was about to put beside the archives. That folder is shared with other deployments, so what a
    /// run is writing now stays.
    fn sweep_beside(&self) -> Result<()> {
        for item in fs::read_dir(&self.inner_base).into_iter().flatten().flatten() {
            let name = item.file_name();
            let Some(stem) = name.to_str().and_then(|name| name.strip_suffix(PARTIAL)) else { continue };
            let (file, writer) = intended(stem);
            let ours = BESIDE.contains(&file) || file.starts_with(PROGRAM);
            if ours && writer.is_some_and(durable::is_orphan) {
                self.within(durable::remove(&item.path()))?;
            }
        }
        Ok(())
    }
}

/// The name that an unfinished file was to get: small files carry their writer's number behind it, volumes their own.
fn intended(stem: &str) -> (&str, Option<&str>) {
    match stem.rsplit_once('.') {
        Some((name, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
            (name, Some(number))
        }
        _ => (stem, None),
    }
}
