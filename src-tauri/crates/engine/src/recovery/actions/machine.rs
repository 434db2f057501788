//! What the machine says: room, and who has files open.
use super::super::steps::{Done, Request};
use super::Hands;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::in_use::{self, Holder, RunBy};
use holdfast_domain::runbook::StepResult;
use holdfast_domain::size_words;
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Fuller than this is said; as full as that stops a chatbot.
const WARN_PERCENT: u64 = 80;
const FAIL_PERCENT: u64 = 97;

pub(super) fn free_space(hands: &Hands<'_>, _: &Request, _: &Job) -> Result<Done> {
    hands.free_space()
}

impl Hands<'_> {
    pub(in crate::recovery) fn free_space(&self) -> Result<Done> {
        let roots = self.profile.roots.iter().map(|root| root.path.as_path());
        let places = self.profile.destinations.iter().filter_map(|to| to.path());
        let mut seen = BTreeSet::new();
        let (mut lines, mut fullest) = (Vec::new(), 0);
        for path in roots.chain(places).chain([self.context.home.path()]) {
            // Of what is gone: the folder above it that is still there.
            let Some(there) = path.ancestors().find(|folder| folder.exists()) else { continue };
            let Ok(meta) = there.metadata() else { continue };
            if !seen.insert(meta.dev()) {
                continue;
            }
            let stat = rustix::fs::statvfs(there).map_err(|e| Error::io(there, e))?;
            let (all, free) = (stat.f_blocks * stat.f_frsize, stat.f_bavail * stat.f_frsize);
            let used = (free.min(all) * 100).checked_div(all).map_or(0, |free| 100 - free);
            fullest = fullest.max(used);
            lines.push(format!("{}: {} free of {} ({used} % full)", path.display(), size_words(free), size_words(all)));
        }
        let (result, said) = match fullest {
            FAIL_PERCENT.. => (StepResult::Failing, "A disk is full."),
            WARN_PERCENT.. => (StepResult::Warning, "A disk is nearly full."),
            _ => (StepResult::Ok, "There is room on every disk."),
        };
        Ok(Done::new(result, said).with_lines(lines))
    }
}

// As every action.
#[allow(clippy::unnecessary_wraps)]
pub(super) fn open_files(hands: &Hands<'_>, _: &Request, _: &Job) -> Result<Done> {
    let folders: Vec<PathBuf> = hands.profile.roots.iter().map(|root| root.path.clone()).collect();
    let holders = in_use::look(&folders).holders;
    if holders.is_empty() {
        let said = "No program of this user has files of the deployment open.";
        return Ok(Done::new(StepResult::Nothing, said));
    }
    let said = format!("Files of the deployment are open in {}.", in_use::named(&holders));
    let lines = holders.iter().map(|holder| {
        let file = holder.file.as_deref().unwrap_or(Path::new("")).display();
        let writes = if holder.writes { "may write" } else { "reads" };
        format!("{}: {writes} {file}; stop it with: {}", holder.named(), stop(holder))
    });
    Ok(Done::new(StepResult::Done, said).with_lines(lines))
}

fn stop(holder: &Holder) -> String {
    match &holder.run_by {
        RunBy::Unknown => format!("kill {}", holder.pid),
        RunBy::UserUnit(unit) => format!("systemctl --user stop {unit}"),
        RunBy::SystemUnit(unit) => format!("sudo systemctl stop {unit}"),
        RunBy::Docker(id) => format!("docker stop {id}"),
        RunBy::Podman(id) => format!("podman stop {id}"),
    }
}
