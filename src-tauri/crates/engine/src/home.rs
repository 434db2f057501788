use std::path::{Path, PathBuf};

/// The folder in which Holdfast keeps its own things on this machine: settings, catalog, keys'
/// public halves, locks, state of unfinished work. Losing it loses no archive.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

impl Home {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// One TOML file per deployment.
    pub fn deployments(&self) -> PathBuf {
        self.0.join("deployments")
    }

    /// Public keys, the sealed identity, and (without a keyring) the signing key.
    pub fn keys(&self, deployment_id: &str) -> PathBuf {
        self.0.join("keys").join(deployment_id)
    }

    pub fn catalog(&self) -> PathBuf {
        self.0.join("catalog.db")
    }

    pub fn locks(&self) -> PathBuf {
        self.0.join("locks")
    }

    /// What is written while a run goes on and swept at the next start: database snapshots.
    pub fn scratch(&self) -> PathBuf {
        self.0.join("scratch")
    }

    /// Journals of restores: what was swapped, and what `undo` would bring back.
    pub fn restores(&self) -> PathBuf {
        self.0.join("restores")
    }

    /// Notes of uploads to the cloud that are not finished.
    pub fn uploads(&self, deployment_id: &str, destination_id: &str) -> PathBuf {
        self.0.join("uploads").join(deployment_id).join(destination_id)
    }

    /// Of each deployment, which parts were told overdue.
    pub fn told(&self) -> PathBuf {
        self.0.join("told")
    }

    /// What the scheduler has to remember, and pauses.
    pub fn schedule(&self) -> PathBuf {
        self.0.join("schedule")
    }

    /// The operator's own runbooks, one TOML file each.
    pub fn runbooks(&self) -> PathBuf {
        self.0.join("runbooks")
    }

    /// A folder for each incident: its journal, and the runbook as it was when it began.
    pub fn incidents(&self) -> PathBuf {
        self.0.join("incidents")
    }

    /// The flag that a deployment is down on purpose.
    pub fn maintenance(&self, deployment_id: &str) -> PathBuf {
        self.0.join("maintenance").join(format!("{deployment_id}.json"))
    }

    /// Which processes of a deployment Holdfast started.
    pub fn service(&self, deployment_id: &str) -> PathBuf {
        self.0.join("service").join(deployment_id)
    }

    /// What was put right, so that it can be taken back.
    pub fn fixes(&self, deployment_id: &str) -> PathBuf {
        self.0.join("fixes").join(format!("{deployment_id}.json"))
    }

    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }
}
