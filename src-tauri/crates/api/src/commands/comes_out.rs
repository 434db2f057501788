//! A database that no archive brings back by a restore, or an older one alone, and that comes out of a damaged one.
use super::archives::ArchiveInfo;
use super::overview::MatterAct;
use crate::{Answer, Service};
use holdfast_domain::{ArchiveName, Outcome};
use holdfast_engine::catalog::Catalog;
use holdfast_engine::operations::soundness::Soundness;
use holdfast_engine::operations::{branches, captured, pick, verify};
use jiff::Timestamp;
use std::cmp::Reverse;

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
    /// Of the archive, among those to go back to.
    rank: u8,
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
        salvage_command(&self.archive)
    }

    /// The sentence, and what is typed, which a window shows without.
    pub fn typed(&self) -> String {
        format!("{} ({}).", self.sentence().trim_end_matches('.'), self.command())
    }

    /// One would rather go back to what comes out than to an archive that can be restored.
    fn is_before(&self, whole: &ArchiveInfo) -> bool {
        let rank = branches::rank(whole.kind, whole.branch);
        (self.rank, Reverse(self.created)) < (rank, Reverse(whole.created))
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

pub(super) fn salvage_command(archive: &ArchiveName) -> String {
    format!("holdfast salvage {archive} --into DIR")
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
        let mut perhaps = None;
        for archive in self.broken(archives) {
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
                rank: branches::rank(archive.kind, archive.branch),
            };
            match verify::whole_in_rest(catalog, &rows, row, database)? {
                Some(true) => return Ok(Some(found(true))),
                Some(false) => {}
                None => perhaps = perhaps.or_else(|| Some(found(false))),
            }
        }
        Ok(perhaps)
    }

    /// The same, where that is better than the archive in which the database is whole and that can be restored.
    pub(super) fn better_than(
        &self,
        catalog: &Catalog,
        archives: &[ArchiveInfo],
        database: &str,
        whole: Option<&ArchiveName>,
    ) -> Answer<Option<ComesOut>> {
        let whole = whole.and_then(|name| archives.iter().find(|archive| archive.name == *name));
        let out = self.comes_out(catalog, archives, database)?;
        Ok(out.filter(|out| whole.is_none_or(|whole| out.is_before(whole))))
    }

    /// Of all databases that damaged archives hold, what comes out best, where that is better than the archive to go back to.
    pub(super) fn best_salvage(
        &self,
        catalog: &Catalog,
        archives: &[ArchiveInfo],
        back: Option<&ArchiveInfo>,
    ) -> Answer<Option<ComesOut>> {
        let mut databases = Vec::new();
        for archive in self.broken(archives).into_iter().take(LOOKED_INTO) {
            for name in std::iter::once(&archive.name).chain(&archive.needs) {
                let manifest = captured::manifest(catalog, &archive.deployment_id, name)?;
                databases.extend(manifest.into_iter().flat_map(|manifest| manifest.databases).map(|note| note.path));
            }
        }
        databases.sort_unstable();
        databases.dedup();
        // The index of a vector store says nothing of what conversations are in.
        if databases.iter().any(|path| !is_index(path)) {
            databases.retain(|path| !is_index(path));
        }
        for database in databases {
            let out = self.comes_out(catalog, archives, &database)?;
            if let Some(out) = out.filter(|out| back.is_none_or(|back| out.is_before(back))) {
                return Ok(Some(out));
            }
        }
        Ok(None)
    }

    /// Of the broken ones, the first that was whole when it was made, else the first: what is undamaged of it is most.
    pub(super) fn most_left<'a>(&self, archives: &'a [ArchiveInfo]) -> Option<&'a ArchiveInfo> {
        let broken = self.broken(archives);
        let whole = broken.iter().find(|archive| archive.made == Outcome::Done && archive.lost.is_empty());
        whole.or(broken.first()).copied()
    }

    /// Those that are there and cannot be restored because of damage, in the order in which one would go back to them.
    pub(super) fn broken<'a>(&self, archives: &'a [ArchiveInfo]) -> Vec<&'a ArchiveInfo> {
        let horizon = pick::horizon(self.clock().now());
        let broken = |a: &&ArchiveInfo| {
            a.state == "present"
                && a.created <= horizon
                && matches!(a.soundness, Soundness::Damaged | Soundness::NeedsDamaged)
        };
        let mut broken: Vec<&ArchiveInfo> = archives.iter().filter(broken).collect();
        broken.sort_by_key(|archive| branches::rank(archive.kind, archive.branch));
        broken
    }
}

fn is_index(database: &str) -> bool {
    database.ends_with("/chroma.sqlite3")
}

/// Archives that are looked through for the databases that there were.
const LOOKED_INTO: usize = 8;
