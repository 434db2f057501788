//! What other programs (the command line, a timer) change while a window is open: seen by a look that costs next to
//! nothing, so that it can be taken every few seconds.
use crate::Service;
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What a look found, to be compared with the next one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Marks {
    looked: bool,
    files: Vec<Stamp>,
    recorded: Option<Recorded>,
    settings: Vec<Stamp>,
    restores: Vec<Stamp>,
}

/// What changed since the look before. The first look finds no change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// Something was backed up, verified, restored, copied or deleted, or a state before a restore was let go of.
    pub archives: bool,
    pub settings: bool,
}

/// The last run, and how many archives are known: a catalog that was built again has no runs.
type Recorded = (Option<i64>, u64);

/// A file as its folder shows it: name, number, size, and when it was written, in seconds and nanoseconds.
type Stamp = (OsString, u64, u64, i64, i64);

impl Service {
    /// Looks, and keeps in `seen` what was found. Asks a few files for their times, and opens the catalog only where
    /// it was written to since. Of what cannot be seen it says that nothing changed.
    pub fn look_outside(&self, seen: &mut Marks) -> Changes {
        let home = &self.context().home;
        let catalog = home.catalog();
        let mut wal = catalog.clone().into_os_string();
        wal.push("-wal");
        let files: Vec<Stamp> = [stamp(&catalog), stamp(Path::new(&wal))].into_iter().flatten().collect();
        // Who only reads makes and removes a -wal, too: what is recorded tells.
        let recorded =
            if seen.looked && files == seen.files { seen.recorded } else { self.recorded().or(seen.recorded) };
        let now = Marks {
            looked: true,
            files,
            recorded,
            settings: stamps(&home.deployments()),
            restores: stamps(&home.restores()),
        };
        let changes = if seen.looked {
            Changes {
                archives: now.recorded != seen.recorded || now.restores != seen.restores,
                settings: now.settings != seen.settings,
            }
        } else {
            Changes::default()
        };
        *seen = now;
        changes
    }

    fn recorded(&self) -> Option<Recorded> {
        // A home without a catalog gets none by being looked at.
        if !self.context().home.catalog().exists() {
            return None;
        }
        let (catalog, _) = self.context().catalog().ok()?;
        Some((catalog.runs().last_id().ok()?, catalog.archives().count().ok()?))
    }
}

fn stamps(folder: &Path) -> Vec<Stamp> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut stamps: Vec<Stamp> = entries.filter_map(|entry| stamp(&entry.path())).collect();
    stamps.sort_unstable();
    stamps
}

fn stamp(path: &Path) -> Option<Stamp> {
    let meta = std::fs::metadata(path).ok()?;
    Some((path.file_name()?.to_owned(), meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::World;
    use super::*;
    use crate::{Keys, PinArgs, VerifyArgs};

    const NONE: Changes = Changes { archives: false, settings: false };

    #[test]
    fn what_another_program_does_is_seen_once_and_reading_is_no_change() {
        let world = World::new();
        let mut seen = Marks::default();
        assert_eq!(world.service.look_outside(&mut seen), NONE, "the first look has nothing to compare with");
        assert_eq!(world.service.look_outside(&mut seen), NONE);
        let archive = world.backup(None).archive;
        assert!(world.service.look_outside(&mut seen).archives);
        assert_eq!(world.service.look_outside(&mut seen), NONE);
        world.service.status(None).unwrap();
        world.service.overview(None).unwrap();
        world.service.archives(None).unwrap();
        assert_eq!(world.service.look_outside(&mut seen), NONE);
        let args = VerifyArgs {
            deployment: None,
            archive: Some(archive.to_string()),
            all: false,
            full: false,
            keys: Keys::default(),
        };
        world.service.verify(&args, &world.job).unwrap();
        assert!(world.service.look_outside(&mut seen).archives);
        world.service.pin(&PinArgs { deployment: None, archive: archive.to_string(), pinned: true }).unwrap();
        assert!(world.service.look_outside(&mut seen).settings);
        assert_eq!(world.service.look_outside(&mut seen), NONE);
    }
}
