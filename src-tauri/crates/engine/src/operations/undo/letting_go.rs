//! Lets states before restores go.
use super::aside::{self, SetAside};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::operations::context::Context;
use crate::operations::in_use;
use crate::operations::restore::journal::{Journal, Stage, recover_interrupted};
use holdfast_domain::{Code, size_words};
use serde::Serialize;

#[derive(Debug, Clone, Default)]
pub struct ForgetRequest {
    /// The state before this restore alone; all where `None`.
    pub id: Option<String>,
    /// Also what was written to a state after it was set aside, which is nowhere else.
    pub discard_changes: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct ForgetReport {
    /// How many preserved states went.
    pub removed: u64,
    pub freed_bytes: u64,
}

/// Lets preserved states go: what was restored stays, and those restores can no longer be undone. Where that would lose
/// what was written since, none goes: `Code::WrittenAside`.
pub fn forget(context: &Context, profile: &Profile, request: &ForgetRequest, job: &Job) -> Result<ForgetReport> {
    let _lock = context.lock(profile.name.as_str(), "letting a preserved state go")?;
    recover_interrupted(context, &profile.id)?;
    job.phase(Phase::Removing, 0, 0);
    let mut journals = Journal::all(context, &profile.id)?;
    if let Some(id) = &request.id {
        journals.retain(|journal| journal.id == *id);
        if journals.is_empty() {
            return Err(Error::new(Code::NothingToUndo, id, "the state before this restore is not preserved any more"));
        }
    }
    if !request.discard_changes {
        for journal in &journals {
            require_nothing_lost(&aside::look(journal))?;
        }
    }
    let mut report = ForgetReport { removed: 0, freed_bytes: 0 };
    for mut journal in journals {
        job.checkpoint()?;
        let freed: u64 = journal.roots.iter().map(|root| aside::own_bytes(&root.aside)).sum();
        journal.advance(context, Stage::LettingGo)?;
        journal.let_go(context)?;
        report.freed_bytes += freed;
        report.removed += 1;
    }
    Ok(report)
}

fn require_nothing_lost(found: &SetAside) -> Result<()> {
    if !found.would_lose() {
        return Ok(());
    }
    let place = found.state.paths.first().map(|path| path.display().to_string()).unwrap_or_default();
    Err(Error::new(Code::WrittenAside, place, loss(found)))
}

/// What would be lost, in one line.
fn loss(found: &SetAside) -> String {
    let mut said = Vec::new();
    let writers: Vec<_> = found.in_use.iter().filter(|holder| holder.writes).cloned().collect();
    if !writers.is_empty() {
        said.push(format!("still open there for writing: {}", in_use::named(&writers)));
    }
    if let Some((last, _)) = &found.written.last {
        let count = found.written.files;
        let files = if count == 1 { "1 file was".to_owned() } else { format!("{count} files were") };
        let size = size_words(found.written.bytes);
        said.push(format!("{files} written there since, {size} in all, {} last", last.display()));
    }
    said.join("; ")
}
