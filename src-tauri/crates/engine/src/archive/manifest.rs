use super::entry::is_safe;
use crate::error::{Error, Result};
use holdfast_domain::alarm::Alarm;
use holdfast_domain::{ArchiveName, Code, DeploymentName, Kind, Level, Problem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The newest format that this program reads, and the one that it writes.
pub const FORMAT: u32 = 1;

/// `.holdfast/manifest.json`: what an archive is, and the hashes of the lists in it. Signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub archive: ArchiveName,
    pub deployment: DeploymentName,
    pub deployment_id: String,
    pub level: u8,
    pub kind: Kind,
    pub created: Timestamp,
    /// Of an export: when and out of which archive it was made. `created` is the time of the moment that it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported: Option<ExportNote>,
    pub host: String,
    pub program: String,
    /// The archive itself, then those it needs, parent first.
    pub archives: Vec<ArchiveName>,
    /// SHA-256, in hexadecimal, of the manifest of each archive that it needs, in the order of `archives`: nothing else
    /// that bears its name is taken for it.
    pub needs: Vec<String>,
    /// To whom it is sealed: nothing for others may build on it. Empty in archives from before this was noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<RecipientNote>,
    pub roots: Vec<RootNote>,
    pub tree: TreeNote,
    pub members: Members,
    pub databases: Vec<DatabaseNote>,
    pub problems: Vec<Problem>,
    /// The deployment's settings, so that protection can go on after a recovery; what they mean is not the archive's to
    /// know. Absent in older archives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<serde_json::Value>,
    /// Of an archive of what is about to be replaced: by what. Absent in others, and in older ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<BeforeNote>,
    /// The restores in place until then, the newest first, and which of them were undone: a machine that knows nothing else
    /// tells by them which archives hold what was given up. Absent where there were none, and in older archives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restores: Vec<RestoreNote>,
    /// What looked wrong then and was not acknowledged, with the last that were: a machine that knows nothing else tells by
    /// them which archives are good. Absent where there was nothing, and in older archives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<Alarm>,
}

/// What an archive was made before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeforeNote {
    pub act: Act,
    /// The id of the restore, or of the one that is undone.
    pub restore: String,
    /// It brings back a part alone: the rest goes on as it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub part: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "MadeBefore")]
pub enum Act {
    Restore,
    Undo,
}

/// A restore in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreNote {
    pub id: String,
    pub began: Timestamp,
    pub done: Timestamp,
    /// It brought back a part alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub part: bool,
    /// When its undo began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone: Option<Timestamp>,
}

/// Where an export comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportNote {
    pub at: Timestamp,
    pub from: ArchiveName,
}

/// Someone who can open the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientNote {
    /// `age1...`
    pub key: String,
    /// A trusted person; the deployment's own key has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Where a root lay when it was captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootNote {
    pub name: String,
    #[serde(with = "path_text")]
    pub path: PathBuf,
    /// It is a single file: the entry with the root's name is that file, and there is nothing below it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub file: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeNote {
    pub files: u64,
    pub entries: u64,
    pub bytes: u64,
    #[serde(with = "hex::serde")]
    pub sum: [u8; 32],
}

impl From<super::Tree> for TreeNote {
    fn from(tree: super::Tree) -> Self {
        Self { files: tree.files, entries: tree.entries, bytes: tree.bytes, sum: tree.sum }
    }
}

impl From<TreeNote> for super::Tree {
    fn from(note: TreeNote) -> Self {
        Self { files: note.files, entries: note.entries, bytes: note.bytes, sum: note.sum }
    }
}

/// A member's content in the tar stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Member {
    pub offset: u64,
    pub length: u64,
    #[serde(with = "hex::serde")]
    pub sha256: [u8; 32],
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Members {
    #[serde(rename = "files.jsonl")]
    pub files: Member,
    #[serde(rename = "index.bin")]
    pub index: Member,
    #[serde(rename = "blocks.bin")]
    pub blocks: Member,
    #[serde(rename = "SHA256SUMS")]
    pub sums: Member,
}

/// A database captured in this archive, and what its integrity check said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseNote {
    pub path: String,
    /// `ok`, or the first lines of what SQLite found.
    pub check: String,
    pub captured: Timestamp,
    /// Rows of each table. Absent where the check failed, and in older archives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tables: Option<BTreeMap<String, u64>>,
}

impl Manifest {
    pub fn level(&self) -> Level {
        // Checked when it was read.
        Level::from_number(self.level).unwrap_or(Level::Hourly)
    }

    pub fn parent(&self) -> Option<&ArchiveName> {
        self.archives.get(1)
    }

    pub fn to_json(&self) -> Vec<u8> {
        // Plain data with text keys: cannot fail.
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }

    /// Reads and checks. `subject` names the archive in errors.
    pub fn parse(bytes: &[u8], subject: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let damaged =
            |e: &dyn std::fmt::Display| Error::new(Code::ArchiveDamaged, subject, format!("its manifest: {e}"));
        let version: Version = serde_json::from_slice(bytes).map_err(|e| damaged(&e))?;
        if version.format > FORMAT {
            let cause = format!("its format is version {}, this program knows up to {FORMAT}", version.format);
            return Err(Error::new(Code::NewerFormat, subject, cause));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(|e| damaged(&e))?;
        let level = Level::from_number(manifest.level).ok_or_else(|| damaged(&"an unknown level"))?;
        let needs = manifest.archives.len();
        let fits = manifest.archives.first() == Some(&manifest.archive)
            && match level {
                Level::Full => needs == 1,
                Level::Daily => needs == 2,
                Level::Hourly => needs == 2 || needs == 3,
            };
        if !fits || manifest.needs.len() + 1 != needs {
            return Err(damaged(&"the archives that it needs do not fit its level"));
        }
        // Folders are made under these names.
        let one_name = |name: &str| is_safe(name.as_bytes()) && !name.contains('/');
        if !manifest.roots.iter().all(|root| one_name(&root.name)) {
            return Err(damaged(&"the name of a root leads out of its folder"));
        }
        Ok(manifest)
    }
}

/// `.holdfast/tail`: where the manifest and its signature are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    pub holdfast: u32,
    /// Offset and length.
    pub manifest: (u64, u64),
    pub signature: Option<(u64, u64)>,
}

pub const TAIL_LENGTH: usize = 512;

impl Tail {
    pub fn to_bytes(self) -> [u8; TAIL_LENGTH] {
        let text = serde_json::to_vec(&self).unwrap_or_default();
        let mut bytes = [b' '; TAIL_LENGTH];
        bytes[..text.len()].copy_from_slice(&text);
        bytes[TAIL_LENGTH - 1] = b'\n';
        bytes
    }

    pub fn parse(bytes: &[u8], subject: &str) -> Result<Self> {
        let tail: Self = serde_json::from_slice(bytes)
            .map_err(|e| Error::new(Code::ArchiveDamaged, subject, format!("its tail: {e}")))?;
        if tail.holdfast > FORMAT {
            let cause = format!("its format is version {}, this program knows up to {FORMAT}", tail.holdfast);
            return Err(Error::new(Code::NewerFormat, subject, cause));
        }
        Ok(tail)
    }
}

/// Paths as text where they are UTF-8; JSON holds nothing else, and a root's path is typed by a person.
mod path_text {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::path::{Path, PathBuf};

    pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&path.to_string_lossy())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        String::deserialize(deserializer).map(PathBuf::from)
    }
}
