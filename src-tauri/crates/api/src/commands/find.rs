//! What chatbots there are on this machine.
use super::contents::Contents;
use super::setup::SetupArgs;
use crate::{Answer, Failure, Note, Service};
use holdfast_domain::{Code, DeploymentName, Outcome, Problem};
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::discover::{Candidate, Evidence, Machine, Server, discover};
use serde::Serialize;
use std::path::PathBuf;

/// What was found, the surest first.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct FindAnswer {
    pub outcome: Outcome,
    pub found: Vec<FoundInfo>,
    pub looked_in: Vec<PathBuf>,
    /// False where the time was over before all was seen.
    pub complete: bool,
    /// Places that were not looked into.
    pub problems: Vec<Note>,
}

/// A chatbot that was found, and what protecting it would take.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct FoundInfo {
    /// From 1, as `--found` takes it; it may change when something else is found.
    pub number: usize,
    /// Stays as long as the data lies where it does.
    pub id: String,
    pub name: DeploymentName,
    pub preset: String,
    pub title: String,
    pub confidence: u8,
    pub data: PathBuf,
    /// The folder, then single files outside of it.
    pub roots: Vec<PathBuf>,
    pub evidence: Vec<Evidence>,
    /// Processes that have its data in use.
    pub running: Vec<String>,
    pub protected_by: Option<DeploymentName>,
    pub health_url: Option<String>,
    pub pitfalls: Option<String>,
    /// Database servers that belong to it.
    pub servers: Vec<Server>,
    /// What is in the roots; absent where it could not be looked at.
    pub contents: Option<Contents>,
    pub problems: Vec<Note>,
    /// Folders in which its secrets may lie beside the usual ones: setting it up asks for them.
    pub near: Vec<PathBuf>,
    #[serde(skip)]
    server_problems: Vec<Problem>,
}

impl Service {
    /// Looks for chatbots on this machine. Changes nothing.
    pub fn find(&self, machine: &Machine, job: &Job) -> Answer<FindAnswer> {
        let found = discover(self.context(), machine, job)?;
        let infos = found.candidates.into_iter().enumerate().map(|(index, it)| info(index + 1, it));
        Ok(FindAnswer {
            outcome: Outcome::Done,
            found: infos.collect(),
            looked_in: found.looked_in,
            complete: found.complete,
            problems: Note::all(found.problems),
        })
    }
}

impl FindAnswer {
    /// By number or id. `Code::BadRequest` where there is no such one.
    pub fn choose(&self, text: &str) -> Answer<&FoundInfo> {
        let number = text.parse::<usize>().ok();
        let chosen = self.found.iter().find(|it| Some(it.number) == number || it.id == text);
        chosen.ok_or_else(|| {
            let known: Vec<&str> = self.found.iter().map(|it| it.id.as_str()).collect();
            let cause = match known.as_slice() {
                [] => "no chatbot was found on this machine".to_owned(),
                known => format!("found was {}", known.join(", ")),
            };
            Failure::new(Code::BadRequest, format!("--found {text}"), cause)
                .then("See holdfast setup --find, or name the folders with --root.")
        })
    }
}

impl FoundInfo {
    /// What setting it up takes, but for the place of the archives.
    pub fn setup(&self) -> SetupArgs {
        SetupArgs {
            name: Some(self.name.to_string()),
            roots: self.roots.clone(),
            preset: Some(self.preset.clone()),
            near: self.near.clone(),
            health_url: self.health_url.clone(),
            problems: self.server_problems.clone(),
            ..SetupArgs::default()
        }
    }
}

fn info(number: usize, it: Candidate) -> FoundInfo {
    // What the survey says is said again when it is set up.
    let server_problems = it.problems.iter().filter(|p| p.code == Code::ServerNotCaptured).cloned().collect();
    FoundInfo {
        number,
        id: it.id,
        name: it.name,
        preset: it.preset,
        title: it.title,
        confidence: it.confidence,
        data: it.data,
        roots: it.roots,
        evidence: it.evidence,
        running: it.running,
        protected_by: it.protected_by,
        health_url: it.health_url,
        pitfalls: it.survey.as_ref().and_then(|survey| survey.pitfalls.clone()),
        servers: it.servers,
        contents: it.survey.as_ref().map(Contents::from),
        problems: Note::all(it.problems),
        near: it.near,
        server_problems,
    }
}
