//! What the catalog keeps of a backup.
use super::BackupReport;
use super::lists::Written;
use crate::archive::Manifest;
use crate::catalog::{ArchiveRow, ManifestParts, Operation, Run, State, Verification};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::operations::context::Context;
use crate::operations::settle;
use crate::store::Folder;
use holdfast_domain::{ArchiveName, Outcome};
use jiff::Timestamp;

/// Before an archive gets its name: its row says that it is not there. A row whose file then appears is right again.
/// `read_back` is what reading it back has found, where that was asked for.
pub(super) fn expected(
    context: &Context,
    folder: &Folder,
    manifest: &Manifest,
    manifest_text: &[u8],
    written: &Written,
    report: &BackupReport,
    read_back: Option<Verification>,
) -> Result<()> {
    let (catalog, _) = context.catalog()?;
    let row = ArchiveRow {
        deployment_id: manifest.deployment_id.clone(),
        name: manifest.archive.clone(),
        level: report.level,
        kind: manifest.kind,
        created: manifest.created,
        parent: manifest.parent().cloned(),
        needs: manifest.archives[1..].to_vec(),
        folder: folder.dir().to_owned(),
        stored_bytes: report.stored_bytes,
        sha256: report.sha256.clone(),
        files: report.files,
        bytes: report.bytes,
        tree_sum: hex::encode(manifest.tree.sum),
        outcome: report.outcome,
        signed: report.signed,
        pinned: false,
        verified: read_back,
        state: State::Missing,
    };
    let text = String::from_utf8_lossy(manifest_text);
    catalog.transaction(|tables| {
        tables.archives().insert(&row)?;
        let parts = ManifestParts { manifest: &text, index: &written.index, blocks: &written.blocks };
        tables.manifests().put(&row.deployment_id, &row.name, parts)
    })
}

pub(super) fn done(context: &Context, manifest: &Manifest, started: Timestamp, report: &BackupReport) -> Result<()> {
    let (catalog, _) = context.catalog()?;
    let run = Run {
        deployment_id: manifest.deployment_id.clone(),
        operation: Operation::Backup,
        started,
        ended: context.clock.now(),
        outcome: report.outcome,
        archive: Some(manifest.archive.clone()),
        files: report.files_read,
        bytes: report.bytes_read,
        stored_bytes: report.stored_bytes,
        summary: serde_json::json!({ "reason": report.reason, "lost": report.lost }),
        problems: report.problems.clone(),
    };
    catalog.transaction(|tables| {
        tables.archives().set_state(&manifest.deployment_id, &manifest.archive, State::Present)?;
        tables.runs().insert(&run)?;
        if manifest.kind.is_regular() {
            tables.alarms().put_all(&manifest.deployment_id, &manifest.alarms)?;
        }
        // What an archive before a restore saw is of the state that goes.
        if manifest.kind.is_regular() && !report.again.is_empty() {
            tables.runs().insert(&settle::again(&manifest.deployment_id, run.ended, &report.again))?;
        }
        Ok(())
    })
}

/// A backup that could not begin is part of the history too; that it cannot be noted must not hide why.
pub fn note_failed(context: &Context, profile: &Profile, started: Timestamp, error: &Error) {
    let run = nothing_made(context, &profile.id, started, error);
    if let Err(e) = context.catalog().and_then(|(catalog, _)| catalog.runs().insert(&run)) {
        tracing::warn!(error = %e, "a failed backup could not be noted");
    }
}

/// A run that made nothing, and why.
pub(super) fn failed(
    context: &Context,
    deployment_id: &str,
    name: &ArchiveName,
    started: Timestamp,
    error: &Error,
) -> Result<()> {
    let (catalog, _) = context.catalog()?;
    let run = nothing_made(context, deployment_id, started, error);
    catalog.transaction(|tables| {
        if tables.archives().get(deployment_id, name)?.is_some() {
            tables.archives().remove(deployment_id, name)?;
        }
        tables.runs().insert(&run).map(|_| ())
    })
}

fn nothing_made(context: &Context, deployment_id: &str, started: Timestamp, error: &Error) -> Run {
    Run {
        deployment_id: deployment_id.to_owned(),
        operation: Operation::Backup,
        started,
        ended: context.clock.now(),
        outcome: if error.is_cancelled() { Outcome::Cancelled } else { Outcome::Failed },
        archive: None,
        files: 0,
        bytes: 0,
        stored_bytes: 0,
        summary: serde_json::json!({}),
        problems: vec![error.to_problem()],
    }
}
