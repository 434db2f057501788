//! What a set-up makes is noted before it is made. Where the set-up fails, or was killed, all of it goes again: no secret
//! stays in the keyring, and no key beside archives that there will never be.
use crate::deployment::{self, Profile};
use crate::durable;
use crate::error::{Error, Result};
use crate::operations::context::Context;
use crate::store::{Folder, marker_path};
use holdfast_domain::{Code, DeploymentName};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

const NOTE: &str = "unfinished.json";

/// The note: it lies among the keys while a set-up is at work.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Unfinished {
    deployment: DeploymentName,
    id: String,
    destination: PathBuf,
    /// Names its half-written files.
    process: u32,
    /// Folders and files that were not there before, each after the folder that it lies in.
    made: Vec<PathBuf>,
}

impl Unfinished {
    /// Under the deployment's lock, before anything is made.
    pub fn begin(context: &Context, profile: &Profile, folder: &Folder) -> Result<Self> {
        let [_, page, script] = folder.beside();
        let marker = marker_path(folder.dir().parent().unwrap_or(Path::new("/")));
        let mut made: Vec<PathBuf> = folder.dir().ancestors().map(Path::to_owned).collect();
        made.reverse();
        made.extend([page, script, marker]);
        made.retain(|path| !path.exists());
        let begun = Self {
            deployment: profile.name.clone(),
            id: profile.id.clone(),
            destination: profile.destinations.first().and_then(|d| d.path()).map(Path::to_owned).unwrap_or_default(),
            process: std::process::id(),
            made,
        };
        let path = begun.path(context);
        let text = serde_json::to_vec(&begun).map_err(|e| Error::new(Code::BadSettings, path.display(), e))?;
        durable::create_private_dir(&context.home.keys(&profile.id))?;
        durable::write(&path, &text, 0o600)?;
        Ok(begun)
    }

    fn path(&self, context: &Context) -> PathBuf {
        context.home.keys(&self.id).join(NOTE)
    }

    /// The set-up is done.
    pub fn end(&self, context: &Context) -> Result<()> {
        durable::remove(&self.path(context))
    }

    /// Removes what was made, and nothing else. After an error the note is still there, and the next sweep goes on.
    pub fn undo(&self, context: &Context) -> Result<()> {
        let settings = deployment::path_of(&context.home, &self.deployment);
        if deployment::load(&settings).is_ok_and(|profile| profile.id == self.id) {
            durable::remove(&settings)?;
        }
        let vault = context.vault(&self.id)?;
        let folder = Folder::new(&self.destination, &self.deployment);
        for path in folder.beside() {
            durable::remove(&durable::partial_of(&path, self.process))?;
        }
        // Only the key that was made here: it lies among the keys too.
        if let (Ok(sealed), Ok(beside)) = (vault.recovery_key(), fs::read(folder.recovery_key()))
            && sealed == beside
        {
            durable::remove(&folder.recovery_key())?;
        }
        let _ = fs::remove_dir(folder.dir());
        // Another deployment may have come to the same place meanwhile: then page and script are its own too.
        let base = folder.dir().parent().unwrap_or(Path::new("/"));
        let shared =
            fs::read_dir(base).is_ok_and(|items| items.flatten().any(|item| !self.made.contains(&item.path())));
        for path in self.made.iter().rev().filter(|_| !shared) {
            if path.is_dir() {
                let _ = fs::remove_dir(path);
            } else {
                durable::remove(path)?;
            }
        }
        vault.forget()
    }
}

/// Clears what set-ups left that were killed. One that is at work keeps its own.
pub fn sweep(context: &Context) -> Result<()> {
    let keys = context.home.path().join("keys");
    for item in fs::read_dir(keys).into_iter().flatten().flatten() {
        let Ok(text) = fs::read(item.path().join(NOTE)) else { continue };
        let Ok(found) = serde_json::from_slice::<Unfinished>(&text) else { continue };
        if item.file_name() != found.id.as_str() {
            continue;
        }
        let Ok(_lock) = context.lock(found.deployment.as_str(), "clearing an unfinished set-up") else { continue };
        // It may have ended just now.
        if !found.path(context).exists() {
            continue;
        }
        let settings = deployment::path_of(&context.home, &found.deployment);
        let folder = Folder::new(&found.destination, &found.deployment);
        match deployment::load(&settings) {
            Ok(profile) if profile.id == found.id => found.end(context)?,
            // Settings that cannot be read may be its own, and archives may need its keys: those are not taken away.
            Err(_) if settings.exists() => {}
            _ if folder.list().is_ok_and(|archives| !archives.is_empty()) => {}
            _ => found.undo(context)?,
        }
    }
    Ok(())
}
