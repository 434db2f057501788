//! What the catalog keeps of an export: it is listed and can be looked into while its drive is away.
use super::run::ExportReport;
use crate::archive::Manifest;
use crate::catalog::{ArchiveRow, ManifestParts, Operation, Run, State, Verification, VerifyKind};
use crate::error::{Error, Result};
use crate::operations::backup::WrittenLists;
use crate::operations::context::Context;
use crate::store::Folder;
use holdfast_domain::{Outcome, Severity};
use jiff::Timestamp;

pub(super) fn done(
    context: &Context,
    folder: &Folder,
    manifest: &Manifest,
    manifest_text: &[u8],
    written: &WrittenLists,
    started: Timestamp,
    report: &ExportReport,
) -> Result<()> {
    let (catalog, _) = context.catalog()?;
    let troubled = manifest.problems.iter().any(|problem| problem.severity() == Severity::Problem);
    let row = ArchiveRow {
        deployment_id: manifest.deployment_id.clone(),
        name: manifest.archive.clone(),
        level: manifest.level(),
        kind: manifest.kind,
        created: manifest.created,
        parent: None,
        needs: Vec::new(),
        folder: folder.dir().to_owned(),
        stored_bytes: report.stored_bytes,
        sha256: report.sha256.clone(),
        files: report.files,
        bytes: report.bytes,
        tree_sum: hex::encode(manifest.tree.sum),
        outcome: if troubled { Outcome::Problems } else { Outcome::Done },
        signed: report.signed,
        pinned: false,
        verified: Some(Verification { at: context.clock.now(), kind: VerifyKind::ReadBack, ok: true }),
        state: State::Present,
    };
    let text = String::from_utf8_lossy(manifest_text);
    let run = Run {
        archive: Some(report.archive.clone()),
        files: report.files,
        bytes: report.bytes,
        stored_bytes: report.stored_bytes,
        outcome: report.outcome,
        problems: report.problems.clone(),
        summary: serde_json::json!({ "from": report.from, "path": report.path.to_string_lossy() }),
        ..run(context, &manifest.deployment_id, started)
    };
    catalog.transaction(|tables| {
        tables.archives().insert(&row)?;
        let parts = ManifestParts { manifest: &text, index: &written.index, blocks: &written.blocks };
        tables.manifests().put(&row.deployment_id, &row.name, parts)?;
        tables.runs().insert(&run).map(|_| ())
    })
}

/// An export that made nothing, and why.
pub(super) fn failed(context: &Context, deployment_id: &str, started: Timestamp, error: &Error) -> Result<()> {
    let (catalog, _) = context.catalog()?;
    let outcome = if error.is_cancelled() { Outcome::Cancelled } else { Outcome::Failed };
    let run = Run { outcome, problems: vec![error.to_problem()], ..run(context, deployment_id, started) };
    catalog.runs().insert(&run).map(|_| ())
}

fn run(context: &Context, deployment_id: &str, started: Timestamp) -> Run {
    Run {
        deployment_id: deployment_id.to_owned(),
        operation: Operation::Export,
        started,
        ended: context.clock.now(),
        outcome: Outcome::Done,
        archive: None,
        files: 0,
        bytes: 0,
        stored_bytes: 0,
        summary: serde_json::json!({}),
        problems: Vec::new(),
    }
}
