//! What starts by itself: units of the system and of the person, made here (not those that come with packages).
use super::lead::{Lead, Leads, Source};
use super::machine::Machine;
use super::unit::Unit;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

const READ_BYTES: u64 = 1 << 18;
const UNITS: usize = 2000;

pub(super) fn leads(machine: &Machine, leads: &mut Leads<'_>) {
    let mut folders = vec![machine.home.join(".config/systemd/user")];
    folders.extend(machine.own_folders.iter().map(|folder| folder.join("systemd/user")));
    folders
        .extend(["/etc/systemd/user", "/etc/systemd/system", "/usr/local/lib/systemd/system"].map(|p| machine.at(p)));
    for folder in folders {
        let mut names: Vec<PathBuf> = std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "service"))
            .take(UNITS)
            .collect();
        names.sort();
        for file in names {
            one(machine, &file, leads);
        }
    }
}

fn one(machine: &Machine, file: &Path, leads: &mut Leads<'_>) {
    let Some(text) = read(file) else { return };
    let mut unit = Unit::default();
    unit.read(&text, &machine.home);
    let mut belongs = vec![file.to_owned()];
    let mut more = file.as_os_str().to_owned();
    more.push(".d");
    let mut parts: Vec<PathBuf> =
        std::fs::read_dir(more).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    parts.retain(|path| path.extension().is_some_and(|ending| ending == "conf"));
    parts.sort();
    for part in parts {
        if let Some(text) = read(&part) {
            unit.read(&text, &machine.home);
            belongs.push(part);
        }
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let start = unit.working_directory.as_deref();
    let mut near: Vec<PathBuf> = start.map(Path::to_owned).into_iter().collect();
    near.extend(unit.environment_files.iter().cloned());
    let mut told: BTreeSet<(PathBuf, String)> = BTreeSet::new();
    if let Some(folder) = start.filter(|folder| folder.is_dir() && !machine.is_system(folder)) {
        told.insert((folder.to_owned(), format!("the unit {name} works in {}", folder.display())));
    }
    for word in &unit.command {
        let value = word.split_once('=').map_or(word.as_str(), |(_, value)| value);
        named(machine, value, start, &format!("the unit {name} starts with"), &mut told);
    }
    for (variable, value) in &unit.environment {
        let path = value.strip_prefix("sqlite:///").unwrap_or(value);
        if path.starts_with('/') {
            named(machine, path, None, &format!("the unit {name} sets {variable} to"), &mut told);
        }
    }
    for (folder, because) in told {
        let mut lead = Lead::new(folder, Source::Unit, because).near(near.iter().cloned());
        lead.belongs.clone_from(&belongs);
        leads.add(lead);
    }
}

fn named(machine: &Machine, text: &str, from: Option<&Path>, how: &str, told: &mut BTreeSet<(PathBuf, String)>) {
    if text.is_empty() || text.starts_with('-') {
        return;
    }
    let path = Path::new(text);
    let path = if path.is_absolute() { path.to_owned() } else { from.unwrap_or(Path::new("/")).join(path) };
    let Ok(meta) = path.metadata() else { return };
    let folder = if meta.is_dir() { path.clone() } else { path.parent().map(Path::to_owned).unwrap_or_default() };
    // A program in `venv/bin` stands for its virtual environment.
    let venv = folder.parent().filter(|above| folder.ends_with("bin") && above.join("pyvenv.cfg").is_file());
    let folder = venv.map_or(folder.clone(), Path::to_owned);
    if !machine.is_common(&folder) {
        told.insert((folder, format!("{how} {}", path.display())));
    }
}

fn read(file: &Path) -> Option<String> {
    let mut text = String::new();
    std::fs::File::open(file).ok()?.take(READ_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}
