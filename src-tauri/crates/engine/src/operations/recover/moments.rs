//! Which moments can be had from a folder of archives, and why others cannot.
use super::find::Deposit;
use crate::archive::{Act, Manifest};
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::operations::branches::{self, Branch, Branches};
use crate::operations::reading::{Reading, Signature};
use crate::operations::{captured, pick};
use crate::store::Listed;
use holdfast_domain::{ArchiveName, Code, Kind, Problem};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// An archive of a deposit, and whether its moment can be had.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub archive: ArchiveName,
    pub path: PathBuf,
    pub stored_bytes: u64,
    /// `None` where it could not be opened.
    pub manifest: Option<Arc<Manifest>>,
    pub signature: Option<Signature>,
    /// Archives that it needs and that are not in the folder.
    pub missing: Vec<ArchiveName>,
    /// Why its moment cannot be had.
    pub problem: Option<Problem>,
    /// It opens, and content of it, or of one that it needs, is known not to be what was written: parts of it come back.
    pub damaged: Option<Problem>,
    /// Every byte of it and of those that it needs was read, and is what was written.
    pub compared: bool,
    /// Where it stands among the states that there were.
    pub branch: Branch,
    /// Of an emergency archive, what it was made before, where that is known.
    pub before: Option<Act>,
}

impl Candidate {
    pub fn is_good(&self) -> bool {
        self.fault().is_none()
    }

    /// Why not all of it can be had.
    pub fn fault(&self) -> Option<&Problem> {
        self.problem.as_ref().or(self.damaged.as_ref())
    }

    /// When it was made; as its name says where it does not open.
    pub fn at(&self) -> Option<Timestamp> {
        self.manifest.as_ref().map(|manifest| manifest.created).or_else(|| self.archive.at())
    }

    /// What of it was not whole when it was captured, and matters; the worst first.
    pub fn lacks(&self) -> Vec<Problem> {
        let said = self.manifest.as_ref().map(|manifest| captured::of_contents(manifest.problems.clone()));
        said.into_iter().flatten().filter(|problem| captured::matters(problem.code)).collect()
    }

    /// It can be had, and everything that matters comes back from it.
    pub fn is_whole(&self) -> bool {
        self.is_good() && self.lacks().is_empty()
    }

    /// In which order whole ones are taken, before their times.
    pub fn rank(&self) -> u8 {
        self.manifest.as_ref().map_or(u8::MAX, |manifest| branches::rank(manifest.kind, self.branch))
    }

    /// Made just before a restore or an undo, it may hold the damage: one that says no such thing of itself counts as
    /// whole, and no other is chosen but by name.
    pub fn is_emergency(&self) -> bool {
        self.manifest.as_ref().is_some_and(|manifest| manifest.kind == Kind::Emergency)
    }
}

/// An archive by itself, before those that it needs are looked at.
struct Alone {
    manifest: Option<Arc<Manifest>>,
    manifest_sha256: String,
    signature: Option<Signature>,
    problem: Option<Problem>,
}

/// Opens every archive of a deposit, newest first. Reads little: their ends.
///
/// `WrongKey` where the key opens none of them.
pub(super) fn assess(deposit: &Deposit, reading: &Reading, job: &Job) -> Result<Vec<Candidate>> {
    job.phase(Phase::Scanning, deposit.archives.len() as u64, 0);
    let mut alone: HashMap<ArchiveName, Alone> = HashMap::new();
    for listed in &deposit.archives {
        job.checkpoint()?;
        job.current(listed.name.as_str());
        alone.insert(listed.name.clone(), look(listed, deposit, reading)?);
        job.add_files(1);
    }
    let strange = |one: &Alone| one.problem.as_ref().is_some_and(|problem| problem.code == Code::WrongKey);
    if !alone.is_empty() && alone.values().all(strange) {
        let subject = format!("the archives of {}", deposit.name);
        return Err(Error::new(Code::WrongKey, subject, "it opens none of them"));
    }
    let newest_first = deposit.archives.iter().rev();
    let mut found: Vec<Candidate> = newest_first.map(|listed| candidate(listed, &alone)).collect();
    // Who was given up stands also in one whose content cannot be had: what it needs is damaged, or away.
    let trusted = alone.values().filter(|one| one.problem.is_none());
    let branches = Branches::of(trusted.filter_map(|one| one.manifest.as_deref()));
    for one in &mut found {
        if let Some(manifest) = &one.manifest {
            one.branch = branches.branch(&one.archive, manifest.kind, manifest.created);
            one.before = branches.before(&one.archive, manifest.kind, manifest.created);
        }
    }
    Ok(found)
}

fn look(listed: &Listed, deposit: &Deposit, reading: &Reading) -> Result<Alone> {
    let mut found = Alone { manifest: None, manifest_sha256: String::new(), signature: None, problem: None };
    let opened = reading.inspect(&listed.path).and_then(|(reader, signature)| {
        let manifest = Arc::new(reader.manifest().clone());
        found.manifest_sha256 = hex::encode(Sha256::digest(reader.signed_text().0));
        found.manifest = Some(manifest.clone());
        found.signature = Some(signature.clone());
        if manifest.archive != listed.name {
            let cause = format!("it is {} under another name", manifest.archive);
            return Err(Error::new(Code::ArchiveDamaged, listed.path.display(), cause));
        }
        if manifest.deployment != deposit.name {
            let cause = format!("it is of another deployment, {}", manifest.deployment);
            return Err(Error::new(Code::ArchiveDamaged, listed.path.display(), cause));
        }
        reading.judge(&signature, &listed.path, || false)?;
        reader.check_member("index.bin", manifest.members.index)
    });
    match opened {
        Ok(()) => {}
        Err(e) if e.is_cancelled() => return Err(e),
        Err(e) => found.problem = Some(e.to_problem()),
    }
    Ok(found)
}

fn candidate(listed: &Listed, alone: &HashMap<ArchiveName, Alone>) -> Candidate {
    let mut made = Candidate {
        archive: listed.name.clone(),
        path: listed.path.clone(),
        stored_bytes: listed.stored_bytes,
        manifest: None,
        signature: None,
        missing: Vec::new(),
        problem: None,
        damaged: None,
        compared: false,
        branch: Branch::Living,
        before: None,
    };
    let Some(one) = alone.get(&listed.name) else { return made };
    made.manifest.clone_from(&one.manifest);
    made.signature.clone_from(&one.signature);
    made.problem.clone_from(&one.problem);
    let Some(manifest) = &one.manifest else { return made };
    let name = || listed.name.to_string();
    for (needed, expected) in manifest.archives.iter().skip(1).zip(&manifest.needs) {
        let problem = match alone.get(needed) {
            None => {
                made.missing.push(needed.clone());
                Some(Problem::new(Code::ParentMissing, name(), format!("it needs {}", needed.file_name())))
            }
            Some(other) => match &other.problem {
                Some(problem) => {
                    let cause = format!("it needs {needed}, and that one cannot be used: {}", problem.cause);
                    Some(Problem::new(problem.code, name(), cause))
                }
                None if other.manifest_sha256 != *expected => {
                    let cause = format!("{needed} is not the archive that it was built on");
                    Some(Problem::new(Code::ArchiveDamaged, name(), cause))
                }
                None => None,
            },
        };
        made.problem = made.problem.or(problem);
    }
    made
}

/// The candidate that is meant: by name, or the beginning of one; the newest good one that is not later than a time; or,
/// without a text or with `latest`, the whole one to go back to (`whole`), and the newest good one where none is whole. By a
/// time, emergency archives are found only where it is that at which they were made, and no other was.
pub fn choose<'a>(
    candidates: &'a [Candidate],
    text: Option<&str>,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<&'a Candidate> {
    let text = text.filter(|text| *text != "latest");
    let meant = text.and_then(|text| pick::moment(text, now, zone));
    let until = meant.map(|meant| meant.until);
    if let Some(text) = text
        && until.is_none()
    {
        let stem = ArchiveName::parse(text).map_or_else(|| text.to_owned(), String::from);
        let fitting: Vec<&Candidate> = candidates.iter().filter(|c| c.archive.as_str().starts_with(&stem)).collect();
        return match fitting.as_slice() {
            [only] => Ok(only),
            several => {
                let exact = several.iter().find(|c| c.archive.as_str() == stem);
                let cause = if several.is_empty() { "there is none of that name" } else { "several names begin so" };
                exact.copied().ok_or_else(|| Error::new(Code::ArchiveMissing, text, cause))
            }
        };
    }
    if until.is_none()
        && let Some(found) = whole(candidates)
    {
        return Ok(found);
    }
    let in_time = |c: &&Candidate| until.is_none_or(|until| c.at().is_some_and(|at| at <= until));
    let usable = |c: &&Candidate| c.is_good() && !c.is_emergency();
    let named = |c: &&Candidate| c.is_good() && c.at().is_some_and(|at| meant.is_some_and(|meant| meant.names(at)));
    if let Some(first) = candidates.iter().find(named) {
        return Ok(candidates.iter().filter(named).find(usable).unwrap_or(first));
    }
    if let Some(found) = candidates.iter().filter(in_time).find(usable) {
        return Ok(found);
    }
    let subject = candidates.first().map_or("the archives", |c| c.archive.deployment());
    // The reason of the newest says best what is wrong; of one that the key does not open only where it opens none.
    let mut regular = candidates.iter().filter(in_time).filter(|c| !c.is_emergency());
    let opened = regular.clone().find(|c| c.manifest.is_some());
    let first = opened.or_else(|| regular.next()).and_then(Candidate::fault);
    if let Some(problem) = first {
        return Err(Error::new(problem.code, &problem.subject, &problem.cause));
    }
    let cause = match candidates.iter().rfind(usable) {
        Some(oldest) => format!("there is no archive so old; the oldest is {}", oldest.archive),
        None => "no archive can be restored from".to_owned(),
    };
    Err(Error::new(Code::NothingToRestore, subject, cause))
}

/// What to take where a restore of `chosen` found `damaged` to be so: of those that do not need it the newest whole one before
/// `chosen`, else the newest good one before it, else the newest that can be had at all, whole or not.
pub fn next_good<'a>(
    candidates: &'a [Candidate],
    chosen: &ArchiveName,
    damaged: &ArchiveName,
) -> Option<&'a Candidate> {
    let apart = |c: &&Candidate| c.manifest.as_ref().is_some_and(|manifest| !manifest.archives.contains(damaged));
    let usable = |c: &&Candidate| c.is_good() && (!c.is_emergency() || c.is_whole());
    let older = candidates.iter().skip_while(|c| c.archive != *chosen).skip(1).filter(apart).filter(usable);
    let mut newer = candidates.iter().take_while(|c| c.archive != *chosen).filter(apart).filter(usable);
    let whole = older.clone().filter(|c| c.is_whole()).min_by_key(|c| c.rank());
    whole.or_else(|| older.clone().next()).or_else(|| newer.next())
}

/// The newest from which everything that matters comes back, of those that stand best: what `status` calls restorable.
pub fn whole(candidates: &[Candidate]) -> Option<&Candidate> {
    candidates.iter().filter(|c| c.is_whole()).min_by_key(|c| c.rank())
}
