//! Which archives are kept, and why: a pure function of (policy, archives, now).
mod expected;
mod plan;
mod reason;
mod slots;

pub use expected::{Expected, expected};
pub use plan::{Decision, Kept, plan};
pub use reason::Reason;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    pub hourly: u32,
    pub daily: u32,
    pub weekly: u32,
    pub monthly: u32,
    /// How long archives that the person asked for, and emergency archives, are kept.
    pub manual_days: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self { hourly: 24, daily: 7, weekly: 4, monthly: 12, manual_days: 90 }
    }
}
