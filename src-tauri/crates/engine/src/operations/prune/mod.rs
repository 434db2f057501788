//! Removes the archives that no rule keeps.
mod after;
mod change;
mod copies;
mod plan;
mod run;

pub use after::{Pruned, after_success};
pub use change::{Removes, change};
pub use copies::{CopiesPlan, CopiesRemoved};
pub(super) use plan::alarm;
pub use plan::{Judged, PrunePlan, held_by, plan};
pub(super) use run::remove;
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

/// Where an archive lies, for removing it there: the deployment's own folder, which knows its drive, or another one that it
/// was made in. While the own one is a drive, nothing is removed anywhere else.
fn place_of(folder: &Folder, row: &ArchiveRow) -> Result<Folder> {
    if folder.dir() == row.folder {
        return Ok(folder.clone());
    }
    if folder.is_drive() {
        let cause = "it is not on the drive that archives are made on";
        return Err(Error::new(Code::DestinationMissing, row.folder.display(), cause));
    }
    folder_of(row)
}

/// Those that need others before those that they need.
pub(super) fn children_first(rows: &mut [ArchiveRow]) {
    rows.sort_by(|a, b| b.needs.len().cmp(&a.needs.len()).then_with(|| a.name.cmp(&b.name)));
}
