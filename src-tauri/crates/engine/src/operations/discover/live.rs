//! Whether what is protected is what is live: a script's default folder and the one that is mounted often differ.
use super::compose::{self, Project};
use super::machine::Machine;
use super::mounts::Mounts;
use super::processes::{self, Process};
use crate::deployment::{kept_at, recognise};
use crate::error::Result;
use crate::jobs::Job;
use holdfast_domain::{Code, Problem};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is protected, and as what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Protected<'a> {
    pub roots: &'a [PathBuf],
    /// Data of other chatbots is not this one's.
    pub preset: Option<&'a str>,
}

impl Protected<'_> {
    fn holds(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| path.starts_with(root))
    }

    /// Whether something that works in a folder has to do with it: in a root, or in the folder that a root lies in.
    fn concerns(&self, folder: &Path, machine: &Machine) -> bool {
        let around = |root: &PathBuf| root.parent() == Some(folder) && !machine.is_common(folder);
        self.holds(folder) || self.roots.iter().any(around)
    }

    /// Whether a folder holds data of this chatbot, or none that is known of another.
    fn is_its_data(&self, place: &Path, target: Option<&Path>) -> bool {
        let found = recognise(place).map(|found| found.preset);
        let known = target.and_then(kept_at).map(|preset| preset.name.clone()).or(found);
        known.is_some_and(|known| self.preset.is_none_or(|own| known == own || known == "chroma"))
    }
}

/// Looks at what runs now and at the compose files near the roots. Finds nothing where this user may look at nothing.
pub fn live_now(machine: &Machine, roots: &[PathBuf], preset: Option<&str>, job: &Job) -> Result<Vec<Problem>> {
    let mounts = Mounts::of_host(machine);
    let running = processes::running(machine, &mounts, job)?;
    let mut folders: Vec<&Path> = roots.iter().flat_map(|root| root.ancestors().take(2)).collect();
    folders.sort();
    folders.dedup();
    folders.retain(|folder| !machine.is_system(folder));
    let projects: Vec<Project> = folders.into_iter().filter_map(compose::project).collect();
    Ok(elsewhere(Protected { roots, preset }, machine, &running.iter().collect::<Vec<_>>(), &projects))
}

pub(super) fn elsewhere(
    protected: Protected<'_>,
    machine: &Machine,
    processes: &[&Process],
    projects: &[Project],
) -> Vec<Problem> {
    let mut places: BTreeMap<PathBuf, String> = BTreeMap::new();
    for process in processes {
        let inside = |path: &PathBuf| protected.holds(path);
        let concerns = process.works_in.as_ref().is_some_and(|folder| protected.concerns(folder, machine))
            || process.open.iter().any(inside)
            || process.told.keys().any(inside)
            || process.mounted.iter().any(|(outer, _)| inside(outer));
        if concerns {
            of_process(protected, process, &mut places);
        }
    }
    for project in projects {
        let concerns = protected.concerns(&project.folder, machine)
            || protected.roots.iter().any(|root| root.starts_with(&project.folder));
        if concerns {
            of_project(protected, machine, project, &mut places);
        }
    }
    let problem =
        |(place, cause): (PathBuf, String)| Problem::new(Code::LiveElsewhere, place.display().to_string(), cause);
    places.into_iter().map(problem).collect()
}

fn of_process(protected: Protected<'_>, process: &Process, places: &mut BTreeMap<PathBuf, String>) {
    let label = process.label();
    for file in process.open.iter().filter(|file| !protected.holds(file) && !is_cache(file)) {
        let folder = file.parent().unwrap_or(file).to_owned();
        let cause = format!("the process {label} has {} open", file.display());
        places.entry(folder).or_insert(cause);
    }
    for (folder, how) in &process.told {
        if how.starts_with("is told") && !protected.holds(folder) && protected.is_its_data(folder, None) {
            places.entry(folder.clone()).or_insert_with(|| format!("the process {label} {how} it"));
        }
    }
    for (outer, inner) in &process.mounted {
        if outer.is_dir() && !protected.holds(outer) && protected.is_its_data(outer, Some(inner)) {
            let cause = format!("the container of the process {label} has it mounted at {}", inner.display());
            places.entry(outer.clone()).or_insert(cause);
        }
    }
}

fn of_project(protected: Protected<'_>, machine: &Machine, project: &Project, places: &mut BTreeMap<PathBuf, String>) {
    for service in &project.services {
        for mount in &service.mounts {
            for place in Project::places(machine, mount) {
                let real = place.canonicalize().unwrap_or(place);
                if protected.holds(&real) || real.is_file() || !protected.is_its_data(&real, Some(&mount.target)) {
                    continue;
                }
                let (file, name, target) = (project.file().display(), &service.name, mount.target.display());
                let cause = format!("{file} mounts it into the service {name} at {target}");
                places.entry(real).or_insert(cause);
            }
        }
    }
}

fn is_cache(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str().eq_ignore_ascii_case("cache") || part.as_os_str() == ".cache")
}
