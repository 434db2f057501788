//! How the chatbot is stopped and started: `[[service]]`, one table for each of its parts.
//!
//! Commands are lists of arguments and go to no shell. Written flat and checked here, as checks are.
use super::checks::{is_service, is_unit};
use crate::error::{Error, Result};
use holdfast_domain::Code;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// In this order they are started; in the other one stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "ServiceTier")]
pub enum Tier {
    Database,
    #[default]
    Application,
    /// Proxies, workers, what only helps.
    Rest,
}

impl Tier {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Application => "application",
            Self::Rest => "rest",
        }
    }
}

/// One table of `[[service]]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceSetting {
    pub name: String,
    /// `compose`, `systemd`, `command` or `none`.
    pub kind: String,
    pub tier: Tier,
    /// Of compose: the folder with the compose file, or that file. Of a command: the folder that it is started in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Of compose: these services; all where it is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Of a unit: of the user's own systemd.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub user: bool,
    /// Of a command: the program and its arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub start: Vec<String>,
    /// Of a command: what ends it; without it its process group gets SIGTERM.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// Of a command: a part of the command line by which it is found where Holdfast did not start it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// What does not end by itself within `stop_seconds` may be killed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub kill: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_seconds: Option<u32>,
}

/// How one part is controlled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    Compose {
        path: PathBuf,
        services: Vec<String>,
    },
    Systemd {
        unit: String,
        user: bool,
    },
    Command {
        start: Vec<String>,
        stop: Vec<String>,
        folder: Option<PathBuf>,
        matches: Option<String>,
    },
    /// A person does it.
    Nothing,
}

pub const STOP_SECONDS: u32 = 30;
pub const START_SECONDS: u32 = 60;

impl ServiceSetting {
    /// `Code::BadSettings` names the part and the field.
    pub fn control(&self) -> Result<Control> {
        let bad = |field: &str, cause: &str| {
            let name = if self.name.is_empty() { "?" } else { &self.name };
            Err(Error::new(Code::BadSettings, format!("service.{name}.{field}"), cause))
        };
        if !is_service(&self.name) {
            return bad("name", "is to be of letters, digits, \".\", \"_\" and \"-\"");
        }
        let kinds: [(&str, &[&str]); 4] = [
            ("compose", &["path", "services"]),
            ("systemd", &["unit", "user"]),
            ("command", &["path", "start", "stop", "matches"]),
            ("none", &[]),
        ];
        let Some((_, may)) = kinds.iter().find(|(word, _)| *word == self.kind) else {
            return bad("kind", "is to be compose, systemd, command or none");
        };
        let given = [
            ("path", self.path.is_some()),
            ("services", !self.services.is_empty()),
            ("unit", self.unit.is_some()),
            ("user", self.user),
            ("start", !self.start.is_empty()),
            ("stop", !self.stop.is_empty()),
            ("matches", self.matches.is_some()),
        ];
        if let Some((field, _)) = given.iter().find(|(field, is_there)| *is_there && !may.contains(field)) {
            return bad(field, &format!("means nothing to the kind {:?}", self.kind));
        }
        for (field, seconds) in [("stop_seconds", self.stop_seconds), ("start_seconds", self.start_seconds)] {
            if seconds.is_some_and(|seconds| seconds == 0 || seconds > 3600) {
                return bad(field, "is to be from 1 to 3600");
            }
        }
        if self.path.as_deref().is_some_and(|path| !path.is_absolute()) {
            return bad("path", "is not an absolute path");
        }
        match self.kind.as_str() {
            "compose" => {
                let Some(path) = self.path.clone() else { return bad("path", "is missing: where the compose file is") };
                if !self.services.iter().all(|service| is_service(service)) {
                    return bad("services", "holds what is no name of a service");
                }
                Ok(Control::Compose { path, services: self.services.clone() })
            }
            "systemd" => match &self.unit {
                Some(unit) if is_unit(unit) => Ok(Control::Systemd { unit: unit.clone(), user: self.user }),
                Some(_) => bad("unit", "is no name of a unit, such as chatbot.service"),
                None => bad("unit", "is missing"),
            },
            "command" => {
                if self.start.is_empty() && self.stop.is_empty() && self.matches.is_none() {
                    return bad("start", "is missing: a program and its arguments, as a list");
                }
                for (field, words) in [("start", &self.start), ("stop", &self.stop)] {
                    match words.first() {
                        Some(program) if !program.starts_with('/') => {
                            return bad(field, "begins with no absolute path of a program");
                        }
                        _ => {}
                    }
                    if words.iter().any(|word| word.contains('\0')) {
                        return bad(field, "holds a zero byte");
                    }
                }
                if self.matches.as_deref().is_some_and(|text| text.trim().len() < 3) {
                    return bad("matches", "is too short to tell a program by");
                }
                Ok(Control::Command {
                    start: self.start.clone(),
                    stop: self.stop.clone(),
                    folder: self.path.clone(),
                    matches: self.matches.clone(),
                })
            }
            _ => Ok(Control::Nothing),
        }
    }

    pub fn stop_within(&self) -> u32 {
        self.stop_seconds.unwrap_or(STOP_SECONDS)
    }

    pub fn start_within(&self) -> u32 {
        self.start_seconds.unwrap_or(START_SECONDS)
    }
}

pub(super) fn validate(parts: &[ServiceSetting]) -> Result<()> {
    for (index, part) in parts.iter().enumerate() {
        part.control()?;
        if parts[..index].iter().any(|other| other.name == part.name) {
            let subject = format!("service.{}.name", part.name);
            return Err(Error::new(Code::BadSettings, subject, "is the name of two parts"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> ServiceSetting {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn each_kind_is_understood() {
        let compose = read("name = \"web\"\nkind = \"compose\"\npath = \"/srv/bot\"\nservices = [\"app\"]");
        let expected = Control::Compose { path: "/srv/bot".into(), services: vec!["app".to_owned()] };
        assert_eq!(compose.control().unwrap(), expected);
        let unit = read("name = \"bot\"\nkind = \"systemd\"\nunit = \"bot.service\"\nuser = true\ntier = \"database\"");
        assert_eq!(unit.control().unwrap(), Control::Systemd { unit: "bot.service".to_owned(), user: true });
        assert_eq!((unit.tier, unit.stop_within(), unit.start_within()), (Tier::Database, 30, 60));
        let command =
            read("name = \"bot\"\nkind = \"command\"\nstart = [\"/usr/bin/python3\", \"main.py\"]\nkill = true");
        assert!(matches!(command.control().unwrap(), Control::Command { stop, .. } if stop.is_empty()));
        assert_eq!(read(&toml::to_string(&command).unwrap()), command);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field() {
        for (text, field) in [
            ("kind = \"none\"", "service.?.name"),
            ("name = \"a b\"\nkind = \"none\"", "service.a b.name"),
            ("name = \"a\"\nkind = \"docker\"", "service.a.kind"),
            ("name = \"a\"\nkind = \"compose\"", "service.a.path"),
            ("name = \"a\"\nkind = \"compose\"\npath = \"bot\"", "service.a.path"),
            ("name = \"a\"\nkind = \"compose\"\npath = \"/b\"\nservices = [\"--all\"]", "service.a.services"),
            ("name = \"a\"\nkind = \"systemd\"", "service.a.unit"),
            ("name = \"a\"\nkind = \"systemd\"\nunit = \"--force.service\"", "service.a.unit"),
            ("name = \"a\"\nkind = \"systemd\"\nunit = \"a.service\"\nstart = [\"/x\"]", "service.a.start"),
            ("name = \"a\"\nkind = \"command\"", "service.a.start"),
            ("name = \"a\"\nkind = \"command\"\nstart = [\"sh -c 'x'\"]", "service.a.start"),
            ("name = \"a\"\nkind = \"command\"\nmatches = \"a\"", "service.a.matches"),
            ("name = \"a\"\nkind = \"none\"\nstop_seconds = 0", "service.a.stop_seconds"),
        ] {
            let error = read(text).control().unwrap_err();
            assert_eq!((error.code(), error.subject()), (Code::BadSettings, field), "{text}");
        }
        let same = [read("name = \"a\"\nkind = \"none\""), read("name = \"a\"\nkind = \"none\"")];
        assert!(validate(&same).is_err());
    }
}
