use super::in_use;
use super::live::{Fate, LiveRoot, visit};
use super::owners::Owners;
use super::preview::{Action, CHANGES_SHOWN, Change, Needed, Preview, PreviewRoot, Tally};
use super::scope::Scope;
use super::selection::{Selection, key};
use crate::archive::entry::is_safe;
use crate::archive::{ArchiveReader, Entry, EntryKind, Manifest, Moment, RootNote};
use crate::deployment::{Classifier, Profile};
use crate::durable::Lock;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::operations::context::Context;
use crate::operations::moments::known_unsigned;
use crate::operations::reading::Reading;
use crate::operations::restore::journal::{self, Journal};
use crate::store::Folder;
use crate::store::free_space;
use holdfast_domain::{Code, Problem, size_words};
use rustix::fs::{FileType, Stat};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// What a restore will do; `run` does just that. In place, it holds the deployment's lock.
#[derive(Debug)]
pub struct RestorePlan {
    pub preview: Preview,
    pub(super) request: RestoreRequest,
    pub(super) moment: Moment,
    pub(super) readers: Vec<ArchiveReader>,
    pub(super) selection: Selection,
    pub(super) roots: Vec<TargetRoot>,
    pub(super) lock: Option<Arc<Lock>>,
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

#[derive(Debug, Clone)]
pub(super) struct TargetRoot {
    pub name: String,
    pub path: PathBuf,
    pub exists: bool,
    /// It is a single file.
    pub file: bool,
}

/// Reads the archive's lists, looks at the target, and says what a restore would do. Changes nothing, except that in
/// place it first finishes what an interrupted restore left.
pub fn plan(context: &Context, reading: &Reading, request: RestoreRequest, job: &Job) -> Result<RestorePlan> {
    job.phase(Phase::Preparing, 0, 0);
    let lock = match (&request.target, &request.profile) {
        (Target::InPlace, Some(profile)) => {
            let lock = context.lock(profile.name.as_str(), "a restore")?;
            journal::recover_interrupted(context, &profile.id)?;
            Some(Arc::new(lock))
        }
        (Target::InPlace, None) => {
            let cause = "no settings on this machine say where it belongs";
            return Err(Error::new(Code::UnknownDeployment, request.archive.display(), cause));
        }
        (Target::Into(_), _) => None,
    };
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
        unchanged: Tally::default(),
        kept: Tally::default(),
        changes: Vec::new(),
        changes_truncated: false,
        bytes_to_write: selection.bytes,
        free_bytes: 0,
        needs: manifest.archives.iter().map(|a| Needed { archive: a.clone(), reachable: true }).collect(),
        notices: Vec::new(),
    };
    let classifier = request.profile.as_ref().map(|p| Classifier::new(p, context.home.path())).transpose()?;
    tally(classifier.as_ref(), &roots, &moment, &selection, &mut preview, job)?;
    if preview.in_place {
        in_use_notice(context, request.profile.as_ref(), &roots, &mut preview)?;
    }
    notices(&request, &moment, &roots, &selection, &mut preview);
    require_space(&request.target, &roots, &mut preview)?;
    Ok(RestorePlan { preview, request, moment, readers, selection, roots, lock, owners: Owners::default() })
}

/// Whether a path that the archive does not hold (`ROOT/...`) is there now: what was made since may be left out too.
fn is_there_now(profile: Option<&Profile>, path: &[u8]) -> bool {
    profile.iter().flat_map(|profile| &profile.roots).any(|root| {
        let below = path.strip_prefix(root.name.as_bytes()).and_then(|rest| rest.strip_prefix(b"/"));
        below.is_some_and(|rest| is_safe(rest) && root.path.join(OsStr::from_bytes(rest)).symlink_metadata().is_ok())
    })
}

fn target_roots(request: &RestoreRequest, moment: &Moment, selection: &Selection) -> Result<Vec<TargetRoot>> {
    let manifest = moment.manifest();
    let mut roots = Vec::new();
    match (&request.target, &request.profile) {
        (Target::Into(folder), profile) => {
            let folder = std::path::absolute(folder).map_err(|e| Error::io(folder, e))?;
            require_empty(&folder)?;
            if let Some(profile) = profile {
                require_outside(&folder, profile)?;
            }
            for root in &manifest.roots {
                if holds_chosen(selection, root) {
                    let path = folder.join(&root.name);
                    roots.push(TargetRoot { name: root.name.clone(), path, exists: false, file: root.file });
                }
            }
        }
        (Target::InPlace, profile) => {
            for root in &manifest.roots {
                if !holds_chosen(selection, root) {
                    continue;
                }
                // Where the settings say that it belongs now; where it was captured if they no longer name it.
                let named = profile.as_ref().and_then(|p| p.roots.iter().find(|r| r.name == root.name));
                let path = named.map_or(&root.path, |r| &r.path);
                let path = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
                let exists = match fs::symlink_metadata(&path) {
                    Ok(meta) if root.file && meta.is_file() || !root.file && meta.is_dir() => true,
                    Ok(_) => {
                        let (is, was) = if root.file { ("folder", "file") } else { ("file", "folder") };
                        let cause =
                            format!("a {is} lies there, and a {was} was captured: move it away, or restore elsewhere");
                        return Err(Error::new(Code::NotExchangeable, path.display(), cause));
                    }
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => false,
                    Err(e) => return Err(Error::io(&path, e)),
                };
                require_exchangeable(&path, exists)?;
                roots.push(TargetRoot { name: root.name.clone(), path, exists, file: root.file });
            }
        }
    }
    Ok(roots)
}

/// Whether anything of a root is restored. A file that could not be captured stays as it is.
fn holds_chosen(selection: &Selection, root: &RootNote) -> bool {
    (selection.scope.is_everything() && !root.file) || selection.roots.contains(root.name.as_bytes())
}

/// What an archive calls a single file must be one: a link in its place would be exchanged for the live file. In place
/// a database is refused, because the `-wal` beside it would stay.
fn require_single_files(roots: &[TargetRoot], selection: &Selection, moment: &Moment) -> Result<()> {
    if !roots.iter().any(|root| root.file) {
        return Ok(());
    }
    for entry in selection.entries(moment)? {
        let entry = entry?;
        let Some(root) = roots.iter().find(|root| root.file && root.name.as_bytes() == entry.root()) else { continue };
        if entry.path != root.name.as_bytes() || entry.kind != EntryKind::File {
            let cause = "the archive calls it a single file, and holds something else";
            return Err(Error::new(Code::UnsafePath, entry.display(), cause));
        }
        if root.exists && entry.database {
            let cause = "a database is more than one file: restore it into a folder, and put it back by hand";
            return Err(Error::new(Code::BadRequest, root.path.display(), cause));
        }
    }
    Ok(())
}

/// What is restored into a root would be backed up with it, and beside the archives it would lie in the clear.
fn require_outside(folder: &Path, profile: &Profile) -> Result<()> {
    let nearest = nearest(folder);
    let folder = fs::canonicalize(&nearest).ok().and_then(|real| Some(real.join(folder.strip_prefix(&nearest).ok()?)));
    let Some(folder) = folder else { return Ok(()) };
    let cause = if let Some(root) = profile.roots.iter().find(|root| folder.starts_with(&root.path)) {
        format!("it lies in the root {}, and would be backed up with it", root.path.display())
    } else if profile.destinations.iter().any(|d| folder.starts_with(Folder::of(d, &profile.name).dir())) {
        "it is where the archives are kept, and what is restored is not encrypted".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::new(Code::BadRequest, folder.display(), cause))
}

fn require_empty(folder: &Path) -> Result<()> {
    match fs::read_dir(folder) {
        Ok(mut items) => match items.next() {
            None => Ok(()),
            Some(_) => Err(Error::new(Code::TargetNotEmpty, folder.display(), "there are files in it")),
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => {
            Err(Error::new(Code::TargetNotEmpty, folder.display(), "it is not a folder"))
        }
        Err(e) => Err(Error::io(folder, e)),
    }
}

/// What Holdfast itself keeps must not be exchanged with its former state: what was made since would be lost with it.
fn require_own_things_outside(context: &Context, profile: Option<&Profile>, roots: &[TargetRoot]) -> Result<()> {
    let home = std::path::absolute(context.home.path()).unwrap_or_else(|_| context.home.path().to_owned());
    let home = fs::canonicalize(&home).unwrap_or(home);
    let places = profile.iter().flat_map(|p| &p.destinations).filter_map(|d| d.path());
    let archives = places.map(|path| (path, "the archives lie in it"));
    let own = std::iter::once((home.as_path(), "Holdfast keeps its own things in it")).chain(archives);
    for (place, what) in own {
        if let Some(root) = roots.iter().find(|root| place.starts_with(&root.path)) {
            let cause = format!("{what} ({}), so it cannot be exchanged whole", place.display());
            return Err(Error::new(Code::NotExchangeable, root.path.display(), cause));
        }
    }
    Ok(())
}

/// A root is exchanged whole with one written beside it, so it must be a plain folder whose parent can be written to.
fn require_exchangeable(path: &Path, exists: bool) -> Result<()> {
    let parent = nearest(path.parent().unwrap_or(Path::new("/")));
    rustix::fs::access(&parent, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK)
        .map_err(|e| Error::io(&parent, e))?;
    if exists {
        let device = |p: &Path| fs::metadata(p).map(|m| m.dev()).map_err(|e| Error::io(p, e));
        if device(path)? != device(&parent)? || is_mount_root(path) {
            let cause = "it is a mount point, and cannot be exchanged whole for its restored state";
            return Err(Error::new(Code::NotExchangeable, path.display(), cause));
        }
    }
    Ok(())
}

/// Whether something is mounted at the very path, also where it is of the same file system.
fn is_mount_root(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    // Where the kernel does not tell, the bit is not set.
    let found = statx(CWD, path, flags, StatxFlags::TYPE);
    found.is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// The nearest folder that is there.
pub(super) fn nearest(path: &Path) -> PathBuf {
    path.ancestors().find(|p| p.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

fn tally(
    classifier: Option<&Classifier>,
    roots: &[TargetRoot],
    moment: &Moment,
    selection: &Selection,
    preview: &mut Preview,
    job: &Job,
) -> Result<()> {
    let mut seen = HashSet::new();
    let note = |changes: &mut Vec<Change>, path: &[u8], action, bytes| {
        if changes.len() < CHANGES_SHOWN {
            changes.push(Change { path: String::from_utf8_lossy(path).into_owned(), action, bytes });
            false
        } else {
            true
        }
    };
    let mut truncated = false;
    let mut names = FirstNames::default();
    for root in roots.iter().filter(|r| r.exists) {
        let live = LiveRoot { name: &root.name, path: &root.path, classifier, file: root.file };
        visit(&live, selection, job, &mut |item| {
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
                Fate::Kept => count(&mut preview.kept),
                Fate::Unchanged => count(&mut preview.unchanged),
                Fate::Replaced => {
                    count(&mut preview.replaced);
                    truncated |= note(&mut preview.changes, item.path, Action::Replace, bytes);
                }
                Fate::Deleted => {
                    count(&mut preview.deleted);
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
        if !seen.contains(&key(&entry.path)) {
            if entry.kind != EntryKind::Symlink {
                preview.created.add(entry.size);
            }
            truncated |= note(&mut preview.changes, &entry.path, Action::Create, entry.size);
        }
    }
    preview.changes_truncated = truncated;
    preview.changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(())
}

/// Tells the first name of a file that has several.
#[derive(Default)]
struct FirstNames(HashSet<(u64, u64)>);

impl FirstNames {
    fn is_first(&mut self, stat: &Stat) -> bool {
        stat.st_nlink <= 1 || self.0.insert((stat.st_dev, stat.st_ino))
    }
}

/// Programs that have files of the deployment open. Since an earlier restore in place they may have them in the folders
/// that it set aside.
fn in_use_notice(
    context: &Context,
    profile: Option<&Profile>,
    roots: &[TargetRoot],
    preview: &mut Preview,
) -> Result<()> {
    let mut folders: Vec<PathBuf> = roots.iter().map(|root| root.path.clone()).collect();
    if let Some(profile) = profile {
        let journals = Journal::all(context, &profile.id)?;
        folders.extend(journals.into_iter().flat_map(|journal| journal.roots).map(|root| root.aside));
    }
    let holders = in_use::holders(&folders);
    if !holders.is_empty() {
        let cause = "they would go on with the old files: stop them first, and start them again afterwards";
        preview.notices.push(Problem::new(Code::FilesInUse, holders.join(", "), cause));
    }
    Ok(())
}

fn notices(
    request: &RestoreRequest,
    moment: &Moment,
    roots: &[TargetRoot],
    selection: &Selection,
    preview: &mut Preview,
) {
    let manifest = moment.manifest();
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
    for problem in moment.levels().iter().flat_map(|level| &level.manifest.problems) {
        if problem.code == Code::DatabaseDamaged || problem.code == Code::VectorStoreIncomplete {
            preview.notices.push(problem.clone());
        }
    }
    if let Some(path) = &selection.parted {
        let cause = "a vector store is one unit: without its index folders it counts right and answers wrong";
        preview.notices.push(Problem::new(Code::VectorStoreIncomplete, String::from_utf8_lossy(path), cause));
    }
}

/// All of it is written beside the old state before anything is exchanged.
fn require_space(target: &Target, roots: &[TargetRoot], preview: &mut Preview) -> Result<()> {
    let Some(first) = roots.first() else { return Ok(()) };
    preview.free_bytes = free_space(&nearest(&first.path))?;
    if preview.free_bytes >= preview.bytes_to_write {
        return Ok(());
    }
    let cause =
        format!("{} are needed, {} are free", size_words(preview.bytes_to_write), size_words(preview.free_bytes));
    let named = match target {
        Target::InPlace => &first.path,
        Target::Into(folder) => folder,
    };
    Err(Error::new(Code::NotEnoughSpace, named.display(), cause))
}
