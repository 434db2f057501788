//! Times and modes that follow from the seed, whatever the clock and the umask were.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};

use crate::error::{At, Result};
use crate::files::walk;
use crate::seed::Rng;

/// 2024-06-01T00:00:00Z, when the deployment was set up.
pub(crate) const BEGIN: i64 = 1_717_200_000;
/// 300 days later: when the last of it was written.
pub(crate) const END: i64 = BEGIN + 300 * DAY;
pub(crate) const DAY: i64 = 86_400;

/// Some moment between the two, in Unix seconds.
pub(crate) fn some_time(rng: &mut Rng) -> i64 {
    BEGIN + rng.below((END - BEGIN) as u64) as i64
}

/// Sets both times of a file, folder or link itself.
pub(crate) fn set(path: &Path, seconds: i64, nanos: u32) -> Result<()> {
    let time = Timespec { tv_sec: seconds, tv_nsec: i64::from(nanos) };
    let times = Timestamps { last_access: time, last_modification: time };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).at(path)
}

/// Stamps everything below `root` and `root` itself. Paths in `modes` have a mode of their own, the
/// others 0644 (folders 0755); paths in `latest` get [`END`].
pub(crate) fn all(root: &Path, seed: u64, modes: &HashMap<PathBuf, u32>, latest: &[PathBuf]) -> Result<()> {
    let mut folders = vec![root.to_owned()];
    walk(root, &mut |path, meta| {
        if meta.is_dir() {
            // Its time would change with what is made in it; the folders come last.
            folders.push(path.to_owned());
            return Ok(());
        }
        if !meta.is_symlink() {
            set_mode(path, meta, modes, 0o644)?;
        }
        one(root, path, seed, latest)
    })?;
    for folder in folders.iter().rev() {
        let meta = fs::symlink_metadata(folder).at(folder)?;
        set_mode(folder, &meta, modes, 0o755)?;
        one(root, folder, seed, latest)?;
    }
    Ok(())
}

fn set_mode(path: &Path, meta: &fs::Metadata, modes: &HashMap<PathBuf, u32>, default: u32) -> Result<()> {
    let mode = modes.get(path).copied().unwrap_or(default);
    if meta.mode() & 0o7777 == mode {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).at(path)
}

fn one(root: &Path, path: &Path, seed: u64, latest: &[PathBuf]) -> Result<()> {
    if latest.iter().any(|late| late == path) {
        return set(path, END, 0);
    }
    let inside = path.strip_prefix(root).unwrap_or(path).to_string_lossy();
    let mut rng = Rng::new(seed, &inside, 0);
    let seconds = some_time(&mut rng);
    set(path, seconds, rng.below(1_000_000_000) as u32)
}
