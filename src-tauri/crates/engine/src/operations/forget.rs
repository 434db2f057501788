//! Takes a deployment off this machine: its settings, its keys and what the catalog knows. Archives and drives stay as
//! they are; with the passphrase or the printed kit, `recover` brings it back.
use super::cloud_keys;
use super::context::Context;
use super::copy;
use super::restore::journal::Journal;
use super::upkeep;
use crate::deployment::{self, Destination as Setting, Profile};
use crate::durable::{self, Lock};
use crate::error::{Error, Result};
use crate::store::Folder;
use crate::store::cloud::CredentialsIn;
use holdfast_domain::{Code, DeploymentName};
use serde::Serialize;
use std::path::PathBuf;

/// What will be forgotten. Holds the deployment's locks.
#[derive(Debug)]
pub struct ForgetPlan {
    pub stays: Stays,
    profile: Profile,
    _locks: (Lock, Lock),
}

/// What is not touched, and where it lies.
#[derive(Debug, Clone, Serialize)]
pub struct Stays {
    pub deployment: DeploymentName,
    /// The chatbot's own folders.
    pub roots: Vec<PathBuf>,
    pub places: Vec<Place>,
    /// A place that is at hand holds the sealed key: the passphrase is enough to come back. Otherwise only the printed
    /// kit opens the archives.
    pub key_beside_archives: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Place {
    pub destination: String,
    /// The folder that archives lie in; for a cloud its address.
    pub path: PathBuf,
    pub there: bool,
    /// As far as can be seen.
    pub archives: u64,
}

/// `Code::BadRequest` while a state from before a restore is preserved, `Code::Locked` while a run is at work.
pub fn plan(context: &Context, profile: &Profile) -> Result<ForgetPlan> {
    let locks = (
        context.lock(profile.name.as_str(), "forgetting the deployment")?,
        copy::lock(context, &profile.name, "forgetting the deployment")?,
    );
    if let Some(journal) = Journal::all(context, &profile.id)?.first() {
        let cause = format!(
            "the state before the restore of {} is preserved: holdfast undo brings it back, holdfast undo --forget lets it \
             go",
            journal.archive
        );
        return Err(Error::new(Code::BadRequest, &profile.name, cause));
    }
    let mut key_beside_archives = false;
    let place = |setting: &Setting| {
        let folder = Folder::of(setting, &profile.name);
        let address = match setting {
            Setting::Cloud { service, .. } => service.shelf(&profile.name).ok(),
            _ => None,
        };
        let there = folder.require().is_ok();
        key_beside_archives |= there && folder.recovery_key().is_file();
        Place {
            destination: setting.name(),
            path: address.unwrap_or_else(|| folder.dir().to_owned()),
            there,
            archives: if there { folder.list().map_or(0, |listed| listed.len() as u64) } else { 0 },
        }
    };
    let places = profile.destinations.iter().map(place).collect();
    let stays = Stays {
        deployment: profile.name.clone(),
        roots: profile.roots.iter().map(|root| root.path.clone()).collect(),
        places,
        key_beside_archives,
    };
    Ok(ForgetPlan { stays, profile: profile.clone(), _locks: locks })
}

/// The settings go last: interrupted, it can be done again.
pub fn run(context: &Context, plan: ForgetPlan) -> Result<Stays> {
    let ForgetPlan { stays, profile, _locks } = plan;
    for setting in &profile.destinations {
        if let Setting::Cloud { service, .. } = setting
            && service.credentials == CredentialsIn::Keyring
        {
            cloud_keys::forget(context, &profile.id, &setting.id())?;
        }
    }
    context.vault(&profile.id)?.forget()?;
    context.catalog()?.0.transaction(|tables| tables.deployments().forget(&profile.id))?;
    upkeep::forget(context, &profile.id)?;
    let uploads = context.home.uploads(&profile.id, "");
    match std::fs::remove_dir_all(&uploads) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(&uploads, e)),
        _ => {}
    }
    for ending in ["toml", "pause.toml"] {
        durable::remove(&context.home.schedule().join(format!("{}.{ending}", profile.id)))?;
    }
    deployment::remove(&context.home, &profile.name)?;
    Ok(stays)
}
