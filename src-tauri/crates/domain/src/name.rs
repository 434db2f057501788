use serde::{Deserialize, Serialize};

/// A deployment's name: also the folder of its archives and the start of their names, so it holds
/// only what every file system takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[ts(type = "string")]
#[serde(try_from = "String", into = "String")]
pub struct DeploymentName(String);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NameError {
    #[error("a deployment's name is empty")]
    Empty,
    #[error("the name {0:?} is longer than 64 characters")]
    TooLong(String),
    #[error("the name {0:?} may hold only letters a-z, digits, '-' and '.', and starts with a letter or digit")]
    Characters(String),
    #[error("the name {0:?} is reserved by Windows, so a drive could not hold its folder")]
    Reserved(String),
}

impl DeploymentName {
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.len() > 64 {
            return Err(NameError::TooLong(name));
        }
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        let starts = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        // FAT and NTFS drop a trailing dot, which would make two names one.
        if !starts || name.ends_with('.') || !name.chars().all(legal) {
            return Err(NameError::Characters(name));
        }
        let stem = name.split('.').next().unwrap_or_default();
        let numbered = |prefix: &str| {
            stem.strip_prefix(prefix).is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
        };
        if matches!(stem, "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt") {
            return Err(NameError::Reserved(name));
        }
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DeploymentName {
    type Error = NameError;
    fn try_from(name: String) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl From<DeploymentName> for String {
    fn from(name: DeploymentName) -> Self {
        name.0
    }
}

impl std::fmt::Display for DeploymentName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_every_drive_can_hold_are_taken() {
        for name in ["chatbot", "my-bot.2", "0"] {
            assert_eq!(DeploymentName::new(name).map(String::from), Ok(name.to_owned()));
        }
    }

    #[test]
    fn names_that_some_drive_cannot_hold_are_refused() {
        for name in ["", "Chatbot", "a/b", "..", ".a", "a_b", "a.", "con", "com1.x", "lpt9", "bot\n", "ü"] {
            assert!(DeploymentName::new(name).is_err(), "{name:?} was taken");
        }
        assert!(DeploymentName::new("a".repeat(65)).is_err());
    }
}
