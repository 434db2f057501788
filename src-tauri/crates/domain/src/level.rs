use serde::{Deserialize, Serialize};

/// How much of the deployment an archive holds itself. An archive needs at most two others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Everything; needs no other archive.
    Full,
    /// What changed since the newest full.
    Daily,
    /// What changed since the newest daily, or since the newest full where there is no daily.
    Hourly,
}

impl Level {
    pub fn number(self) -> u8 {
        match self {
            Self::Full => 0,
            Self::Daily => 1,
            Self::Hourly => 2,
        }
    }

    pub fn from_number(number: u8) -> Option<Self> {
        [Self::Full, Self::Daily, Self::Hourly].into_iter().find(|level| level.number() == number)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Daily => "daily",
            Self::Hourly => "hourly",
        }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why an archive was made. Retention depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// By the schedule, or by `holdfast backup` doing what is due.
    Scheduled,
    /// The person asked for it.
    Manual,
    /// The present state, kept before a restore. It may be the damaged state, so it is never
    /// taken for "latest" and no later archive builds on it.
    Emergency,
    /// A moment put together out of other archives, to be taken elsewhere. No later archive builds on it.
    Export,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Manual => "manual",
            Self::Emergency => "emergency",
            Self::Export => "export",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Scheduled, Self::Manual, Self::Emergency, Self::Export].into_iter().find(|kind| kind.as_str() == word)
    }

    /// Captured from the live deployment in its ordinary state: later archives may build on it, and it counts for the
    /// schedule.
    pub fn is_regular(self) -> bool {
        matches!(self, Self::Scheduled | Self::Manual)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
