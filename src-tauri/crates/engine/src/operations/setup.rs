//! Puts a deployment under protection: looks at it, makes its keys, prepares the destination.
mod unfinished;

pub(crate) use unfinished::Unfinished;
pub use unfinished::sweep;

use super::context::Context;
use super::destinations::{self, AddRequest, PlaceFacts};
use super::texts;
use crate::capture::walk::starts_as_database;
use crate::deployment::{self, Excluded, Profile, Survey, SurveyRequest, put_in, survey};
use crate::durable;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::store::{Folder, Marker};
use crate::vault::{KeySet, Label, Passphrase, SigningPlace, seal};
use holdfast_domain::{Code, DeploymentName, Problem};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Clone, Default)]
pub struct SetupRequest {
    /// By default the name of the first root that is a folder.
    pub name: Option<DeploymentName>,
    /// Folders, or single files.
    pub roots: Vec<PathBuf>,
    /// `None`: only a look at what would be protected.
    pub destination: Option<PathBuf>,
    /// gitignore-style patterns of what is never backed up.
    pub exclude: Vec<String>,
    /// What can be had again and is captured all the same: patterns, or paths in the roots.
    pub include_recreatable: Vec<String>,
    /// The chatbot's preset, by name, where it should not be recognised by what is there.
    pub preset: Option<String>,
    /// Folders in which its secrets may lie beside the usual ones: those that it was started from.
    pub near: Vec<PathBuf>,
    /// Instead of the preset's.
    pub health_url: Option<String>,
    /// What is known of it beforehand and should be said; the servers among it are remembered.
    pub notices: Vec<Problem>,
    /// Servers that the person has settled already.
    pub without_servers: Vec<String>,
    /// Secrets, as their notice names them, that are kept elsewhere or not used: nothing more is said of them.
    pub without_secrets: Vec<String>,
    /// zstd's and age's own costs are fixed; this one is not: log2 of scrypt's work, `None` for the usual.
    pub work_factor: Option<u8>,
}

/// What a set-up will make.
#[derive(Debug)]
pub struct SetupPlan {
    pub profile: Profile,
    pub survey: Survey,
    /// What the patterns leave out.
    pub left_out: Excluded,
    /// What to know: keys that were not found, archives inside a root, servers that files do not hold.
    pub notices: Vec<Problem>,
    /// Where archives will be made, as it is now.
    pub place: Option<PlaceFacts>,
    work_factor: Option<u8>,
    /// Where archives are made on a drive: what it will be known by.
    marker: Option<Marker>,
}

#[derive(Debug)]
pub struct SetupReport {
    pub deployment: DeploymentName,
    pub id: String,
    /// The sealed key beside the archives.
    pub recovery_key: PathBuf,
    /// The folder that the archives lie in.
    pub archives: PathBuf,
    pub identity_in_keyring: bool,
    pub signing_in: SigningPlace,
    /// Why not everything is in the keyring.
    pub keyring_refused: Option<Error>,
    pub recipients: Vec<String>,
    pub signing_public: String,
}

/// Looks at the roots and says what would be protected. Writes nothing; what a killed set-up left goes first.
pub fn plan(context: &Context, request: SetupRequest, job: &Job) -> Result<SetupPlan> {
    let work_factor = request.work_factor;
    if request.roots.is_empty() {
        return Err(Error::new(Code::BadRequest, "setup", "no folder to protect was named"));
    }
    let roots = request.roots.iter().map(|root| existing(root)).collect::<Result<Vec<_>>>()?;
    let name = match request.name {
        Some(name) => name,
        None => default_name(&roots)?,
    };
    sweep(context)?;
    if deployment::path_of(&context.home, &name).exists() {
        return Err(Error::new(Code::DeploymentExists, &name, "a deployment of this name is already set up"));
    }
    let root_paths: Vec<&Path> = roots.iter().map(PathBuf::as_path).collect();
    let include_recreatable = put_in(&request.include_recreatable, &root_paths);
    let look = SurveyRequest {
        roots,
        exclude: request.exclude.clone(),
        include_recreatable: include_recreatable.clone(),
        preset: request.preset,
        near: request.near,
    };
    let survey = survey(&look, job).map_err(|e| match e.code() {
        Code::BadSettings => e.with_code(Code::BadRequest),
        _ => e,
    })?;
    let mut profile = Profile::new(name);
    survey.apply(&mut profile);
    profile.exclude = request.exclude;
    profile.include_recreatable = include_recreatable;
    if request.health_url.is_some() {
        profile.health_url = request.health_url;
    }
    // There are no settings yet: it is what was given that does not go together.
    profile.validate_unplaced().map_err(|e| e.with_code(Code::BadRequest))?;
    let left_out = if profile.exclude.is_empty() {
        Excluded::default()
    } else {
        deployment::excluded(&profile, context.home.path(), Duration::MAX, job)?
    };
    if let (Some(root), line) = (left_out.emptied().0.first(), left_out.emptied().1) {
        let cause = format!("the pattern {} leaves nothing of it to protect", profile.exclude[line]);
        return Err(Error::new(Code::BadRequest, root.path.display(), cause));
    }
    let mut notices = servers(&mut profile, &survey, request.notices, &request.without_servers)?;
    let aside =
        |problem: &Problem| problem.code == Code::SecretNotFound && request.without_secrets.contains(&problem.subject);
    notices.retain(|problem| !aside(problem));
    let (mut marker, mut place) = (None, None);
    if let Some(destination) = request.destination {
        marker = put_at(&mut profile, &destination)?;
        let roots = profile.roots.iter().map(|root| root.path.as_path());
        place = profile.destinations.first().map(|setting| destinations::facts(setting, roots)).transpose()?.flatten();
        notices.extend(place.iter().filter_map(|place| destinations::same_disk(&profile, &place.path)));
    }
    for root in &profile.roots {
        if std::fs::read_dir(&root.path).is_ok_and(|mut items| items.next().is_none()) {
            let cause = "there is nothing in it to protect";
            notices.push(Problem::new(Code::RootEmpty, root.path.display().to_string(), cause));
        }
        if context.home.path().starts_with(&root.path) {
            let cause = format!(
                "it lies in the root {}: it is left out of the backup, and that root can be restored into another folder only",
                root.name
            );
            notices.push(Problem::new(Code::OriginDiffers, context.home.path().display().to_string(), cause));
        }
    }
    Ok(SetupPlan { profile, survey, left_out, notices, place, work_factor, marker })
}

/// Notes where archives will be made, if that can be; on a drive, what it will be known by.
fn put_at(profile: &mut Profile, destination: &Path) -> Result<Option<Marker>> {
    destinations::require_no_address(destination)?;
    let destination = std::path::absolute(destination).map_err(|e| Error::io(destination, e))?;
    let destination = resolved(&destination);
    let place = AddRequest { name: None, path: destination.clone(), drive: None, volume_bytes: None };
    let (setting, marker) = destinations::prepare(profile, place)?;
    profile.destinations = vec![setting];
    profile.validate().map_err(|e| e.with_code(Code::BadRequest))?;
    let folder = Folder::new(&destination, &profile.name);
    if folder.dir().join("recovery-key.age").exists() || folder.list().is_ok_and(|archives| !archives.is_empty()) {
        let cause = "it holds archives of a deployment of this name already, made with other keys";
        return Err(Error::new(Code::DeploymentExists, folder.dir().display(), cause));
    }
    if let Some(overlap) = profile.overlaps().first() {
        let cause = format!(
            "it lies in the root {}: what destroys the one destroys the other, and a restore could not exchange the root",
            overlap.root
        );
        return Err(Error::new(Code::BadDestination, overlap.destination.display(), cause));
    }
    Ok(marker)
}

/// Remembers the servers that are named, and gives what is to be said: those that are settled are not.
fn servers(profile: &mut Profile, survey: &Survey, known: Vec<Problem>, without: &[String]) -> Result<Vec<Problem>> {
    let mut found = known;
    found.extend(survey.problems.iter().cloned());
    let named = found.iter().any(|problem| problem.code == Code::ServerNotCaptured);
    if !named && survey.databases.is_empty() {
        found.extend(super::servers::of_preset(profile.preset.as_deref(), &survey.servers));
    }
    let mut notices = super::servers::take(profile, found);
    for kind in without {
        super::servers::without(profile, kind)?;
    }
    let settled = |problem: &Problem| {
        let server = profile.servers.iter().find(|server| server.kind == problem.subject);
        problem.code == Code::ServerNotCaptured && server.is_some_and(|server| server.settled)
    };
    notices.retain(|problem| !settled(problem));
    Ok(notices)
}

fn existing(root: &Path) -> Result<PathBuf> {
    match std::fs::canonicalize(root) {
        Ok(path) if ["/", "/proc", "/sys", "/dev"].iter().any(|system| path == Path::new(system)) => {
            Err(Error::new(Code::BadRequest, path.display(), "it is the system's own; name the chatbot's folder"))
        }
        Ok(path) if path.is_dir() => Ok(path),
        // Its -wal and -journal belong to it, and would be left behind.
        Ok(path) if path.is_file() && starts_as_database(&path) => {
            let cause = "a database is more than this one file: name the folder that it lies in";
            Err(Error::new(Code::BadRequest, path.display(), cause))
        }
        Ok(path) if path.is_file() => Ok(path),
        Ok(path) => Err(Error::new(Code::BadRequest, path.display(), "it is neither a folder nor a file")),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Err(Error::new(Code::BadRequest, root.display(), "there is no such folder"))
        }
        Err(e) => Err(Error::io(root, e)),
    }
}

/// Follows links in the part of the path that is there.
fn resolved(path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (std::fs::canonicalize(ancestor), path.strip_prefix(ancestor)) {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    path.to_owned()
}

fn default_name(roots: &[PathBuf]) -> Result<DeploymentName> {
    let root = roots.iter().find(|root| root.is_dir()).unwrap_or(&roots[0]);
    let folder = root.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    DeploymentName::near(&folder).ok_or_else(|| {
        Error::new(Code::BadRequest, "the deployment's name", format!("the folder {folder:?} gives none"))
    })
}

/// Makes the keys, the destination and the settings. Failed, it leaves nothing of them; killed, the next command clears
/// what is there. `Code::BadRequest` for a plan that was only a look.
pub fn run(context: &Context, plan: SetupPlan, passphrase: &Passphrase) -> Result<SetupReport> {
    let SetupPlan { profile, work_factor, marker, .. } = plan;
    let Some(setting) = profile.destinations.first() else {
        return Err(Error::new(Code::BadRequest, "the set-up", "no place for the archives was chosen"));
    };
    durable::create_private_dir(context.home.path())?;
    let _lock = context.lock(profile.name.as_str(), "a set-up")?;
    let keys = KeySet::generate()?;
    let label = Label { deployment: profile.name.clone(), created: context.clock.now() };
    let sealed = seal(&keys, &label, passphrase, work_factor)?;
    let mut folder = Folder::of(setting, &profile.name);
    let vault = context.vault(&profile.id)?;
    let begun = Unfinished::begin(context, &profile, &folder)?;
    let made = (|| {
        // The keys first: what lies beside archives is known by them for what was made here.
        let stored = vault.store_new(&keys, &sealed)?;
        vault.store_openpgp(&keys)?;
        folder = destinations::make(setting, marker.as_ref(), &profile)?;
        folder.equip(&texts::beside(&profile.name, &sealed))?;
        let (catalog, _) = context.catalog()?;
        deployment::create(&context.home, &profile)?;
        catalog.deployments().note(&profile.id, &profile.name, context.clock.now())?;
        Ok(stored)
    })();
    let stored = match made {
        Ok(stored) => stored,
        Err(e) => {
            // What cannot be cleared now goes with the next command.
            let _ = begun.undo(context);
            return Err(e);
        }
    };
    let _ = begun.end(context);
    let public = vault.public()?;
    Ok(SetupReport {
        deployment: profile.name,
        id: profile.id,
        recovery_key: folder.recovery_key(),
        archives: folder.dir().to_owned(),
        identity_in_keyring: stored.identity_in_keyring,
        signing_in: stored.signing_in,
        keyring_refused: stored.keyring_refused,
        recipients: public.recipients,
        signing_public: public.signing,
    })
}
