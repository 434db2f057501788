//! Warns of rows that still name the place where a root was.
use crate::archive::RootNote;
use crate::capture::mentions::mentions;
use crate::error::Result;
use crate::jobs::Job;
use crate::operations::restore::{RestorePlan, RestoreReport};
use holdfast_domain::{Code, Problem};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Roots that come back elsewhere, and the databases that may name where they were.
pub(super) struct Suspects {
    was: Vec<RootNote>,
    databases: Vec<Vec<u8>>,
}

/// Looked up before the restore, which uses its plan up.
pub(super) fn suspects(plan: &RestorePlan) -> Result<Suspects> {
    let here = &plan.preview.roots;
    let moved = |was: &&RootNote| here.iter().any(|root| root.name == was.name && root.path != was.path);
    let was: Vec<RootNote> = plan.manifest().roots.iter().filter(moved).cloned().collect();
    let mut databases = Vec::new();
    if !was.is_empty() {
        for entry in plan.entries()? {
            let entry = entry?;
            if entry.database {
                databases.push(entry.path);
            }
        }
    }
    Ok(Suspects { was, databases })
}

/// A notice for each database that names an old place. Best effort: what cannot be read is nothing to warn of here.
pub(super) fn notices(suspects: &Suspects, restored: &RestoreReport, job: &Job) -> Vec<Problem> {
    let mut notices = Vec::new();
    for path in &suspects.databases {
        let Some(on_disk) = on_disk(path, restored) else { continue };
        for was in &suspects.was {
            let old = format!("{}/", was.path.display());
            let Ok(found) = mentions(&on_disk, &old, job) else { continue };
            if found.is_empty() {
                continue;
            }
            let columns: Vec<String> =
                found.iter().map(|m| format!("{} in {}.{}", m.rows, m.table, m.column)).collect();
            let cause = format!("rows that name {old}, which is not where these files are now: {}", columns.join(", "));
            notices.push(Problem::new(Code::OriginDiffers, on_disk.display().to_string(), cause));
        }
    }
    notices
}

fn on_disk(path: &[u8], restored: &RestoreReport) -> Option<PathBuf> {
    let slash = path.iter().position(|b| *b == b'/')?;
    let root = restored.roots.iter().find(|root| root.name.as_bytes() == &path[..slash])?;
    Some(root.path.join(OsStr::from_bytes(&path[slash + 1..])))
}
