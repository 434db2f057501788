//! Makes an archive of a deployment's present state.
mod capture_file;
mod gone;
mod lists;
mod losses;
mod lost;
mod payload;
mod plan;
mod record;
mod run;
mod units;

pub use gone::NAMED;
pub(super) use lists::{Written as WrittenLists, write as write_lists};
pub use lost::{Lost, some_of};
pub(super) use payload::Gathered;
pub(crate) use plan::on_disk;
pub use plan::{BackupPlan, BackupRequest, COMPRESSION, plan};
pub(crate) use plan::{destination, plan_locked};
pub use record::note_failed;
pub use run::{BackupReport, run};

use crate::archive::{Entry, EntryKind};
use crate::capture::walk::mix_state;

/// Digest of what tells a database's state on disk: the file and its sidecars.
pub(super) fn database_state(found: &Entry) -> u64 {
    mix_state(found.source, found.mtime, found.inode, found.size)
}

/// Whether what the walk found is what the parent holds, as far as can be told without reading it.
pub(super) fn is_unchanged(found: &Entry, held: &Entry) -> bool {
    let same_kind = found.kind == held.kind && found.mode == held.mode && found.owner == held.owner;
    if !same_kind || held.racy {
        return false;
    }
    let same_inode = found.ctime == held.ctime && found.inode == held.inode;
    match found.kind {
        EntryKind::File if held.database => same_inode && database_state(found) == held.source,
        EntryKind::File => {
            same_inode && found.mtime == held.mtime && found.size == held.size && found.class == held.class
        }
        EntryKind::Hardlink => same_inode && found.link == held.link && found.class == held.class,
        EntryKind::Dir | EntryKind::Symlink => same_inode && found.mtime == held.mtime && found.class == held.class,
        EntryKind::Gone => true,
    }
}
