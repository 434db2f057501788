use crate::durable;
use crate::error::{Error, Result};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// Renames a damaged catalog, with its write-ahead log, to `catalog.db.damaged-TIME`: nothing is
/// thrown away, and the next opening makes a new one. Returns the new name.
pub fn set_aside(path: &Path, now: Timestamp) -> Result<PathBuf> {
    let stamp = now.strftime("%Y-%m-%dT%H%M%SZ").to_string();
    let mut aside = with_ending(path, &format!(".damaged-{stamp}"));
    let mut count = 1;
    while aside.exists() {
        count += 1;
        aside = with_ending(path, &format!(".damaged-{stamp}-{count}"));
    }
    // The log goes first: found beside a new catalog, it would be taken for the new one's.
    for ending in ["-wal", "-shm"] {
        let from = with_ending(path, ending);
        match std::fs::rename(&from, with_ending(&aside, ending)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(from, e)),
            _ => {}
        }
    }
    durable::publish(path, &aside)?;
    Ok(aside)
}

/// The lock that all share who open the catalog, and that whoever sets it aside has alone.
pub(super) fn gate(path: &Path) -> PathBuf {
    with_ending(path, ".lock")
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
