use crate::{Answer, Service};
use holdfast_engine::deployment;
use holdfast_engine::operations::destinations::{self, PluggedIn};
use serde::Serialize;
use std::path::PathBuf;

/// Drives that are plugged in now, known or not.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct DriveList {
    pub drives: Vec<DriveInfo>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct DriveInfo {
    pub path: PathBuf,
    pub label: String,
    pub file_system: String,
    pub total_bytes: u64,
    pub free_bytes: u64,
    pub writable: bool,
    /// The destination that it is, by its marker.
    pub destination: Option<String>,
    /// Recovery can start from it.
    pub holds_archives: bool,
    /// It looks like a drive of this person's own, and may be suggested.
    pub likely: bool,
}

impl Service {
    /// Reads names on them and nothing else.
    pub fn drives(&self) -> Answer<DriveList> {
        let profiles = deployment::load_all(&self.context().home)?.profiles;
        let drives = destinations::drives(&profiles).into_iter().map(DriveInfo::from).collect();
        Ok(DriveList { drives })
    }
}

impl From<PluggedIn> for DriveInfo {
    fn from(drive: PluggedIn) -> Self {
        let PluggedIn { path, label, file_system, total_bytes, free_bytes, writable, destination, .. } = drive;
        let PluggedIn { holds_archives, likely, .. } = drive;
        Self { path, label, file_system, total_bytes, free_bytes, writable, destination, holds_archives, likely }
    }
}
