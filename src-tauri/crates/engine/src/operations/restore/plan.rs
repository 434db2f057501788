use super::journal::{self, Journal};
use super::live::{Fate, is_sqlite};
use super::owners::Owners;
use super::present::{Copied, Present, unsaved_bytes};
use super::preview::{Action, CHANGES_SHOWN, Change, DATABASES_SHOWN, Needed, Preview, PreviewRoot, Tally};
use super::scope::Scope;
use super::selection::{Selection, key};
use super::stamp::Stamp;
use super::target::{TargetRoot, require_own_things_outside, require_single_files, require_space, target_roots};
use crate::archive::entry::is_safe;
use crate::archive::{ArchiveReader, Entry, EntryKind, Manifest, Moment};
use crate::deployment::{Classifier, Profile};
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::media;
use crate::operations::context::Context;
use crate::operations::in_use::{self, FileId, InUse};
use crate::operations::moments::known_unsigned;
use crate::operations::reading::Reading;
use holdfast_domain::{Class, Code, Problem};
use jiff::Timestamp;
use rustix::fs::{FileType, Stat};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Where the roots were captured, as the settings name them now. The present state is preserved for `undo`.
    InPlace,
    /// Below a folder that is empty or not there: root `data` becomes `FOLDER/data`.
    Into(PathBuf),
}

#[derive(Debug, Clone)]
pub struct RestoreRequest {
    /// The deployment's settings on this machine; in place they are needed.
    pub profile: Option<Profile>,
    /// The archive's file. Those that it needs lie beside it.
    pub archive: PathBuf,
    pub scope: Scope,
    pub target: Target,
    /// Make an archive of the present state first (in place only).
    pub emergency: bool,
}

/// What a restore will do; `run` does just that. It holds nothing up: `run` takes the deployment's lock, and refuses
/// what has changed since with `Code::ChangedSincePreview`.
#[derive(Debug)]
pub struct RestorePlan {
    pub preview: Preview,
    pub(super) request: RestoreRequest,
    pub(super) moment: Moment,
    pub(super) readers: Vec<ArchiveReader>,
    pub(super) selection: Selection,
    pub(super) roots: Vec<TargetRoot>,
    pub(super) stamp: Stamp,
    /// The archive is a file on this machine or a drive.
    was_file: bool,
    /// Files that programs could write to when it was made.
    pub(super) written: HashSet<FileId>,
    pub(super) owners: Owners,
}

impl RestorePlan {
    /// The manifest of the moment that comes back.
    pub fn manifest(&self) -> &Manifest {
        self.moment.manifest()
    }

    /// Gives files to other owners than they had.
    #[must_use]
    pub fn with_owners(mut self, owners: Owners) -> Self {
        self.owners = owners;
        self
    }

    /// What is restored, in order.
    pub(crate) fn entries(&self) -> Result<Box<dyn Iterator<Item = Result<Entry>> + Send + '_>> {
        self.selection.entries(&self.moment)
    }
}

/// Reads the archive's lists, looks at the target, and says what a restore would do. Changes nothing, except that in
/// place it first finishes what an interrupted restore left. Takes no lock otherwise.
pub fn plan(context: &Context, reading: &Reading, request: RestoreRequest, job: &Job) -> Result<RestorePlan> {
    job.phase(Phase::Preparing, 0, 0);
    match (&request.target, &request.profile) {
        (Target::InPlace, Some(profile)) => {
            journal::settle(context, profile.name.as_str(), &profile.id)?;
        }
        (Target::InPlace, None) => {
            let cause = "no settings on this machine say where it belongs";
            return Err(Error::new(Code::UnknownDeployment, request.archive.display(), cause));
        }
        (Target::Into(_), _) => {}
    }
    let unsigned = |name: &holdfast_domain::ArchiveName| {
        let id = request.profile.as_ref().map(|profile| profile.id.as_str());
        known_unsigned(context, id, &request.archive, name)
    };
    let (moment, readers) = reading.moment(&request.archive, unsigned)?;
    let manifest = moment.manifest().clone();
    if let Some(profile) = &request.profile
        && profile.id != manifest.deployment_id
        && request.target == Target::InPlace
    {
        let cause = format!("it is of another deployment, {}", manifest.deployment);
        return Err(Error::new(Code::BadRequest, &manifest.archive, cause));
    }
    job.phase(Phase::Scanning, manifest.tree.files, 0);
    let selection = Selection::new(request.scope.clone(), &moment, job)?;
    let nowhere = selection.unmatched_except.iter().find(|path| !is_there_now(request.profile.as_ref(), path));
    if let Some(path) = selection.unmatched.first().or(nowhere) {
        let roots: Vec<&str> = manifest.roots.iter().map(|root| root.name.as_str()).collect();
        let cause = format!("there is none in {}; paths begin with a root: {}", manifest.archive, roots.join(", "));
        return Err(Error::new(Code::NothingToRestore, String::from_utf8_lossy(path), cause));
    }
    if selection.known.is_empty() && !request.scope.is_everything() {
        let cause = "nothing in it fits what was chosen";
        return Err(Error::new(Code::NothingToRestore, &manifest.archive, cause));
    }
    let roots = target_roots(&request, &moment, &selection)?;
    require_single_files(&roots, &selection, &moment)?;
    if request.target == Target::InPlace {
        require_own_things_outside(context, request.profile.as_ref(), &roots)?;
    }
    let mut preview = Preview {
        archive: manifest.archive.clone(),
        kind: manifest.kind,
        at: manifest.created,
        deployment: manifest.deployment.to_string(),
        in_place: request.target == Target::InPlace,
        roots: roots
            .iter()
            .map(|r| PreviewRoot { name: r.name.clone(), path: r.path.clone(), exists: r.exists })
            .collect(),
        created: Tally::default(),
        replaced: Tally::default(),
        deleted: Tally::default(),
        deleted_newer: Tally::default(),
        unchanged: Tally::default(),
        kept: Tally::default(),
        changes: Vec::new(),
        changes_truncated: false,
        databases: Vec::new(),
        bytes_to_write: selection.bytes,
        bytes_to_copy: 0,
        emergency_bytes: None,
        free_bytes: 0,
        needs: manifest.archives.iter().map(|a| Needed { archive: a.clone(), reachable: true }).collect(),
        in_use: Vec::new(),
        notices: Vec::new(),
    };
    let classifier = request.profile.as_ref().map(|p| Classifier::new(p, context.home.path())).transpose()?;
    let in_use = if preview.in_place { look(context, request.profile.as_ref(), &roots)? } else { InUse::default() };
    let live = Present { classifier: classifier.as_ref(), roots: &roots, written: &in_use.written };
    let stamp = tally(&live, &moment, &selection, &mut preview, job)?;
    if let (true, true, Some(profile), Some(classifier)) =
        (preview.in_place, request.emergency, &request.profile, &classifier)
    {
        preview.emergency_bytes = unsaved_bytes(context, profile, classifier, job)?;
    }
    preview.in_use = in_use.holders;
    notices(&request, &moment, &roots, &selection, &mut preview);
    require_space(&request.target, &roots, &mut preview)?;
    Ok(RestorePlan {
        was_file: media::is_there(&request.archive),
        preview,
        request,
        moment,
        readers,
        selection,
        roots,
        stamp,
        written: in_use.written,
        owners: Owners::default(),
    })
}

impl RestorePlan {
    /// `Code::ChangedSincePreview` where what was shown is no longer so. The deployment's lock must be held.
    pub(super) fn require_unchanged(&self, context: &Context, job: &Job) -> Result<()> {
        let changed =
            |subject: &dyn std::fmt::Display, cause: &str| Err(Error::new(Code::ChangedSincePreview, subject, cause));
        let archive = &self.request.archive;
        if self.was_file && !media::is_there(archive) {
            return changed(&archive.display(), "the archive is not there any more");
        }
        let roots = target_roots(&self.request, &self.moment, &self.selection)?;
        if let Some(root) = self.roots.iter().find(|root| !roots.contains(root)) {
            return changed(&root.path.display(), "it came or went since");
        }
        let classifier = self.request.profile.as_ref().map(|p| Classifier::new(p, context.home.path())).transpose()?;
        let present = Present { roots: &roots, classifier: classifier.as_ref(), written: &self.written };
        if present.stamp(&self.selection, job)? != self.stamp {
            let subject = self.roots.first().map_or_else(|| archive.display(), |root| root.path.display());
            return changed(&subject, "files in it were written, made or removed since");
        }
        require_space(&self.request.target, &roots, &mut self.preview.clone())
    }
}

/// Whether a path that the archive does not hold (`ROOT/...`) is there now: what was made since may be left out too.
fn is_there_now(profile: Option<&Profile>, path: &[u8]) -> bool {
    profile.iter().flat_map(|profile| &profile.roots).any(|root| {
        let below = path.strip_prefix(root.name.as_bytes()).and_then(|rest| rest.strip_prefix(b"/"));
        below.is_some_and(|rest| is_safe(rest) && root.path.join(OsStr::from_bytes(rest)).symlink_metadata().is_ok())
    })
}

/// Counts what a restore makes of each live file.
fn tally(
    live: &Present<'_>,
    moment: &Moment,
    selection: &Selection,
    preview: &mut Preview,
    job: &Job,
) -> Result<Stamp> {
    let mut seen = HashSet::new();
    let mut stamp = Stamp::default();
    let mut copied = Copied::default();
    let note = |changes: &mut Vec<Change>, path: &[u8], action, bytes| {
        if changes.len() < CHANGES_SHOWN {
            changes.push(Change { path: String::from_utf8_lossy(path).into_owned(), action, bytes });
            false
        } else {
            true
        }
    };
    let mut truncated = false;
    let mut replaced_databases = HashSet::new();
    let made = preview.at;
    let mut names = FirstNames::default();
    for root in live.roots.iter().filter(|r| r.exists) {
        live.visit(root, selection, job, &mut |item| {
            stamp.take(item, live.written);
            let is_file = FileType::from_raw_mode(item.stat.st_mode) == FileType::RegularFile;
            let bytes = if is_file { item.stat.st_size as u64 } else { 0 };
            let own = if names.is_first(item.stat) { bytes } else { 0 };
            let count = |tally: &mut Tally| {
                if is_file {
                    tally.add(own);
                }
            };
            if matches!(item.fate, Fate::Unchanged | Fate::Replaced) {
                seen.insert(key(item.path));
            }
            match item.fate {
                Fate::Sidecar => {}
                Fate::Kept => {
                    count(&mut preview.kept);
                    if own > 0 {
                        copied.take(item, root, live.written);
                    }
                }
                Fate::Unchanged => count(&mut preview.unchanged),
                Fate::Replaced => {
                    count(&mut preview.replaced);
                    if selection.known.get(&key(item.path)).is_some_and(|known| known.database) {
                        replaced_databases.insert(key(item.path));
                    }
                    truncated |= note(&mut preview.changes, item.path, Action::Replace, bytes);
                }
                Fate::Deleted => {
                    count(&mut preview.deleted);
                    if written_after(item.stat, made) {
                        count(&mut preview.deleted_newer);
                    }
                    if item.class.is_some_and(|class| class != Class::Vectors) && is_sqlite(item.on_disk) {
                        note_database(preview, item.path, Action::Delete, bytes);
                    }
                    truncated |= note(&mut preview.changes, item.path, Action::Delete, bytes);
                }
            }
            Ok(())
        })?;
    }
    for entry in selection.entries(moment)? {
        let entry = entry?;
        if entry.kind == EntryKind::Dir {
            continue;
        }
        let path = key(&entry.path);
        let is_new = !seen.contains(&path);
        if entry.database && entry.class != Class::Vectors && (is_new || replaced_databases.contains(&path)) {
            let action = if is_new { Action::Create } else { Action::Replace };
            note_database(preview, &entry.path, action, entry.size);
        }
        if is_new {
            if entry.kind != EntryKind::Symlink {
                preview.created.add(entry.size);
            }
            truncated |= note(&mut preview.changes, &entry.path, Action::Create, entry.size);
        }
    }
    preview.changes_truncated = truncated;
    preview.changes.sort_by(|a, b| a.path.cmp(&b.path));
    preview.bytes_to_copy = copied.bytes;
    Ok(stamp)
}

fn note_database(preview: &mut Preview, path: &[u8], action: Action, bytes: u64) {
    if preview.databases.len() < DATABASES_SHOWN {
        preview.databases.push(Change { path: String::from_utf8_lossy(path).into_owned(), action, bytes });
    }
}

/// By its time alone: what was copied here with an older one may have come later all the same.
fn written_after(stat: &Stat, made: Timestamp) -> bool {
    let written = i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec);
    written > made.as_nanosecond()
}

/// Tells the first name of a file that has several.
#[derive(Default)]
struct FirstNames(HashSet<(u64, u64)>);

impl FirstNames {
    fn is_first(&mut self, stat: &Stat) -> bool {
        stat.st_nlink <= 1 || self.0.insert((stat.st_dev, stat.st_ino))
    }
}

/// Programs that have files of the roots open. Since an earlier restore in place they may have them in the folders that it
/// set aside.
pub(super) fn look(context: &Context, profile: Option<&Profile>, roots: &[TargetRoot]) -> Result<InUse> {
    let mut folders: Vec<PathBuf> = roots.iter().filter(|root| root.exists).map(|root| root.path.clone()).collect();
    if let Some(profile) = profile {
        let journals = Journal::all(context, &profile.id)?;
        folders.extend(journals.into_iter().flat_map(|journal| journal.roots).map(|root| root.aside));
    }
    Ok(in_use::look(&folders))
}

fn notices(
    request: &RestoreRequest,
    moment: &Moment,
    roots: &[TargetRoot],
    selection: &Selection,
    preview: &mut Preview,
) {
    let manifest = moment.manifest();
    if !preview.in_use.is_empty() {
        let cause = "they would go on with the old files: stop them first, and start them again afterwards";
        preview.notices.push(Problem::new(Code::FilesInUse, in_use::named(&preview.in_use), cause));
    }
    for root in roots {
        let was = manifest.roots.iter().find(|r| r.name == root.name).map(|r| &r.path);
        if let Some(was) = was.filter(|was| **was != root.path) {
            let cause = format!(
                "it was captured at {}: absolute paths inside databases (of uploads, for instance) still point there",
                was.display()
            );
            preview.notices.push(Problem::new(Code::OriginDiffers, root.path.display().to_string(), cause));
        }
    }
    for root in manifest.roots.iter().filter(|root| root.file && request.scope.is_everything()) {
        if !roots.iter().any(|target| target.name == root.name) {
            let cause = "it could not be read when the archive was made; what is there stays as it is";
            preview.notices.push(Problem::new(Code::NothingToRestore, root.path.display().to_string(), cause));
        }
    }
    // What is still wrong since one that it needs, an archive says of itself; all else was captured anew, and whole.
    for problem in &manifest.problems {
        if problem.code == Code::DatabaseDamaged || problem.code == Code::VectorStoreIncomplete {
            preview.notices.push(problem.clone());
        }
    }
    if let Some(path) = &selection.parted {
        let cause = "a vector store is one unit: without its index folders it counts right and answers wrong";
        preview.notices.push(Problem::new(Code::VectorStoreIncomplete, String::from_utf8_lossy(path), cause));
    }
}
