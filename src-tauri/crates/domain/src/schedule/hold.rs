use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why something that is due is not made just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "held", rename_all = "kebab-case")]
pub enum Hold {
    Paused {
        until: Timestamp,
    },
    /// Nothing is there to make archives on.
    PlaceAway,
    Battery {
        percent: u32,
        least: u32,
    },
    /// The computer just woke up, or the person just logged in.
    JustAwake {
        until: Timestamp,
    },
    /// Without it an archive cannot be signed.
    KeyringLocked {
        until: Timestamp,
    },
    Failed {
        until: Timestamp,
        times: u32,
    },
    /// Another run is at work on the deployment.
    Busy {
        until: Timestamp,
    },
    /// Not all deployments begin in the same second.
    Turn {
        until: Timestamp,
    },
}

/// What something that is made now had waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waited {
    Pause,
    Place,
    Battery,
    Keyring,
    Failure,
    Busy,
    /// Nobody was there to make it.
    Off,
}

impl Hold {
    /// When it is over, where that is known.
    pub fn until(self) -> Option<Timestamp> {
        match self {
            Self::PlaceAway | Self::Battery { .. } => None,
            Self::Paused { until }
            | Self::JustAwake { until }
            | Self::KeyringLocked { until }
            | Self::Failed { until, .. }
            | Self::Busy { until }
            | Self::Turn { until } => Some(until),
        }
    }

    /// As it will be told once it is over; `None` for waits that are too short to tell.
    pub fn waited(self) -> Option<Waited> {
        Some(match self {
            Self::Paused { .. } => Waited::Pause,
            Self::PlaceAway => Waited::Place,
            Self::Battery { .. } => Waited::Battery,
            Self::KeyringLocked { .. } => Waited::Keyring,
            Self::Failed { .. } => Waited::Failure,
            Self::Busy { .. } => Waited::Busy,
            Self::JustAwake { .. } | Self::Turn { .. } => return None,
        })
    }

    /// Goes on after "due since 02:00, ". `when` says a time for people.
    pub fn words(self, when: impl Fn(Timestamp) -> String) -> String {
        match self {
            Self::Paused { until } => format!("paused until {}", when(until)),
            Self::PlaceAway => "waits for the drive or folder that archives are made on".to_owned(),
            Self::Battery { percent, least } => format!("waits for power: {percent} % of battery, {least} % wanted"),
            Self::JustAwake { until } => format!("waits until {}, a little after waking", when(until)),
            Self::KeyringLocked { until } => {
                format!("waits for the keyring to be unlocked, until {} at most", when(until))
            }
            Self::Failed { until, times: 1 } => format!("the last try failed, the next is at {}", when(until)),
            Self::Failed { until, times } => format!("the last {times} tries failed, the next is at {}", when(until)),
            Self::Busy { .. } => "waits for another run to end".to_owned(),
            Self::Turn { until } => format!("begins at {}", when(until)),
        }
    }
}

impl Waited {
    pub fn words(self) -> &'static str {
        match self {
            Self::Pause => "was paused",
            Self::Place => "waited for the drive",
            Self::Battery => "waited for power",
            Self::Keyring => "waited for the keyring",
            Self::Failure => "an earlier try failed",
            Self::Busy => "waited for another run",
            Self::Off => "the computer was off or asleep",
        }
    }
}
