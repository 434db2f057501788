//! Removes the archives that no rule keeps.
mod plan;
mod run;

pub use plan::{Judged, PrunePlan, plan};
pub use run::{PruneReport, Removed, run};

use crate::catalog::ArchiveRow;
use crate::error::{Error, Result};
use crate::store::Folder;
use holdfast_domain::{Code, DeploymentName};

/// The folder that an archive lies in, as the catalog has it. Only folders of the shape that Holdfast makes: nothing
/// else is ever removed.
fn folder_of(row: &ArchiveRow) -> Result<Folder> {
    let refuse =
        || Error::new(Code::UnsafePath, row.folder.display(), "it is not a folder that Holdfast keeps archives in");
    let name = row.folder.file_name().and_then(|n| n.to_str()).ok_or_else(refuse)?;
    let name = DeploymentName::new(name).map_err(|_| refuse())?;
    let folder = Folder::new(row.folder.parent().ok_or_else(refuse)?, &name);
    if folder.dir() == row.folder { Ok(folder) } else { Err(refuse()) }
}

/// Those that need others before those that they need.
fn children_first(rows: &mut [ArchiveRow]) {
    rows.sort_by(|a, b| b.needs.len().cmp(&a.needs.len()).then_with(|| a.name.cmp(&b.name)));
}
