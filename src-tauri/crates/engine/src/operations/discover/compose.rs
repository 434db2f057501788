//! Compose files: which folders and volumes their services keep data in, and which services are database servers.
use super::interpolate::Variables;
use super::lead::{Lead, Leads, Source};
use super::machine::Machine;
use super::volumes;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use yaml_serde::Value;

/// A compose file, with the one that overrides it.
#[derive(Debug, Clone)]
pub(super) struct Project {
    pub files: Vec<PathBuf>,
    pub folder: PathBuf,
    pub services: Vec<Service>,
    /// Why its services could not be read.
    pub broken: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Service {
    pub name: String,
    pub image: String,
    pub mounts: Vec<ServiceMount>,
    pub env_files: Vec<PathBuf>,
    /// Port here, port in the container.
    pub ports: Vec<(u16, u16)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServiceMount {
    pub source: Mounted,
    pub target: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mounted {
    Path(PathBuf),
    /// A volume by the name that it has outside of the file.
    Volume(String),
}

const NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
const OVERRIDES: [&str; 4] =
    ["compose.override.yaml", "compose.override.yml", "docker-compose.override.yaml", "docker-compose.override.yml"];
/// A compose file is never as long as this.
const READ_BYTES: u64 = 1 << 20;

pub(super) fn is_project(folder: &Path) -> bool {
    NAMES.iter().any(|name| folder.join(name).is_file())
}

/// The project whose file lies in a folder.
pub(super) fn project(folder: &Path) -> Option<Project> {
    let first = NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file())?;
    let mut files = vec![first];
    files.extend(OVERRIDES.iter().map(|name| folder.join(name)).find(|path| path.is_file()));
    let variables = Variables::read(&folder.join(".env"));
    let mut project = Project { files, folder: folder.to_owned(), services: Vec::new(), broken: None };
    let mut services: BTreeMap<String, Service> = BTreeMap::new();
    for file in &project.files {
        match read(file) {
            Ok(text) => Reading { folder, variables: &variables, text: &text }.services(&mut services),
            Err(cause) => project.broken = Some(cause),
        }
    }
    project.services = services.into_values().collect();
    Some(project)
}

/// The projects in the folders that leads go to.
pub(super) fn projects(leads: &Leads<'_>) -> Vec<Project> {
    let mut folders: Vec<&Path> = leads.folders().collect();
    folders.extend(leads.folders().filter_map(Path::parent).collect::<Vec<_>>());
    folders.sort();
    folders.dedup();
    folders.into_iter().filter_map(project).collect()
}

/// Aliases that multiply are refused by the parser.
fn read(file: &Path) -> Result<Value, String> {
    let mut text = String::new();
    let opened = std::fs::File::open(file).map_err(|e| e.to_string())?;
    opened.take(READ_BYTES).read_to_string(&mut text).map_err(|e| e.to_string())?;
    let mut value: Value = yaml_serde::from_str(&text).map_err(|e| e.to_string())?;
    value.apply_merge().map_err(|e| e.to_string())?;
    Ok(value)
}

struct Reading<'a> {
    folder: &'a Path,
    variables: &'a Variables,
    text: &'a Value,
}

impl Reading<'_> {
    fn services(&self, services: &mut BTreeMap<String, Service>) {
        let Some(listed) = self.text.get("services").and_then(Value::as_mapping) else { return };
        for (name, value) in listed {
            let Some(name) = name.as_str() else { continue };
            let service = services.entry(name.to_owned()).or_default();
            name.clone_into(&mut service.name);
            if let Some(image) = value.get("image").and_then(Value::as_str) {
                service.image = self.variables.fill(image);
            }
            for mount in list(value.get("volumes")) {
                if let Some(mount) = self.mount(mount) {
                    // What overrides comes later.
                    service.mounts.retain(|known| known.target != mount.target);
                    service.mounts.push(mount);
                }
            }
            service.env_files.extend(list(value.get("env_file")).filter_map(|file| self.env_file(file)));
            service.ports.extend(list(value.get("ports")).filter_map(|port| self.port(port)));
        }
    }

    fn mount(&self, value: &Value) -> Option<ServiceMount> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(|text| self.variables.fill(text));
        let (source, target, path) = match value.as_str() {
            Some(short) => {
                let short = self.variables.fill(short);
                let mut parts = short.split(':');
                // A volume without a name goes when the container does.
                let (source, target) = (parts.next()?.to_owned(), parts.next()?.to_owned());
                let path = source.starts_with(['/', '.', '~']);
                (source, target, path)
            }
            None => (text("source")?, text("target")?, text("type").is_some_and(|kind| kind == "bind")),
        };
        if source.is_empty() || !target.starts_with('/') {
            return None;
        }
        let source = if path { Mounted::Path(self.path(&source)) } else { Mounted::Volume(self.volume(&source)) };
        let target = Path::new(&target).components().collect();
        Some(ServiceMount { source, target })
    }

    /// The volume's name outside of the file: its own, or that of the project before it.
    fn volume(&self, name: &str) -> String {
        let declared = self.text.get("volumes").and_then(|volumes| volumes.get(name));
        if let Some(own) = declared.and_then(|volume| volume.get("name")).and_then(Value::as_str) {
            return self.variables.fill(own);
        }
        let external = declared.and_then(|volume| volume.get("external"));
        if external.is_some_and(|external| external.as_bool() == Some(true)) {
            return name.to_owned();
        }
        let project = match self.text.get("name").and_then(Value::as_str) {
            Some(name) => self.variables.fill(name),
            None => self.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        };
        let project = project.to_lowercase();
        let legal: String = project.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-').collect();
        format!("{}_{name}", legal.trim_start_matches(['_', '-']))
    }

    fn env_file(&self, value: &Value) -> Option<PathBuf> {
        let text = value.as_str().or_else(|| value.get("path")?.as_str())?;
        Some(self.path(&self.variables.fill(text)))
    }

    /// `8080:80`, `127.0.0.1:8080:80/tcp`, or a mapping.
    fn port(&self, value: &Value) -> Option<(u16, u16)> {
        if let Some(target) = value.get("target") {
            let number = |value: &Value| match value.as_str() {
                Some(text) => self.variables.fill(text).parse().ok(),
                None => value.as_u64().and_then(|number| u16::try_from(number).ok()),
            };
            return Some((number(value.get("published")?)?, number(target)?));
        }
        let text = self.variables.fill(value.as_str()?);
        let mut parts = text.split('/').next()?.rsplit(':');
        let inner = parts.next()?.parse().ok()?;
        Some((parts.next()?.parse().ok()?, inner))
    }

    fn path(&self, text: &str) -> PathBuf {
        let mut plain = PathBuf::new();
        for part in self.folder.join(text).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    plain.pop();
                }
                part => plain.push(part),
            }
        }
        plain
    }
}

/// A list, or the one thing that stands in its place.
fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let many = value.and_then(Value::as_sequence).map(Vec::as_slice);
    let one = value.filter(|value| many.is_none() && !value.is_null());
    many.unwrap_or_default().iter().chain(one)
}

impl Project {
    /// The file that a person knows it by.
    pub fn file(&self) -> &Path {
        self.files.first().map_or(&self.folder, PathBuf::as_path)
    }

    /// Where a mount's data lies on this machine; a volume may lie in several places.
    pub fn places(machine: &Machine, mount: &ServiceMount) -> Vec<PathBuf> {
        match &mount.source {
            Mounted::Path(path) => vec![tilde(machine, path)],
            Mounted::Volume(name) => volumes::folders_of(machine, name),
        }
    }
}

/// `~/x` was joined to the project's folder.
fn tilde(machine: &Machine, path: &Path) -> PathBuf {
    let mut parts = path.components();
    match parts.by_ref().find(|part| part.as_os_str() == "~") {
        Some(_) => machine.home.join(parts.as_path()),
        None => path.to_owned(),
    }
}

pub(super) fn leads(machine: &Machine, projects: &[Project], leads: &mut Leads<'_>) {
    for project in projects {
        let file = project.file().display().to_string();
        if let Some(cause) = &project.broken {
            leads.tell(project.file(), cause.clone());
        }
        let mut near = vec![project.folder.clone()];
        near.extend(project.services.iter().flat_map(|service| service.env_files.iter().cloned()));
        let mut belongs = project.files.clone();
        belongs.push(project.folder.join(".env"));
        let mut lead = Lead::new(&project.folder, Source::Compose, format!("{file} is there")).exact();
        lead.belongs.clone_from(&belongs);
        leads.add(lead);
        for service in &project.services {
            for mount in &service.mounts {
                for place in Project::places(machine, mount) {
                    if place.is_file() {
                        continue;
                    }
                    let (name, target) = (&service.name, mount.target.display());
                    let because = format!("{file} mounts it into the service {name} at {target}");
                    let mut lead = Lead::new(place, Source::Compose, because).near(near.iter().cloned());
                    lead.near.extend(service.mounts.iter().flat_map(|mount| Project::places(machine, mount)));
                    lead.preset = crate::deployment::kept_at(&mount.target);
                    lead.belongs.clone_from(&belongs);
                    lead.ports.clone_from(&service.ports);
                    leads.add(lead);
                }
            }
        }
    }
}
