use crate::store::cloud::CloudSettings;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Where archives are kept. The first of a deployment is where they are made, the others get copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Destination {
    /// A folder that is always there, as far as anybody knows.
    Folder {
        path: PathBuf,
        /// As the person calls it; absent: the folder's own name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Longer archives are cut into volumes; absent: only where the file system asks for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        volume_bytes: Option<u64>,
    },
    /// A drive that comes and goes, recognised by the marker file on it.
    Drive {
        /// What the marker file says.
        id: String,
        name: String,
        /// The chosen folder, where it was seen last: a hint and no more.
        path: PathBuf,
        /// That folder, counted from the top of the drive.
        #[serde(default, skip_serializing_if = "is_empty")]
        inside: PathBuf,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        volume_bytes: Option<u64>,
    },
    /// A bucket in the cloud. Gets copies only.
    Cloud { name: String, service: CloudSettings },
}

fn is_empty(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

impl Destination {
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self::Folder { path: path.into(), name: None, volume_bytes: None }
    }

    /// The folder on this machine that was chosen; for a drive, where that was the last time. `None` for places that are
    /// not on this machine at all.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Folder { path, .. } | Self::Drive { path, .. } => Some(path),
            Self::Cloud { .. } => None,
        }
    }

    /// Stays the same whatever it is called: the catalog's name for it.
    pub fn id(&self) -> String {
        match self {
            Self::Folder { path, .. } => {
                let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
                format!("folder-{}", hex::encode(&digest[..8]))
            }
            Self::Drive { id, .. } => id.clone(),
            Self::Cloud { service, .. } => {
                let place = format!("{} {}", service.url, service.endpoint.as_deref().unwrap_or_default());
                let digest = Sha256::digest(place.as_bytes());
                format!("cloud-{}", hex::encode(&digest[..8]))
            }
        }
    }

    /// As the person calls it.
    pub fn name(&self) -> String {
        match self {
            Self::Folder { name: Some(name), .. } | Self::Drive { name, .. } | Self::Cloud { name, .. } => name.clone(),
            Self::Folder { path, name: None, .. } => {
                path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
            }
        }
    }

    pub fn rename(&mut self, to: &str) {
        match self {
            Self::Folder { name, .. } => *name = Some(to.to_owned()),
            Self::Drive { name, .. } | Self::Cloud { name, .. } => to.clone_into(name),
        }
    }

    /// `folder`, `drive` or `cloud`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Folder { .. } => "folder",
            Self::Drive { .. } => "drive",
            Self::Cloud { .. } => "cloud",
        }
    }
}
