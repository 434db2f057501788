//! What archives say of what they captured. That an archive is what was written says nothing of what was there to
//! write: a database that was damaged on the disk is damaged in each archive of it, however often that is verified.
use crate::archive::Manifest;
use crate::catalog::{ArchiveRow, Catalog, Operation, Run, RunRow};
use crate::deployment::Profile;
use crate::error::Result;
use crate::operations::backup::Lost;
use crate::operations::{alarms, settle};
use holdfast_domain::{ArchiveName, Class, Code, Kind, Outcome, Problem, Severity};

/// What an archive holds badly, or lacks; what matters most comes first. Empty for one that was made without problems,
/// and for one of which nothing is known but its name.
pub fn problems(catalog: &Catalog, row: &ArchiveRow) -> Result<Vec<Problem>> {
    if row.outcome != Outcome::Problems {
        return Ok(Vec::new());
    }
    let Some(manifest) = manifest(catalog, &row.deployment_id, &row.name)? else { return Ok(Vec::new()) };
    Ok(of_contents(still_told(catalog, &manifest)?))
}

/// The problems of an archive, without alarms that were acknowledged.
fn still_told(catalog: &Catalog, manifest: &Manifest) -> Result<Vec<Problem>> {
    let problems = manifest.problems.clone();
    if manifest.alarms.is_empty() {
        return Ok(problems);
    }
    Ok(alarms::without_meant(problems, manifest.created, &catalog.alarms().list(&manifest.deployment_id)?))
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
        Code::DatabaseDamaged
        | Code::DatabaseUnreadable
        | Code::DatabaseLost
        | Code::DatabaseEmptied
        | Code::LeftOutByPattern => Some(Class::Database),
        Code::VectorStoreChanging | Code::VectorStoreIncomplete => Some(Class::Vectors),
        Code::RootMissing | Code::RootEmpty | Code::RootShrunk | Code::FilesScrambled => Some(Class::Files),
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
        if depth == 0 && still_told(catalog, &manifest)?.iter().any(badly) {
            return Ok(false);
        }
        if let Some(note) = manifest.databases.iter().find(|note| note.path == database) {
            return Ok(note.check == "ok");
        }
    }
    Ok(false)
}

/// Files that the last archive told of as lost, and that still are, as the disk says now; without those that were
/// settled. `None` in a catalog that was built again: then the archive's own problems name the first of them, and that
/// is all that is known.
pub fn told_lost(catalog: &Catalog, profile: &Profile) -> Result<Option<Vec<Lost>>> {
    let Some(told) = last_told(catalog, profile)? else { return Ok(None) };
    let said = settle::said(catalog, profile)?;
    let is_open = |lost: &Lost| lost.is_lost(profile) && !said.meant.iter().any(|other| other.lost.is_same(lost));
    let Some(mut lost) = lost_in(&told.run, "lost") else { return Ok(None) };
    for back in said.taken_back_since(told.id) {
        lost.retain(|other| other.path != back.path);
        lost.push(back.clone());
    }
    Ok(Some(lost.into_iter().filter(is_open).collect()))
}

/// The databases that an archive says are none any more: all that is known of losses in a catalog that was built again.
pub fn databases_lost(manifest: &Manifest) -> Vec<Lost> {
    let lost = manifest.problems.iter().filter(|problem| problem.code == Code::DatabaseLost);
    let named = lost.map(|problem| {
        // The cause names the archive in which it was one.
        let mut words = problem.cause.split([' ', ',']);
        let since = words.find_map(ArchiveName::parse).unwrap_or_else(|| manifest.archive.clone());
        Lost::new(problem.subject.clone(), Class::Database, None, since)
    });
    named.collect()
}

/// The run of the last regular backup that made an archive: one that a restore or an undo made first saw another state.
fn last_told(catalog: &Catalog, profile: &Profile) -> Result<Option<RunRow>> {
    let regular = |row: &RunRow| {
        let made_as = row.run.archive.as_ref().map(ArchiveName::made_as);
        made_as.is_some_and(|made_as| made_as.is_none_or(|(_, kind)| kind != Kind::Emergency))
    };
    Ok(catalog.runs().recent_of(&profile.id, Operation::Backup, RUNS)?.into_iter().find(regular))
}

pub(super) fn lost_in(run: &Run, key: &str) -> Option<Vec<Lost>> {
    serde_json::from_value(run.summary.get(key)?.clone()).ok()
}

/// Backups that are looked through for the last that made something.
const RUNS: usize = 50;

/// The class of files that an archive says are lost. Of databases it says so in another way: see `lacking`.
pub fn lost_class(code: Code) -> Option<Class> {
    match code {
        Code::ConfigLost => Some(Class::Config),
        Code::VectorsLost => Some(Class::Vectors),
        Code::FilesLost | Code::FilesCutShort => Some(Class::Files),
        _ => None,
    }
}

/// As the catalog keeps it; `None` where it does not, or cannot be read: that is the catalog's damage, and said
/// elsewhere.
pub fn manifest(catalog: &Catalog, deployment_id: &str, name: &ArchiveName) -> Result<Option<Manifest>> {
    let text = catalog.manifests().get_manifest(deployment_id, name)?;
    Ok(text.and_then(|text| Manifest::parse(text.as_bytes(), name.as_str()).ok()))
}
