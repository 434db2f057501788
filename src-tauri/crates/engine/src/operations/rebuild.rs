//! Fills the catalog anew from the archives on the drive.
use super::context::Context;
use super::reading::Reading;
use super::restore::is_damage;
use super::{alarms, browse, captured};
use crate::archive::{ArchiveReader, Manifest, pack};
use crate::catalog::{ArchiveRow, Catalog, ManifestParts, State, Verification, VerifyKind};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::media::{FileMedium, Medium};
use crate::store::{Folder, Listed};
use holdfast_domain::{ArchiveName, Code, Outcome, Problem, Severity};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::Path;

#[derive(Debug, Clone, Serialize)]
pub struct RebuildReport {
    pub outcome: Outcome,
    /// Archives whose record was written anew, oldest first.
    pub recorded: Vec<ArchiveName>,
    /// Archives that the catalog knows and that are not where it says.
    pub missing: Vec<ArchiveName>,
    /// Archives that could not be recorded or are not as they were written; the rest is recorded all the same.
    pub problems: Vec<Problem>,
}

/// What an archive says of itself.
struct Contents {
    manifest: Manifest,
    manifest_text: Vec<u8>,
    index: Vec<u8>,
    blocks: Vec<u8>,
    signed: bool,
    /// Of the file as it is now.
    sha256: String,
}

/// Reads every archive of the deployment's folder and records it. Pins, and verifications of files that are still the
/// same, stay. An archive that is not signed by the deployment's key is refused like everywhere else.
///
/// Fails only for what concerns all archives: the folder is not there, another run is at work, the catalog cannot be
/// written.
pub fn run(context: &Context, profile: &Profile, reading: &Reading, job: &Job) -> Result<RebuildReport> {
    let _lock = context.lock(profile.name.as_str(), "a rebuild of the catalog")?;
    let folder = super::backup::destination(profile)?;
    folder.require()?;
    let problems = Problems::default();
    // Setting a damaged catalog aside is what a rebuild is for: no problem of its own.
    let (catalog, _) = context.catalog()?;
    catalog.deployments().note(&profile.id, &profile.name, context.clock.now())?;
    let listed = folder.list()?;
    job.phase(Phase::Scanning, listed.len() as u64, listed.iter().map(|l| l.stored_bytes).sum());
    let mut recorded = Vec::new();
    for archive in &listed {
        job.checkpoint()?;
        job.current(archive.name.as_str());
        let known = catalog.archives().get(&profile.id, &archive.name)?;
        match read(profile, reading, archive, known.as_ref(), job) {
            Ok(found) => {
                record(context, &catalog, &folder, archive, &found, known, &problems)?;
                recorded.push(archive.name.clone());
            }
            Err(e) if e.is_cancelled() => return Err(e),
            Err(e) if is_damage(&e) || e.code() == Code::NotAnArchive => {
                let noted = note_unreadable(context, &catalog, profile, &folder, archive, known, job)?;
                let way = if noted { ": it is recorded as damaged; move it elsewhere or delete it" } else { "" };
                problems.report(e.code(), e.subject(), format!("{}{way}", e.cause()));
            }
            Err(e) => problems.add(e.to_problem()),
        }
        job.add_files(1);
    }
    let mut manifests = Vec::new();
    for name in &recorded {
        manifests.extend(captured::manifest(&catalog, &profile.id, name)?);
    }
    alarms::derive(&catalog, &profile.id, manifests.iter().filter(|manifest| manifest.kind.is_regular()))?;
    // What the person wants to keep is in the settings.
    for name in profile.pinned.iter().filter(|name| recorded.contains(name)) {
        catalog.archives().set_pinned(&profile.id, name, true)?;
    }
    let rows = browse::refreshed(&catalog, Some(&profile.id))?;
    for row in rows.iter().filter(|row| recorded.contains(&row.name)) {
        lonely(row, &listed, &problems);
    }
    let missing = rows.into_iter().filter(|row| row.state == State::Missing).map(|row| row.name).collect();
    Ok(RebuildReport { outcome: problems.outcome(), recorded, missing, problems: problems.into_list() })
}

/// Records what can be known of an archive that cannot be opened: that it is there, and damaged. Without that, it would
/// pass for one that the catalog lacks, and every rebuild would fail to add it. False where its name says nothing.
fn note_unreadable(
    context: &Context,
    catalog: &Catalog,
    profile: &Profile,
    folder: &Folder,
    archive: &Listed,
    known: Option<ArchiveRow>,
    job: &Job,
) -> Result<bool> {
    let verified = Verification { at: context.clock.now(), kind: VerifyKind::Quick, ok: false };
    if known.is_some() {
        catalog.archives().set_verified(&profile.id, &archive.name, verified)?;
        return Ok(true);
    }
    let (Some((level, kind)), Some(created)) = (archive.name.made_as(), archive.name.at()) else { return Ok(false) };
    if archive.name.deployment() != profile.name.as_str() {
        return Ok(false);
    }
    let sha256 = match folder.read_checksum(&archive.name) {
        Ok(Some(noted)) => hex::encode(noted),
        _ => hash(&archive.path, job)?,
    };
    catalog.archives().insert(&ArchiveRow {
        deployment_id: profile.id.clone(),
        name: archive.name.clone(),
        level,
        kind,
        created,
        parent: None,
        needs: Vec::new(),
        folder: folder.dir().to_owned(),
        stored_bytes: archive.stored_bytes,
        sha256,
        files: 0,
        bytes: 0,
        tree_sum: String::new(),
        outcome: Outcome::Problems,
        signed: false,
        pinned: false,
        verified: Some(verified),
        state: State::Present,
    })?;
    Ok(true)
}

fn read(
    profile: &Profile,
    reading: &Reading,
    archive: &Listed,
    known: Option<&ArchiveRow>,
    job: &Job,
) -> Result<Contents> {
    let sha256 = hash(&archive.path, job)?;
    let reader = reading.open(&archive.path, || known.is_some_and(|row| !row.signed && row.sha256 == sha256))?;
    let manifest = reader.manifest().clone();
    let subject = archive.path.display();
    if manifest.archive != archive.name {
        let cause = format!("it is {} under another name", manifest.archive);
        return Err(Error::new(Code::ArchiveDamaged, subject, cause));
    }
    if manifest.deployment_id != profile.id {
        let cause = format!("it is of another deployment, {} on {}", manifest.deployment, manifest.host);
        return Err(Error::new(Code::OriginDiffers, subject, cause));
    }
    let (text, signature) = reader.signed_text();
    let (manifest_text, signed) = (text.to_vec(), signature.is_some());
    let index = copy(&reader, "index.bin", manifest.members.index)?;
    let blocks = copy(&reader, "blocks.bin", manifest.members.blocks)?;
    Ok(Contents { manifest, manifest_text, index, blocks, signed, sha256 })
}

/// A list as the catalog keeps it.
fn copy(reader: &ArchiveReader, name: &str, member: crate::archive::Member) -> Result<Vec<u8>> {
    reader.check_member(name, member)?;
    pack(&mut reader.member(member)?).map_err(|e| Error::io(reader.path(), e))
}

fn hash(path: &Path, job: &Job) -> Result<String> {
    let mut file = FileMedium::find(path)?.open().map_err(|e| Error::io(path, e))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        job.checkpoint()?;
        match file.read(&mut buffer).map_err(|e| Error::io(path, e))? {
            0 => return Ok(hex::encode(hash.finalize())),
            got => {
                hash.update(&buffer[..got]);
                job.add_bytes(got as u64);
            }
        }
    }
}

fn record(
    context: &Context,
    catalog: &Catalog,
    folder: &Folder,
    archive: &Listed,
    found: &Contents,
    known: Option<ArchiveRow>,
    problems: &Problems,
) -> Result<()> {
    let Contents { manifest, .. } = found;
    let written = written(folder, archive, known.as_ref(), problems);
    // The hash of what was written stays on record, so that later checks find the damage too.
    let (sha256, verified) = match written {
        Some(written) if written != found.sha256 => {
            let cause = "its SHA-256 is not the one that was written; it is recorded as damaged";
            problems.report(Code::ChecksumMismatch, archive.path.display().to_string(), cause);
            (written, Some(Verification { at: context.clock.now(), kind: VerifyKind::Quick, ok: false }))
        }
        // Found damaged before, and whole again: the file was replaced by a sound one.
        Some(_) if known.as_ref().is_some_and(|row| row.verified.is_some_and(|verified| !verified.ok)) => {
            let sound = Verification { at: context.clock.now(), kind: VerifyKind::Quick, ok: true };
            (found.sha256.clone(), Some(sound))
        }
        _ => (found.sha256.clone(), None),
    };
    let troubled = manifest.problems.iter().any(|problem| problem.severity() == Severity::Problem);
    let row = ArchiveRow {
        deployment_id: manifest.deployment_id.clone(),
        name: manifest.archive.clone(),
        level: manifest.level(),
        kind: manifest.kind,
        created: manifest.created,
        parent: manifest.parent().cloned(),
        needs: manifest.archives[1..].to_vec(),
        folder: folder.dir().to_owned(),
        stored_bytes: archive.stored_bytes,
        sha256,
        files: manifest.tree.files,
        bytes: manifest.tree.bytes,
        tree_sum: hex::encode(manifest.tree.sum),
        outcome: if troubled { Outcome::Problems } else { Outcome::Done },
        signed: found.signed,
        pinned: false,
        verified,
        // What prune has decided on is still to go.
        state: known.map_or(State::Present, |row| match row.state {
            State::Removing => State::Removing,
            State::Present | State::Missing => State::Present,
        }),
    };
    let text = String::from_utf8_lossy(&found.manifest_text);
    catalog.transaction(|tables| {
        tables.archives().insert(&row)?;
        let parts = ManifestParts { manifest: &text, index: &found.index, blocks: &found.blocks };
        tables.manifests().put(&row.deployment_id, &row.name, parts)
    })
}

/// The hash that the file should have: of the checksum file, else of the record.
fn written(folder: &Folder, archive: &Listed, known: Option<&ArchiveRow>, problems: &Problems) -> Option<String> {
    match folder.read_checksum(&archive.name) {
        Ok(Some(hash)) => return Some(hex::encode(hash)),
        Ok(None) => {}
        Err(e) => problems.add(e.to_problem()),
    }
    known.map(|row| row.sha256.clone())
}

/// Says so where an archive that another one needs is not here.
fn lonely(row: &ArchiveRow, listed: &[Listed], problems: &Problems) {
    let here: HashSet<&ArchiveName> = listed.iter().map(|l| &l.name).collect();
    for name in row.needs.iter().filter(|name| !here.contains(name)) {
        let cause = format!("it needs {}, which is not in {}", name.file_name(), row.folder.display());
        problems.report(Code::ParentMissing, row.name.as_str(), cause);
    }
}
