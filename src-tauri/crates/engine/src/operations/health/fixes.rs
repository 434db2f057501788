//! What Holdfast can put right by itself: the rights of others on files with secrets. A plan names each file; what was changed
//! is noted, and can be taken back.
use super::super::context::Context;
use super::super::in_use;
use super::find;
use crate::deployment::{Asked, Profile};
use crate::durable;
use crate::error::{Error, Result};
use crate::health::{Exposure, exposure};
use holdfast_domain::Code;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// One file, and what becomes of its mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Fix {
    pub path: PathBuf,
    /// Permission bits, as chmod has them: `644`.
    pub before: String,
    pub after: String,
    /// Why it is better left to a person; it is not done then.
    pub not_done: Option<String>,
}

/// What would be changed, in this order. Nothing else is.
#[derive(Debug, Clone)]
pub struct FixPlan {
    pub fixes: Vec<Fix>,
    profile: Box<Profile>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Done {
    path: PathBuf,
    before: u32,
    after: u32,
    at: Timestamp,
}

/// Looks for files with secrets that others may read or change.
pub fn plan(context: &Context, profile: &Profile) -> Result<FixPlan> {
    let mut paths: BTreeSet<PathBuf> = find(context, profile)?.unwrap_or_default().secrets;
    for check in &profile.checks {
        if let Some(Asked::Secret { path }) = check.asked()? {
            paths.insert(path);
        }
    }
    let users = users(profile);
    let mut fixes = Vec::new();
    for path in paths {
        let Ok(Exposure::Readable | Exposure::Writable) = exposure(&path) else { continue };
        let Ok(meta) = fs::metadata(&path) else { continue };
        let before = meta.mode() & 0o7777;
        // As the file was for its owner; nothing for anybody else, as such files are when they are made well. A program of
        // its group alone would be locked out: that is for a person.
        let after = before & !0o077;
        let other = users.iter().any(|user| *user != meta.uid());
        let not_done = other.then(|| "a program that has the chatbot's data open runs as another user".to_owned());
        fixes.push(Fix { path, before: format!("{before:o}"), after: format!("{after:o}"), not_done });
    }
    Ok(FixPlan { fixes, profile: Box::new(profile.clone()) })
}

/// Those whose programs have the data open.
fn users(profile: &Profile) -> BTreeSet<u32> {
    let folders: Vec<PathBuf> = profile.roots.iter().map(|root| root.path.clone()).collect();
    let holders = in_use::look(&folders).holders.into_iter().filter(|holder| holder.opens);
    holders.filter_map(|holder| fs::metadata(format!("/proc/{}", holder.pid)).ok()).map(|meta| meta.uid()).collect()
}

/// Does what was shown; a file that has another mode by now is left alone. Returns what was changed.
pub fn run(context: &Context, plan: &FixPlan) -> Result<Vec<Fix>> {
    let path = context.home.fixes(&plan.profile.id);
    let mut noted = noted(&path)?;
    let mut changed = Vec::new();
    for fix in plan.fixes.iter().filter(|fix| fix.not_done.is_none()) {
        let (before, after) = (octal(&fix.before)?, octal(&fix.after)?);
        if mode(&fix.path).ok() != Some(before) {
            continue;
        }
        // Noted first: what is changed can be taken back, whatever happens in between.
        noted.push(Done { path: fix.path.clone(), before, after, at: context.clock.now() });
        write(&path, &noted)?;
        chmod(&fix.path, after)?;
        changed.push(fix.clone());
    }
    Ok(changed)
}

/// Gives back what was taken, to files that are as they were left. Returns what was changed.
pub fn undo(context: &Context, profile: &Profile) -> Result<Vec<Fix>> {
    let path = context.home.fixes(&profile.id);
    let mut noted = noted(&path)?;
    let mut changed = Vec::new();
    while let Some(done) = noted.pop() {
        if mode(&done.path).ok() == Some(done.after) {
            chmod(&done.path, done.before)?;
            let (before, after) = (format!("{:o}", done.after), format!("{:o}", done.before));
            changed.push(Fix { path: done.path, before, after, not_done: None });
        }
        write(&path, &noted)?;
    }
    Ok(changed)
}

fn octal(text: &str) -> Result<u32> {
    u32::from_str_radix(text, 8).map_err(|e| Error::new(Code::Internal, text, e))
}

fn mode(path: &Path) -> Result<u32> {
    Ok(fs::metadata(path).map_err(|e| Error::io(path, e))?.mode() & 0o7777)
}

fn chmod(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(|e| Error::io(path, e))
}

fn noted(path: &Path) -> Result<Vec<Done>> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|e| Error::new(Code::InputOutput, path.display(), e)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(Error::io(path, e)),
    }
}

fn write(path: &Path, noted: &[Done]) -> Result<()> {
    if noted.is_empty() {
        return durable::remove(path);
    }
    if let Some(folder) = path.parent() {
        durable::create_private_dir(folder)?;
    }
    let text = serde_json::to_vec(noted).map_err(|e| Error::new(Code::Internal, path.display(), e))?;
    durable::write(path, &text, 0o600)
}
