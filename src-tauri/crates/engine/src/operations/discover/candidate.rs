use super::lead::Evidence;
use crate::deployment::Survey;
use holdfast_domain::{DeploymentName, Problem};
use serde::Serialize;
use std::path::PathBuf;

/// A chatbot that was found, and what protecting it would take.
#[derive(Debug, Serialize)]
pub struct Candidate {
    /// The same as long as it lies where it does.
    pub id: String,
    /// A name for it that no deployment has.
    pub name: DeploymentName,
    pub preset: String,
    /// What the chatbot is called.
    pub title: String,
    /// 1 to 100.
    pub confidence: u8,
    pub data: PathBuf,
    /// The folder, then single files that lie outside of it: secrets, and how it is started.
    pub roots: Vec<PathBuf>,
    /// Folders in which secrets were looked for beside the usual ones.
    pub near: Vec<PathBuf>,
    /// The strongest first.
    pub evidence: Vec<Evidence>,
    /// Processes that have its data in use, as `name (pid)`.
    pub running: Vec<String>,
    /// The deployment that protects it already.
    pub protected_by: Option<DeploymentName>,
    pub health_url: Option<String>,
    /// Database servers that belong to it.
    pub servers: Vec<Server>,
    /// What is in the roots; `None` where it could not be looked at, or not in the time that there was.
    pub survey: Option<Survey>,
    /// What is not found, not captured, or live in another place.
    pub problems: Vec<Problem>,
}

/// A database server whose files are no backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Server {
    /// `postgres`, `mysql`, `mongodb`, ...
    pub kind: String,
    pub service: String,
    pub image: String,
    /// The compose file that starts it.
    pub file: PathBuf,
}

/// What was found, and where was looked.
#[derive(Debug, Serialize)]
pub struct Discovery {
    pub candidates: Vec<Candidate>,
    pub looked_in: Vec<PathBuf>,
    /// False where the time was over before all was seen.
    pub complete: bool,
    /// Places that were not looked into.
    pub problems: Vec<Problem>,
}
