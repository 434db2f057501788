//! Units of systemd, asked through `systemctl`.
use super::{Look, Probe, Seen};
use crate::command::{self, NotRun, Ran};
use holdfast_domain::health::Unit;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct SystemdUnit {
    pub unit: String,
    /// Of the user's own systemd.
    pub user: bool,
}

/// The words of a call of `systemctl`, the program first.
pub fn systemctl(user: bool, words: &[&str]) -> Vec<String> {
    let scope = if user { &["systemctl", "--user"][..] } else { &["systemctl"] };
    scope.iter().chain(words).map(|&word| word.to_owned()).collect()
}

/// Runs words of which the first is a program.
pub(crate) fn call(
    words: &[String],
    programs: Option<&Path>,
    folder: Option<&PathBuf>,
    limit: Duration,
    over: &dyn Fn() -> bool,
) -> Result<Ran, NotRun> {
    let Some((program, arguments)) = words.split_first() else { return Err(NotRun::Missing) };
    command::run(&command::program(program, programs), arguments, folder.map(PathBuf::as_path), limit, over)
}

impl Look for SystemdUnit {
    fn look(&self, probe: &Probe) -> Seen {
        let unit = &self.unit;
        // As `is-active` says it, and with what else tells how it is.
        let words = systemctl(self.user, &["show", "--property=LoadState,ActiveState,SubState,NRestarts", "--", unit]);
        let over = || probe.job.is_cancelled();
        let said = match call(&words, probe.programs.as_deref(), None, probe.limit.mul_f64(0.9), &over) {
            Ok(ran) if ran.is_good() => ran.out,
            Ok(ran) => {
                let step = "Look whether systemd runs for this user (loginctl enable-linger, for units of a user).";
                return Seen::unknown(format!("systemd does not answer: {}", ran.complaint()), step);
            }
            Err(NotRun::Missing) => {
                return Seen::unknown("this machine has no systemctl", "Take the check out of the settings.");
            }
            Err(NotRun::Slow) => return Seen::unknown("systemctl does not answer", "Look at systemd."),
            Err(NotRun::Failed(e)) => {
                return Seen::unknown(format!("systemctl cannot be run: {e}"), "Look at systemd.");
            }
        };
        let value = |key: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or("").trim().to_owned()
        };
        let (load, active, sub) = (value("LoadState"), value("ActiveState"), value("SubState"));
        let restarts: u64 = value("NRestarts").parse().unwrap_or(0);
        let scope = if self.user { " --user" } else { "" };
        let logs = if self.user { "journalctl --user -u" } else { "journalctl -u" };
        if load == "not-found" {
            let step = "Correct the name of the unit in the settings, or install the unit.";
            return Seen::failing(format!("systemd knows no unit {unit}"), step);
        }
        let text = format!("{unit} is {active} ({sub})");
        match active.as_str() {
            "active" | "reloading" if restarts > 0 && sub != "running" => {
                Seen::warning(format!("{text}, after {restarts} restarts"), format!("Look into its log: {logs} {unit}"))
            }
            "active" | "reloading" => Seen::ok(text),
            "activating" if sub == "auto-restart" => {
                let step = format!("It ends again and again. Look into its log: {logs} {unit}");
                Seen::failing(format!("{text}, after {restarts} restarts"), step)
            }
            "activating" => Seen::warning(text, "Wait until it has started, and look again."),
            "" => Seen::unknown("systemd said nothing of it", "Look at systemd."),
            _ => {
                let step = format!("Start it: systemctl{scope} start {unit}. Why it ended: {logs} {unit}");
                Seen::failing(text, step)
            }
        }
        .with(restarts as f64, Unit::Count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;
    use holdfast_domain::health::State;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_unit_is_as_systemd_says() {
        let dir = tempfile::tempdir().unwrap();
        let fake = dir.path().join("systemctl");
        let unit = SystemdUnit { unit: "bot.service".to_owned(), user: true };
        let look = |script: &str| {
            std::fs::write(
                &fake,
                format!("#!/bin/sh\necho \"$@\" >> {}\n{script}\n", dir.path().join("said").display()),
            )
            .unwrap();
            std::fs::set_permissions(&fake, std::fs::Permissions::from_mode(0o755)).unwrap();
            let mut probe = probe(dir.path());
            probe.programs = Some(dir.path().to_owned());
            probe.limit = Duration::from_millis(if script.starts_with("sleep") { 500 } else { 20_000 });
            unit.look(&probe)
        };
        let says = |load: &str, active: &str, sub: &str, restarts: u32| {
            format!("printf 'LoadState={load}\\nActiveState={active}\\nSubState={sub}\\nNRestarts={restarts}\\n'")
        };
        assert_eq!(look(&says("loaded", "active", "running", 3)).state, State::Ok);
        assert_eq!(look(&says("loaded", "inactive", "dead", 0)).state, State::Failing);
        assert_eq!(look(&says("loaded", "failed", "failed", 5)).state, State::Failing);
        assert_eq!(look(&says("loaded", "activating", "start", 0)).state, State::Warning);
        let looping = look(&says("loaded", "activating", "auto-restart", 17));
        assert!(looping.state == State::Failing && looping.text.contains("17 restarts"), "{looping:?}");
        let absent = look(&says("not-found", "inactive", "dead", 0));
        assert!(absent.state == State::Failing && absent.text.contains("knows no unit"), "{absent:?}");
        assert_eq!(look("echo 'Failed to connect to bus' >&2; exit 1").state, State::Unknown);
        assert_eq!(look("sleep 30").state, State::Unknown);
        let said = std::fs::read_to_string(dir.path().join("said")).unwrap();
        assert!(said.starts_with("--user show ") && said.contains("-- bot.service"), "{said}");
    }
}
