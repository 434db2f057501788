//! Services of a compose file, asked through `docker compose`.
use super::unit::call;
use super::{Look, Probe, Seen};
use crate::command::NotRun;
use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone)]
pub struct Compose {
    /// The folder of the compose file, or the file.
    pub path: PathBuf,
    pub service: String,
}

/// The beginning of every call for a compose file: which one, and in which folder.
pub fn docker_compose(path: &Path) -> (Vec<String>, PathBuf) {
    let mut words = vec!["docker".to_owned(), "compose".to_owned()];
    if path.is_dir() {
        return (words, path.to_owned());
    }
    words.extend(["-f".to_owned(), path.display().to_string()]);
    (words, path.parent().unwrap_or(Path::new("/")).to_owned())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    #[serde(default)]
    service: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    health: String,
    #[serde(default)]
    exit_code: Option<i64>,
}

/// Newer versions print one object a line, older ones a list.
fn parse(text: &str) -> Option<Vec<Container>> {
    let text = text.trim();
    if text.starts_with('[') {
        return serde_json::from_str(text).ok();
    }
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str(line).ok()).collect()
}

impl Look for Compose {
    fn look(&self, probe: &Probe) -> Seen {
        let service = &self.service;
        if !self.path.exists() {
            let step = "Correct the path of the compose file in the settings, or restore it.";
            return Seen::failing(format!("there is no {}", self.path.display()), step);
        }
        let (mut words, folder) = docker_compose(&self.path);
        words.extend(["ps", "--all", "--format", "json", service].map(str::to_owned));
        let over = || probe.job.is_cancelled();
        let ran = match call(&words, probe.programs.as_deref(), Some(&folder), probe.limit.mul_f64(0.9), &over) {
            Ok(ran) => ran,
            Err(NotRun::Missing) => {
                return Seen::unknown("docker is not installed here", "Take the check out of the settings.");
            }
            Err(NotRun::Slow) => return Seen::unknown("docker does not answer", "Look whether Docker runs."),
            Err(NotRun::Failed(e)) => return Seen::unknown(format!("docker cannot be run: {e}"), "Look at Docker."),
        };
        if !ran.is_good() {
            if ran.err.contains("no such service") {
                let step = "Correct the name of the service in the settings.";
                return Seen::failing(format!("the compose file has no service {service}"), step);
            }
            let step = "Look whether Docker runs, and whether this user may ask it.";
            return Seen::unknown(format!("docker compose does not answer: {}", ran.complaint()), step);
        }
        let Some(found) = parse(&ran.out) else {
            return Seen::unknown("docker compose said what cannot be read", "Update Docker Compose.");
        };
        let mine: Vec<&Container> =
            found.iter().filter(|one| one.service.is_empty() || one.service == *service).collect();
        let start = format!("Start it: docker compose up -d {service}. Why it ended: docker compose logs {service}");
        if mine.is_empty() {
            return Seen::failing(format!("{service} has no container"), start);
        }
        let bad = mine.iter().find(|one| one.state != "running");
        if let Some(one) = bad {
            let code = one.exit_code.filter(|code| *code != 0).map(|code| format!(" with {code}")).unwrap_or_default();
            return Seen::failing(format!("{service} is {}{code}", one.state), start);
        }
        if mine.iter().any(|one| one.health == "unhealthy") {
            let step = format!("Look into its log: docker compose logs {service}");
            return Seen::failing(format!("{service} runs, and says that it is not healthy"), step);
        }
        if mine.iter().any(|one| one.health == "starting") {
            return Seen::warning(format!("{service} is starting"), "Wait until it has started, and look again.");
        }
        let healthy = if mine.iter().any(|one| one.health == "healthy") { " and is healthy" } else { "" };
        Seen::ok(format!("{service} runs{healthy}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;
    use holdfast_domain::health::State;
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    fn look(dir: &Path, script: Option<&str>) -> Seen {
        let mut probe = probe(dir);
        probe.limit = Duration::from_secs(20);
        probe.programs = Some(dir.to_owned());
        match script {
            Some(script) => {
                std::fs::write(dir.join("docker"), format!("#!/bin/sh\n{script}\n")).unwrap();
                std::fs::set_permissions(dir.join("docker"), std::fs::Permissions::from_mode(0o755)).unwrap();
            }
            None => {
                let _ = std::fs::remove_file(dir.join("docker"));
            }
        }
        Compose { path: dir.to_owned(), service: "web".to_owned() }.look(&probe)
    }

    #[test]
    fn a_service_is_as_compose_says() {
        let dir = tempfile::tempdir().unwrap();
        let says = |state: &str, health: &str| {
            format!("echo '{{\"Service\":\"web\",\"State\":\"{state}\",\"Health\":\"{health}\",\"ExitCode\":137}}'")
        };
        assert_eq!(look(dir.path(), Some(&says("running", "healthy"))).text, "web runs and is healthy");
        assert_eq!(look(dir.path(), Some(&says("running", ""))).state, State::Ok);
        assert_eq!(look(dir.path(), Some(&says("running", "unhealthy"))).state, State::Failing);
        assert_eq!(look(dir.path(), Some(&says("running", "starting"))).state, State::Warning);
        assert_eq!(look(dir.path(), Some(&says("exited", ""))).text, "web is exited with 137");
        assert_eq!(look(dir.path(), Some("echo '[{\"Service\":\"web\",\"State\":\"running\"}]'")).state, State::Ok);
        assert_eq!(look(dir.path(), Some("true")).text, "web has no container");
        assert_eq!(look(dir.path(), Some("echo 'no such service: web' >&2; exit 1")).state, State::Failing);
        assert_eq!(look(dir.path(), Some("echo 'permission denied' >&2; exit 1")).state, State::Unknown);
        assert_eq!(look(dir.path(), Some("echo soup")).state, State::Unknown);
        let missing = Compose { path: dir.path().join("no.yml"), service: "web".to_owned() };
        assert_eq!(missing.look(&probe(dir.path())).state, State::Failing);
    }

    #[test]
    fn without_docker_it_is_not_known() {
        let dir = tempfile::tempdir().unwrap();
        let seen = look(dir.path(), None);
        // Where Docker is installed it says that the folder has no compose file.
        assert_eq!(seen.state, State::Unknown, "{seen:?}");
    }
}
