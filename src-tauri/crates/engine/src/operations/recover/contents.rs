//! Whether what lies in a deposit is what was written. The ends of archives, by which they open, do not tell: damage amid
//! the content shows only when it is read. So what this machine has found before counts, and all of it is read where that
//! takes seconds, or where the person asks for it.
use super::find::Deposit;
use super::moments::Candidate;
use crate::catalog::{Catalog, State};
use crate::deployment;
use crate::error::Result;
use crate::jobs::{Job, Phase};
use crate::operations::context::Context;
use crate::operations::destinations;
use crate::store::{Destination, Folder, Listed};
use holdfast_domain::{ArchiveName, Code, Problem};
use std::collections::{BTreeSet, HashMap, HashSet};

/// So many bytes of archives are read without being asked to, the newest first: seconds, also on a slow drive.
const UNASKED_BYTES: u64 = 256 << 20;

/// What was found of the files, each by itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    /// And why that is known.
    damaged: HashMap<ArchiveName, String>,
    /// Every byte of them was read, and is what was written.
    compared: HashSet<ArchiveName>,
}

impl Contents {
    /// `all`: every archive is read, however long that takes.
    pub fn look(context: &Context, deposit: &Deposit, candidates: &[Candidate], all: bool, job: &Job) -> Result<Self> {
        let mut found = Self { damaged: known_damaged(context, deposit, candidates), compared: HashSet::new() };
        let wanted = wanted(deposit, candidates, if all { u64::MAX } else { UNASKED_BYTES });
        job.phase(Phase::Verifying, wanted.len() as u64, wanted.iter().map(|listed| listed.stored_bytes).sum());
        let folder = Folder::holding(&deposit.folder);
        for listed in wanted {
            job.checkpoint()?;
            job.current(listed.name.as_str());
            // Without its checksum beside it there is nothing to compare it with.
            let Ok(Some(expected)) = folder.read_checksum(&listed.name) else { continue };
            match folder.hash(&listed.name, job) {
                Ok(actual) if actual == expected => {
                    // It may have been brought back from a good copy since it was found damaged.
                    found.damaged.remove(&listed.name);
                    found.compared.insert(listed.name.clone());
                }
                Ok(_) => {
                    found.damaged.insert(listed.name.clone(), "what it holds is not what was written".to_owned());
                }
                Err(e) if e.is_cancelled() => return Err(e),
                // A bad place on the drive: it will not come out for a restore either.
                Err(e) if e.code() == Code::InputOutput => {
                    found.damaged.insert(listed.name.clone(), format!("it cannot be read: {}", e.cause()));
                }
                // Nothing was learnt of it.
                Err(_) => {}
            }
            job.add_files(1);
        }
        Ok(found)
    }

    /// Says it of each, and of those that need it.
    pub fn tell(&self, candidates: &mut [Candidate]) {
        for candidate in candidates {
            let chain: Vec<ArchiveName> = chain(candidate).cloned().collect();
            candidate.compared = chain.iter().all(|name| self.compared.contains(name));
            let bad = chain.iter().find_map(|name| self.damaged.get(name).map(|cause| (name, cause)));
            candidate.damaged = bad.map(|(name, cause)| {
                let subject = candidate.archive.as_str();
                if *name == candidate.archive {
                    return Problem::new(Code::ArchiveDamaged, subject, cause.clone());
                }
                Problem::new(Code::ParentDamaged, subject, format!("it needs {name}, of which this is known: {cause}"))
            });
        }
    }
}

/// The archive, and those that it needs.
fn chain(candidate: &Candidate) -> impl Iterator<Item = &ArchiveName> {
    let needs = candidate.manifest.iter().flat_map(|manifest| manifest.archives.iter().skip(1));
    std::iter::once(&candidate.archive).chain(needs)
}

/// The newest with all that they need, as far as they are no more than `limit` bytes together. What does not open is known
/// not to do.
fn wanted<'a>(deposit: &'a Deposit, candidates: &[Candidate], limit: u64) -> Vec<&'a Listed> {
    let by_name: HashMap<&ArchiveName, &Listed> =
        deposit.archives.iter().map(|listed| (&listed.name, listed)).collect();
    let (mut wanted, mut taken, mut left) = (Vec::new(), BTreeSet::new(), limit);
    for candidate in candidates.iter().filter(|candidate| candidate.problem.is_none()) {
        let more: Vec<&Listed> = chain(candidate)
            .filter(|name| !taken.contains(*name))
            .filter_map(|name| by_name.get(name).copied())
            .collect();
        let bytes: u64 = more.iter().map(|listed| listed.stored_bytes).sum();
        if bytes > left {
            continue;
        }
        left -= bytes;
        taken.extend(more.iter().map(|listed| listed.name.clone()));
        wanted.extend(more);
    }
    wanted
}

/// What a verification on this machine found damaged in this very folder. Makes no catalog, and one that cannot be read
/// tells nothing.
fn known_damaged(context: &Context, deposit: &Deposit, candidates: &[Candidate]) -> HashMap<ArchiveName, String> {
    let mut found = HashMap::new();
    let ids: BTreeSet<&str> =
        candidates.iter().filter_map(|c| c.manifest.as_ref()).map(|manifest| manifest.deployment_id.as_str()).collect();
    if !context.home.catalog().exists() {
        return found;
    }
    let Ok((catalog, _)) = context.catalog() else { return found };
    for id in ids {
        for name in bad_here(context, &catalog, deposit, id).unwrap_or_default() {
            found.insert(name, "a verification on this machine found it damaged".to_owned());
        }
    }
    found
}

fn bad_here(context: &Context, catalog: &Catalog, deposit: &Deposit, id: &str) -> Result<Vec<ArchiveName>> {
    let rows = catalog.archives().list(Some(id))?;
    let here = rows.into_iter().filter(|row| row.folder == deposit.folder && row.state == State::Present);
    let mut bad: Vec<ArchiveName> =
        here.filter(|row| row.verified.is_some_and(|verified| !verified.ok)).map(|row| row.name).collect();
    let known = deployment::load_all(&context.home)?.profiles.into_iter().find(|profile| profile.id == id);
    for setting in known.iter().flat_map(destinations::for_copies) {
        let folder = known.as_ref().map(|profile| Folder::of(setting, &profile.name));
        if folder.is_none_or(|folder| folder.dir() != deposit.folder) {
            continue;
        }
        let copies = catalog.copies().list(id, Some(&setting.id()))?;
        bad.extend(copies.into_iter().filter(|c| c.verified.is_some_and(|(_, _, ok)| !ok)).map(|c| c.archive));
    }
    Ok(bad)
}
