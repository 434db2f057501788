//! What a deployment would hold: what setting it up proposes.
mod excluded;
mod missed;
mod secrets;
#[cfg(test)]
mod tests;
mod walk;

pub use excluded::{Excluded, ExcludedBy, RootLeft, excluded};
pub use missed::{Missed, Missing};
pub use secrets::{SecretFound, secret_files};
pub use walk::is_secret as is_secret_name;

use crate::deployment::classify::Classifier;
use crate::deployment::detect::{Detection, detect};
use crate::deployment::live_data;
use crate::deployment::preset::{Preset, preset};
use crate::deployment::profile::{Profile, Root};
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use holdfast_domain::{Class, Code, DeploymentName, Problem};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub struct Survey {
    /// Named, and with the place of the preset's data folder where it is not the root itself.
    pub roots: Vec<Root>,
    /// The chatbot that was recognised.
    pub detection: Option<Detection>,
    /// What people lose with it, and how.
    pub pitfalls: Option<String>,
    /// Servers whose data the files do not hold.
    pub servers: Vec<String>,
    pub health_url: Option<String>,
    /// In the order of `Class::ALL`; classes without files are left away.
    pub classes: Vec<ClassTotal>,
    /// By their first bytes, whatever their names, those of vector stores too. At most 1,000 are listed.
    pub databases: Vec<PathBuf>,
    /// Folders with a `chroma.sqlite3`. At most 1,000 are listed.
    pub chroma_stores: Vec<PathBuf>,
    pub secrets: Vec<SecretFound>,
    /// What is left out, largest first; at most 20.
    pub left_out: Vec<LeftOutTotal>,
    pub left_out_bytes: u64,
    /// Expected secrets that were not found, and folders that could not be read.
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct ClassTotal {
    pub class: Class,
    pub files: u64,
    pub bytes: u64,
}

/// A folder or file that is left out. Files of one folder that are left out for the same reason
/// are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct LeftOutTotal {
    pub path: PathBuf,
    pub reason: String,
    /// By the person's own pattern: putting its path in would change nothing.
    pub by_pattern: bool,
    pub files: u64,
    pub bytes: u64,
}

impl Survey {
    pub fn files(&self) -> u64 {
        self.classes.iter().map(|total| total.files).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.classes.iter().map(|total| total.bytes).sum()
    }

    /// Takes over what was found: roots, preset, health endpoint.
    pub fn apply(&self, profile: &mut Profile) {
        profile.roots.clone_from(&self.roots);
        profile.preset = self.detection.as_ref().map(|it| it.preset.clone());
        profile.health_url.clone_from(&self.health_url);
    }
}

/// What to look at, and what is known of it beforehand.
#[derive(Debug, Clone, Default)]
pub struct SurveyRequest {
    /// Folders, or single files.
    pub roots: Vec<PathBuf>,
    pub exclude: Vec<String>,
    /// Patterns of what can be had again and is counted all the same.
    pub include_recreatable: Vec<String>,
    /// The chatbot, where it should not be recognised by what is there.
    pub preset: Option<String>,
    /// Folders in which its secrets may lie beside the usual ones.
    pub near: Vec<PathBuf>,
}

/// Looks through the roots without changing anything. Follows no links, crosses file systems.
///
/// Files are counted as backup would take them; hard links count each time. `Code::RootMissing`
/// where a root is neither a folder nor a file, `Code::BadSettings` for a pattern or a preset,
/// `Code::Cancelled`.
pub fn survey(request: &SurveyRequest, job: &Job) -> Result<Survey> {
    let SurveyRequest { roots, exclude, include_recreatable, near, .. } = request;
    job.phase(Phase::Scanning, 0, 0);
    for root in roots {
        let meta = root.metadata().map_err(|e| Error::io(root, e).with_code(Code::RootMissing))?;
        if !meta.is_dir() && !meta.is_file() {
            let cause = "is neither a folder nor a file";
            return Err(Error::new(Code::RootMissing, root.display(), cause));
        }
    }
    let mut named = Root::name_all(roots);
    let wanted = request.preset.as_deref().map(preset).transpose()?;
    let detection = detection(&named, wanted);
    if let Some(found) = &detection {
        for root in named.iter_mut().filter(|root| !root.file) {
            root.data = found
                .root
                .strip_prefix(&root.path)
                .ok()
                .filter(|below| !below.as_os_str().is_empty())
                .map(PathBuf::from);
        }
    }
    let known = detection.as_ref().map(|it| preset(&it.preset)).transpose()?;

    // The name is not used: only patterns are asked for.
    let placeholder = DeploymentName::new("survey").map_err(|e| Error::new(Code::Internal, "survey", e))?;
    let mut profile = Profile::new(placeholder);
    profile.roots.clone_from(&named);
    profile.preset = known.map(|preset| preset.name.clone());
    profile.exclude.clone_from(exclude);
    profile.include_recreatable.clone_from(include_recreatable);
    let classifier = Classifier::new(&profile, std::path::Path::new(""))?;

    let problems = Problems::default();
    let mut tally = walk::Tally::default();
    for root in &named {
        walk::walk(root, &classifier, job, &problems, &mut tally)?;
    }
    let mut secrets = tally.take_secrets();
    if let (Some(preset), Some(found)) = (known, &detection) {
        secrets::expected(preset, &found.root, &named, near, &mut secrets, &problems);
    }
    for secret in &mut secrets {
        secret.judge(&named, &classifier);
    }
    for (server, mark) in &tally.live_data {
        problems.report(Code::ServerNotCaptured, *server, live_data::because(mark));
    }
    let (left_out, left_out_bytes) = tally.left_out();
    Ok(Survey {
        roots: named,
        detection,
        pitfalls: known.map(|preset| preset.pitfalls.clone()).filter(|text| !text.is_empty()),
        servers: known.map(|preset| preset.servers.clone()).unwrap_or_default(),
        health_url: known.and_then(|preset| preset.health.url.clone()),
        classes: tally.classes(),
        databases: std::mem::take(&mut tally.databases),
        chroma_stores: std::mem::take(&mut tally.chroma_stores),
        secrets,
        left_out,
        left_out_bytes,
        problems: problems.into_list(),
    })
}

/// What a deployment that is set up holds now.
#[derive(Debug)]
pub struct Looked {
    /// As `Survey::classes`.
    pub classes: Vec<ClassTotal>,
    /// As `Survey::left_out`.
    pub left_out: Vec<LeftOutTotal>,
    /// Files and bytes of what is taken in of each root, in the order of the settings; nothing where one is not there.
    pub roots: Vec<(u64, u64)>,
    /// Everything was looked at; else there is at least this.
    pub complete: bool,
}

/// Looks through the roots once, as `survey` does, until `ends_at` (by the clock's `elapsed`). Memory stays small.
pub fn look(profile: &Profile, own: &std::path::Path, ends_at: Duration, job: &Job) -> Result<Looked> {
    let classifier = Classifier::new(profile, own)?;
    let problems = Problems::default();
    let mut tally = walk::Tally::default();
    let mut roots = Vec::with_capacity(profile.roots.len());
    let within = job.until(ends_at);
    let mut complete = true;
    for root in &profile.roots {
        let before = tally.total();
        // Of a file that is not there nothing is taken in.
        if complete && root.is_there() {
            let walked = walk::walk(root, &classifier, &within, &problems, &mut tally);
            job.checkpoint()?;
            match walked {
                Err(e) if e.is_cancelled() => complete = false,
                other => other?,
            }
        }
        let after = tally.total();
        roots.push((after.0 - before.0, after.1 - before.1));
    }
    Ok(Looked { classes: tally.classes(), left_out: tally.left_out().0, roots, complete })
}

/// The surest that is recognised in the roots. A preset that is asked for is believed: where its signs are not there, the
/// first folder counts as its data folder.
fn detection(roots: &[Root], wanted: Option<&Preset>) -> Option<Detection> {
    let folders = || roots.iter().filter(|root| !root.file).map(|root| root.path.as_path());
    let found = folders()
        .flat_map(detect)
        .filter(|it| wanted.is_none_or(|preset| preset.name == it.preset))
        .reduce(|best, it| if it.confidence > best.confidence { it } else { best });
    found.or_else(|| {
        let root = folders().next()?.to_owned();
        Some(Detection { preset: wanted?.name.clone(), confidence: 1, root, found: Vec::new() })
    })
}
