//! What looks wrong in a new archive beside those before it, and what follows from that: pure rules over facts that
//! others gather.
mod facts;
mod finding;
mod noise;
mod rules;

pub use facts::{Counts, DatabaseChange, Facts, Past, Scrambled};
pub use finding::Finding;
pub use noise::{Promise, is_noise, keeps, promise};
pub use rules::{NAMED, findings, is_over};

use crate::ArchiveName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that looked wrong when an archive was made. It stays until a person says of it that it was meant, or
/// settled: nothing that happens to the files by itself closes it, because old archives are held by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Counts up within one deployment; it is what a person types.
    pub id: u32,
    /// The archive that raised it.
    pub archive: ArchiveName,
    pub since: Timestamp,
    pub finding: Finding,
    /// The newest archive before that from which everything that matters comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good: Option<ArchiveName>,
    /// The first archive after it in which it was no longer so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<ArchiveName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledged>,
}

/// That a person looked at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Alarm {
    pub fn is_open(&self) -> bool {
        self.acknowledged.is_none()
    }

    /// Whether it holds all removals up.
    pub fn freezes(&self) -> bool {
        self.is_open() && self.finding.freezes()
    }

    /// What was seen is still so, as the last archive saw it, and nobody said that it was meant.
    pub fn is_standing(&self) -> bool {
        self.is_open() && self.over.is_none()
    }
}
