use super::{Context, open};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::operations::copy;
use crate::store::{FileSystem, Folder};
use jiff::Timestamp;
use serde::Serialize;
use std::path::PathBuf;

/// How a destination stands now.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Standing {
    pub name: String,
    pub id: String,
    /// `folder`, `drive` or `cloud`.
    #[ts(type = r#""folder" | "drive" | "cloud""#)]
    pub kind: &'static str,
    /// Whether archives are made here; the others get copies.
    pub first: bool,
    pub there: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away: Option<String>,
    /// The folder that archives lie in: where it is now, or was the last time. For a cloud its address.
    pub path: PathBuf,
    /// `ext4`, `vfat`; empty where nobody knows.
    pub file_system: String,
    pub free_bytes: Option<u64>,
    /// Archives that it holds, as far as the catalog knows.
    pub archives: u64,
    pub stored_bytes: u64,
    /// Archives that it should get.
    pub due: u64,
    pub due_bytes: u64,
    /// When the newest archive that it holds was made.
    pub newest: Option<Timestamp>,
}

/// All destinations of a deployment, the first first. Looks whether they are there, and reads no archive.
pub fn list(context: &Context, profile: &Profile) -> Result<Vec<Standing>> {
    let (catalog, _) = context.catalog()?;
    let rows = crate::operations::browse::refreshed(&catalog, Some(&profile.id))?;
    let mut standings = Vec::new();
    for (index, setting) in profile.destinations.iter().enumerate() {
        let destination = open(context, profile, setting);
        let away = destination.require().err();
        let there = away.is_none();
        let folder = Folder::of(setting, &profile.name);
        let (held, due) = if index == 0 {
            let present = rows.iter().filter(|row| row.state == crate::catalog::State::Present);
            (present.map(|row| (row.stored_bytes, row.created)).collect::<Vec<_>>(), Vec::new())
        } else {
            let copies = catalog.copies().list(&profile.id, Some(&setting.id()))?;
            let due = copy::due(context, profile, &rows, &copies);
            (copies.iter().map(|copy| (copy.stored_bytes, copy.created)).collect(), due)
        };
        standings.push(Standing {
            name: setting.name(),
            id: setting.id(),
            kind: setting.kind(),
            first: index == 0,
            there,
            away: away.as_ref().map(Error::cause).map(str::to_owned),
            path: destination.shelf().unwrap_or_else(|| folder.dir().to_owned()),
            file_system: if there && setting.path().is_some() {
                FileSystem::of(folder.dir()).kind
            } else {
                String::new()
            },
            free_bytes: if there { destination.free_space().ok().flatten() } else { None },
            archives: held.len() as u64,
            stored_bytes: held.iter().map(|(bytes, _)| bytes).sum(),
            due: due.len() as u64,
            due_bytes: due.iter().map(|row| row.stored_bytes).sum(),
            newest: held.iter().map(|(_, created)| *created).max(),
        });
    }
    Ok(standings)
}
