use crate::{Answer, Note, Service};
use holdfast_domain::{ArchiveName, Kind, Level, Outcome};
use holdfast_engine::catalog::{ArchiveRow, State, Verification, VerifyKind};
use holdfast_engine::operations::browse;
use holdfast_engine::operations::pick::path_of;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashSet;
use std::path::PathBuf;

#[derive(Debug, Clone, Serialize)]
pub struct ArchiveList {
    pub outcome: Outcome,
    /// Newest first.
    pub archives: Vec<ArchiveInfo>,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ArchiveInfo {
    pub name: ArchiveName,
    pub deployment_id: String,
    pub path: PathBuf,
    pub level: Level,
    pub kind: Kind,
    pub created: Timestamp,
    /// Of the whole moment.
    pub files: u64,
    pub bytes: u64,
    /// Of the archive's file.
    pub stored_bytes: u64,
    pub sha256: String,
    /// The archives that a restore needs besides this one, parent first.
    pub needs: Vec<ArchiveName>,
    /// How the backup ended that made it.
    pub made: Outcome,
    pub signed: bool,
    pub pinned: bool,
    pub verified: Option<Verified>,
    /// `present`, `missing` or `removing`.
    pub state: &'static str,
    /// It and all that it needs are at their places.
    pub restorable: bool,
}

/// The last verification.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Verified {
    pub at: Timestamp,
    /// Byte by byte, and not by hash alone.
    pub full: bool,
    pub ok: bool,
}

impl From<Verification> for Verified {
    fn from(verification: Verification) -> Self {
        Self { at: verification.at, full: verification.kind == VerifyKind::Full, ok: verification.ok }
    }
}

impl Service {
    /// The archives of a deployment, or of all.
    pub fn archives(&self, deployment: Option<&str>) -> Answer<ArchiveList> {
        let profile = deployment.map(|name| self.profile(Some(name))).transpose()?;
        let mut problems = Vec::new();
        // Opened first for its note: a catalog that was set aside is an empty one.
        drop(self.catalog(&mut problems)?);
        let rows = browse::archives(self.context(), profile.as_ref().map(|p| p.id.as_str()))?;
        Ok(ArchiveList { outcome: crate::note::outcome_of(&problems), archives: infos(rows), problems })
    }
}

pub(crate) fn infos(rows: Vec<ArchiveRow>) -> Vec<ArchiveInfo> {
    let present: HashSet<(String, ArchiveName)> = rows
        .iter()
        .filter(|row| row.state == State::Present)
        .map(|row| (row.deployment_id.clone(), row.name.clone()))
        .collect();
    let there = |row: &ArchiveRow, name: &ArchiveName| present.contains(&(row.deployment_id.clone(), name.clone()));
    rows.into_iter()
        .map(|row| {
            let restorable = there(&row, &row.name) && row.needs.iter().all(|name| there(&row, name));
            ArchiveInfo {
                path: path_of(&row),
                name: row.name,
                deployment_id: row.deployment_id,
                level: row.level,
                kind: row.kind,
                created: row.created,
                files: row.files,
                bytes: row.bytes,
                stored_bytes: row.stored_bytes,
                sha256: row.sha256,
                needs: row.needs,
                made: row.outcome,
                signed: row.signed,
                pinned: row.pinned,
                verified: row.verified.map(Verified::from),
                state: row.state.as_str(),
                restorable,
            }
        })
        .collect()
}
