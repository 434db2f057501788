//! Where the roots of a restore go, and whether they can.
use super::plan::{RestoreRequest, Target};
use super::preview::Preview;
use super::selection::Selection;
use crate::archive::{EntryKind, Moment, RootNote};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::operations::context::Context;
use crate::store::{Folder, free_space};
use holdfast_domain::{Code, size_words};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TargetRoot {
    pub name: String,
    pub path: PathBuf,
    pub exists: bool,
    /// It is a single file.
    pub file: bool,
}

pub(super) fn target_roots(
    request: &RestoreRequest,
    moment: &Moment,
    selection: &Selection,
) -> Result<Vec<TargetRoot>> {
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
pub(super) fn require_single_files(roots: &[TargetRoot], selection: &Selection, moment: &Moment) -> Result<()> {
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
pub(super) fn require_own_things_outside(
    context: &Context,
    profile: Option<&Profile>,
    roots: &[TargetRoot],
) -> Result<()> {
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

/// All of it is written beside the old state before anything is exchanged.
pub(super) fn require_space(target: &Target, roots: &[TargetRoot], preview: &mut Preview) -> Result<()> {
    let Some(first) = roots.first() else { return Ok(()) };
    preview.free_bytes = free_space(&nearest(&first.path))?;
    let needed = preview.bytes_to_write.saturating_add(preview.bytes_to_copy);
    if preview.free_bytes >= needed {
        return Ok(());
    }
    let cause = format!("{} are needed, {} are free", size_words(needed), size_words(preview.free_bytes));
    let named = match target {
        Target::InPlace => &first.path,
        Target::Into(folder) => folder,
    };
    Err(Error::new(Code::NotEnoughSpace, named.display(), cause))
}
