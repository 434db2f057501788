use super::lost::Lost;
use super::payload::{Gathered, Payload, Surroundings};
use super::plan::{BackupPlan, on_disk, pairs};
use super::{is_unchanged, lists, record};
use crate::archive::{ArchiveWriter, FORMAT, Manifest, Members, Moment, RootNote, Time, Tree};
use crate::capture::metadata::Owners;
use crate::capture::walk::walk_folder;
use crate::capture::{chroma, sqlite};
use crate::catalog::{Verification, VerifyKind};
use crate::deployment::{Classifier, Root};
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::operations::alarms::{self, Before, Judged, Made};
use crate::operations::context::Context;
use crate::operations::pairs::Pair;
use crate::operations::{moments, sealing, texts};
use crate::store::read_back;
use crate::vault::sign;
use holdfast_domain::alarm::Alarm;
use holdfast_domain::{ArchiveName, Code, Kind, Level, Outcome, Problem};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::PathBuf;

/// What a backup made.
#[derive(Debug, Clone)]
pub struct BackupReport {
    pub outcome: Outcome,
    pub archive: ArchiveName,
    pub path: PathBuf,
    pub level: Level,
    pub kind: Kind,
    pub reason: String,
    pub created: Timestamp,
    /// Of the whole moment.
    pub files: u64,
    pub bytes: u64,
    /// Of this run: content that was read because it was new or changed.
    pub files_read: u64,
    pub bytes_read: u64,
    pub stored_bytes: u64,
    pub sha256: String,
    pub signed: bool,
    pub left_out: Vec<String>,
    /// Files that went since the archive before and should not have; the problems name the first of them.
    pub lost: Vec<Lost>,
    /// Losses that were meant, and that are there again.
    pub again: Vec<Lost>,
    /// What looks wrong in it and did not before.
    pub raised: Vec<Alarm>,
    pub problems: Vec<Problem>,
}

/// Does what the plan says. Cancelled or failed, it leaves no archive and nothing half-written; that it was tried is
/// recorded.
pub fn run(context: &Context, plan: BackupPlan, job: &Job) -> Result<BackupReport> {
    let (folder, deployment_id, started) = (plan.folder.clone(), plan.profile.id.clone(), plan.started);
    let (name, created) = choose_name(context, &plan)?;
    let result = make(context, plan, &name, created, job).map_err(|e| folder.tell(e));
    if let Err(error) = &result {
        // A sweep takes what cannot be removed now; it knows a checksum for nobody's by the unfinished archive.
        let published = folder.holds(&name);
        if !published {
            let _ = folder.remove(&name);
        }
        let _ = folder.discard(&name);
        if !published {
            let _ = record::failed(context, &deployment_id, &name, started, error);
        }
    }
    result
}

/// A time that no other archive has: two within a second would have no order. One that is missing keeps its name, for
/// others need it by that name.
fn choose_name(context: &Context, plan: &BackupPlan) -> Result<(ArchiveName, Timestamp)> {
    let mut taken: HashSet<String> = plan.folder.list()?.into_iter().map(|a| time_of(&a.name)).collect();
    let known = context.catalog()?.0.archives().list(Some(&plan.profile.id))?;
    taken.extend(known.iter().flat_map(|row| row.needs.iter().chain([&row.name])).map(time_of));
    let mut at = Timestamp::from_second(plan.started.as_second()).unwrap_or(plan.started);
    loop {
        let name = ArchiveName::new(&plan.profile.name, at, plan.level, plan.request.kind);
        let name = name.sealed_in(plan.request.envelope);
        if !taken.contains(&time_of(&name)) {
            return Ok((name, at));
        }
        at += jiff::SignedDuration::from_secs(1);
    }
}

fn root_note(root: &Root) -> RootNote {
    RootNote { name: root.name.clone(), path: root.path.clone(), file: root.file }
}

fn time_of(name: &ArchiveName) -> String {
    name.as_str().split('_').nth(1).unwrap_or_default().to_owned()
}

fn make(
    context: &Context,
    plan: BackupPlan,
    name: &ArchiveName,
    created: Timestamp,
    job: &Job,
) -> Result<BackupReport> {
    let vault = context.vault(&plan.profile.id)?;
    let (seal, beside) = sealing::prepare(&vault, &plan.profile.name, plan.request.envelope)?;
    plan.folder.equip(&beside)?;
    if let Some(first) = plan.profile.destinations.first() {
        vault.note_copy(&first.id(), false)?;
    }
    let unsigned = |e: &Error| {
        let key = format!("the signing key of {}", plan.profile.name);
        plan.problems.report(Code::SigningKeyUnavailable, key, e.cause());
    };
    let signing = vault.signing_key().inspect_err(unsigned).ok();

    job.phase(Phase::BackingUp, plan.files_to_read, plan.bytes_to_read);
    let mut archives = vec![name.clone()];
    if let Some(parent) = &plan.parent {
        archives.extend(parent.manifest().archives.iter().cloned());
    }
    let BackupPlan {
        profile,
        request,
        level,
        reason,
        parent,
        folder,
        mut found,
        owners,
        problems,
        lost,
        again,
        restores,
        before,
        started,
        scratch,
        files_to_read,
        bytes_to_read,
        databases,
        _lock,
    } = plan;
    let at = Time { secs: created.as_second(), nanos: 0 };
    let mut manifest = Manifest {
        format: FORMAT,
        archive: name.clone(),
        deployment: profile.name.clone(),
        deployment_id: profile.id.clone(),
        level: level.number(),
        kind: request.kind,
        created,
        exported: None,
        host: context.host.clone(),
        program: concat!("holdfast ", env!("CARGO_PKG_VERSION")).to_owned(),
        archives,
        recipients: moments::recipients(&vault.public()?, request.envelope),
        needs: parent.iter().flat_map(Moment::levels).map(|level| level.manifest_sha256.clone()).collect(),
        roots: profile.roots.iter().map(root_note).collect(),
        tree: Tree::default().into(),
        members: Members::default(),
        databases: Vec::new(),
        problems: Vec::new(),
        settings: profile.carried(),
        before: request.before,
        restores,
        alarms: Vec::new(),
    };
    let how_to = texts::how_to_text(&manifest);
    let target = folder.target(name);
    let mut writer = ArchiveWriter::create(target.clone(), &seal, request.compression, context.workers, at)?;
    writer.own("HOW-TO-RESTORE.txt", how_to.as_bytes())?;

    let disk = |path: &[u8]| on_disk(&profile, path);
    let classifier = Classifier::new(&profile, context.home.path())?;
    // Its progress is nobody's, and what it cannot read was told by the first walk.
    let (quiet, unheard) = (Job::silent(job.clock().clone()), Problems::default());
    let relist = |folder: &[u8], owners: &mut Owners| {
        let root = folder.split(|b| *b == b'/').next().unwrap_or_default();
        let place = (&*String::from_utf8_lossy(root), folder);
        let mut found = walk_folder(place, &disk(folder), &classifier, scratch.path(), owners, &quiet, &unheard)?;
        let broken = |e: std::io::Error| Error::new(Code::Internal, "the list of a vector store", e);
        found.read()?.map(|entry| entry.map_err(broken)).collect()
    };
    let around = Surroundings {
        parent: parent.as_ref(),
        problems: &problems,
        job,
        clock: &*context.clock,
        scratch: scratch.path(),
        on_disk: &disk,
        relist: &relist,
        started,
    };
    let payload = Payload::new(writer, owners, around)?;
    let (writer, gathered) = capture_all(payload, &mut found, parent.as_ref(), &databases, &disk, scratch.path(), job)?;

    job.phase(Phase::Finishing, 0, 0);
    let tree = gathered.tree;
    let left_out = found.left_out.iter().map(|(path, _)| String::from_utf8_lossy(path).into_owned()).collect();
    let databases = gathered.databases.clone();
    let mut writer = writer;
    writer.separate()?;
    let written = lists::write(&mut writer, gathered, Sha256::digest(&how_to).into(), scratch.path())?;
    manifest.tree = tree.into();
    manifest.members = written.members.clone();
    manifest.databases = databases;
    let (manifest_now, index) = (&manifest, &written.index[..]);
    let on_disk: &dyn Fn(&[u8]) -> PathBuf = &disk;
    let made = Made { manifest: manifest_now, index, parent: parent.as_ref(), problems: &problems, on_disk, job };
    let judged = look_at(context, &before, &made)?;
    let outcome = problems.outcome();
    let problems = problems.into_list();
    manifest.alarms.clone_from(&judged.carried);
    manifest.problems.clone_from(&problems);
    let manifest_text = manifest.to_json();
    let signature = signing.as_ref().map(|key| sign(&manifest_text, key, name.as_str())).transpose()?;
    let stored = writer.finish(&manifest, signature.as_deref())?;
    let compared = if request.read_back {
        read_back(&target, &stored, context.workers, job)?;
        Some(Verification { at: context.clock.now(), kind: VerifyKind::ReadBack, ok: true })
    } else {
        None
    };
    // The last point at which it may be cancelled: from here on the archive is there.
    job.checkpoint()?;
    let report = BackupReport {
        outcome,
        archive: name.clone(),
        path: folder.archive(name),
        level,
        kind: request.kind,
        reason,
        created,
        files: tree.files,
        bytes: tree.bytes,
        files_read: files_to_read,
        bytes_read: bytes_to_read,
        stored_bytes: stored.bytes,
        sha256: hex::encode(stored.sha256),
        signed: signature.is_some(),
        left_out,
        lost,
        again,
        raised: judged.raised,
        problems,
    };
    // Recorded as not there yet, then named: killed in between, the next look at the folder finds it.
    record::expected(context, &folder, &manifest, &manifest_text, &written, &report, compared)?;
    folder.publish(name, &stored.sha256, &stored.volumes)?;
    record::done(context, &manifest, started, &report)?;
    Ok(report)
}

/// Whether anything looks wrong. That this cannot be said is a problem, and no reason to have no archive.
fn look_at(context: &Context, before: &Before, made: &Made<'_>) -> Result<Judged> {
    let judged = context.catalog().and_then(|(catalog, _)| alarms::judge(&catalog, before, made));
    match judged {
        Err(e) if !e.is_cancelled() => {
            made.problems.report(Code::NotChecked, "whether anything looks wrong in it", e.cause());
            Ok(Judged::default())
        }
        judged => judged,
    }
}

/// Goes over the deployment once, with copies of the large databases made beside it.
fn capture_all(
    mut payload: Payload<'_>,
    found: &mut crate::capture::walk::Found,
    parent: Option<&Moment>,
    databases: &[Vec<u8>],
    disk: &(impl Fn(&[u8]) -> PathBuf + Sync),
    scratch: &std::path::Path,
    job: &Job,
) -> Result<(ArchiveWriter, Gathered)> {
    let stores = found.vector_stores.clone();
    let unlisted = found.unlisted.clone();
    let changed_stores = changed_stores(found, parent, &stores)?;
    // One finished copy waits while the next is made, so the scratch folder holds at most three at a time.
    let (copies, ready) = crossbeam_channel::bounded(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for (number, path) in databases.iter().enumerate() {
                let copy = scratch.join(format!("database-{number}"));
                let result = sqlite::copy(&disk(path), &copy, job);
                let made = result.is_ok();
                // The check goes on while the copy is read into the archive.
                let (said, check) = crossbeam_channel::bounded(1);
                if copies.send((path.clone(), copy.clone(), result.map(|()| check))).is_err() {
                    break;
                }
                if made {
                    let _ = said.send(sqlite::examine(&copy, job));
                }
            }
        });
        let result = (|| {
            for pair in pairs(found, parent)? {
                payload.job.checkpoint()?;
                payload.take(pair?, &stores, &changed_stores, &unlisted)?;
            }
            payload.finish(ready.iter(), &stores)
        })();
        // Lets the copying thread end where the rest failed.
        drop(ready);
        if result.is_err() {
            job.cancel();
        }
        result
    })
}

/// The vector stores of which anything changed: only those are captured, and then as wholes.
fn changed_stores(
    found: &mut crate::capture::walk::Found,
    parent: Option<&Moment>,
    stores: &[Vec<u8>],
) -> Result<HashSet<usize>> {
    let mut changed = HashSet::new();
    if stores.is_empty() {
        return Ok(changed);
    }
    for pair in pairs(found, parent)? {
        let (path, same) = match pair? {
            Pair::Left(found) => (found.path, false),
            Pair::Right(held) => (held.path, false),
            Pair::Both(found, held) => {
                let same = is_unchanged(&found, &held);
                (found.path, same)
            }
        };
        if !same {
            changed.extend(chroma::unit_of(&path, stores));
        }
    }
    Ok(changed)
}
