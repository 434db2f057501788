//! A deployment's settings: one TOML file per deployment.
mod carried;
mod checks;
mod destination;
mod disk;
mod server;
mod service;
mod validate;

pub use checks::{Asked, CheckSetting, Format, SLOW_MS, WARN_DAYS};
pub use destination::Destination;
pub use disk::{Loaded, create, find, load, load_all, path_of, remove, save};
pub use server::{Dump, Server};
pub use service::{Control, ServiceSetting, Tier};

use crate::error::Result;
use holdfast_domain::{ArchiveName, Class, DeploymentName, retention, schedule};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The version of the file that this program writes; newer ones are refused.
pub const VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub version: u32,
    /// 16 random bytes in hex: stays when the name changes.
    pub id: String,
    pub name: DeploymentName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// A health endpoint to ask after a restore, `http://` or `https://`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_url: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// Patterns as in `.gitignore`, relative to each root; `!` takes back what a line before it
    /// excluded, also below an excluded folder where it gives the path.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Patterns of re-creatable things that are captured all the same. To put in something below a
    /// folder that is left out, give the path (`models/mine.gguf`) and not the name alone.
    #[serde(default)]
    pub include_recreatable: Vec<String>,
    /// Archives that are kept for ever.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pinned: Vec<ArchiveName>,
    #[serde(default)]
    pub schedule: schedule::Policy,
    #[serde(default)]
    pub retention: retention::Policy,
    pub roots: Vec<Root>,
    /// The first that covers a path decides, before the preset's.
    #[serde(default)]
    pub rules: Vec<Rule>,
    #[serde(default)]
    pub destinations: Vec<Destination>,
    /// Database servers that hold some of its data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Server>,
    /// Checks beside Holdfast's own, or in their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckSetting>,
    /// How it is stopped and started, by its parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service: Vec<ServiceSetting>,
}

/// A folder or a single file that is protected, and its name in archives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    pub name: String,
    pub path: PathBuf,
    /// Where below the root the preset's data folder is; absent where the root itself is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Whether it is a single file: a `.env`, a key beside the program.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub file: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub pattern: String,
    /// The root that it is for; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    #[serde(with = "crate::deployment::class_word")]
    pub class: Class,
}

/// A destination that lies in a root: its archives are left out of the next ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    pub destination: PathBuf,
    pub root: String,
}

impl Profile {
    /// A deployment with a new id, default schedule and retention, and nothing else. Not yet
    /// valid: it has no roots.
    pub fn new(name: DeploymentName) -> Self {
        Self {
            version: VERSION,
            id: hex::encode(rand::random::<[u8; 16]>()),
            name,
            preset: None,
            health_url: None,
            notes: String::new(),
            exclude: Vec::new(),
            include_recreatable: Vec::new(),
            pinned: Vec::new(),
            schedule: schedule::Policy::default(),
            retention: retention::Policy::default(),
            roots: Vec::new(),
            rules: Vec::new(),
            destinations: Vec::new(),
            servers: Vec::new(),
            checks: Vec::new(),
            service: Vec::new(),
        }
    }

    /// `Code::BadSettings` for what cannot work, whatever is on the disk. Whether the roots exist
    /// is not asked: a drive may be away.
    pub fn validate(&self) -> Result<()> {
        validate::validate(self)
    }

    /// The same of settings that do not say yet where archives are kept.
    pub fn validate_unplaced(&self) -> Result<()> {
        validate::validate_unplaced(self)
    }

    /// To be said when the settings are made; a classifier leaves these folders out.
    pub fn overlaps(&self) -> Vec<Overlap> {
        let mut overlaps = Vec::new();
        for destination in &self.destinations {
            for root in &self.roots {
                if let Some(path) = destination.path().filter(|path| path.starts_with(&root.path)) {
                    overlaps.push(Overlap { destination: path.to_owned(), root: root.name.clone() });
                }
            }
        }
        overlaps
    }

    pub fn root(&self, name: &str) -> Option<&Root> {
        self.roots.iter().find(|root| root.name == name)
    }
}

impl Root {
    /// Names roots by their last component, and looks which of them are files; equal names (also those that differ by case alone, which
    /// some drives take for the same) get a number: `data`, `data-2`.
    pub fn name_all(paths: &[PathBuf]) -> Vec<Self> {
        let mut roots: Vec<Self> = Vec::with_capacity(paths.len());
        for path in paths {
            let base = path
                .file_name()
                .map_or_else(|| "root".to_owned(), |name| validate::legal_root_name(&name.to_string_lossy()));
            let taken = |name: &str| roots.iter().any(|root| root.name.to_lowercase() == name.to_lowercase());
            let name = std::iter::once(base.clone())
                .chain((2..=paths.len() + 1).map(|number| format!("{base}-{number}")))
                .find(|name| !taken(name))
                .unwrap_or(base);
            roots.push(Self { name, path: path.clone(), data: None, file: path.is_file() });
        }
        roots
    }

    /// Whether what is there now is of the kind that the settings say.
    pub fn is_there(&self) -> bool {
        if self.file { self.path.is_file() } else { self.path.is_dir() }
    }
}
