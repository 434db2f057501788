use serde::{Deserialize, Serialize};

/// What an archive is sealed in. What is inside is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Envelope {
    /// age v1: can be read from the middle.
    #[default]
    Age,
    /// OpenPGP with AES-256: a stream that is read from its start.
    Openpgp,
}

impl Envelope {
    pub const ALL: [Self; 2] = [Self::Age, Self::Openpgp];

    /// The stable word used on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Openpgp => "openpgp",
        }
    }

    /// How the names of such archives end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Age => ".tar.zst.age",
            Self::Openpgp => ".tar.zst.gpg",
        }
    }
}

impl std::fmt::Display for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
