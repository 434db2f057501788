//! Exchanges a live folder with the one beside it, in one step where the file system can.
use super::journal::SwappedRoot;
use crate::durable;
use crate::error::{Error, Result};
use holdfast_domain::Code;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|m| (m.dev(), m.ino()))
}

/// Device and inode of a folder that was just written.
pub(super) fn identity_of(path: &Path) -> Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|m| (m.dev(), m.ino())).map_err(|e| Error::io(path, e))
}

/// What the file system that a folder lies on takes for now. The folder is touched.
pub(super) fn time_there(folder: &Path) -> Result<(i64, i64)> {
    use rustix::fs::{AtFlags, Timespec, Timestamps, UTIME_NOW};
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let times = Timestamps { last_access: now, last_modification: now };
    rustix::fs::utimensat(CWD, folder, &times, AtFlags::empty()).map_err(|e| Error::io(folder, e))?;
    let meta = fs::metadata(folder).map_err(|e| Error::io(folder, e))?;
    Ok((meta.mtime(), meta.mtime_nsec()))
}

/// Makes the new state live. Done already, it does nothing: it may be repeated after a crash.
pub(super) fn forward(root: &SwappedRoot) -> Result<()> {
    if root.new.is_some() && identity(&root.live) == root.new {
        return settle(root);
    }
    if identity(&root.aside) != root.new {
        return Err(lost(root));
    }
    exchange(root)
}

/// Makes the old state live again; likewise repeatable.
pub(super) fn back(root: &SwappedRoot) -> Result<()> {
    if identity(&root.live) != root.new {
        return settle(root);
    }
    if root.existed {
        if identity(&root.aside).is_none() {
            return Err(lost(root));
        }
        return exchange(root);
    }
    durable::create_private_dir(root.aside.parent().unwrap_or(Path::new("/")))?;
    fs::rename(&root.live, &root.aside).map_err(|e| Error::io(&root.live, e))?;
    sync_both(root)
}

fn exchange(root: &SwappedRoot) -> Result<()> {
    if identity(&root.live).is_none() && identity(&gap(root)).is_none() {
        renameat_with(CWD, &root.aside, CWD, &root.live, RenameFlags::NOREPLACE)
            .or_else(|_| rustix::fs::rename(&root.aside, &root.live))
            .map_err(|e| Error::io(&root.live, e))?;
        return sync_both(root);
    }
    match renameat_with(CWD, &root.aside, CWD, &root.live, RenameFlags::EXCHANGE) {
        Ok(()) => sync_both(root),
        Err(
            rustix::io::Errno::INVAL
            | rustix::io::Errno::NOSYS
            | rustix::io::Errno::OPNOTSUPP
            | rustix::io::Errno::NOENT,
        ) => in_steps(root),
        Err(e) => Err(Error::io(&root.live, e)),
    }
}

/// Where the file system cannot exchange: three renames, each of which the next start can go on from.
fn in_steps(root: &SwappedRoot) -> Result<()> {
    let gap = gap(root);
    if identity(&root.live).is_some() {
        fs::rename(&root.live, &gap).map_err(|e| Error::io(&root.live, e))?;
    }
    fs::rename(&root.aside, &root.live).map_err(|e| Error::io(&root.live, e))?;
    settle(root)
}

/// The last of the three renames, where it is still to do.
fn settle(root: &SwappedRoot) -> Result<()> {
    let gap = gap(root);
    if identity(&gap).is_some() && identity(&root.aside).is_none() {
        fs::rename(&gap, &root.aside).map_err(|e| Error::io(&gap, e))?;
    }
    sync_both(root)
}

fn gap(root: &SwappedRoot) -> PathBuf {
    let mut name = root.aside.file_name().unwrap_or_default().to_os_string();
    name.push(".old");
    root.aside.with_file_name(name)
}

fn sync_both(root: &SwappedRoot) -> Result<()> {
    for path in [&root.live, &root.aside] {
        if let Some(parent) = path.parent().filter(|p| p.is_dir()) {
            durable::sync_dir(parent)?;
        }
    }
    Ok(())
}

fn lost(root: &SwappedRoot) -> Error {
    let cause = format!("the state that was written beside it is not at {}", root.aside.display());
    Error::new(Code::Interrupted, root.live.display(), cause)
}

/// Removes a folder with all that is in it, folders without permissions included.
pub(super) fn remove_tree(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Ok(()) => return Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(_) => {}
    }
    // A folder that its owner may not write to keeps what it holds; it is about to go.
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        for item in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if item.file_type().is_ok_and(|t| t.is_dir()) {
                folders.push(item.path());
            }
        }
    }
    fs::remove_dir_all(path).map_err(|e| Error::io(path, e))
}
