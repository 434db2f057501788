//! Goes through the folders in which people put such things, a few levels deep.
use super::lead::{Lead, Leads, Source};
use super::machine::Machine;
use crate::deployment::recognise_below;
use crate::error::Result;
use crate::jobs::Job;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

pub(super) struct Searched {
    /// Where it began.
    pub folders: Vec<PathBuf>,
    /// False where the time or the count of folders was over before all was seen.
    pub complete: bool,
}

/// More folders are not looked at.
const FOLDERS: usize = 20_000;
/// Of one folder, more are not gone into.
const CHILDREN: usize = 500;
/// What holds programs and caches, and no chatbot's own folder.
const SKIPPED: [&str; 14] = [
    "node_modules",
    "site-packages",
    "dist-packages",
    "__pycache__",
    "lost+found",
    "snap",
    "go",
    "target",
    "Trash",
    "flatpak",
    "docker",
    "containers",
    "apt",
    "dpkg",
];

/// `bounded` ends when the time for it is over; then what was found stands.
pub(super) fn search(machine: &Machine, leads: &mut Leads<'_>, bounded: &Job, job: &Job) -> Result<Searched> {
    let mut starts = vec![(machine.home.clone(), 3)];
    starts.extend(machine.own_folders.iter().map(|folder| (folder.clone(), 2)));
    for (place, depth) in [("/opt", 3), ("/srv", 3), ("/var/www", 2), ("/var/lib", 1), ("/data", 2), ("/app", 2)] {
        starts.push((machine.at(place), depth));
    }
    // As root, everyone's home.
    let homes = std::fs::read_dir(machine.at("/home")).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut homes: Vec<PathBuf> = homes.filter(|path| *path != machine.home && path.is_dir()).collect();
    homes.sort();
    starts.extend(homes.into_iter().map(|home| (home, 2)));
    starts.retain(|(folder, _)| folder.is_dir());

    let folders = starts.iter().map(|(folder, _)| folder.clone()).collect();
    let mut queue: VecDeque<(PathBuf, usize)> = starts.into();
    let mut seen = 0;
    while let Some((folder, depth)) = queue.pop_front() {
        job.checkpoint()?;
        if seen >= FOLDERS || bounded.checkpoint().is_err() {
            return Ok(Searched { folders, complete: false });
        }
        seen += 1;
        look(&folder, leads);
        if depth > 0 && !folder.join("pyvenv.cfg").is_file() {
            queue.extend(children(&folder, leads).into_iter().map(|child| (child, depth - 1)));
        }
    }
    Ok(Searched { folders, complete: true })
}

fn look(folder: &Path, leads: &mut Leads<'_>) {
    let because = || format!("it was seen in {}", folder.parent().unwrap_or(folder).display());
    for found in recognise_below(folder) {
        // It is often started from the folder that its virtual environment lies in.
        let near = folder.ancestors().take(2).map(Path::to_owned);
        leads.add(Lead::new(found.root, Source::Folder, because()).exact().near(near));
    }
    if super::compose::is_project(folder) {
        leads.add(Lead::new(folder, Source::Folder, because()).exact());
    }
}

/// Sorted; hidden ones are left to the places that presets know.
fn children(folder: &Path, leads: &Leads<'_>) -> Vec<PathBuf> {
    let mut children: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let environment = matches!(&*name, ".venv" | ".env");
            (environment || !name.starts_with('.')) && !SKIPPED.contains(&&*name)
        })
        .map(|entry| entry.path())
        .filter(|path| !leads.mounts().begins_elsewhere(path))
        .collect();
    children.sort();
    children.truncate(CHILDREN);
    children
}
