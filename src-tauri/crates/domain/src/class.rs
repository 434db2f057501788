use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// What a file is to the chatbot. The class decides how it is captured, how often, and how much
/// of it may be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// SQLite files, dumps of servers: captured as one consistent state while in use.
    Database,
    /// Uploads, agent definitions, conversations as JSON.
    Files,
    /// Vector stores: captured as a whole, because the parts mean nothing apart.
    Vectors,
    /// `.env`, settings, keys, certificates, units.
    Config,
    /// Code and lock files.
    Application,
    Logs,
    /// Model weights, caches, virtual environments: left out unless the person puts them in.
    #[serde(rename = "re-creatable")]
    Recreatable,
}

impl Class {
    pub const ALL: [Self; 7] =
        [Self::Database, Self::Files, Self::Vectors, Self::Config, Self::Application, Self::Logs, Self::Recreatable];

    /// The stable word used in archives, settings and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Files => "files",
            Self::Vectors => "vectors",
            Self::Config => "config",
            Self::Application => "application",
            Self::Logs => "logs",
            Self::Recreatable => "re-creatable",
        }
    }

    /// Accepts the stable word, and the plurals people type.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "database" | "databases" | "db" => Self::Database,
            "files" | "file" => Self::Files,
            "vectors" | "vector" => Self::Vectors,
            "config" | "configuration" => Self::Config,
            "application" | "app" => Self::Application,
            "logs" | "log" => Self::Logs,
            "re-creatable" | "recreatable" => Self::Recreatable,
            _ => return None,
        })
    }

    /// How much of it may be lost at most, where the person says nothing else.
    pub fn recovery_point(self) -> SignedDuration {
        match self {
            Self::Database => SignedDuration::from_mins(15),
            Self::Files | Self::Vectors | Self::Config => SignedDuration::from_hours(1),
            Self::Application | Self::Logs | Self::Recreatable => SignedDuration::from_hours(24),
        }
    }

    /// The number written in an archive's index. Never renumber.
    pub fn to_u8(self) -> u8 {
        match self {
            Self::Database => 0,
            Self::Files => 1,
            Self::Vectors => 2,
            Self::Config => 3,
            Self::Application => 4,
            Self::Logs => 5,
            Self::Recreatable => 6,
        }
    }

    pub fn from_u8(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.to_u8() == number)
    }
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
