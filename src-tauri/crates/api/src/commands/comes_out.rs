//! A database that no archive brings back by a restore, and that comes out of a damaged one all the same.
use super::archives::ArchiveInfo;
use super::overview::MatterAct;
use crate::{Answer, Service};
use holdfast_domain::ArchiveName;
use holdfast_engine::catalog::Catalog;
use holdfast_engine::operations::soundness::Soundness;
use holdfast_engine::operations::{branches, captured, pick, verify};
use jiff::Timestamp;

#[derive(Debug, Clone)]
pub(super) struct ComesOut {
    pub archive: ArchiveName,
    pub created: Timestamp,
    /// The same in words.
    pub at: String,
    /// `webui.db`
    pub file: String,
    /// A verification has read all of it there.
    pub known: bool,
}

impl ComesOut {
    pub fn sentence(&self) -> String {
        let Self { file, at, known, .. } = self;
        if *known {
            format!("{file} comes out whole as of {at}, of an archive that is damaged elsewhere.")
        } else {
            format!(
                "{file} may come out as of {at}, of an archive that is damaged in part: that shows when it is tried."
            )
        }
    }

    pub fn command(&self) -> String {
        format!("holdfast salvage {} --into DIR", self.archive)
    }

    pub fn act(&self) -> MatterAct {
        let among = if self.known { format!(", {} among it", self.file) } else { String::new() };
        let effect = format!(
            "What is undamaged of the archive of {}{among}: into a folder of your choice. The archive is not changed.",
            self.at
        );
        MatterAct { effect, ..MatterAct::salvage(&self.archive) }
    }
}

impl Service {
    /// Where a database comes out whole by a salvage, as far as verifications tell, else where it may. `database`: its path
    /// in archives; `archives` newest first.
    pub(super) fn comes_out(
        &self,
        catalog: &Catalog,
        archives: &[ArchiveInfo],
        database: &str,
    ) -> Answer<Option<ComesOut>> {
        let Some(deployment) = archives.first().map(|archive| archive.deployment_id.as_str()) else { return Ok(None) };
        let rows = catalog.archives().list(Some(deployment))?;
        let horizon = pick::horizon(self.clock().now());
        let broken = |a: &&ArchiveInfo| {
            a.state == "present"
                && a.created <= horizon
                && matches!(a.soundness, Soundness::Damaged | Soundness::NeedsDamaged)
        };
        let mut broken: Vec<&ArchiveInfo> = archives.iter().filter(broken).collect();
        // As of those that can be restored.
        broken.sort_by_key(|archive| branches::rank(archive.kind, archive.branch));
        let mut perhaps = None;
        for archive in broken {
            if !captured::holds_whole(catalog, deployment, &archive.name, &archive.needs, database)? {
                continue;
            }
            let Some(row) = rows.iter().find(|row| row.name == archive.name) else { continue };
            let found = |known| ComesOut {
                archive: archive.name.clone(),
                created: archive.created,
                at: self.moment(archive.created),
                file: database.rsplit('/').next().unwrap_or(database).to_owned(),
                known,
            };
            match verify::whole_in_rest(catalog, &rows, row, database)? {
                Some(true) => return Ok(Some(found(true))),
                Some(false) => {}
                None => perhaps = perhaps.or_else(|| Some(found(false))),
            }
        }
        Ok(perhaps)
    }
}
