use super::beside::{self, Target};
use super::content::{ContentReader, segments};
use super::plan::{ExportPlan, free_name};
use super::record;
use crate::archive::{
    ArchiveReader, ArchiveWriter, BlocksWriter, DatabaseNote, Detail, Entry, EntryKind, ExportNote, FORMAT,
    IndexWriter, Manifest, Members, Moment, RecipientNote, Time, Tree,
};
use crate::capture::walk::SPOOL;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::operations::backup::{Gathered, write_lists};
use crate::operations::context::Context;
use crate::operations::restore::Worker;
use crate::operations::{moments, sealing, texts};
use crate::store::{Destination, Folder, read_back};
use crate::vault::sign;
use holdfast_domain::{ArchiveName, Code, Envelope, Kind, Level, Outcome, Problem};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Bytes after which the target is asked whether it is still there.
const ASK: u64 = 32 << 20;

/// What an export made.
#[derive(Debug, Clone)]
pub struct ExportReport {
    pub outcome: Outcome,
    pub archive: ArchiveName,
    pub path: PathBuf,
    /// The archive whose moment it holds.
    pub from: ArchiveName,
    pub created: Timestamp,
    pub envelope: Envelope,
    pub files: u64,
    pub bytes: u64,
    pub stored_bytes: u64,
    pub sha256: String,
    pub signed: bool,
    /// What lies beside it: instructions, keys, the program.
    pub beside: Vec<PathBuf>,
    /// Of this run, and what was not in order when the moment was captured.
    pub problems: Vec<Problem>,
}

/// Does what the plan says, under another name where the one that was shown is taken by now. Every file's content is
/// compared with its hash on the way, and the finished file is read back.
/// Cancelled or failed, it leaves the target as it was; that it was tried is recorded.
pub fn run(context: &Context, mut plan: ExportPlan, job: &Job) -> Result<ExportReport> {
    let started = context.clock.now();
    let _lock = context.lock(plan.profile.name.as_str(), "an export")?;
    context.vault(&plan.profile.id)?.settle()?;
    plan.archive = free_name(context, &plan.profile, &plan.folder, plan.created, plan.request.envelope)?;
    let (folder, id, name) = (plan.folder.clone(), plan.profile.id.clone(), plan.archive.clone());
    let target = Target::prepare(&folder).map_err(|e| folder.tell(e))?;
    let swept = folder.sweep_exports();
    let result = swept.and_then(|_| make(context, plan, started, job)).map_err(|e| folder.tell(e));
    if let Err(error) = &result {
        // On a drive that went, this fails too, and the next export does it.
        let _ = folder.discard(&name);
        let _ = folder.remove(&name);
        target.undo();
        let _ = record::failed(context, &id, started, error);
    }
    result
}

fn make(context: &Context, plan: ExportPlan, started: Timestamp, job: &Job) -> Result<ExportReport> {
    let ExportPlan { profile, request, moment, readers, folder, archive: name, from, .. } = &plan;
    let vault = context.vault(&profile.id)?;
    let problems = Problems::default();
    let unsigned = |e: &Error| {
        let key = format!("the signing key of {}", profile.name);
        problems.report(Code::SigningKeyUnavailable, key, e.cause());
    };
    let signing = vault.signing_key().inspect_err(unsigned).ok();
    let scratch = context.scratch(profile.name.as_str())?;
    let recipients = moments::recipients(&vault.public()?, request.envelope);
    let mut manifest = blank(&plan, recipients, started);
    let how_to = texts::how_to_text(&manifest);

    job.phase(Phase::Exporting, plan.files, plan.bytes);
    let at = Time { secs: manifest.created.as_second(), nanos: 0 };
    let (seal, beside) = sealing::prepare(&vault, &profile.name, request.envelope)?;
    let target = folder.target(name);
    let mut writer = ArchiveWriter::create(target.clone(), &seal, request.compression, context.workers, at)?;
    writer.own("HOW-TO-RESTORE.txt", how_to.as_bytes())?;
    let carried = Carried::new(moment);
    let watch = Watch { folder, unasked: 0 };
    let Copied { gathered, notes } = copy(&mut writer, moment, readers, carried, scratch.path(), watch, job)?;

    job.phase(Phase::Finishing, 0, 0);
    writer.separate()?;
    manifest.tree = gathered.tree.into();
    let written = write_lists(&mut writer, gathered, Sha256::digest(&how_to).into(), scratch.path())?;
    manifest.members = written.members.clone();
    manifest.databases = notes.databases;
    for problem in notes.problems {
        problems.add(problem);
    }
    let outcome = problems.outcome();
    let problems = problems.into_list();
    manifest.problems.clone_from(&problems);
    let manifest_text = manifest.to_json();
    let signature = signing.as_ref().map(|key| sign(&manifest_text, key, name.as_str())).transpose()?;
    let stored = writer.finish(&manifest, signature.as_deref())?;
    read_back(&target, &stored, context.workers, job)?;
    // The last point at which it may be cancelled.
    job.checkpoint()?;
    let beside = beside::equip(folder, &beside, request.program.as_ref())?;
    let path = folder.publish(name, &stored.sha256, &stored.volumes)?;
    folder.settle()?;
    let report = ExportReport {
        outcome,
        archive: name.clone(),
        path,
        from: from.clone(),
        created: manifest.created,
        envelope: request.envelope,
        files: manifest.tree.files,
        bytes: manifest.tree.bytes,
        stored_bytes: stored.bytes,
        sha256: hex::encode(stored.sha256),
        signed: signature.is_some(),
        beside,
        problems,
    };
    record::done(context, folder, &manifest, &manifest_text, &written, started, &report)?;
    Ok(report)
}

/// The manifest, with what is known before anything was copied.
fn blank(plan: &ExportPlan, recipients: Vec<RecipientNote>, now: Timestamp) -> Manifest {
    let source = plan.moment.manifest();
    Manifest {
        format: FORMAT,
        archive: plan.archive.clone(),
        deployment: source.deployment.clone(),
        deployment_id: source.deployment_id.clone(),
        level: Level::Full.number(),
        kind: Kind::Export,
        created: source.created,
        exported: Some(ExportNote { at: now, from: plan.from.clone() }),
        host: source.host.clone(),
        program: concat!("holdfast ", env!("CARGO_PKG_VERSION")).to_owned(),
        archives: vec![plan.archive.clone()],
        recipients,
        needs: Vec::new(),
        roots: source.roots.clone(),
        tree: Tree::default().into(),
        members: Members::default(),
        databases: Vec::new(),
        problems: Vec::new(),
        settings: source.settings.clone(),
        before: None,
        restores: source.restores.clone(),
        alarms: source.alarms.clone(),
    }
}

/// Asks now and then whether the drive is still there: one that was unmounted under its user goes on taking bytes.
struct Watch<'a> {
    folder: &'a Folder,
    unasked: u64,
}

impl Watch<'_> {
    fn passed(&mut self, bytes: u64) -> Result<()> {
        self.unasked += bytes;
        if self.unasked < ASK {
            return Ok(());
        }
        self.unasked = 0;
        self.folder.require()
    }
}

struct Copied {
    gathered: Gathered,
    notes: Notes,
}

/// Copies every entry of the moment, in order.
fn copy(
    writer: &mut ArchiveWriter,
    moment: &Moment,
    readers: &[ArchiveReader],
    mut carried: Carried,
    scratch: &Path,
    mut watch: Watch<'_>,
    job: &Job,
) -> Result<Copied> {
    let broken = |e: std::io::Error| Error::io(scratch, e);
    let spool = || tempfile::spooled_tempfile_in(SPOOL, scratch);
    let mut changed = IndexWriter::new(spool(), Detail::Captured);
    let mut blocks = BlocksWriter::new(spool()).map_err(broken)?;
    let mut tree = Tree::default();
    let mut worker = Worker::new(readers);
    for entry in moment.entries()? {
        job.checkpoint()?;
        let mut entry = entry?;
        carried.see(&entry);
        if entry.kind == EntryKind::File && entry.size > 0 {
            let fingerprints = file(writer, &mut entry, readers, &mut worker, &mut watch, job)?;
            if !fingerprints.is_empty() {
                blocks.push(&entry.path, &fingerprints).map_err(broken)?;
            }
        } else {
            entry.extents.clear();
            entry.content_in = 0;
            writer.bare(&entry)?;
        }
        if matches!(entry.kind, EntryKind::File | EntryKind::Hardlink) {
            job.add_files(1);
        }
        tree.add(&entry);
        changed.push(&entry).map_err(broken)?;
    }
    if tree != moment.tree() {
        let cause = "its list of files is not the one that was written";
        return Err(Error::new(Code::ArchiveDamaged, &moment.manifest().archive, cause));
    }
    let gathered = Gathered {
        changed: changed.finish().map_err(broken)?,
        late: Vec::new(),
        blocks: blocks.finish().map_err(broken)?,
        deltas: HashSet::new(),
        tree,
        databases: Vec::new(),
    };
    Ok(Copied { gathered, notes: carried.notes })
}

/// Copies a file's content and turns the entry into that of the new archive. Returns the fingerprints of its blocks.
fn file(
    writer: &mut ArchiveWriter,
    entry: &mut Entry,
    readers: &[ArchiveReader],
    worker: &mut Worker,
    watch: &mut Watch<'_>,
    job: &Job,
) -> Result<Vec<u8>> {
    if entry.size >= 8 << 20 {
        job.current(entry.display());
    }
    let mut seen = |bytes| {
        job.add_bytes(bytes);
        watch.passed(bytes)?;
        job.checkpoint()
    };
    let mut reader = ContentReader::new(readers, worker, entry);
    let result = match segments(entry) {
        Some(segments) => writer.sparse(entry, &segments, &mut reader, &mut seen)?,
        None => writer.file(entry, &mut reader, &mut seen)?,
    };
    let failure = reader.failure.take();
    let content = result.map_err(|e| failure.unwrap_or_else(|| Error::io(entry.display().as_ref(), e)))?;
    if content.short || content.sha256 != entry.sha256 {
        return Err(Error::new(Code::ArchiveDamaged, entry.display(), "its content is not what was captured"));
    }
    entry.extents = content.extents;
    entry.content_in = 0;
    Ok(content.fingerprints)
}

#[derive(Default)]
struct Notes {
    databases: Vec<DatabaseNote>,
    problems: Vec<Problem>,
}

/// What the archives say of what was captured: of each path, what the archive says that holds its content.
struct Carried {
    /// By path, and by how deep the archive lies.
    databases: HashMap<String, Vec<(u8, DatabaseNote)>>,
    problems: HashMap<String, Vec<(u8, Problem)>>,
    notes: Notes,
}

impl Carried {
    fn new(moment: &Moment) -> Self {
        let mut carried = Self { databases: HashMap::new(), problems: HashMap::new(), notes: Notes::default() };
        for (depth, level) in (0u8..).zip(moment.levels()) {
            for note in &level.manifest.databases {
                carried.databases.entry(note.path.clone()).or_default().push((depth, note.clone()));
            }
            if depth == 0 {
                // These are of the moment itself.
                let of_moment = level.manifest.problems.iter().filter(|problem| problem.code.concerns_contents());
                carried.notes.problems.extend(of_moment.cloned());
                continue;
            }
            for problem in level.manifest.problems.iter().filter(|problem| problem.code.concerns_contents()) {
                carried.problems.entry(problem.subject.clone()).or_default().push((depth, problem.clone()));
            }
        }
        carried
    }

    fn see(&mut self, entry: &Entry) {
        let path = entry.display();
        if entry.database
            && let Some(mut notes) = self.databases.remove(path.as_ref())
        {
            // The newest: of content that did not change, a newer archive says nothing.
            self.notes.databases.push(notes.swap_remove(0).1);
        }
        if let Some(problems) = self.problems.remove(path.as_ref()) {
            let held = problems.into_iter().filter(|(depth, _)| *depth == entry.content_in);
            for (_, problem) in held {
                // A newer archive may have said it again.
                let said = |other: &Problem| other.code == problem.code && other.subject == problem.subject;
                if !self.notes.problems.iter().any(said) {
                    self.notes.problems.push(problem);
                }
            }
        }
    }
}
