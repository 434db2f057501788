use crate::archive::Moment;
use crate::catalog::{ArchiveRow, Catalog};
use crate::error::Result;
use crate::operations::branches::{self, Branch, Branches};
use holdfast_domain::ArchiveName;
use holdfast_domain::alarm::Past;

/// Archives whose size says what is usual.
const PAST: usize = 10;

/// What a new archive is laid beside to see whether anything looks wrong in it.
#[derive(Debug, Default)]
pub(in crate::operations) struct Before {
    /// The newest of the state that goes on, or the one that is built on. `None` for the first archive.
    pub moment: Option<Moment>,
    pub past: Vec<Past>,
    /// A restore or an undo put something else in place since then.
    pub restored: bool,
    /// The archive to go back to.
    pub good: Option<ArchiveName>,
}

impl Before {
    /// `rows`: of the deployment, newest first.
    pub fn of(
        catalog: &Catalog,
        deployment_id: &str,
        rows: &[ArchiveRow],
        branches: &Branches,
        moment: Option<Moment>,
    ) -> Result<Self> {
        let living = |row: &&ArchiveRow| {
            row.kind.is_regular()
                && row.files > 0
                && branches.branch(&row.name, row.kind, row.created) == Branch::Living
        };
        let past = rows.iter().filter(living).take(PAST).map(|row| Past { files: row.files, bytes: row.bytes });
        let restored = moment.as_ref().is_some_and(|moment| branches.changed_since(moment.manifest().created));
        let good = branches::newest_whole(catalog, deployment_id, rows)?.map(|row| row.name.clone());
        Ok(Self { past: past.collect(), restored, good, moment })
    }
}
