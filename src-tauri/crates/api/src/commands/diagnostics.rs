//! What a report of a fault needs: numbers, states and codes. No name of a person, machine, deployment, place or file goes in,
//! no address and no text that anybody wrote; so nothing has to be masked, for nothing of that kind is asked for.
use super::doctor::{CheckState, Checkup};
use crate::words::{ago_words, count_words, size_words};
use crate::{Answer, Service};
use holdfast_domain::Level;
use holdfast_engine::catalog::State;
use holdfast_engine::deployment::{self, Destination, Profile, preset};
use holdfast_engine::store::cloud::{CredentialsIn, Provider};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// For a report: versions, settings and checks, without secrets, names of files and addresses.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct DiagnosticsAnswer {
    pub text: String,
}

/// Runs that are told, of each deployment.
const RUNS: usize = 10;

impl Service {
    /// Looks at all that `doctor` looks at. `in_tray`: whether somebody shows the program's icon, where there is one.
    pub fn diagnostics(&self, in_tray: Option<bool>) -> Answer<DiagnosticsAnswer> {
        let mut text = String::new();
        let mut line = |said: String| {
            text.push_str(&said);
            text.push('\n');
        };
        line(format!("Holdfast {}, {}", env!("CARGO_PKG_VERSION"), system(&self.context().etc)));
        let keyring = match self.context().keyring.available() {
            Ok(()) => "can be used",
            Err(_) => "cannot be used",
        };
        line(format!("keyring: {keyring}"));
        if let Some(in_tray) = in_tray {
            line(format!("tray: {}", if in_tray { "there" } else { "not there" }));
        }
        let loaded = deployment::load_all(&self.context().home)?;
        for broken in &loaded.broken {
            line(format!("settings that cannot be read: {}", broken.code().as_str()));
        }
        for (number, profile) in loaded.profiles.iter().enumerate() {
            line(format!("\ndeployment {}", number + 1));
            for said in settings_of(profile) {
                line(format!("  {said}"));
            }
            for said in self.history_of(profile) {
                line(format!("  {said}"));
            }
        }
        line("\nchecks".to_owned());
        for check in self.doctor()?.checks {
            let number = loaded.profiles.iter().position(|it| Some(it.name.as_str()) == check.deployment.as_deref());
            line(format!("  {}", said_of(&check, number)));
        }
        Ok(DiagnosticsAnswer { text })
    }

    /// Archives and runs, as far as the catalog can be read.
    fn history_of(&self, profile: &Profile) -> Vec<String> {
        let now = self.clock().now();
        let catalog = match self.context().catalog() {
            Ok((catalog, _)) => catalog,
            Err(e) => return vec![format!("catalog: {}", e.code().as_str())],
        };
        let mut said = Vec::new();
        match catalog.archives().list(Some(&profile.id)) {
            Ok(mut rows) => {
                rows.retain(|row| row.state == State::Present);
                let of = |level: Level| rows.iter().filter(|row| row.level == level).count();
                let bytes: u64 = rows.iter().map(|row| row.stored_bytes).sum();
                let newest =
                    rows.iter().map(|row| row.created).max().map_or("none".to_owned(), |at| ago_words(at, now));
                said.push(format!(
                    "archives: {} ({} full, {} daily, {} hourly), {}, the newest {newest}",
                    rows.len(),
                    of(Level::Full),
                    of(Level::Daily),
                    of(Level::Hourly),
                    size_words(bytes)
                ));
            }
            Err(e) => said.push(format!("archives: {}", e.code().as_str())),
        }
        match catalog.runs().recent(Some(&profile.id), RUNS) {
            Ok(runs) => said.extend(runs.into_iter().map(|row| {
                let run = row.run;
                let mut text =
                    format!("{} {}: {}", run.operation.as_str(), ago_words(run.ended, now), run.outcome.as_str());
                let mut codes: Vec<String> = run.problems.iter().map(|problem| problem.code.as_str()).collect();
                codes.sort();
                codes.dedup();
                if !codes.is_empty() {
                    let _ = write!(text, " ({})", codes.join(", "));
                }
                text
            })),
            Err(e) => said.push(format!("runs: {}", e.code().as_str())),
        }
        said
    }
}

fn settings_of(profile: &Profile) -> Vec<String> {
    let id = profile.id.get(..8).unwrap_or_default();
    // A name that is none of ours may be anything.
    let chatbot =
        profile.preset.as_deref().and_then(|name| preset(name).ok()).map_or("not known", |it| it.name.as_str());
    let files = profile.roots.iter().filter(|root| root.file).count();
    let (schedule, rules) = (&profile.schedule, &profile.retention);
    let by_hour = match (schedule.enabled, schedule.hourly_minutes) {
        (false, _) => "off".to_owned(),
        (true, 0) => "daily".to_owned(),
        (true, minutes) => format!("every {minutes} min"),
    };
    let mut said = vec![
        format!("id {id}, chatbot {chatbot}"),
        format!(
            "roots: {} ({}); excluded by {}, put in by {}, {}",
            profile.roots.len(),
            count_words(files as u64, "file", "files"),
            count_words(profile.exclude.len() as u64, "pattern", "patterns"),
            count_words(profile.include_recreatable.len() as u64, "pattern", "patterns"),
            count_words(profile.rules.len() as u64, "rule", "rules"),
        ),
        format!(
            "schedule: {by_hour}, daily archive {}, full every {}",
            if schedule.daily { "on" } else { "off" },
            count_words(u64::from(schedule.full_every_days), "day", "days")
        ),
        format!(
            "keeps: {} hourly, {} daily, {} weekly, {} monthly, by hand {}; {} pinned",
            rules.hourly,
            rules.daily,
            rules.weekly,
            rules.monthly,
            count_words(u64::from(rules.manual_days), "day", "days"),
            profile.pinned.len()
        ),
        format!(
            "health address: {}; database servers: {}",
            if profile.health_url.is_some() { "set" } else { "not set" },
            profile.servers.len()
        ),
    ];
    said.extend(
        profile.destinations.iter().enumerate().map(|(at, place)| format!("place {}: {}", at + 1, kind_of(place))),
    );
    said
}

fn kind_of(place: &Destination) -> String {
    let volumes =
        |bytes: &Option<u64>| bytes.map_or(String::new(), |bytes| format!(", volumes of {}", size_words(bytes)));
    match place {
        Destination::Folder { volume_bytes, .. } => format!("folder{}", volumes(volume_bytes)),
        Destination::Drive { volume_bytes, .. } => format!("drive{}", volumes(volume_bytes)),
        Destination::Cloud { service, .. } => {
            let provider = match service.validate().map(|location| location.provider) {
                Ok(Provider::S3) => "S3",
                Ok(Provider::Google) => "Google",
                Ok(Provider::Azure) => "Azure",
                Err(_) => "not known",
            };
            let key = match service.credentials {
                CredentialsIn::Environment => "the environment",
                CredentialsIn::Keyring => "the keyring",
                CredentialsIn::File(_) => "a file",
            };
            let own = if service.endpoint.is_some() { ", an endpoint of its own" } else { "" };
            let back = if service.read_back { "" } else { ", not read back" };
            format!("cloud ({provider}{own}), key in {key}{back}")
        }
    }
}

fn said_of(check: &Checkup, deployment: Option<usize>) -> String {
    let of = deployment.map_or(String::new(), |number| format!("deployment {}, ", number + 1));
    let state = match check.state {
        CheckState::Ok => "ok",
        CheckState::Unknown => "unknown",
        CheckState::Warning => "warning",
        CheckState::Failing => "failing",
    };
    let code = check.code.map_or(String::new(), |code| format!(" ({})", code.as_str()));
    format!("{of}{}: {state}{code}", check.name)
}

/// The kind of system and its kernel; what the distribution calls itself.
fn system(etc: &Path) -> String {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // A kernel that somebody built may be called anything behind its number.
    let kernel: String = kernel.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let release = std::fs::read_to_string(etc.join("os-release")).unwrap_or_default();
    let field = |name: &str| {
        let value = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().trim_matches('"').to_owned()
    };
    let system = format!("{} {}", field("ID"), field("VERSION_ID"));
    format!("{} {kernel} {}, {}", std::env::consts::OS, std::env::consts::ARCH, system.trim())
}
