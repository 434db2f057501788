//! An archive is worth what the archives that it needs are worth: they are looked at with it.
use super::finding::Finding;
use super::{Verdict, known};
use crate::catalog::Catalog;
use crate::deployment::Profile;
use crate::error::Result;
use crate::operations::reading::Reading;
use holdfast_domain::{ArchiveName, Code, Problem};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// An archive's file, and those of the archives that it needs.
pub(super) struct Link {
    pub path: PathBuf,
    needs: Vec<PathBuf>,
}

/// Each archive once, those that it needs before it.
pub(super) fn ordered(
    profile: Option<&Profile>,
    catalog: &Catalog,
    reading: Option<&Reading>,
    archives: &[PathBuf],
) -> Result<Vec<Link>> {
    let mut seen = BTreeSet::new();
    let mut ordered = Vec::new();
    for path in archives {
        let mut queue = needs(profile, catalog, reading, path)?;
        queue.reverse();
        queue.push(path.clone());
        for path in queue {
            if seen.insert(path.clone()) {
                let needs = needs(profile, catalog, reading, &path)?;
                ordered.push(Link { path, needs });
            }
        }
    }
    Ok(ordered)
}

/// As the archive itself says, or the catalog where it cannot be opened.
fn needs(profile: Option<&Profile>, catalog: &Catalog, reading: Option<&Reading>, path: &Path) -> Result<Vec<PathBuf>> {
    let manifest = reading.and_then(|r| r.inspect(path).ok()).map(|(reader, _)| reader.manifest().clone());
    let names = match manifest {
        Some(manifest) => manifest.archives[1..].to_vec(),
        None => known(profile, catalog, reading, path)?.map(|row| row.needs).unwrap_or_default(),
    };
    Ok(names.iter().map(|name| path.with_file_name(name.file_name())).collect())
}

/// Whether one of those that it needs is damaged, or not to be had: then nothing that lies in it can be compared.
pub(super) fn is_broken(link: &Link, verdicts: &[Verdict]) -> bool {
    faults(link, verdicts).next().is_some()
}

/// Says of each archive what is wrong with those that it needs.
pub(super) fn judge(links: &[Link], verdicts: &mut [Verdict]) {
    let found: Vec<Vec<Problem>> =
        links.iter().zip(verdicts.iter()).map(|(link, verdict)| told(link, verdict, verdicts)).collect();
    for (verdict, problems) in verdicts.iter_mut().zip(found) {
        if problems.is_empty() {
            continue;
        }
        // A look into the archive found some of it out already, in other words.
        verdict.problems.retain(|problem| problem.code != Code::ParentMissing);
        verdict.problems.extend(problems);
        verdict.finding = Finding::of(&verdict.problems);
        verdict.ok = verdict.finding == Finding::Ok;
    }
}

fn told(link: &Link, verdict: &Verdict, verdicts: &[Verdict]) -> Vec<Problem> {
    let problem = |needed: &Verdict| {
        let (code, how) = match needed.finding {
            Finding::Missing => (Code::ParentMissing, "is not there"),
            Finding::Unreadable => (Code::ParentMissing, "cannot be read"),
            Finding::Untrusted => (Code::ParentDamaged, "is not signed by this deployment"),
            _ => (Code::ParentDamaged, "is damaged"),
        };
        Problem::new(code, verdict.archive.as_str(), format!("it needs {}, which {how}", named(needed)))
    };
    faults(link, verdicts).map(problem).collect()
}

fn faults<'a>(link: &'a Link, verdicts: &'a [Verdict]) -> impl Iterator<Item = &'a Verdict> {
    let bad = |verdict: &&Verdict| {
        matches!(verdict.finding, Finding::Damaged | Finding::Missing | Finding::Unreadable | Finding::Untrusted)
    };
    link.needs.iter().filter_map(|path| verdicts.iter().find(|verdict| verdict.path == *path)).filter(bad)
}

fn named(verdict: &Verdict) -> String {
    ArchiveName::parse(&verdict.archive).map_or_else(|| verdict.archive.clone(), |name| name.file_name())
}
