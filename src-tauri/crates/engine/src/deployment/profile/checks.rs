//! Checks that the person writes into the settings: `[[checks]]`, one table each.
//!
//! A check is written flat and read flat, so that what is wrong in it can be told with the name of the field; what it means
//! is [`Asked`].
use crate::error::{Error, Result};
use holdfast_domain::Code;
use holdfast_domain::health::CheckId;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// One table of `[[checks]]`. Which fields mean something depends on the kind; all others are refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckSetting {
    /// What it is known by; one of Holdfast's own checks is replaced by one with its id.
    pub id: String,
    /// One of [`KINDS`]. Without it only `off` may be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Not looked at.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub off: bool,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// After so many seconds without an answer it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// A process's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// A part of a process's command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Of a unit: of the user's own systemd.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<bool>,
    /// A file or folder, absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Of a compose file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Keys that a configuration file must hold; `a.b` is `b` in `a`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn_percent: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_percent: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn_days: Option<u32>,
}

/// What a check looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Http {
        url: String,
        status: Option<u16>,
        contains: Option<String>,
        slow_ms: u32,
    },
    Tcp {
        host: String,
        port: u16,
    },
    Process {
        name: Option<String>,
        command: Option<String>,
    },
    Unit {
        unit: String,
        user: bool,
    },
    /// A service of the compose file in that folder (or of that file).
    Compose {
        path: PathBuf,
        service: String,
    },
    Database {
        path: PathBuf,
    },
    Config {
        path: PathBuf,
        format: Format,
        keys: Vec<String>,
    },
    Secret {
        path: PathBuf,
    },
    Disk {
        path: PathBuf,
        warn_percent: u8,
        fail_percent: u8,
    },
    Memory {
        warn_percent: u8,
        fail_percent: u8,
    },
    /// Of all processors together.
    Load {
        warn_percent: u8,
    },
    Certificate {
        path: PathBuf,
        warn_days: u32,
    },
}

/// How a configuration file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Env,
    Json,
    Yaml,
    Toml,
    Ini,
}

impl Format {
    const WORDS: [(&'static str, Self); 5] =
        [("env", Self::Env), ("json", Self::Json), ("yaml", Self::Yaml), ("toml", Self::Toml), ("ini", Self::Ini)];

    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(_, format)| *format == self).map_or("", |(word, _)| word)
    }

    /// By the word that settings and presets have for it.
    pub fn named(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, format)| *format)
    }

    /// As its name tells.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        // It is in small letters.
        #[allow(clippy::case_sensitive_file_extension_comparisons)]
        if name == ".env" || name.starts_with(".env.") || name.ends_with(".env") {
            // What only shows how it is written sets nothing.
            return (!name.ends_with("example") && !name.ends_with("sample") && !name.ends_with("template"))
                .then_some(Self::Env);
        }
        Some(match name.rsplit_once('.')?.1 {
            "json" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "toml" => Self::Toml,
            "ini" | "cfg" => Self::Ini,
            _ => return None,
        })
    }
}

/// Each with the fields that it needs, and those that it may have.
const KINDS: [(&str, &[&str], &[&str]); 12] = [
    ("http", &["url"], &["status", "contains", "slow_ms"]),
    ("tcp", &["port"], &["host"]),
    ("process", &[], &["process", "command"]),
    ("unit", &["unit"], &["user"]),
    ("compose", &["path", "service"], &[]),
    ("database", &["path"], &[]),
    ("config", &["path"], &["keys", "format"]),
    ("secret", &["path"], &[]),
    ("disk", &["path"], &["warn_percent", "fail_percent"]),
    ("memory", &[], &["warn_percent", "fail_percent"]),
    ("load", &[], &["warn_percent"]),
    ("certificate", &["path"], &["warn_days"]),
];

pub const WARN_PERCENT: u8 = 80;
pub const FAIL_PERCENT: u8 = 95;
pub const WARN_DAYS: u32 = 21;
pub const SLOW_MS: u32 = 2000;
const LONGEST_TIMEOUT: u32 = 3600;

impl CheckSetting {
    /// Of one that is off: `None`. `Code::BadSettings` names the check and the field.
    pub fn asked(&self) -> Result<Option<Asked>> {
        let bad = |field: &str, cause: &str| {
            let id = if self.id.is_empty() { "?" } else { &self.id };
            Err(Error::new(Code::BadSettings, format!("checks.{id}.{field}"), cause))
        };
        if let Err(e) = CheckId::new(self.id.as_str()) {
            return bad("id", &e.to_string());
        }
        let given = self.given();
        let Some(kind) = self.kind.as_deref() else {
            return match (self.off, given.first()) {
                (true, None) => Ok(None),
                (true, Some(field)) => bad(field, "a check that is only switched off has no other field"),
                (false, _) => bad("kind", &format!("is missing; there is {}", kinds())),
            };
        };
        let Some((_, needed, may)) = KINDS.iter().find(|(word, ..)| *word == kind) else {
            return bad("kind", &format!("there is no kind {kind:?}; there is {}", kinds()));
        };
        if let Some(field) = needed.iter().find(|field| !given.contains(field)) {
            return bad(field, &format!("is missing; a check of the kind {kind:?} needs it"));
        }
        if let Some(field) = given.iter().find(|field| !needed.contains(field) && !may.contains(field)) {
            return bad(field, &format!("means nothing to a check of the kind {kind:?}"));
        }
        if self.timeout_seconds.is_some_and(|seconds| seconds == 0 || seconds > LONGEST_TIMEOUT) {
            return bad("timeout_seconds", "is to be from 1 to 3600");
        }
        if self.name.as_deref().is_some_and(|name| name.trim().is_empty()) {
            return bad("name", "is empty");
        }
        if self.path.as_deref().is_some_and(|path| !path.is_absolute()) {
            return bad("path", "is not an absolute path");
        }
        let (warn, fail) = (self.warn_percent.unwrap_or(WARN_PERCENT), self.fail_percent.unwrap_or(FAIL_PERCENT));
        if !(1..=100).contains(&warn) {
            return bad("warn_percent", "is to be from 1 to 100");
        }
        if !(1..=100).contains(&fail) || (self.fail_percent.is_some() && fail < warn) {
            return bad("fail_percent", "is to be from warn_percent to 100");
        }
        let fail = fail.max(warn);
        let path = || self.path.clone().unwrap_or_default();
        let text = |of: &Option<String>| of.clone().unwrap_or_default();
        let asked = match kind {
            "http" => {
                let url = text(&self.url);
                if !(url.starts_with("http://") || url.starts_with("https://")) {
                    return bad("url", "does not start with http:// or https://");
                }
                if url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).is_none() {
                    return bad("url", "is not an address");
                }
                if self.status.is_some_and(|status| !(100..=599).contains(&status)) {
                    return bad("status", "is to be from 100 to 599");
                }
                let slow_ms = self.slow_ms.unwrap_or(SLOW_MS);
                Asked::Http { url, status: self.status, contains: self.contains.clone(), slow_ms }
            }
            "tcp" => {
                let host = self.host.clone().unwrap_or_else(|| "127.0.0.1".to_owned());
                if host.is_empty() || host.contains(['/', ' ']) {
                    return bad("host", "is no name or address of a machine");
                }
                match self.port {
                    None | Some(0) => return bad("port", "is to be from 1 to 65535"),
                    Some(port) => Asked::Tcp { host, port },
                }
            }
            "process" => {
                let empty = |of: &Option<String>| of.as_deref().is_none_or(|text| text.trim().is_empty());
                if empty(&self.process) && empty(&self.command) {
                    return bad("process", "is missing; it or command says which process is meant");
                }
                Asked::Process { name: self.process.clone(), command: self.command.clone() }
            }
            "unit" => {
                let unit = text(&self.unit);
                if !is_unit(&unit) {
                    return bad("unit", "is no name of a unit, such as chatbot.service");
                }
                Asked::Unit { unit, user: self.user.unwrap_or(false) }
            }
            "compose" => {
                let service = text(&self.service);
                if !is_service(&service) {
                    return bad("service", "is no name of a service");
                }
                Asked::Compose { path: path(), service }
            }
            "database" => Asked::Database { path: path() },
            "config" => {
                let format = match self.format.as_deref() {
                    None => Format::of(&path()),
                    Some(word) => Format::named(word),
                };
                let Some(format) = format else {
                    return bad("format", "is to be env, json, yaml, toml or ini; the file's name does not say it");
                };
                let keys = self.keys.clone().unwrap_or_default();
                if keys.iter().any(|key| key.trim().is_empty()) {
                    return bad("keys", "holds an empty key");
                }
                Asked::Config { path: path(), format, keys }
            }
            "secret" => Asked::Secret { path: path() },
            "disk" => Asked::Disk { path: path(), warn_percent: warn, fail_percent: fail },
            "memory" => Asked::Memory { warn_percent: self.warn_percent.unwrap_or(90), fail_percent: fail.max(97) },
            "load" => Asked::Load { warn_percent: self.warn_percent.unwrap_or(100) },
            _ => Asked::Certificate { path: path(), warn_days: self.warn_days.unwrap_or(WARN_DAYS) },
        };
        Ok((!self.off).then_some(asked))
    }

    /// Fields that depend on the kind and are there.
    fn given(&self) -> Vec<&'static str> {
        let all = [
            ("url", self.url.is_some()),
            ("status", self.status.is_some()),
            ("contains", self.contains.is_some()),
            ("slow_ms", self.slow_ms.is_some()),
            ("host", self.host.is_some()),
            ("port", self.port.is_some()),
            ("process", self.process.is_some()),
            ("command", self.command.is_some()),
            ("unit", self.unit.is_some()),
            ("user", self.user.is_some()),
            ("path", self.path.is_some()),
            ("service", self.service.is_some()),
            ("keys", self.keys.is_some()),
            ("format", self.format.is_some()),
            ("warn_percent", self.warn_percent.is_some()),
            ("fail_percent", self.fail_percent.is_some()),
            ("warn_days", self.warn_days.is_some()),
        ];
        all.into_iter().filter(|(_, is_there)| *is_there).map(|(field, _)| field).collect()
    }
}

fn kinds() -> String {
    KINDS.map(|(word, ..)| word).join(", ")
}

/// Nothing that systemctl could take for an option or a pattern.
pub(super) fn is_unit(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || "@._:-\\".contains(c);
    name.len() <= 255 && name.contains('.') && !name.starts_with(['-', '.']) && name.chars().all(legal)
}

pub(super) fn is_service(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !name.is_empty() && !name.starts_with('-') && name.len() <= 255 && name.chars().all(legal)
}

pub(super) fn validate(checks: &[CheckSetting]) -> Result<()> {
    for (index, check) in checks.iter().enumerate() {
        check.asked()?;
        if checks[..index].iter().any(|other| other.id == check.id) {
            return Err(Error::new(Code::BadSettings, format!("checks.{}.id", check.id), "is the id of two checks"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> CheckSetting {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn each_kind_is_understood() {
        for (text, expected) in [
            (
                "id = \"site\"\nkind = \"http\"\nurl = \"http://127.0.0.1:8080/health\"",
                Asked::Http {
                    url: "http://127.0.0.1:8080/health".to_owned(),
                    status: None,
                    contains: None,
                    slow_ms: SLOW_MS,
                },
            ),
            ("id = \"p\"\nkind = \"tcp\"\nport = 5432", Asked::Tcp { host: "127.0.0.1".to_owned(), port: 5432 }),
            (
                "id = \"u\"\nkind = \"unit\"\nunit = \"bot@1.service\"\nuser = true",
                Asked::Unit { unit: "bot@1.service".to_owned(), user: true },
            ),
            (
                "id = \"c\"\nkind = \"config\"\npath = \"/srv/bot/.env\"\nkeys = [\"A\"]",
                Asked::Config { path: "/srv/bot/.env".into(), format: Format::Env, keys: vec!["A".to_owned()] },
            ),
            (
                "id = \"d\"\nkind = \"disk\"\npath = \"/\"\nwarn_percent = 70",
                Asked::Disk { path: "/".into(), warn_percent: 70, fail_percent: FAIL_PERCENT },
            ),
            (
                "id = \"t\"\nkind = \"certificate\"\npath = \"/etc/x.pem\"",
                Asked::Certificate { path: "/etc/x.pem".into(), warn_days: WARN_DAYS },
            ),
        ] {
            let check = read(text);
            assert_eq!(check.asked().unwrap(), Some(expected), "{text}");
            let off = CheckSetting { off: true, ..check.clone() };
            assert_eq!(off.asked().unwrap(), None);
            let written = toml::to_string(&check).unwrap();
            assert_eq!(read(&written), check);
        }
        assert_eq!(read("id = \"memory\"\noff = true").asked().unwrap(), None);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field() {
        for (text, field, cause) in [
            ("kind = \"tcp\"\nport = 1", "checks.?.id", "cannot be the id"),
            ("id = \"a b\"\nkind = \"tcp\"\nport = 1", "checks.a b.id", "cannot be the id"),
            ("id = \"a\"", "checks.a.kind", "is missing; there is http, tcp"),
            ("id = \"a\"\nkind = \"ping\"", "checks.a.kind", "no kind \"ping\""),
            ("id = \"a\"\nkind = \"http\"", "checks.a.url", "is missing"),
            ("id = \"a\"\nkind = \"http\"\nurl = \"ftp://x\"", "checks.a.url", "does not start"),
            ("id = \"a\"\nkind = \"http\"\nurl = \"http://\"", "checks.a.url", "is not an address"),
            ("id = \"a\"\nkind = \"http\"\nurl = \"http://x\"\nstatus = 99", "checks.a.status", "100 to 599"),
            ("id = \"a\"\nkind = \"http\"\nurl = \"http://x\"\nport = 1", "checks.a.port", "means nothing"),
            ("id = \"a\"\nkind = \"tcp\"\nport = 0", "checks.a.port", "1 to 65535"),
            ("id = \"a\"\nkind = \"tcp\"\nport = 1\nhost = \"a/b\"", "checks.a.host", "no name"),
            ("id = \"a\"\nkind = \"process\"", "checks.a.process", "is missing"),
            ("id = \"a\"\nkind = \"unit\"\nunit = \"--now.x\"", "checks.a.unit", "no name of a unit"),
            ("id = \"a\"\nkind = \"compose\"\npath = \"/x\"\nservice = \"-f\"", "checks.a.service", "no name"),
            ("id = \"a\"\nkind = \"database\"\npath = \"x.db\"", "checks.a.path", "absolute"),
            ("id = \"a\"\nkind = \"config\"\npath = \"/x.conf\"", "checks.a.format", "env, json"),
            ("id = \"a\"\nkind = \"config\"\npath = \"/x.json\"\nkeys = [\"\"]", "checks.a.keys", "empty key"),
            ("id = \"a\"\nkind = \"disk\"\npath = \"/\"\nwarn_percent = 0", "checks.a.warn_percent", "1 to 100"),
            (
                "id = \"a\"\nkind = \"disk\"\npath = \"/\"\nwarn_percent = 90\nfail_percent = 80",
                "checks.a.fail_percent",
                "from warn_percent",
            ),
            ("id = \"a\"\nkind = \"load\"\ntimeout_seconds = 0", "checks.a.timeout_seconds", "1 to 3600"),
            ("id = \"a\"\noff = true\nurl = \"http://x\"", "checks.a.url", "only switched off"),
        ] {
            let error = read(text).asked().unwrap_err();
            assert_eq!(error.code(), Code::BadSettings);
            assert_eq!(error.subject(), field, "{text}: {error}");
            assert!(error.cause().contains(cause), "{text}: {error}");
        }
        let unknown = toml::from_str::<CheckSetting>("id = \"a\"\nuri = \"x\"").unwrap_err().to_string();
        assert!(unknown.contains("unknown field `uri`"), "{unknown}");
        let twice = [read("id = \"a\"\noff = true"), read("id = \"a\"\noff = true")];
        assert!(validate(&twice).unwrap_err().cause().contains("two checks"));
    }

    #[test]
    fn a_format_is_told_by_the_name() {
        for (name, format) in [
            (".env", Some(Format::Env)),
            ("prod.env", Some(Format::Env)),
            (".env.example", None),
            ("config.YML", Some(Format::Yaml)),
            ("a.json", Some(Format::Json)),
            ("settings.cfg", Some(Format::Ini)),
            ("README", None),
        ] {
            assert_eq!(Format::of(Path::new(name)), format, "{name}");
        }
    }
}
