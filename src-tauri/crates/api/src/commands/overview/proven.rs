//! What the last restores prove.
use holdfast_domain::{Code, Outcome};
use holdfast_engine::catalog::{Operation, Run};
use jiff::Timestamp;
use serde::Serialize;

/// A restore in place of everything that came to its end: every file was read again and compared, every database checked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ts_rs::TS)]
pub struct ProvenRestore {
    pub at: Timestamp,
    pub seconds: f64,
    pub checks_ok: u64,
    pub checks: u64,
    /// Those among them that were found sound.
    pub databases: u64,
    /// It was undone since. What it read and compared is proven all the same, but it is taken only where none stands.
    pub undone: bool,
}

/// A restore of some files. They are back, and of the chatbot's databases that proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct BroughtBack {
    pub at: Timestamp,
    pub files: u64,
}

/// A restore compares all that it wrote, and puts nothing in place before: that it was recorded as done is the proof.
pub(super) fn proven(runs: &[Run]) -> Option<ProvenRestore> {
    let whole = || restores(runs).filter(|run| proves(run));
    let run = whole().find(|run| !undone(runs, run)).or_else(|| whole().next())?;
    let unread = |code: Code| matches!(code, Code::FileUnreadable | Code::ArchiveDamaged | Code::DatabaseDamaged);
    let bad = run.problems.iter().filter(|problem| unread(problem.code)).count() as u64;
    let seconds = run.ended.duration_since(run.started).as_secs_f64().max(0.0);
    let checks_ok = run.files.saturating_sub(bad);
    Some(ProvenRestore {
        at: run.ended,
        seconds,
        checks_ok,
        checks: run.files,
        databases: databases(run),
        undone: undone(runs, run),
    })
}

/// The newest restore that stands, where it is no proof.
pub(super) fn brought_back(runs: &[Run]) -> Option<BroughtBack> {
    let run = restores(runs).find(|run| !undone(runs, run)).filter(|run| !proves(run))?;
    Some(BroughtBack { at: run.ended, files: run.files })
}

fn restores(runs: &[Run]) -> impl Iterator<Item = &Run> {
    let ended = |run: &&Run| matches!(run.outcome, Outcome::Done | Outcome::Problems) && run.files > 0;
    runs.iter().filter(|run| run.operation == Operation::Restore).filter(ended)
}

fn proves(run: &Run) -> bool {
    let damaged = run.summary["damaged_databases"].as_u64().unwrap_or(0);
    damaged == 0 && run.summary["everything"] == true
}

fn undone(runs: &[Run], restore: &Run) -> bool {
    let id = &restore.summary["id"];
    id.is_string() && runs.iter().any(|run| run.operation == Operation::Undo && run.summary["id"] == *id)
}

/// As the restore recorded them.
fn databases(run: &Run) -> u64 {
    run.summary["databases"].as_u64().unwrap_or(0)
}
