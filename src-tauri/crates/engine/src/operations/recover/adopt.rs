//! Takes a recovered deployment under protection on this machine, so that its next backup goes on where the last one of
//! the old machine ended.
use super::moments::Candidate;
use super::open::Opened;
use super::plan::Anew;
use crate::archive::RecipientNote;
use crate::deployment::{self, Destination, Profile, SurveyRequest, survey};
use crate::error::{Error, Result};
use crate::jobs::{Job, Problems};
use crate::operations::context::Context;
use crate::operations::keys::spread;
use crate::operations::reading::Signature;
use crate::operations::rebuild;
use crate::store::{Folder, Marker, base_of};
use crate::vault::{KeySet, Label, Retired, SigningPlace, StoredWhere, seal, unseal};
use holdfast_domain::{ArchiveName, Code, Envelope};
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
    pub anew: Option<&'a Anew>,
    /// What the drive will be known by.
    pub marker: Option<Marker>,
    /// The archive carried the settings; otherwise they are found anew.
    pub carried: bool,
}

/// The keys and their sealed form as the drive has them; or why they do not do.
pub(super) fn as_they_lie(opened: &Opened) -> std::result::Result<(&KeySet, &[u8]), &'static str> {
    let Some(sealed) = &opened.sealed else {
        return Err("no recovery-key.age lies beside the archives");
    };
    if opened.has_bare_key() {
        return Err(BARE);
    }
    Ok((&opened.keys, sealed))
}

const BARE: &str = "the key that signs its archives is in recovery-key.age, which only the passphrase opens: give the \
                    passphrase too, or a new one together with the signing key from the kit";

/// Whether there are keys with which protection can go on; or why not.
pub(super) fn complete(opened: &Opened, anew: Option<&Anew>) -> std::result::Result<(), &'static str> {
    if !opened.has_bare_key() {
        return as_they_lie(opened).map(|_| ());
    }
    if anew.is_none() || opened.reading.signing_public().is_none() {
        return Err(BARE);
    }
    // Sealed anew, the key would no longer open what an earlier one opens.
    let strange = |candidate: &Candidate| candidate.problem.as_ref().is_some_and(|p| p.code == Code::WrongKey);
    if opened.candidates.iter().any(strange) {
        return Err(
            "some archives are sealed to an earlier key, which is in recovery-key.age: give its passphrase too",
        );
    }
    Ok(())
}

/// The keys, and their sealed form: as it lies on the drive, or with a new signing key and sealed anew.
fn keys(context: &Context, opened: &Opened, taking: &Taking<'_>) -> Result<(KeySet, Vec<u8>)> {
    let name = &taking.profile.name;
    let cannot = |cause: &str| Error::new(Code::SigningKeyUnavailable, name, cause);
    complete(opened, taking.anew).map_err(cannot)?;
    match (taking.anew, opened.reading.signing_public()) {
        _ if !opened.has_bare_key() => {
            as_they_lie(opened).map(|(keys, sealed)| (keys.clone(), sealed.to_owned())).map_err(cannot)
        }
        (Some(anew), Some(public)) => {
            let newest = opened.candidates.iter().filter_map(Candidate::at).max().unwrap_or_default();
            let until = newest.max(context.clock.now());
            let signed_before = Retired { key: public.to_owned(), until };
            let keys = opened.keys.clone().with_retired(&[], &[signed_before]).with_signing_key()?;
            let label = Label { deployment: name.clone(), created: context.clock.now() };
            let sealed = seal(&keys, &label, &anew.passphrase, anew.work_factor)?;
            // It becomes the only sealed one, so it is opened before it counts.
            if unseal(&sealed, &anew.passphrase)?.identity_lines() != keys.identity_lines() {
                return Err(Error::new(Code::Internal, name, "the newly sealed recovery key does not hold the keys"));
            }
            Ok((keys, sealed))
        }
        _ => Err(cannot("the keys are not complete")),
    }
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
    let (keys, sealed) = keys(context, opened, taking)?;
    if !taking.carried {
        find_anew(&mut profile, job)?;
    }
    mark(&mut profile, taking.marker.as_ref());
    let stored = store(context, &profile, &keys, &sealed, &people(opened))?;
    if opened.has_bare_key() {
        // The one on the drive opens with a passphrase that nobody has.
        spread(context, &profile, &sealed).left.into_iter().for_each(|problem| problems.add(problem));
    }
    let mut adopted = Adopted {
        settings: deployment::path_of(&context.home, &profile.name),
        identity_in_keyring: stored.identity_in_keyring,
        signing_in: stored.signing_in,
        keyring_refused: stored.keyring_refused,
        recorded: Vec::new(),
    };
    let place = profile.destinations.first().map(|setting| Folder::of(setting, &profile.name));
    if let Some((place, code)) = place.and_then(|place| place.unwritable().map(|code| (place, code))) {
        problems.report(code, place.dir().display().to_string(), "new archives cannot be made there");
    }
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

/// Those who could open the newest archive open the next ones too. Only a signature that is ours says who they are: a
/// forged archive must not open later ones to whom it names.
fn people(opened: &Opened) -> Vec<RecipientNote> {
    let ours = |candidate: &&Candidate| {
        candidate.signature == Some(Signature::Good) && candidate.archive.envelope() == Envelope::Age
    };
    let newest = opened.candidates.iter().find(ours).and_then(|candidate| candidate.manifest.as_ref());
    let noted = newest.map(|manifest| manifest.recipients.clone()).unwrap_or_default();
    noted.into_iter().filter(|recipient| recipient.name.is_some()).collect()
}

fn store(
    context: &Context,
    profile: &Profile,
    keys: &KeySet,
    sealed: &[u8],
    people: &[RecipientNote],
) -> Result<StoredWhere> {
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
        vault.store_openpgp(keys)?;
        for person in people {
            vault.add_person(person.name.as_deref().unwrap_or_default(), &person.key, context.clock.now())?;
        }
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
