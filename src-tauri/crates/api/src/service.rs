use crate::commands::aside::AsideLooks;
use crate::commands::settings::Looking;
use crate::commands::together::HeldLists;
use crate::kept::KeptKeys;
use crate::trees::Trees;
use crate::{Answer, Failure, Note, SystemClock};
use holdfast_domain::{ArchiveName, Code, DeploymentName};
use holdfast_engine::archive::ReadCount;
use holdfast_engine::catalog::{ArchiveRow, Catalog};
use holdfast_engine::deployment::{self, Profile};
use holdfast_engine::health::Runner;
use holdfast_engine::jobs::{Job, Monitor};
use holdfast_engine::operations::pick::{Picked, newest_in, path_of, pick};
use holdfast_engine::operations::restore::{recover_interrupted, settle};
use holdfast_engine::operations::shelves::is_remote;
use holdfast_engine::operations::{Context, destinations, setup};
use holdfast_engine::vault::{Keyring, NoKeyring, OsKeyring, RECOVERY_KEY};
use holdfast_engine::{Clock, Home, durable, media};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct ServiceOptions {
    /// Where Holdfast keeps its own things on this machine.
    pub home: PathBuf,
    /// Whether the system's keyring may be used.
    pub keyring: bool,
    /// The environment, by name: only for credentials of clouds.
    pub variables: fn(&str) -> Option<String>,
}

/// Owns what commands need; each command is a method, in the file of its name.
pub struct Service {
    context: Context,
    count: ReadCount,
    keyring: bool,
    trees: Trees,
    looking: Looking,
    aside: AsideLooks,
    held: HeldLists,
    checks: Runner,
    pub(crate) kept: KeptKeys,
}

impl Service {
    pub fn new(options: ServiceOptions) -> Self {
        let keyring: Arc<dyn Keyring> = if options.keyring { Arc::new(OsKeyring::new()) } else { Arc::new(NoKeyring) };
        let context = Context {
            home: Home::new(options.home),
            clock: Arc::new(SystemClock::default()),
            keyring,
            host: host_name(),
            workers: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            variables: options.variables,
            etc: PathBuf::from("/etc"),
        };
        Self { keyring: options.keyring, ..Self::with_context(context) }
    }

    /// With another clock, keyring or place: for tests.
    pub fn with_context(context: Context) -> Self {
        Self {
            context,
            count: ReadCount::default(),
            keyring: true,
            trees: Trees::default(),
            looking: Looking::default(),
            aside: AsideLooks::default(),
            held: HeldLists::default(),
            checks: Runner::default(),
            kept: KeptKeys::new(Duration::ZERO),
        }
    }

    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.context.clock
    }

    pub fn home(&self) -> &Path {
        self.context.home.path()
    }

    /// The folder for log files, made if it was not there, for the owner alone.
    pub fn prepare_logs(&self) -> Answer<PathBuf> {
        let logs = self.context.home.logs();
        durable::create_private_dir(&logs)?;
        Ok(logs)
    }

    pub fn job(&self, monitor: Arc<dyn Monitor>) -> Arc<Job> {
        Job::new(self.context.clock.clone(), monitor)
    }

    /// Bytes that were read from archives so far.
    pub fn read_bytes(&self) -> u64 {
        self.count.bytes()
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    pub(crate) fn count(&self) -> &ReadCount {
        &self.count
    }

    pub(crate) fn trees(&self) -> &Trees {
        &self.trees
    }

    pub(crate) fn looking(&self) -> &Looking {
        &self.looking
    }

    pub(crate) fn aside_looks(&self) -> &AsideLooks {
        &self.aside
    }

    pub(crate) fn held_lists(&self) -> &HeldLists {
        &self.held
    }

    /// What runs the checks of chatbots: it knows which of them still hang.
    pub(crate) fn checks(&self) -> &Runner {
        &self.checks
    }

    pub(crate) fn uses_keyring(&self) -> bool {
        self.keyring
    }

    /// By name, or the only one there is.
    pub(crate) fn profile(&self, name: Option<&str>) -> Answer<Profile> {
        if let Err(e) = setup::sweep(&self.context) {
            tracing::warn!(error = %e, "what a killed set-up left could not be cleared");
        }
        let found = deployment::find(&self.context.home, name);
        let profile = found.map_err(|e| match (e.code(), name) {
            (Code::UnknownDeployment, None) => Failure::no_deployment(),
            _ => e.into(),
        })?;
        destinations::follow(&self.context, &profile)?;
        Ok(profile)
    }

    /// The catalog; that it was damaged and set aside is a note.
    pub(crate) fn catalog(&self, notes: &mut Vec<Note>) -> Answer<Catalog> {
        let (catalog, aside) = self.context.catalog()?;
        notes.extend(aside.map(Note::from));
        Ok(catalog)
    }

    /// Brings to an end what a killed restore or undo left, before anything else is done with the deployment.
    pub(crate) fn settle(&self, profile: &Profile, notes: &mut Vec<Note>) -> Answer<()> {
        let _lock = self.context.lock(profile.name.as_str(), "bringing an interrupted run to an end")?;
        notes.extend(recover_interrupted(&self.context, &profile.id)?.map(Note::from));
        Ok(())
    }

    /// The same for a preview: it neither waits for another run nor holds one up.
    pub(crate) fn settle_if_free(&self, profile: &Profile, notes: &mut Vec<Note>) -> Answer<()> {
        notes.extend(settle(&self.context, profile.name.as_str(), &profile.id)?.map(Note::from));
        Ok(())
    }

    /// The archive that a text means, and its deployment as far as this machine knows it. An archive's file may be of
    /// a deployment that is not set up here, and a folder means the newest archive in it.
    pub(crate) fn choose(&self, catalog: &Catalog, deployment: Option<&str>, text: &str) -> Answer<Chosen> {
        let path = Path::new(text);
        if is_remote(path) {
            let file = path.file_name().and_then(|name| name.to_str());
            let implied = deployment.or_else(|| file.and_then(deployment_in).filter(|name| self.has(name)));
            let profile = implied.map(|name| self.profile(Some(name))).transpose()?;
            return Ok(Chosen { profile, picked: Picked::File(path.to_owned()) });
        }
        if text.contains('/') && path.is_dir() {
            let newest = newest_in(path, self.context.clock.now())?;
            return self.choose(catalog, deployment, &newest.to_string_lossy());
        }
        if text.contains('/') || media::is_there(path) {
            let file = path.file_name().and_then(|name| name.to_str());
            let implied = deployment.or_else(|| file.and_then(deployment_in));
            let profile = match deployment {
                Some(name) => Some(self.profile(Some(name))?),
                None => implied.and_then(|name| self.profile(Some(name)).ok()).or_else(|| self.only_key(path)),
            };
            let Some(medium) = media::FileMedium::find(path).ok().filter(|_| media::is_there(path)) else {
                return Err(Failure::new(Code::ArchiveMissing, text, "there is no such file"));
            };
            let path = std::path::absolute(medium.path()).unwrap_or_else(|_| medium.path().to_owned());
            let picked = match profile.as_ref().map(|p| known(catalog, p, &path)).transpose()?.flatten() {
                Some(row) => Picked::Row(Box::new(row)),
                None => Picked::File(path),
            };
            return Ok(Chosen { profile, picked });
        }
        let implied = deployment_in(text).filter(|name| self.has(name));
        let profile = self.profile(deployment.or(implied))?;
        let picked = pick(&self.context, catalog, &profile, text)?;
        Ok(Chosen { profile: Some(profile), picked })
    }

    /// The only deployment, for a file that says nothing of its own and has no key beside it: its key may open it.
    fn only_key(&self, path: &Path) -> Option<Profile> {
        let beside = path.with_file_name(RECOVERY_KEY).is_file();
        if beside { None } else { self.profile(None).ok() }
    }

    fn has(&self, name: &str) -> bool {
        DeploymentName::new(name).is_ok_and(|name| deployment::path_of(&self.context.home, &name).exists())
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("context", &self.context).finish_non_exhaustive()
    }
}

/// An archive that was meant.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub profile: Option<Profile>,
    pub picked: Picked,
}

impl Chosen {
    pub fn path(&self) -> PathBuf {
        self.picked.path()
    }
}

/// The deployment that an archive's name (or its beginning) names.
fn deployment_in(text: &str) -> Option<&str> {
    text.split_once('_').map(|(deployment, _)| deployment)
}

/// The catalog's row of this very file.
fn known(catalog: &Catalog, profile: &Profile, path: &Path) -> Answer<Option<ArchiveRow>> {
    let name = path.file_name().and_then(|name| name.to_str()).and_then(ArchiveName::parse);
    let Some(name) = name else { return Ok(None) };
    let row = catalog.archives().get(&profile.id, &name)?;
    Ok(row.filter(|row| path_of(row) == path))
}

fn host_name() -> String {
    let read = |path: &str| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let name = read("/proc/sys/kernel/hostname").or_else(|| read("/etc/hostname"));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
