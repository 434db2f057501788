//! Makes candidates of leads.
use super::candidate::{Candidate, Server};
use super::compose::Project;
use super::lead::{Evidence, Lead};
use super::live::{Protected, elsewhere};
use super::machine::Machine;
use super::processes::{Process, STARTED_WITH};
use super::servers::of_project;
use crate::capture::walk::starts_as_database;
use crate::deployment::{
    self, Detection, Preset, Survey, SurveyRequest, detect, preset, recognise, secret_files, survey,
};
use crate::error::Result;
use crate::jobs::Job;
use crate::operations::context::Context;
use holdfast_domain::{Code, DeploymentName, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A data folder that leads came to.
#[derive(Debug)]
struct Place {
    preset: &'static Preset,
    confidence: u8,
    evidence: BTreeSet<Evidence>,
    near: BTreeSet<PathBuf>,
    belongs: BTreeSet<PathBuf>,
    ports: BTreeSet<(u16, u16)>,
    pids: BTreeSet<u32>,
    /// Why it cannot be looked into.
    closed: Option<String>,
}

pub(super) struct Assembly<'a> {
    machine: &'a Machine,
    processes: Vec<Process>,
    projects: Vec<Project>,
    places: BTreeMap<PathBuf, Place>,
    deployments: Vec<deployment::Profile>,
}

/// A person reads no more reasons.
const EVIDENCE: usize = 6;

impl<'a> Assembly<'a> {
    pub fn new(
        context: &Context,
        machine: &'a Machine,
        processes: Vec<Process>,
        projects: Vec<Project>,
    ) -> Result<Self> {
        let deployments = deployment::load_all(&context.home)?.profiles;
        Ok(Self { machine, processes, projects, places: BTreeMap::new(), deployments })
    }

    pub fn take(&mut self, lead: Lead) {
        let detections = if lead.exact {
            recognise(&lead.folder).into_iter().collect()
        } else if self.machine.is_common(&lead.folder) {
            // What lies in a home or a temporary folder has nothing to do with what is started there.
            Vec::new()
        } else {
            detect(&lead.folder)
        };
        if detections.is_empty() {
            self.believe(&lead);
        }
        for Detection { preset: name, confidence, root, .. } in detections {
            if let Ok(preset) = preset(&name) {
                self.note(&root, preset, confidence, None, &lead);
            }
        }
    }

    /// Where a container has the data of a known chatbot, that is what it is, also where this user may not look.
    fn believe(&mut self, lead: &Lead) {
        let Some(preset) = lead.preset else { return };
        match fs::read_dir(&lead.folder) {
            Ok(mut listed) => {
                if listed.next().is_some() {
                    self.note(&lead.folder, preset, 50, None, lead);
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
                self.note(&lead.folder, preset, 50, Some(e.to_string()), lead);
            }
            Err(_) => {}
        }
    }

    fn note(&mut self, data: &Path, preset: &'static Preset, confidence: u8, closed: Option<String>, lead: &Lead) {
        let data = data.canonicalize().unwrap_or_else(|_| data.to_owned());
        let place = self.places.entry(data).or_insert_with(|| Place {
            preset,
            confidence,
            evidence: BTreeSet::new(),
            near: BTreeSet::new(),
            belongs: BTreeSet::new(),
            ports: BTreeSet::new(),
            pids: BTreeSet::new(),
            closed,
        });
        if confidence > place.confidence {
            (place.preset, place.confidence) = (preset, confidence);
        }
        place.evidence.insert(lead.evidence.clone());
        place.near.extend(lead.near.iter().cloned());
        place.belongs.extend(lead.belongs.iter().cloned());
        place.ports.extend(lead.ports.iter().copied());
        place.pids.extend(lead.pid);
    }

    /// The surest first: what runs before what merely lies there. `bounded` ends when the time is over: what is left is
    /// listed without its sizes.
    pub fn candidates(mut self, bounded: &Job, job: &Job) -> Result<Vec<Candidate>> {
        // A vector store in a chatbot's folder is a part of it.
        let folders: Vec<(PathBuf, &str)> =
            self.places.iter().map(|(data, place)| (data.clone(), place.preset.name.as_str())).collect();
        self.places.retain(|data, place| {
            let around = |(folder, name): &(PathBuf, &str)| {
                folder != data
                    && data.starts_with(folder)
                    && (place.preset.name == "chroma" || place.preset.name == *name)
            };
            !folders.iter().any(around)
        });
        let mut places: Vec<(PathBuf, Place)> = std::mem::take(&mut self.places).into_iter().collect();
        places.sort_by_key(|(data, place)| {
            let first = place.evidence.first().map(|evidence| evidence.by);
            (first, std::cmp::Reverse(place.confidence), data.clone())
        });
        let mut names: Vec<DeploymentName> = self.deployments.iter().map(|profile| profile.name.clone()).collect();
        let mut candidates = Vec::new();
        for (data, place) in places {
            job.checkpoint()?;
            if let Some(name) = free_name(&place.preset.name, &names) {
                names.push(name.clone());
                candidates.push(self.candidate(data, place, name, bounded, job)?);
            }
        }
        Ok(candidates)
    }

    fn candidate(
        &self,
        data: PathBuf,
        place: Place,
        name: DeploymentName,
        bounded: &Job,
        job: &Job,
    ) -> Result<Candidate> {
        let preset = place.preset;
        let mut near: Vec<PathBuf> = place.near.iter().filter(|path| path.exists()).cloned().collect();
        near.extend(preset.near.iter().map(|place| match place.strip_prefix('~') {
            Some(rest) => self.machine.home.join(rest.trim_start_matches('/')),
            None => self.machine.at(place),
        }));
        let roots = if place.closed.is_some() { vec![data.clone()] } else { self.roots(&data, &place, &near) };
        let processes: Vec<&Process> = self.processes.iter().filter(|it| place.pids.contains(&it.pid)).collect();
        let project = |project: &&Project| project.files.iter().any(|file| place.belongs.contains(file));
        let projects: Vec<Project> = self.projects.iter().filter(project).cloned().collect();
        let servers: Vec<Server> =
            projects.iter().flat_map(|project| of_project(project, self.machine, &roots)).collect();
        let mut problems = Vec::new();
        let survey = match &place.closed {
            Some(cause) => {
                problems.push(Problem::new(Code::PermissionDenied, data.display().to_string(), cause));
                None
            }
            None => look(&roots, preset, &near, bounded, job, &mut problems)?,
        };
        if let Some(survey) = &survey {
            problems.extend(survey.problems.iter().map(|problem| in_environment(problem, preset, &processes)));
        }
        problems.extend(servers.iter().map(Server::problem));
        let protected = Protected { roots: &roots, preset: Some(&preset.name) };
        problems.extend(elsewhere(protected, self.machine, &processes, &projects));
        Ok(Candidate {
            id: id(&preset.name, &data),
            name,
            preset: preset.name.clone(),
            title: preset.title.clone(),
            confidence: place.confidence,
            running: processes.iter().filter(|it| uses(it, &data)).map(|it| it.label()).collect(),
            protected_by: self.protected_by(&data),
            health_url: health(preset, &place.ports),
            evidence: place.evidence.into_iter().take(EVIDENCE).collect(),
            data,
            roots,
            near,
            servers,
            survey,
            problems,
        })
    }

    /// The folder, and the files outside of it that belong to it.
    fn roots(&self, data: &Path, place: &Place, near: &[PathBuf]) -> Vec<PathBuf> {
        let above = data.parent().filter(|above| !self.machine.is_common(above));
        let signed = |above: &Path| place.preset.around.iter().any(|sign| above.join(sign).exists());
        let started_with = |above: &Path| {
            let mut processes = self.processes.iter().filter(|it| place.pids.contains(&it.pid));
            processes.any(|process| process.told.get(above).is_some_and(|how| how == STARTED_WITH))
        };
        let own = above.filter(|above| signed(above) || started_with(above));
        let folder = own.unwrap_or(data).to_owned();
        let secrets = secret_files(place.preset, data, near).into_iter();
        // Giving back what this user cannot write would hold up all the rest.
        let belongs = place.belongs.iter().filter(|file| file.parent().is_some_and(may_write)).cloned();
        let mut files: BTreeSet<PathBuf> = secrets.chain(belongs).filter_map(|path| path.canonicalize().ok()).collect();
        files.retain(|path| !path.starts_with(&folder) && path.is_file() && !starts_as_database(path));
        files.retain(|path| File::open(path).is_ok());
        std::iter::once(folder).chain(files).collect()
    }

    fn protected_by(&self, data: &Path) -> Option<DeploymentName> {
        let holds = |profile: &&deployment::Profile| {
            profile.roots.iter().any(|root| data.starts_with(&root.path) || root.path.starts_with(data))
        };
        self.deployments.iter().find(holds).map(|profile| profile.name.clone())
    }
}

/// Sizes, databases, secrets; `None` where the time was over.
fn look(
    roots: &[PathBuf],
    preset: &Preset,
    near: &[PathBuf],
    bounded: &Job,
    job: &Job,
    problems: &mut Vec<Problem>,
) -> Result<Option<Survey>> {
    let request = SurveyRequest {
        roots: roots.to_vec(),
        preset: Some(preset.name.clone()),
        near: near.to_vec(),
        ..SurveyRequest::default()
    };
    match survey(&request, bounded) {
        Ok(survey) => Ok(Some(survey)),
        Err(e) if e.is_cancelled() => {
            job.checkpoint()?;
            let cause = "the time for looking was over; setting it up looks again";
            problems.push(Problem::new(Code::NotLookedInto, roots[0].display().to_string(), cause));
            Ok(None)
        }
        Err(e) => {
            problems.push(e.to_problem());
            Ok(None)
        }
    }
}

/// A key that the running process has in its environment is somewhere: it is said where to look.
fn in_environment(problem: &Problem, preset: &Preset, processes: &[&Process]) -> Problem {
    let secret = preset.secrets.iter().find(|secret| secret.what == problem.subject && !secret.keys.is_empty());
    let has = |process: &&&Process| secret.is_some_and(|it| it.keys.iter().all(|key| process.keys.contains(key)));
    let Some(process) = processes.iter().find(has).filter(|_| problem.code == Code::SecretNotFound) else {
        return problem.clone();
    };
    let cause = format!(
        "the process {} has it in its environment, and no file that was found sets it: find the file that does, and \
         add it with --root",
        process.label()
    );
    Problem::new(problem.code, problem.subject.clone(), cause)
}

/// Whether a process has the data in use, and does not merely work beside it.
fn uses(process: &Process, data: &Path) -> bool {
    process.open.iter().any(|file| file.starts_with(data))
        || process.mounted.iter().any(|(outer, _)| data.starts_with(outer) || outer.starts_with(data))
        || process.told.keys().any(|folder| data.starts_with(folder) || folder.starts_with(data))
}

/// The preset's, with the port at which it answers here.
fn health(preset: &Preset, ports: &BTreeSet<(u16, u16)>) -> Option<String> {
    let url = preset.health.url.as_deref()?;
    let (scheme, rest) = url.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (name, default) = match host.split_once(':') {
        Some((name, port)) => (name, port.parse().ok()?),
        None => (host, 80),
    };
    let published = ports.iter().find(|(_, inner)| *inner == default);
    let port = match (published, ports.len()) {
        (Some((outer, _)), _) => *outer,
        (None, 1) => ports.first()?.0,
        (None, _) => return Some(url.to_owned()),
    };
    Some(format!("{scheme}://{name}:{port}/{path}"))
}

fn free_name(preset: &str, taken: &[DeploymentName]) -> Option<DeploymentName> {
    let names = std::iter::once(preset.to_owned()).chain((2..=taken.len() + 2).map(|n| format!("{preset}-{n}")));
    names.filter_map(|name| DeploymentName::new(&name).ok()).find(|name| !taken.contains(name))
}

fn id(preset: &str, data: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let hash = blake3::hash(data.as_os_str().as_bytes());
    format!("{preset}-{}", hex::encode(&hash.as_bytes()[..3]))
}

fn may_write(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok()
}
