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

impl NameError {
    /// What a name must be, in a sentence beside the field in which it is typed.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Empty => "It has no name.",
            Self::TooLong(_) => "It is longer than 64 letters.",
            Self::Characters(_) => "It cannot be called that: it is the name of a folder too.",
            Self::Reserved(_) => "Windows keeps that name for itself, so a drive could not hold a folder of that name.",
        }
    }
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

    /// The nearest name to what a person typed: `My Bot` gives `my-bot`. `None` where nothing of it can be part of a name.
    pub fn near(typed: &str) -> Option<Self> {
        let mut name = String::with_capacity(typed.len());
        for c in typed.trim().chars().flat_map(char::to_lowercase) {
            match c {
                'a'..='z' | '0'..='9' | '.' => name.push(c),
                // Letters that have a plain one; what has none parts words like a blank.
                'ä' | 'æ' => name.push_str("ae"),
                'à'..='å' => name.push('a'),
                'ö' | 'ø' => name.push_str("oe"),
                'ü' => name.push_str("ue"),
                'ß' => name.push_str("ss"),
                'ç' => name.push('c'),
                'è'..='ë' => name.push('e'),
                'ì'..='ï' => name.push('i'),
                'ñ' => name.push('n'),
                'ò'..='õ' => name.push('o'),
                'ù'..='û' => name.push('u'),
                // Quotes part nothing: `Mara's bot` is maras-bot.
                '\'' | '’' => {}
                _ if name.ends_with('-') => {}
                _ => name.push('-'),
            }
        }
        let ends = |c: char| !c.is_ascii_alphanumeric();
        let name: String = name.trim_matches(ends).chars().take(64).collect();
        let name = name.trim_end_matches(ends);
        match Self::new(name) {
            Err(NameError::Reserved(name)) => Self::new(format!("bot-{name}")).ok(),
            other => other.ok(),
        }
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
    fn what_is_typed_has_a_name_near_it() {
        for (typed, name) in [
            ("My Bot", "my-bot"),
            (" Mara's  Chatbot! ", "maras-chatbot"),
            ("küche_2.0", "kueche-2.0"),
            ("-.x.", "x"),
            ("con", "bot-con"),
            ("chatbot", "chatbot"),
        ] {
            assert_eq!(DeploymentName::near(typed).map(String::from).as_deref(), Some(name), "{typed}");
        }
        assert_eq!(DeploymentName::near(&"ä".repeat(80)).map(|name| name.as_str().len()), Some(64));
        for typed in ["", "  ", "???", "机器人"] {
            assert_eq!(DeploymentName::near(typed), None, "{typed}");
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
