use crate::{DeploymentName, Kind, Level};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An archive's name without its ending, such as `chatbot_2026-11-21T020000Z_weekly-full`.
///
/// It is also the archive's identity: unique in its deployment, sorts by time, legal on FAT, exFAT
/// and NTFS, and says what the archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArchiveName(String);

/// The ending of an archive in the age envelope.
const ENDING: &str = ".tar.zst.age";

impl ArchiveName {
    pub fn new(deployment: &DeploymentName, at: Timestamp, level: Level, kind: Kind) -> Self {
        let label = match (kind, level) {
            (Kind::Scheduled, Level::Full) => "weekly-full",
            (Kind::Scheduled, Level::Daily) => "daily",
            (Kind::Scheduled, Level::Hourly) => "hourly",
            (Kind::Manual, Level::Full) => "manual-full",
            (Kind::Manual, Level::Daily) => "manual-daily",
            (Kind::Manual, Level::Hourly) => "manual-hourly",
            (Kind::Emergency, Level::Full) => "emergency-full",
            (Kind::Emergency, Level::Daily) => "emergency-daily",
            (Kind::Emergency, Level::Hourly) => "emergency-hourly",
        };
        Self(format!("{deployment}_{}_{label}", at.strftime("%Y-%m-%dT%H%M%SZ")))
    }

    /// Takes a name with or without its ending. `None` where it cannot be an archive's name.
    pub fn parse(text: &str) -> Option<Self> {
        let stem = text.strip_suffix(ENDING).unwrap_or(text);
        let mut parts = stem.split('_');
        let (deployment, time, label) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || label.is_empty() {
            return None;
        }
        DeploymentName::new(deployment).ok()?;
        let digits = |c: u8| c.is_ascii_digit();
        let shape = b"0000-00-00T000000Z";
        let fits = time.len() == shape.len()
            && time.bytes().zip(shape).all(|(c, s)| if *s == b'0' { digits(c) } else { c == *s });
        let legal = |c: char| c.is_ascii_lowercase() || c == '-';
        (fits && label.chars().all(legal)).then(|| Self(stem.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the deployment that it is of.
    pub fn deployment(&self) -> &str {
        self.0.split('_').next().unwrap_or_default()
    }

    /// When it was made, to the second. `None` where its digits are no time.
    pub fn at(&self) -> Option<Timestamp> {
        let time = self.0.split('_').nth(1)?;
        let time = jiff::civil::DateTime::strptime("%Y-%m-%dT%H%M%SZ", time).ok()?;
        time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    }

    pub fn file_name(&self) -> String {
        format!("{}{ENDING}", self.0)
    }
}

impl TryFrom<String> for ArchiveName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is not an archive's name"))
    }
}

impl From<ArchiveName> for String {
    fn from(name: ArchiveName) -> Self {
        name.0
    }
}

impl std::fmt::Display for ArchiveName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_it_holds_and_reads_back() {
        let deployment = DeploymentName::new("chatbot").unwrap();
        let at: Timestamp = "2026-11-21T02:00:00Z".parse().unwrap();
        let name = ArchiveName::new(&deployment, at, Level::Full, Kind::Scheduled);
        assert_eq!(name.file_name(), "chatbot_2026-11-21T020000Z_weekly-full.tar.zst.age");
        assert_eq!((name.deployment(), name.at()), ("chatbot", Some(at)));
        assert_eq!(ArchiveName::parse(&name.file_name()), Some(name));
    }

    #[test]
    fn other_files_are_not_taken_for_archives() {
        for text in [
            "",
            "a_b_c",
            "chatbot_2026-11-21T020000Z_",
            "../x_2026-11-21T020000Z_full",
            "x_2026-11-21T020000Z_full.partial",
        ] {
            assert_eq!(ArchiveName::parse(text), None, "{text}");
        }
    }
}
