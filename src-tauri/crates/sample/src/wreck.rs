//! An accident: what a disk, a script or a tired person does to a deployment.

use std::fmt;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{At, Error, Result};
use crate::files::{files_in, walk};
use crate::layout::Layout;
use crate::seed::Rng;
use crate::sqlite::{open_read, unsigned};

const PAGE: u64 = 4096;

/// What was done. Paths are inside the deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Wreckage {
    pub deleted: Vec<PathBuf>,
    pub deleted_folder: Option<PathBuf>,
    pub truncated: Vec<PathBuf>,
    /// Of `webui.db`: offset and length of what is garbage now.
    pub overwritten: Vec<(u64, u64)>,
}

/// Damages a deployment beyond what it can repair itself; needs one with a sound `webui.db`.
/// The same seed does the same. A `-wal` stays where it is.
pub fn wreck(dir: &Path, seed: u64) -> Result<Wreckage> {
    let layout = Layout::new(dir);
    let mut rng = Rng::new(seed, "wreck", 0);
    let mut done = Wreckage::default();
    let inside = |path: &Path| path.strip_prefix(dir).unwrap_or(path).to_owned();

    done.overwritten = garble(&layout.webui_db(), &mut rng)?;

    let mut conversations = files_in(&layout.conversations("active"))?;
    for _ in 0..conversations.len().div_ceil(20) {
        let path = conversations.swap_remove(rng.below(conversations.len() as u64) as usize);
        fs::remove_file(&path).at(&path)?;
        done.deleted.push(inside(&path));
    }
    if layout.env().exists() {
        fs::remove_file(layout.env()).at(&layout.env())?;
        done.deleted.push(inside(&layout.env()));
    }
    let folder = layout.uploads().join("shared");
    if folder.is_dir() {
        fs::remove_dir_all(&folder).at(&folder)?;
        done.deleted_folder = Some(inside(&folder));
    }

    let mut vectors = Vec::new();
    let mut uploads = Vec::new();
    for (folder, found) in [(layout.vectors(), &mut vectors), (layout.uploads(), &mut uploads)] {
        if folder.is_dir() {
            walk(&folder, &mut |path, meta| {
                let wanted = path.ends_with("data_level0.bin") || path.starts_with(layout.uploads());
                if meta.is_file() && meta.len() > 1 && wanted {
                    found.push((path.to_owned(), meta.len()));
                }
                Ok(())
            })?;
        }
    }
    for (mut from, count) in [(vectors, 1), (uploads, 3)] {
        for _ in 0..count.min(from.len()) {
            let (path, len) = from.swap_remove(rng.below(from.len() as u64) as usize);
            let file = File::options().write(true).open(&path).at(&path)?;
            file.set_len(rng.below(len)).at(&path)?;
            done.truncated.push(inside(&path));
        }
    }
    Ok(done)
}

/// The root page of `chat`, and 16 pages in the middle.
fn garble(path: &Path, rng: &mut Rng) -> Result<Vec<(u64, u64)>> {
    let root: u64 = {
        let db = open_read(path)?;
        let sql = "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = 'chat'";
        db.query_row(sql, [], |row| unsigned(row, 0)).at(path)?
    };
    let len = fs::metadata(path).at(path)?.len();
    if root == 0 || len < 64 * PAGE {
        return Err(Error::invalid(path.display().to_string(), "too small for the database of a deployment"));
    }
    let middle = len / 2 / PAGE * PAGE;
    let regions = vec![((root - 1) * PAGE, PAGE), (middle, 16 * PAGE)];
    let file = File::options().write(true).open(path).at(path)?;
    for &(offset, bytes) in &regions {
        let mut garbage = vec![0; bytes as usize];
        rng.fill(&mut garbage);
        file.write_all_at(&garbage, offset).at(path)?;
    }
    Ok(regions)
}

impl fmt::Display for Wreckage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for path in &self.deleted {
            writeln!(f, "deleted: {}", path.display())?;
        }
        if let Some(path) = &self.deleted_folder {
            writeln!(f, "deleted with all in it: {}", path.display())?;
        }
        for path in &self.truncated {
            writeln!(f, "truncated: {}", path.display())?;
        }
        let mut lines = self
            .overwritten
            .iter()
            .map(|(offset, bytes)| format!("overwritten with garbage: data/webui.db from {offset}, {bytes} bytes"));
        f.write_str(&lines.by_ref().collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Check, check};
    use crate::generate::{Generate, generate};

    #[test]
    fn the_damage_is_found() {
        for seed in 0..4 {
            let dir = tempfile::tempdir().unwrap();
            generate(dir.path(), &Generate::new(5_000_000, 1)).unwrap();
            let done = wreck(dir.path(), seed).unwrap();
            assert!(done.deleted.iter().all(|path| !dir.path().join(path).exists()));
            assert!(done.deleted.contains(&"config/.env".into()));
            assert_eq!((done.truncated.len(), done.overwritten.len()), (4, 2));
            let problems = check(dir.path(), &Check::default()).unwrap().problems;
            let about = |word: &str| problems.iter().any(|problem| problem.contains(word));
            assert!(about("webui.db"), "{problems:?}");
            assert!(about("data_level0.bin"), "{problems:?}");
        }
    }
}
