//! What runs: where it works, what it was started with, which databases it has open. Of the environment the names of
//! secrets are looked for, and of a few variables the paths; no other value is kept.
use super::lead::{Lead, Leads, Source};
use super::machine::Machine;
use super::mounts::Mounts;
use super::sockets;
use crate::deployment::{database_of_sidecar, presets};
use crate::error::Result;
use crate::jobs::Job;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use zeroize::Zeroizing;

/// A process that may be a chatbot.
#[derive(Debug, Clone, Default)]
pub(super) struct Process {
    pub pid: u32,
    pub name: String,
    /// Where it works, outside of a container.
    pub works_in: Option<PathBuf>,
    /// Folders that its command line and its environment name, and what named them.
    pub told: BTreeMap<PathBuf, String>,
    /// Database files that it has open.
    pub open: BTreeSet<PathBuf>,
    /// What it has mounted, in a container: where on this machine, and where inside.
    pub mounted: Vec<(PathBuf, PathBuf)>,
    /// Secrets that are set in its environment: their names alone.
    pub keys: BTreeSet<String>,
    pub ports: Vec<u16>,
}

impl Process {
    /// As people know it.
    pub fn label(&self) -> String {
        format!("{} ({})", self.name, self.pid)
    }
}

/// Variables that name the place of data.
const PLACES: [&str; 10] = [
    "DATA_DIR",
    "DATABASE_PATH",
    "DATABASE_URL",
    "LLM_USER_PATH",
    "STORAGE_DIR",
    "N8N_USER_FOLDER",
    "FLOWISE_DATA_PATH",
    "SECRETKEY_PATH",
    "OLLAMA_MODELS",
    "PERSIST_DIRECTORY",
];
/// How a process tells the folders on its command line.
pub(super) const STARTED_WITH: &str = "was started with";
const READ_BYTES: u64 = 1 << 20;
const OPEN_FILES: usize = 4096;

/// Every process that this user may look at, by number.
pub(super) fn running(machine: &Machine, host: &Mounts, job: &Job) -> Result<Vec<Process>> {
    let proc = machine.proc();
    let ports = sockets::listening(&proc);
    let own_space = fs::read_link(proc.join("self/ns/mnt")).ok();
    let mut pids: Vec<u32> = fs::read_dir(&proc)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    let mut processes = Vec::new();
    for pid in pids {
        job.checkpoint()?;
        let folder = proc.join(pid.to_string());
        let name = fs::read_to_string(folder.join("comm")).unwrap_or_default().trim().to_owned();
        let command = words(&folder.join("cmdline"));
        // The kernel's own have none; and this program is no chatbot.
        if command.is_empty() || name == "holdfast" {
            continue;
        }
        let mut process = Process { pid, name, ..Process::default() };
        environment(&folder, &mut process);
        let space = fs::read_link(folder.join("ns/mnt")).ok();
        if space.is_some() && own_space.is_some() && space != own_space {
            // Its paths are those of its container, and mean something else here.
            process.told.clear();
            contained(&folder, host, &mut process);
        } else {
            outside(machine, &folder, &command, &ports, &mut process);
        }
        processes.push(process);
    }
    Ok(processes)
}

fn outside(
    machine: &Machine,
    folder: &Path,
    command: &[Zeroizing<Vec<u8>>],
    ports: &HashMap<u64, u16>,
    process: &mut Process,
) {
    process.works_in = fs::read_link(folder.join("cwd")).ok().filter(|path| path.is_dir());
    for word in command {
        // `--data=PATH` names one as `--data PATH` does.
        let value = word.iter().position(|b| *b == b'=').map_or(&word[..], |at| &word[at + 1..]);
        for text in [&word[..], value] {
            if let Some(path) = real(Path::new(std::ffi::OsStr::from_bytes(text)), process.works_in.as_deref()) {
                process.told.entry(of_program(path)).or_insert_with(|| STARTED_WITH.to_owned());
            }
        }
    }
    process.told.retain(|path, _| !machine.is_common(path));
    for link in fs::read_dir(folder.join("fd")).into_iter().flatten().flatten().take(OPEN_FILES) {
        let Ok(target) = fs::read_link(link.path()) else { continue };
        if let Some(inode) = target.to_str().and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']')) {
            process.ports.extend(inode.parse().ok().and_then(|inode: u64| ports.get(&inode)));
        } else if let Some(database) = database(&target).filter(|path| !machine.is_system(path)) {
            process.open.insert(database);
        }
    }
    process.ports.sort_unstable();
    process.ports.dedup();
}

/// What a container's process has mounted, where that lies on this machine.
fn contained(folder: &Path, host: &Mounts, process: &mut Process) {
    const EVERY_CONTAINER_HAS: [&str; 3] = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];
    for mount in Mounts::read(&folder.join("mountinfo")).iter() {
        let own = EVERY_CONTAINER_HAS.iter().any(|file| mount.at == Path::new(file));
        if own || mount.at == Path::new("/") {
            continue;
        }
        if let Some(outer) = host.on_host(mount) {
            process.mounted.push((outer, mount.at.clone()));
        }
    }
    process.mounted.sort();
    process.mounted.dedup();
}

fn environment(folder: &Path, process: &mut Process) {
    let known: BTreeSet<&str> = presets()
        .iter()
        .flat_map(|preset| &preset.secrets)
        .flat_map(|secret| &secret.keys)
        .map(String::as_str)
        .collect();
    let works_in = fs::read_link(folder.join("cwd")).ok();
    for pair in words(&folder.join("environ")) {
        let Some(equals) = pair.iter().position(|byte| *byte == b'=') else { continue };
        let (Ok(name), value) = (std::str::from_utf8(&pair[..equals]), &pair[equals + 1..]) else { continue };
        if known.contains(name) && !value.is_empty() {
            process.keys.insert(name.to_owned());
        }
        if PLACES.contains(&name) {
            let value = value.strip_prefix(b"sqlite:///").unwrap_or(value);
            if let Some(path) = real(Path::new(std::ffi::OsStr::from_bytes(value)), works_in.as_deref()) {
                process.told.entry(path).or_insert_with(|| format!("is told by {name} to use"));
            }
        }
    }
}

/// Words that end with a zero byte. Wiped when they go: there may be secrets among them.
fn words(file: &Path) -> Vec<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(Vec::new());
    let read = fs::File::open(file).and_then(|file| file.take(READ_BYTES).read_to_end(&mut text));
    if read.is_err() {
        return Vec::new();
    }
    text.split(|byte| *byte == 0).filter(|word| !word.is_empty()).map(|word| Zeroizing::new(word.to_vec())).collect()
}

/// A folder that is named: itself, or that of a file. What is not there is not one, nor is a mere word.
fn real(path: &Path, from: Option<&Path>) -> Option<PathBuf> {
    if path.as_os_str().is_empty() || path.as_os_str().as_bytes().starts_with(b"-") {
        return None;
    }
    let path = if path.is_absolute() { path.to_owned() } else { from?.join(path) };
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    let meta = plain.metadata().ok()?;
    if meta.is_dir() { Some(plain) } else { plain.parent().map(Path::to_owned) }
}

/// A program in `venv/bin` stands for its virtual environment.
fn of_program(path: PathBuf) -> PathBuf {
    match path.parent() {
        Some(above) if path.ends_with("bin") && above.join("pyvenv.cfg").is_file() => above.to_owned(),
        _ => path,
    }
}

/// The database that an open file is, or belongs to.
fn database(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.as_bytes();
    let base = database_of_sidecar(name).unwrap_or(name);
    let known = [&b".db"[..], b".sqlite", b".sqlite3", b".duckdb"].iter().any(|ending| base.ends_with(ending));
    Some(path.with_file_name(OsStr::from_bytes(base))).filter(|path| known && path.is_absolute() && path.is_file())
}

pub(super) fn leads(machine: &Machine, processes: &[Process], leads: &mut Leads<'_>) {
    for process in processes {
        let label = process.label();
        let near: Vec<PathBuf> = process.works_in.iter().cloned().collect();
        let mut add = |folder: &Path, exact: bool, because: String| {
            let mut lead = Lead::new(folder, Source::Process, because).near(near.iter().cloned());
            lead.exact = exact;
            lead.ports = process.ports.iter().map(|port| (*port, *port)).collect();
            lead.pid = Some(process.pid);
            leads.add(lead);
        };
        // A shell in the chatbot's folder is not the chatbot.
        let says_more = !(process.ports.is_empty() && process.open.is_empty() && process.told.is_empty());
        if let Some(folder) = process.works_in.as_ref().filter(|folder| says_more && !machine.is_common(folder)) {
            add(folder, false, format!("the process {label} works in {}", folder.display()));
        }
        for (folder, how) in &process.told {
            add(folder, false, format!("the process {label} {how} {}", folder.display()));
        }
        for file in &process.open {
            let because = format!("the process {label} has {} open", file.display());
            // A chatbot's vector store lies in a folder of its data folder.
            for folder in file.ancestors().skip(1).take(2) {
                add(folder, true, because.clone());
            }
        }
        in_container(process, leads);
    }
}

fn in_container(process: &Process, leads: &mut Leads<'_>) {
    let (files, folders): (Vec<_>, Vec<_>) = process.mounted.iter().partition(|(outer, _)| outer.is_file());
    for (outer, inner) in folders {
        let label = process.label();
        let because = format!("the container of the process {label} has it mounted at {}", inner.display());
        let mut lead = Lead::new(outer.clone(), Source::Process, because);
        lead.preset = crate::deployment::kept_at(inner);
        lead.near = files.iter().map(|(outer, _)| outer.clone()).collect();
        lead.pid = Some(process.pid);
        leads.add(lead);
    }
}
