//! What the last restores prove.
use holdfast_domain::{Code, Outcome};
use holdfast_engine::catalog::{Operation, Run};
use jiff::Timestamp;
use serde::Serialize;

/// A restore in place of everything, or with databases, that came to its end: every file was read again and compared,
/// every database checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct ProvenRestore {
    pub at: Timestamp,
    pub seconds: u64,
    pub checks_ok: u64,
    pub checks: u64,
    /// Those among them that were found sound.
    pub databases: u64,
}

/// A restore of some files. They are back, and of the chatbot's databases that proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct BroughtBack {
    pub at: Timestamp,
    pub files: u64,
}

/// A restore compares all that it wrote, and puts nothing in place before: that it was recorded as done is the proof.
pub(super) fn proven(runs: &[Run]) -> Option<ProvenRestore> {
    let run = restores(runs).find(|run| proves(run))?;
    let unread = |code: Code| matches!(code, Code::FileUnreadable | Code::ArchiveDamaged | Code::DatabaseDamaged);
    let bad = run.problems.iter().filter(|problem| unread(problem.code)).count() as u64;
    let seconds = run.ended.duration_since(run.started).as_secs().max(0) as u64;
    let checks_ok = run.files.saturating_sub(bad);
    Some(ProvenRestore { at: run.ended, seconds, checks_ok, checks: run.files, databases: databases(run) })
}

/// The newest restore, where it is no proof.
pub(super) fn brought_back(runs: &[Run]) -> Option<BroughtBack> {
    let run = restores(runs).next().filter(|run| !proves(run))?;
    Some(BroughtBack { at: run.ended, files: run.files })
}

fn restores(runs: &[Run]) -> impl Iterator<Item = &Run> {
    let ended = |run: &&Run| matches!(run.outcome, Outcome::Done | Outcome::Problems) && run.files > 0;
    runs.iter().filter(|run| run.operation == Operation::Restore).filter(ended)
}

fn proves(run: &Run) -> bool {
    let damaged = run.summary["damaged_databases"].as_u64().unwrap_or(0);
    damaged == 0 && (databases(run) > 0 || run.summary["everything"] == true)
}

/// As the restore recorded them.
fn databases(run: &Run) -> u64 {
    run.summary["databases"].as_u64().unwrap_or(0)
}
