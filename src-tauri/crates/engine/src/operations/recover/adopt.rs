//! Takes a recovered deployment under protection on this machine, so that its next backup goes on where the last one of
//! the old machine ended.
use super::open::Opened;
use crate::deployment::{self, Destination, Profile, SurveyRequest, survey};
use crate::error::{Error, Result};
use crate::jobs::{Job, Problems};
use crate::operations::context::Context;
use crate::operations::rebuild;
use crate::store::{Marker, base_of};
use crate::vault::{KeySet, SigningPlace, StoredWhere};
use holdfast_domain::{ArchiveName, Code};
use std::path::{Path, PathBuf};

/// What there is on this machine now.
#[derive(Debug)]
pub struct Adopted {
    pub settings: PathBuf,
    pub identity_in_keyring: bool,
    pub signing_in: SigningPlace,
    /// Why not everything is in the keyring.
    pub keyring_refused: Option<Error>,
    /// Archives that the catalog has, oldest first.
    pub recorded: Vec<ArchiveName>,
}

/// What is taken over.
pub(super) struct Taking<'a> {
    pub profile: &'a Profile,
    /// What the drive will be known by.
    pub marker: Option<Marker>,
    /// The archive carried the settings; otherwise they are found anew.
    pub carried: bool,
}

/// The keys with which protection can go on, and their sealed form; or why it cannot.
pub(super) fn complete(opened: &Opened) -> std::result::Result<(&KeySet, &[u8]), &'static str> {
    let Some(sealed) = &opened.sealed else {
        return Err("no recovery-key.age lies beside the archives");
    };
    if opened.keys.signing().is_none() {
        return Err(
            "the key that signs its archives is in recovery-key.age, which only the passphrase opens: give the \
                    passphrase too",
        );
    }
    Ok((&opened.keys, sealed))
}

/// Settings, keys and catalog, in an order in which an interruption leaves nothing that looks complete and is not.
/// Interrupted after the settings, `holdfast catalog rebuild` does the rest.
pub(super) fn run(
    context: &Context,
    opened: &Opened,
    taking: &Taking<'_>,
    problems: &Problems,
    job: &Job,
) -> Result<Adopted> {
    let mut profile = taking.profile.clone();
    let (keys, sealed) =
        complete(opened).map_err(|cause| Error::new(Code::SigningKeyUnavailable, &profile.name, cause))?;
    if !taking.carried {
        find_anew(&mut profile, job)?;
    }
    mark(&mut profile, taking.marker.as_ref());
    let stored = store(context, &profile, keys, sealed)?;
    let mut adopted = Adopted {
        settings: deployment::path_of(&context.home, &profile.name),
        identity_in_keyring: stored.identity_in_keyring,
        signing_in: stored.signing_in,
        keyring_refused: stored.keyring_refused,
        recorded: Vec::new(),
    };
    match rebuild::run(context, &profile, &opened.reading, job) {
        Ok(report) => {
            report.problems.into_iter().for_each(|problem| problems.add(problem));
            adopted.recorded = report.recorded;
        }
        // It is protected: only the list of its archives is not complete.
        Err(e) => problems.report(Code::CatalogIncomplete, profile.name.as_str(), e.cause()),
    }
    Ok(adopted)
}

/// A drive that cannot be written to cannot be marked either; it is then known by its place, as folders are.
fn mark(profile: &mut Profile, marker: Option<&Marker>) {
    let path = profile.destinations.first().and_then(Destination::path).map(Path::to_owned);
    if let (Some(marker), Some(path)) = (marker, path)
        && marker.write(&base_of(&path)).is_err()
    {
        profile.destinations = vec![Destination::folder(path)];
    }
}

/// What set-up would find in the restored roots: the chatbot, where its data is, its health endpoint.
fn find_anew(profile: &mut Profile, job: &Job) -> Result<()> {
    let paths: Vec<PathBuf> = profile.roots.iter().map(|root| root.path.clone()).collect();
    let request = SurveyRequest { roots: paths, ..SurveyRequest::default() };
    let found = survey(&request, job)?;
    profile.preset = found.detection.map(|detection| detection.preset);
    profile.health_url = found.health_url;
    for (root, found) in profile.roots.iter_mut().zip(found.roots) {
        root.data = found.data;
    }
    profile.validate()
}

fn store(context: &Context, profile: &Profile, keys: &KeySet, sealed: &[u8]) -> Result<StoredWhere> {
    let _lock = context.lock(profile.name.as_str(), "a recovery")?;
    let vault = context.vault(&profile.id)?;
    // An earlier recovery may have come as far as this.
    let left = vault.public().is_ok_and(|public| public.recipients.contains(&keys.recipient()));
    if left {
        std::fs::remove_dir_all(context.home.keys(&profile.id))
            .map_err(|e| Error::io(context.home.keys(&profile.id), e))?;
    }
    let stored = vault.store_new(keys, sealed)?;
    let made = (|| {
        let (catalog, _) = context.catalog()?;
        catalog.deployments().note(&profile.id, &profile.name, context.clock.now())?;
        deployment::create(&context.home, profile)
    })();
    if let Err(e) = made {
        // Without settings they are of no use; leaving them would only confuse.
        let _ = std::fs::remove_dir_all(context.home.keys(&profile.id));
        return Err(e);
    }
    Ok(stored)
}
