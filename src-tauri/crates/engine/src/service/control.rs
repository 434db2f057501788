//! The commands of one part, and running them.
use super::Surroundings;
use super::group::{self, Ended, Targets, noted};
use crate::command::{NotRun, Ran, typed};
use crate::deployment::{Control, ServiceSetting, Tier};
use crate::error::{Error, Result};
use crate::health::{call, docker_compose, processes, systemctl};
use holdfast_domain::Code;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One part, and how it is controlled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    pub tier: Tier,
    pub control: Control,
    pub kill: bool,
    pub stop_within: Duration,
    pub start_within: Duration,
}

impl Part {
    pub fn of(setting: &ServiceSetting) -> Result<Self> {
        Ok(Self {
            name: setting.name.clone(),
            tier: setting.tier,
            control: setting.control()?,
            kill: setting.kill,
            stop_within: Duration::from_secs(setting.stop_within().into()),
            start_within: Duration::from_secs(setting.start_within().into()),
        })
    }
}

/// Whether a part runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum PartState {
    Up,
    Down,
    Unknown,
}

/// What would be typed to do the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commands {
    pub stop: String,
    pub start: String,
    /// The words themselves; empty where a signal is sent, or a person does it.
    pub stop_words: Vec<String>,
    pub start_words: Vec<String>,
    folder: Option<PathBuf>,
}

/// The commands of a part, as they will be run.
pub fn commands(part: &Part) -> Commands {
    let of = |stop_words: Vec<String>, start_words: Vec<String>, folder: Option<PathBuf>| Commands {
        stop: typed(&stop_words),
        start: typed(&start_words),
        stop_words,
        start_words,
        folder,
    };
    match &part.control {
        Control::Compose { path, services } => {
            let (words, folder) = docker_compose(path);
            let with = |act: &[&str]| {
                words.iter().cloned().chain(act.iter().map(|&w| w.to_owned())).chain(services.iter().cloned()).collect()
            };
            let seconds = part.stop_within.as_secs().to_string();
            of(with(&["stop", "--timeout", &seconds]), with(&["up", "--detach"]), Some(folder))
        }
        Control::Systemd { unit, user } => {
            of(systemctl(*user, &["stop", "--", unit]), systemctl(*user, &["start", "--", unit]), None)
        }
        Control::Command { start, stop, folder, .. } => {
            let mut commands = of(stop.clone(), start.clone(), folder.clone());
            if stop.is_empty() {
                let then = if part.kill { ", then SIGKILL" } else { "" };
                commands.stop = format!("SIGTERM to its process group{then}");
            }
            commands
        }
        Control::Nothing => Commands {
            stop: format!("stop {} yourself", part.name),
            start: format!("start {} yourself", part.name),
            stop_words: Vec::new(),
            start_words: Vec::new(),
            folder: None,
        },
    }
}

/// A call beside its own time limit: systemctl and docker wait for what they stop.
const BESIDE: Duration = Duration::from_secs(10);
/// To be told how something is.
const ASKING: Duration = Duration::from_secs(10);

impl Surroundings {
    fn note(&self, part: &Part) -> PathBuf {
        self.notes.join(format!("{}.json", part.name))
    }

    fn log(&self, part: &Part) -> PathBuf {
        self.logs.join(format!("service-{}.log", part.name))
    }

    fn call(
        &self,
        words: &[String],
        folder: Option<&PathBuf>,
        limit: Duration,
        over: &dyn Fn() -> bool,
        failure: Code,
    ) -> Result<Ran> {
        let shown = typed(words);
        match call(words, self.programs.as_deref(), folder, limit, over) {
            Ok(ran) if ran.is_good() => Ok(ran),
            Ok(ran) => Err(Error::new(failure, shown, ran.complaint())),
            Err(NotRun::Slow) if over() => Err(Error::cancelled()),
            Err(NotRun::Slow) => Err(Error::new(failure, shown, format!("did not end within {} s", limit.as_secs()))),
            Err(NotRun::Missing) => Err(Error::new(failure, shown, "there is no such program on this machine")),
            Err(NotRun::Failed(e)) => Err(Error::new(failure, shown, e)),
        }
    }

    /// Stops a part, and says how. One that is down already is no error.
    pub fn stop(&self, part: &Part, over: &dyn Fn() -> bool) -> Result<&'static str> {
        let found = commands(part);
        match &part.control {
            Control::Nothing => Err(Error::new(Code::ServiceUnknown, &part.name, "a person stops it")),
            Control::Command { stop, matches, .. } => {
                let targets = self.targets(part, matches.as_deref());
                if targets.is_empty() && stop.is_empty() {
                    return Ok("it was down");
                }
                if !stop.is_empty() {
                    self.call(stop, found.folder.as_ref(), part.stop_within + BESIDE, over, Code::StillRunning)?;
                }
                let ended = targets.end(part.stop_within, part.kill, over)?;
                crate::durable::remove(&self.note(part))?;
                Ok(if ended == Ended::Killed { "it was killed" } else { "it ended" })
            }
            Control::Compose { .. } | Control::Systemd { .. } => {
                let limit = part.stop_within + BESIDE;
                self.call(&found.stop_words, found.folder.as_ref(), limit, over, Code::StillRunning)?;
                if self.state(part) == PartState::Up {
                    return Err(Error::new(Code::StillRunning, &part.name, "it was stopped, and runs all the same"));
                }
                Ok("it ended")
            }
        }
    }

    /// Starts a part, and says how. One that is up already is left as it is.
    pub fn start(&self, part: &Part, over: &dyn Fn() -> bool) -> Result<&'static str> {
        let found = commands(part);
        if self.state(part) == PartState::Up {
            return Ok("it was up");
        }
        match &part.control {
            Control::Nothing => return Err(Error::new(Code::ServiceUnknown, &part.name, "a person starts it")),
            Control::Command { start, folder, .. } => {
                if start.is_empty() {
                    return Err(Error::new(Code::ServiceUnknown, &part.name, "the settings do not say what starts it"));
                }
                group::start(start, folder.as_deref(), &self.note(part), &self.log(part))?;
            }
            Control::Compose { .. } | Control::Systemd { .. } => {
                let limit = part.start_within + BESIDE;
                self.call(&found.start_words, found.folder.as_ref(), limit, over, Code::ServiceNotStarted)?;
            }
        }
        self.stays_up(part, over)?;
        Ok("it was started")
    }

    /// What ends in its first moments was not started.
    fn stays_up(&self, part: &Part, over: &dyn Fn() -> bool) -> Result<()> {
        for _ in 0..10 {
            if over() {
                return Err(Error::cancelled());
            }
            if self.state(part) == PartState::Down {
                let log = match part.control {
                    Control::Command { .. } => format!("; it may say why in {}", self.log(part).display()),
                    _ => String::new(),
                };
                return Err(Error::new(Code::ServiceNotStarted, &part.name, format!("it ended at once{log}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn targets(&self, part: &Part, matches: Option<&str>) -> Targets {
        if let Some(known) = noted(&self.note(part)) {
            return Targets::of_group(known);
        }
        matches.map(|text| Targets::of_processes(&processes::find(None, Some(text)))).unwrap_or_default()
    }

    /// Whether a part runs, as far as can be seen.
    pub fn state(&self, part: &Part) -> PartState {
        let by = |up: bool| if up { PartState::Up } else { PartState::Down };
        let ask = |words: &[String], folder: Option<&PathBuf>| {
            call(words, self.programs.as_deref(), folder, ASKING, &|| false).ok()
        };
        match &part.control {
            Control::Nothing => PartState::Unknown,
            Control::Command { start, matches, .. } => {
                let targets = self.targets(part, matches.as_deref());
                // What somebody else started, and nothing tells how to find, is not seen.
                let seen = !targets.living().is_empty();
                if !seen && matches.is_none() && start.is_empty() { PartState::Unknown } else { by(seen) }
            }
            Control::Systemd { unit, user } => match ask(&systemctl(*user, &["is-active", "--", unit]), None) {
                Some(ran) => match ran.out.trim() {
                    "active" | "reloading" | "activating" | "deactivating" => PartState::Up,
                    "inactive" | "failed" => PartState::Down,
                    _ => PartState::Unknown,
                },
                None => PartState::Unknown,
            },
            Control::Compose { path, services } => {
                let (mut words, folder) = docker_compose(path);
                words.extend(["ps", "--quiet", "--status", "running"].map(str::to_owned));
                words.extend(services.iter().cloned());
                match ask(&words, Some(&folder)) {
                    Some(ran) if ran.is_good() => by(!ran.out.trim().is_empty()),
                    _ => PartState::Unknown,
                }
            }
        }
    }

    /// Where what a started part says is kept.
    pub fn log_of(&self, part: &Part) -> Option<PathBuf> {
        matches!(part.control, Control::Command { .. })
            .then(|| self.log(part))
            .filter(|log: &PathBuf| Path::exists(log))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn surroundings(dir: &Path) -> Surroundings {
        Surroundings { notes: dir.join("notes"), logs: dir.join("logs"), programs: Some(dir.to_owned()) }
    }

    fn part(control: Control) -> Part {
        let within = Duration::from_secs(5);
        let name = "app".to_owned();
        Part { name, tier: Tier::Application, control, kill: false, stop_within: within, start_within: within }
    }

    fn fake(dir: &Path, name: &str, script: &str) {
        let path = dir.join(name);
        std::fs::write(&path, format!("#!/bin/sh\necho \"$*\" >> {}/said\n{script}\n", dir.display())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_command_is_started_seen_and_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let around = surroundings(dir.path());
        let start = ["/bin/sleep", "60"].map(str::to_owned).to_vec();
        let part = part(Control::Command { start, stop: Vec::new(), folder: None, matches: None });
        assert_eq!(commands(&part).start, "/bin/sleep 60");
        assert_eq!(commands(&part).stop, "SIGTERM to its process group");
        assert_eq!(around.state(&part), PartState::Down);
        assert_eq!(around.start(&part, &|| false).unwrap(), "it was started");
        assert_eq!(around.state(&part), PartState::Up);
        assert_eq!(around.start(&part, &|| false).unwrap(), "it was up");
        assert_eq!(around.stop(&part, &|| false).unwrap(), "it ended");
        assert_eq!(around.state(&part), PartState::Down);
        assert_eq!(around.stop(&part, &|| false).unwrap(), "it was down");
    }

    #[test]
    fn one_that_ends_at_once_was_not_started() {
        let dir = tempfile::tempdir().unwrap();
        let around = surroundings(dir.path());
        let start = ["/bin/sh", "-c", "echo no key >&2; exit 3"].map(str::to_owned).to_vec();
        let part = part(Control::Command { start, stop: Vec::new(), folder: None, matches: None });
        let error = around.start(&part, &|| false).unwrap_err();
        assert_eq!(error.code(), Code::ServiceNotStarted);
        assert!(error.cause().contains("service-app.log"), "{error}");
        assert_eq!(std::fs::read_to_string(around.log_of(&part).unwrap()).unwrap(), "no key\n");
    }

    #[test]
    fn units_and_compose_files_are_asked_with_arguments_and_no_shell() {
        let dir = tempfile::tempdir().unwrap();
        let around = surroundings(dir.path());
        fake(dir.path(), "systemctl", "case \"$*\" in *is-active*) cat state 2>/dev/null || echo inactive;; esac");
        let unit = part(Control::Systemd { unit: "bot.service".to_owned(), user: true });
        assert_eq!(around.stop(&unit, &|| false).unwrap(), "it ended");
        let compose = part(Control::Compose { path: dir.path().to_owned(), services: vec!["web".to_owned()] });
        fake(dir.path(), "docker", "case \"$*\" in *ps*) echo 4711;; esac");
        assert_eq!(around.state(&compose), PartState::Up);
        assert_eq!(around.stop(&compose, &|| false).unwrap_err().code(), Code::StillRunning, "its container goes on");
        fake(dir.path(), "docker", "echo 'permission denied' >&2; exit 1");
        let refused = around.stop(&compose, &|| false).unwrap_err();
        assert_eq!((refused.code(), refused.cause()), (Code::StillRunning, "permission denied"));
        let said = std::fs::read_to_string(dir.path().join("said")).unwrap();
        assert!(said.contains("--user stop -- bot.service\n"), "{said}");
        assert!(said.contains("compose stop --timeout 5 web\n"), "{said}");
        let nobody = part(Control::Nothing);
        assert_eq!(around.stop(&nobody, &|| false).unwrap_err().code(), Code::ServiceUnknown);
    }
}
