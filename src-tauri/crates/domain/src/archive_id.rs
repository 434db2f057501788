use crate::{DeploymentName, Envelope, Kind, Level};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An archive's name without its ending, such as `chatbot_2026-11-21T020000Z_weekly-full`.
///
/// It is also the archive's identity: unique in its deployment, sorts by time, legal on FAT, exFAT
/// and NTFS, and says what the archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[ts(type = "string")]
#[serde(try_from = "String", into = "String")]
pub struct ArchiveName(String);

/// In the label of archives in the OpenPGP envelope.
const OPENPGP: &str = "openpgp";

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
            (Kind::Export, _) => "export-full",
        };
        Self(format!("{deployment}_{}_{label}", at.strftime("%Y-%m-%dT%H%M%SZ")))
    }

    /// The name of the export with this number (1 for the first) of the moment `at`.
    pub fn export(deployment: &DeploymentName, at: Timestamp, number: u32) -> Self {
        let first = Self::new(deployment, at, Level::Full, Kind::Export);
        if number <= 1 { first } else { Self(first.0.replace("_export-", &format!("_export-{number}-"))) }
    }

    /// The same in another envelope, which the name tells: `manual-full` is `manual-openpgp-full` there.
    #[must_use]
    pub fn sealed_in(self, envelope: Envelope) -> Self {
        if envelope == self.envelope() || envelope == Envelope::Age {
            return self;
        }
        let label = match self.label().rsplit_once('-') {
            Some((start, level)) => format!("{start}-{OPENPGP}-{level}"),
            None => format!("{OPENPGP}-{}", self.label()),
        };
        let before = self.0.len() - self.label().len();
        Self(format!("{}{label}", &self.0[..before]))
    }

    pub fn envelope(&self) -> Envelope {
        if self.label().split('-').any(|word| word == OPENPGP) { Envelope::Openpgp } else { Envelope::Age }
    }

    fn label(&self) -> &str {
        self.0.rsplit('_').next().unwrap_or_default()
    }

    pub fn is_export(&self) -> bool {
        self.label().starts_with("export-")
    }

    /// Takes a name with or without its ending. `None` where it cannot be an archive's name.
    pub fn parse(text: &str) -> Option<Self> {
        let ended = Envelope::ALL.into_iter().find_map(|e| Some((text.strip_suffix(e.ending())?, e)));
        let stem = ended.map_or(text, |(stem, _)| stem);
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
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let name = Self(stem.to_owned());
        let in_its_envelope = ended.is_none_or(|(_, envelope)| envelope == name.envelope());
        (fits && label.chars().all(legal) && in_its_envelope).then_some(name)
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

    /// The level and kind that the name tells; `None` where its label is none of ours.
    pub fn made_as(&self) -> Option<(Level, Kind)> {
        let words: Vec<&str> = self.label().split('-').filter(|word| *word != OPENPGP).collect();
        let level = match *words.last()? {
            "full" => Level::Full,
            "daily" => Level::Daily,
            "hourly" => Level::Hourly,
            _ => return None,
        };
        let kind = match words[..words.len() - 1] {
            [] | ["weekly"] => Kind::Scheduled,
            ["manual"] => Kind::Manual,
            ["emergency"] => Kind::Emergency,
            ["export", ..] => Kind::Export,
            _ => return None,
        };
        Some((level, kind))
    }

    pub fn file_name(&self) -> String {
        format!("{}{}", self.0, self.envelope().ending())
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
    fn a_name_tells_as_what_it_was_made() {
        let deployment = DeploymentName::new("bot").unwrap();
        for kind in [Kind::Scheduled, Kind::Manual, Kind::Emergency, Kind::Export] {
            for level in [Level::Full, Level::Daily, Level::Hourly] {
                let level = if kind == Kind::Export { Level::Full } else { level };
                let name = ArchiveName::new(&deployment, Timestamp::UNIX_EPOCH, level, kind);
                assert_eq!(name.made_as(), Some((level, kind)), "{name}");
                assert_eq!(name.sealed_in(Envelope::Openpgp).made_as(), Some((level, kind)));
            }
        }
        assert_eq!(ArchiveName::parse("bot_2026-11-21T020000Z_yearly").unwrap().made_as(), None);
    }

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
    fn exports_of_one_moment_are_told_apart() {
        let deployment = DeploymentName::new("chatbot").unwrap();
        let at: Timestamp = "2026-11-21T02:00:00Z".parse().unwrap();
        let names = [1, 2, 12].map(|number| ArchiveName::export(&deployment, at, number));
        let texts: Vec<_> = names.iter().map(|name| name.as_str().rsplit('_').next().unwrap()).collect();
        assert_eq!(texts, ["export-full", "export-2-full", "export-12-full"]);
        for name in names {
            assert_eq!(ArchiveName::parse(&name.file_name()), Some(name.clone()));
            assert!(name.is_export());
        }
        assert!(!ArchiveName::new(&deployment, at, Level::Full, Kind::Manual).is_export());
    }

    #[test]
    fn the_envelope_is_told_by_the_name() {
        let deployment = DeploymentName::new("openpgp-full").unwrap();
        let at: Timestamp = "2026-11-21T02:00:00Z".parse().unwrap();
        let plain = ArchiveName::new(&deployment, at, Level::Full, Kind::Manual);
        assert_eq!(plain.envelope(), Envelope::Age);
        let name = plain.clone().sealed_in(Envelope::Openpgp);
        assert_eq!(name.file_name(), "openpgp-full_2026-11-21T020000Z_manual-openpgp-full.tar.zst.gpg");
        assert_eq!(ArchiveName::parse(&name.file_name()), Some(name.clone()));
        assert_eq!(name.clone().sealed_in(Envelope::Openpgp), name);
        assert_eq!(plain.clone().sealed_in(Envelope::Age), plain);
        // A file that was renamed is not in the envelope that its name says.
        assert_eq!(ArchiveName::parse(&format!("{plain}.tar.zst.gpg")), None);
        assert_eq!(ArchiveName::parse(&format!("{name}.tar.zst.age")), None);
        let daily = ArchiveName::new(&deployment, at, Level::Daily, Kind::Scheduled).sealed_in(Envelope::Openpgp);
        assert!(daily.as_str().ends_with("T020000Z_openpgp-daily"));
        let export = ArchiveName::export(&deployment, at, 2).sealed_in(Envelope::Openpgp);
        assert!(export.as_str().ends_with("_export-2-openpgp-full") && export.is_export());
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
