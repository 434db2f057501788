use crate::ArchiveName;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Why an archive is kept, or (`NoRule` alone) why it may go. Slots are local time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Reason {
    Newest,
    /// `2026-11-20 14:00`
    Hourly {
        slot: String,
    },
    /// `2026-11-20`
    Daily {
        slot: String,
    },
    /// ISO week, `2026-W47`
    Weekly {
        slot: String,
    },
    /// `2026-11`
    Monthly {
        slot: String,
    },
    /// The person asked for it; kept to the end of that day.
    Manual {
        until: Date,
    },
    /// The state before a restore; kept to the end of that day.
    Emergency {
        until: Date,
    },
    /// Holdfast never removes what the person took elsewhere.
    Exported,
    Pinned,
    /// Of all kept archives that build on it directly, the newest.
    NeededBy {
        archive: ArchiveName,
    },
    LastVerified,
    /// It cannot be opened, or needs one that cannot: what it is worth is for the person to say.
    Unreadable,
    /// No rule keeps it, but nothing is removed while an alarm is open.
    Alarm,
    /// Made within the last hour, or dated after now.
    Young,
    NoRule,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Newest => f.write_str("the newest"),
            Self::Hourly { slot } => write!(f, "kept for the hour {slot}"),
            Self::Daily { slot } => write!(f, "kept for the day {slot}"),
            Self::Weekly { slot } => write!(f, "kept for the week {slot}"),
            Self::Monthly { slot } => write!(f, "kept for the month {slot}"),
            Self::Manual { until } => write!(f, "made on demand, kept until {until}"),
            Self::Emergency { until } => {
                write!(f, "the state before a restore, kept until {until}")
            }
            Self::Exported => f.write_str("an export, which is yours to remove"),
            Self::Pinned => f.write_str("pinned"),
            Self::NeededBy { archive } => write!(f, "needed by {archive}"),
            Self::LastVerified => f.write_str("the last one that is verified"),
            Self::Unreadable => f.write_str("it, or one that it needs, cannot be opened: left alone"),
            Self::Alarm => f.write_str("nothing is removed while an alarm is open"),
            Self::Young => f.write_str("made within the hour, or dated after now"),
            Self::NoRule => f.write_str("no rule keeps it"),
        }
    }
}
