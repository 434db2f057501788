//! What somebody on another computer has to do first to come by a place for archives.
use serde::Serialize;

/// Where a place is, as seen from a computer that is not this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Reach {
    /// A drive that can be carried, by its name.
    Drive(String),
    /// On the disk of the computer that was protected.
    Computer,
    Network,
    Cloud,
}

impl Reach {
    /// The step, in a sentence. `host` is the computer that was protected.
    pub fn step(&self, host: &str) -> String {
        match self {
            Self::Drive(name) => format!("Plug in the drive “{name}”."),
            Self::Computer => format!("Bring that folder from the computer {host}: it is on that computer’s own disk."),
            Self::Network => "Connect to the network folder.".to_owned(),
            Self::Cloud => {
                "Fetch that folder from the cloud into one on a disk. Its access key is needed for that.".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_a_drive_is_plugged_in() {
        assert_eq!(Reach::Drive("Blue".to_owned()).step("harbour"), "Plug in the drive “Blue”.");
        for (reach, word) in
            [(Reach::Computer, "harbour"), (Reach::Network, "network folder"), (Reach::Cloud, "access key")]
        {
            let step = reach.step("harbour");
            assert!(step.contains(word) && !step.contains("drive"), "{step}");
        }
    }
}
