use crate::capture::Users;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::durable::{self, Lock};
use crate::error::{Error, Result};
use crate::home::Home;
use crate::vault::{Keyring, Vault};
use holdfast_domain::{Code, Problem};
use std::path::PathBuf;
use std::sync::Arc;

/// What operations get from outside.
#[derive(Clone)]
pub struct Context {
    pub home: Home,
    pub clock: Arc<dyn Clock>,
    pub keyring: Arc<dyn Keyring>,
    /// This machine's name, written into archives.
    pub host: String,
    /// Threads for compressing and restoring.
    pub workers: usize,
    /// The environment, by name: only for credentials of clouds that the settings look for there.
    pub variables: fn(&str) -> Option<String>,
    /// Where `passwd` and `group` lie.
    pub etc: PathBuf,
}

impl Context {
    pub fn users(&self) -> Users {
        Users::read(&self.etc)
    }

    pub fn vault(&self, deployment_id: &str) -> Result<Vault> {
        Vault::open(&self.home, deployment_id, self.keyring.clone())
    }

    /// Opens the catalog; one that was damaged and set aside comes back as a problem to tell.
    pub fn catalog(&self) -> Result<(Catalog, Option<Problem>)> {
        durable::create_private_dir(self.home.path())?;
        let opened = Catalog::open(&self.home.catalog(), self.clock.now())?;
        let problem = opened.set_aside.map(|aside| {
            Problem::new(
                Code::CatalogDamaged,
                self.home.catalog().display().to_string(),
                format!("set aside as {}", aside.display()),
            )
        });
        Ok((opened.catalog, problem))
    }

    /// The catalog where there is one: only looking at a machine leaves nothing there.
    pub fn known_catalog(&self) -> Result<Option<Catalog>> {
        if !self.home.catalog().exists() {
            return Ok(None);
        }
        Ok(Some(self.catalog()?.0))
    }

    /// Keeps other runs away from a deployment until it is dropped.
    pub fn lock(&self, deployment: &str, what: &str) -> Result<Lock> {
        let begun = self.clock.now().to_zoned(self.clock.zone()).strftime(", begun %Y-%m-%d %H:%M").to_string();
        Lock::acquire_noting(&self.home.locks(), deployment, what, &begun)
    }

    /// A folder for what a run writes meanwhile; gone when it is dropped. What killed runs left is swept away, so
    /// the deployment's lock must be held.
    pub fn scratch(&self, deployment: &str) -> Result<tempfile::TempDir> {
        let folder = self.home.scratch().join(deployment);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|e| Error::io(&folder, e))?;
        }
        durable::create_private_dir(&folder)?;
        tempfile::Builder::new().prefix("run-").tempdir_in(&folder).map_err(|e| Error::io(folder, e))
    }

    /// A folder for databases that are checked; gone when it is dropped. Needs no lock; what killed checks left is swept
    /// away, because it holds decrypted content.
    pub fn scratch_for_verify(&self) -> Result<tempfile::TempDir> {
        let folder = self.home.scratch();
        durable::create_private_dir(&folder)?;
        for item in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = item.file_name();
            let pid = name.to_str().and_then(|n| n.strip_prefix("verify-")).and_then(|n| n.split('-').next());
            if pid.is_some_and(|pid| !std::path::Path::new("/proc").join(pid).exists()) {
                let _ = std::fs::remove_dir_all(item.path());
            }
        }
        let prefix = format!("verify-{}-", std::process::id());
        tempfile::Builder::new().prefix(&prefix).tempdir_in(&folder).map_err(|e| Error::io(folder, e))
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("home", &self.home).finish_non_exhaustive()
    }
}
