//! What archives say of what they captured. That an archive is what was written says nothing of what was there to write:
//! a database that was damaged on the disk is damaged in each archive of it, however often that is verified.
use crate::archive::Manifest;
use crate::catalog::{ArchiveRow, Catalog, Operation};
use crate::deployment::Profile;
use crate::error::Result;
use crate::operations::backup::{self, Lost};
use crate::operations::soundness::{Archives, Soundness};
use holdfast_domain::{ArchiveName, Class, Code, Kind, Outcome, Problem, Severity};

/// What an archive holds badly, or lacks; what matters most comes first. Empty for one that was made without problems, and
/// for one of which nothing is known but its name.
pub fn problems(catalog: &Catalog, row: &ArchiveRow) -> Result<Vec<Problem>> {
    if row.outcome != Outcome::Problems {
        return Ok(Vec::new());
    }
    let Some(manifest) = manifest(catalog, &row.deployment_id, &row.name)? else { return Ok(Vec::new()) };
    Ok(of_contents(manifest.problems))
}

/// Of the problems of a manifest those of what it holds, what matters most first.
pub fn of_contents(problems: Vec<Problem>) -> Vec<Problem> {
    let told = |problem: &Problem| problem.code.concerns_contents() && problem.severity() == Severity::Problem;
    let mut found: Vec<Problem> = problems.into_iter().filter(told).collect();
    found.sort_by_key(|problem| !matters(problem.code));
    found
}

/// A restore of everything would not bring back a sound chatbot.
pub fn matters(code: Code) -> bool {
    lacking(code).is_some()
}

/// The component that cannot be brought back whole where an archive says this of itself.
pub fn lacking(code: Code) -> Option<Class> {
    match code {
        Code::DatabaseDamaged | Code::DatabaseUnreadable | Code::DatabaseLost | Code::LeftOutByPattern => {
            Some(Class::Database)
        }
        Code::VectorStoreChanging | Code::VectorStoreIncomplete => Some(Class::Vectors),
        Code::RootMissing | Code::RootEmpty | Code::RootShrunk => Some(Class::Files),
        _ => None,
    }
}

/// Whether a database was captured in an archive, or in one of those that it needs (its parent first), and was whole.
/// `database` is its path there.
pub fn holds_whole(
    catalog: &Catalog,
    deployment_id: &str,
    archive: &ArchiveName,
    needs: &[ArchiveName],
    database: &str,
) -> Result<bool> {
    for (depth, name) in std::iter::once(archive).chain(needs).enumerate() {
        let Some(manifest) = manifest(catalog, deployment_id, name)? else { return Ok(false) };
        let badly = |problem: &Problem| {
            let all = matches!(problem.code, Code::RootMissing | Code::RootEmpty);
            all || (lacking(problem.code) == Some(Class::Database) && problem.subject == database)
        };
        // What stays wrong, an archive says of itself.
        if depth == 0 && manifest.problems.iter().any(badly) {
            return Ok(false);
        }
        if let Some(note) = manifest.databases.iter().find(|note| note.path == database) {
            return Ok(note.check == "ok");
        }
    }
    Ok(false)
}

/// The newest archive from which everything that matters comes back, as far as the catalog knows. What a restore put aside
/// was given up for another state: it comes where no other is whole. `rows` newest first.
pub fn newest_whole<'a>(catalog: &Catalog, rows: &'a [ArchiveRow]) -> Result<Option<&'a ArchiveRow>> {
    let known = Archives::of(rows);
    let sound = || rows.iter().filter(|row| row.kind != Kind::Export && known.soundness(row) == Soundness::Sound);
    let regular = sound().filter(|row| row.kind.is_regular());
    for row in regular.chain(sound().filter(|row| !row.kind.is_regular())) {
        if !problems(catalog, row)?.iter().any(|problem| matters(problem.code)) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Files that the last archive told of as lost, and that still are, as the disk says now. `None` in a catalog that was built
/// again: then the archive's own problems name the first of them, and that is all that is known.
pub fn told_lost(catalog: &Catalog, profile: &Profile) -> Result<Option<Vec<Lost>>> {
    let runs = catalog.runs().recent_of(&profile.id, Operation::Backup, RUNS)?;
    let last = runs.into_iter().map(|row| row.run).find(|run| run.archive.is_some());
    let told = last.and_then(|run| serde_json::from_value::<Vec<Lost>>(run.summary.get("lost")?.clone()).ok());
    Ok(told.map(|told| told.into_iter().filter(|lost| lost.is_lost(profile)).collect()))
}

/// Backups that are looked through for the last that made something.
const RUNS: usize = 50;

/// The class of files that an archive says are lost.
pub fn lost_class(code: Code) -> Option<Class> {
    [Class::Config, Class::Vectors, Class::Files].into_iter().find(|class| backup::code_of(*class) == Some(code))
}

/// As the catalog keeps it; `None` where it does not, or cannot be read: that is the catalog's damage, and said elsewhere.
pub fn manifest(catalog: &Catalog, deployment_id: &str, name: &ArchiveName) -> Result<Option<Manifest>> {
    let text = catalog.manifests().get_manifest(deployment_id, name)?;
    Ok(text.and_then(|text| Manifest::parse(text.as_bytes(), name.as_str()).ok()))
}
