//! Proves that archives are what was written, quickly or byte by byte.
mod chain;
mod finding;
mod full;
mod rest;
pub(super) mod scratch;

pub use finding::Finding;
pub use rest::{Rest, RestFiles, files_in_rest, whole_in_rest};

use super::context::Context;
use super::pick::path_of;
use super::reading::{Reading, Signature, medium_hash};
use super::shelves::{Shelves, is_remote};
use crate::catalog::{ArchiveRow, Catalog, Operation, Run, Verification, VerifyKind};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::store::Folder;
use holdfast_domain::{ArchiveName, Code, DeploymentName, Outcome, Problem};
use scratch::Scratch;
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone)]
pub struct VerifyRequest {
    /// Archives' files. Those that they need are verified too.
    pub archives: Vec<PathBuf>,
    /// Every byte, frame, file and database; otherwise hashes and signatures.
    pub full: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct VerifyReport {
    pub outcome: Outcome,
    pub full: bool,
    pub archives: Vec<Verdict>,
}

/// What was found of one archive.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    pub archive: String,
    pub path: PathBuf,
    /// It and all that it needs are what was written.
    pub ok: bool,
    pub finding: Finding,
    /// Every byte of it was looked at, and not its hash alone.
    pub full: bool,
    /// `good`, `unsigned`, `other`, `bad`, `unchecked`.
    pub signature: String,
    /// Files and bytes whose content was compared (full only).
    pub files: u64,
    pub bytes: u64,
    pub problems: Vec<Problem>,
}

/// Verifies archives one after another, each with those that it needs. Damage is a finding, not an error. Without
/// `reading` (no key at hand) the quick check compares hashes alone and says that the signature was not looked at; the
/// full one needs the key. An archive of which no hash is known is looked at byte by byte where there is a key.
pub fn run(
    context: &Context,
    profile: Option<&Profile>,
    reading: Option<&Reading>,
    request: VerifyRequest,
    job: &Job,
) -> Result<VerifyReport> {
    if request.full && reading.is_none() {
        return Err(Error::new(Code::KeyNeeded, "the full check", "every byte has to be decrypted for it"));
    }
    let started = context.clock.now();
    let catalog = context.catalog()?.0;
    let links = chain::ordered(profile, &catalog, reading, &request.archives)?;
    let scratch = || context.scratch_for_verify().map(Scratch::new);
    let thorough = if request.full { Some(scratch()?) } else { None };
    let mut verdicts: Vec<Verdict> = Vec::new();
    let mut recorded = false;
    for link in &links {
        job.checkpoint()?;
        let row = known(profile, &catalog, reading, &link.path)?;
        // Where content lies in an archive that is damaged, its own hash still tells whether this one is.
        let full = thorough.as_ref().filter(|_| !chain::is_broken(link, &verdicts));
        let mut verdict = one(context, row.as_ref(), reading, &link.path, full, job)?;
        if verdict.finding == Finding::NotChecked && reading.is_some() && !chain::is_broken(link, &verdicts) {
            verdict = one(context, row.as_ref(), reading, &link.path, Some(&scratch()?), job)?;
        }
        // What is found of a copy elsewhere says nothing of the one that the catalog means, and neither does an archive
        // that could not be read.
        if let Some(row) = row.filter(|row| path_of(row) == link.path && verdict.finding.judges_content()) {
            let kind = if verdict.full { VerifyKind::Full } else { VerifyKind::Quick };
            let ok = matches!(verdict.finding, Finding::Ok | Finding::Incomplete);
            let verification = Verification { at: context.clock.now(), kind, ok };
            catalog.archives().set_verified(&row.deployment_id, &row.name, verification)?;
            recorded = true;
        }
        verdicts.push(verdict);
    }
    // A key from before or after a rotation opens some; one that opens none is the wrong one.
    if let Some(first) = verdicts.first().and_then(strange)
        && verdicts.iter().all(|verdict| strange(verdict).is_some())
    {
        return Err(Error::new(first.code, &first.subject, &first.cause));
    }
    chain::judge(&links, &mut verdicts);
    let outcome = Finding::outcome(verdicts.iter().map(|verdict| verdict.finding));
    if let Some(profile) = profile.filter(|_| recorded) {
        let rest = match reading {
            Some(reading) => rest::look(&catalog, profile, reading, &verdicts, job)?,
            None => rest::Found::default(),
        };
        let problems = verdicts.iter().flat_map(|v| v.problems.clone()).collect();
        catalog.runs().insert(&Run {
            deployment_id: profile.id.clone(),
            operation: Operation::Verify,
            started,
            ended: context.clock.now(),
            outcome,
            archive: verdicts.first().and_then(|v| ArchiveName::parse(&v.archive)),
            files: verdicts.iter().map(|v| v.files).sum(),
            bytes: verdicts.iter().map(|v| v.bytes).sum(),
            stored_bytes: 0,
            summary: serde_json::json!({
                "full": request.full, "archives": verdicts.len(), rest::REST: rest.databases, rest::REST_FILES: rest.files
            }),
            problems,
        })?;
    }
    Ok(VerifyReport { outcome, full: request.full, archives: verdicts })
}

/// That the key does not open it.
fn strange(verdict: &Verdict) -> Option<&Problem> {
    verdict.problems.iter().find(|problem| problem.code == Code::WrongKey)
}

/// What the catalog knows of a file: of the one that lies where it was written, and of its copies elsewhere. A name alone
/// says nothing: another deployment may have archives of the same one.
fn known(
    profile: Option<&Profile>,
    catalog: &Catalog,
    reading: Option<&Reading>,
    path: &Path,
) -> Result<Option<ArchiveRow>> {
    let name = path.file_name().and_then(|n| n.to_str()).and_then(ArchiveName::parse);
    let (Some(profile), Some(name)) = (profile, name) else { return Ok(None) };
    let row = catalog.archives().get(&profile.id, &name)?;
    let is_copy = || {
        let inspected = reading.and_then(|reading| reading.inspect(path).ok());
        inspected.is_some_and(|(reader, _)| reader.manifest().deployment_id == profile.id)
    };
    Ok(row.filter(|row| path_of(row) == path || is_copy()))
}

fn one(
    context: &Context,
    row: Option<&ArchiveRow>,
    reading: Option<&Reading>,
    path: &Path,
    full: Option<&Scratch>,
    job: &Job,
) -> Result<Verdict> {
    let name = path.file_name().and_then(|n| n.to_str()).and_then(ArchiveName::parse);
    let problems = Problems::default();
    let mut verdict = Verdict {
        archive: name.as_ref().map_or_else(|| path.display().to_string(), ToString::to_string),
        path: path.to_owned(),
        ok: true,
        finding: Finding::Ok,
        full: full.is_some(),
        signature: "unchecked".to_owned(),
        files: 0,
        bytes: 0,
        problems: Vec::new(),
    };
    let shelves = Shelves::new(context);
    let found = (|| -> Result<()> {
        let length = size(&shelves, row, path, &problems)?;
        if full.is_none() {
            job.phase(Phase::Verifying, 0, length);
            if !hash(&shelves, row, path, name.as_ref(), &problems)? {
                let cause = "no .sha256 file lies beside it, and nothing here remembers what was written";
                problems.report(Code::NotChecked, path.display().to_string(), cause);
            }
        }
        let Some(reading) = reading else { return Ok(()) };
        let (reader, signature) = reading.inspect(path)?;
        judge(row, &signature, &reader, &problems)?.clone_into(&mut verdict.signature);
        if name.as_ref().is_some_and(|name| *name != reader.manifest().archive) {
            let cause = format!("it is {} under another name", reader.manifest().archive);
            problems.report(Code::ArchiveDamaged, path.display().to_string(), cause);
        }
        if let Some(scratch) = full {
            let checked = full::check(context, reading, &reader, scratch, &problems, job)?;
            (verdict.files, verdict.bytes) = (checked.files, checked.bytes);
        }
        Ok(())
    })();
    match found {
        Ok(()) => {}
        Err(e) if e.code() == Code::WrongKey && differs(&shelves, row, path, name.as_ref())? => {
            let cause = "its first lines are damaged: no key opens it";
            problems.report(Code::ArchiveDamaged, path.display().to_string(), cause);
        }
        Err(e) if matches!(e.code(), Code::Cancelled | Code::NewerFormat) => return Err(e),
        Err(e) => problems.add(e.to_problem()),
    }
    verdict.problems = problems.into_list();
    verdict.finding = Finding::of(&verdict.problems);
    verdict.ok = verdict.finding == Finding::Ok;
    Ok(verdict)
}

/// As long as what was written, as far as the catalog remembers? Gives its length.
fn size(shelves: &Shelves, row: Option<&ArchiveRow>, path: &Path, problems: &Problems) -> Result<u64> {
    let length = shelves.medium(path)?.length();
    if let Some(row) = row.filter(|row| row.stored_bytes != length) {
        let cause = format!("it has {length} bytes, {} were written", row.stored_bytes);
        let code = if length < row.stored_bytes { Code::ArchiveTruncated } else { Code::ArchiveDamaged };
        problems.report(code, path.display().to_string(), cause);
    }
    Ok(length)
}

/// Whether the file is known not to be what was written: then a key that does not fit is damage.
fn differs(shelves: &Shelves, row: Option<&ArchiveRow>, path: &Path, name: Option<&ArchiveName>) -> Result<bool> {
    let found = Problems::default();
    hash(shelves, row, path, name, &found)?;
    Ok(found.outcome() != Outcome::Done)
}

/// The file's SHA-256 against its checksum file and the catalog. False where there is neither.
fn hash(
    shelves: &Shelves,
    row: Option<&ArchiveRow>,
    path: &Path,
    name: Option<&ArchiveName>,
    problems: &Problems,
) -> Result<bool> {
    let actual = medium_hash(&*shelves.medium(path)?)?;
    let subject = path.display().to_string();
    let (mut compared, mut differs) = (false, false);
    if let Some(row) = row {
        compared = true;
        differs = row.sha256 != actual;
        if differs {
            problems.report(Code::ChecksumMismatch, subject.clone(), "its SHA-256 is not the one that was written");
        }
    }
    if let Some(name) = name {
        // Only to read a checksum file; the folder's own names do not matter for that.
        let chosen = path.parent().and_then(Path::parent).and_then(Path::parent).unwrap_or(Path::new("/"));
        let deployment = name.as_str().split('_').next().unwrap_or_default();
        let folder = DeploymentName::new(deployment).map(|d| Folder::new(chosen, &d)).ok();
        let beside = if is_remote(path) {
            shelves.noted_hash(path, name).map(Some)
        } else {
            folder.filter(|f| f.archive(name) == *path).map(|f| f.read_checksum(name)).transpose()
        };
        match beside {
            Ok(Some(Some(expected))) => {
                compared = true;
                // Said once: both remember what was written.
                if !differs && hex::encode(expected) != actual {
                    let cause = "its SHA-256 is not the one in its .sha256 file";
                    problems.report(Code::ChecksumMismatch, subject.clone(), cause);
                }
            }
            Ok(_) => {}
            Err(e) => problems.add(e.to_problem()),
        }
    }
    Ok(compared)
}

fn judge(
    row: Option<&ArchiveRow>,
    signature: &Signature,
    reader: &crate::archive::ArchiveReader,
    problems: &Problems,
) -> Result<&'static str> {
    let subject = reader.path().display().to_string();
    Ok(match signature {
        Signature::Good => "good",
        Signature::Unsigned => {
            // The catalog knows this very file as one that could not be signed.
            let known = match row.filter(|row| !row.signed) {
                Some(row) => medium_hash(&**reader.medium())? == row.sha256,
                None => false,
            };
            if !known {
                problems.report(Code::Unsigned, subject, "nothing proves who wrote it");
            }
            "unsigned"
        }
        Signature::Other { key_id } => {
            problems.report(Code::SignedByOther, subject, format!("it is signed by key {key_id}"));
            "other"
        }
        Signature::Bad => {
            problems.report(Code::ArchiveDamaged, subject, "its signature does not fit its manifest");
            "bad"
        }
        Signature::Unchecked => "unchecked",
    })
}
