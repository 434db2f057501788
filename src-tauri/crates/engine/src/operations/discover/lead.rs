use super::machine::Machine;
use super::mounts::Mounts;
use crate::deployment::Preset;
use holdfast_domain::{Code, Problem};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// By what something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    Process,
    Compose,
    Unit,
    Volume,
    Place,
    Folder,
}

/// Why a folder was looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Evidence {
    pub by: Source,
    /// A sentence's end: "found because …".
    pub because: String,
}

/// A folder to look at.
#[derive(Debug, Clone)]
pub(super) struct Lead {
    pub folder: PathBuf,
    pub evidence: Evidence,
    /// Look at the folder alone, not at what is in it.
    pub exact: bool,
    /// What it must be, by the place that it has in a container.
    pub preset: Option<&'static Preset>,
    /// Folders and files in which its secrets may be.
    pub near: Vec<PathBuf>,
    /// Files that belong to it: how it is started.
    pub belongs: Vec<PathBuf>,
    /// Ports on this machine at which it may answer, with the port that it has for itself.
    pub ports: Vec<(u16, u16)>,
    /// The process that it was found by.
    pub pid: Option<u32>,
}

impl Lead {
    pub fn new(folder: impl Into<PathBuf>, by: Source, because: impl Into<String>) -> Self {
        Self {
            folder: folder.into(),
            evidence: Evidence { by, because: because.into() },
            exact: false,
            preset: None,
            near: Vec::new(),
            belongs: Vec::new(),
            ports: Vec::new(),
            pid: None,
        }
    }

    #[must_use]
    pub fn exact(mut self) -> Self {
        self.exact = true;
        self
    }

    #[must_use]
    pub fn near(mut self, near: impl IntoIterator<Item = PathBuf>) -> Self {
        self.near.extend(near);
        self
    }
}

/// All leads, and the folders that must not be looked into.
#[derive(Debug)]
pub(super) struct Leads<'a> {
    machine: &'a Machine,
    mounts: &'a Mounts,
    list: Vec<Lead>,
    folders: BTreeSet<PathBuf>,
    problems: Vec<Problem>,
}

/// More would be no list that a person reads.
const LOOKED_IN: usize = 200;

impl<'a> Leads<'a> {
    pub fn new(machine: &'a Machine, mounts: &'a Mounts) -> Self {
        Self { machine, mounts, list: Vec::new(), folders: BTreeSet::new(), problems: Vec::new() }
    }

    /// A lead onto a network drive is told and not followed: a drive that does not answer would hold everything up.
    pub fn add(&mut self, lead: Lead) {
        if let Some(kind) = self.mounts.remote(&lead.folder) {
            let cause = format!("it lies on a network drive ({kind}); {}", lead.evidence.because);
            self.tell(&lead.folder, cause);
            return;
        }
        self.folders.insert(lead.folder.clone());
        self.list.push(lead);
    }

    pub fn tell(&mut self, path: &Path, cause: String) {
        let subject = path.display().to_string();
        if !self.problems.iter().any(|known| known.subject == subject) {
            self.problems.push(Problem::new(Code::NotLookedInto, subject, cause));
        }
    }

    /// Folders that leads go to, in order.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().map(PathBuf::as_path)
    }

    pub fn mounts(&self) -> &Mounts {
        self.mounts
    }

    pub fn take(&mut self) -> Vec<Lead> {
        let mut list = std::mem::take(&mut self.list);
        list.sort_by(|a, b| (&a.evidence, &a.folder).cmp(&(&b.evidence, &b.folder)));
        list
    }

    /// Where was looked, for a person to whom nothing was found.
    pub fn looked_in(&self, searched: &[PathBuf]) -> Vec<PathBuf> {
        let mut looked: BTreeSet<PathBuf> = searched.iter().cloned().collect();
        let inside = |path: &PathBuf| searched.iter().any(|start| path.starts_with(start));
        looked.extend(self.folders.iter().filter(|path| !inside(path)).cloned());
        looked.retain(|path| !self.machine.is_system(path));
        looked.into_iter().take(LOOKED_IN).collect()
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}
