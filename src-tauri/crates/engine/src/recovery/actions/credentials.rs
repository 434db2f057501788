//! The secrets of the configuration, by name. No value is shown: two are told apart by a fingerprint that only this deployment's
//! machine can compute, and that is too short to find a value by.
use super::super::settings::holds_secret;
use super::super::steps::{Done, Request};
use super::Hands;
use super::settings::{Files, settings_of};
use crate::error::Result;
use crate::jobs::Job;
use holdfast_domain::runbook::StepResult;
use std::collections::BTreeMap;

/// File and name, and the value.
type Secrets = BTreeMap<(String, String), String>;

fn secrets(files: &Files) -> Secrets {
    let mut found = Secrets::new();
    for (path, content) in files {
        let Some(Ok(settings)) = settings_of(path, content) else {
            // A key in a file of its own.
            let whole = std::str::from_utf8(content).ok().map(str::trim).filter(|text| !text.is_empty());
            if holdfast_domain::masking::mask(path.rsplit('/').next().unwrap_or(path), "x").1 {
                found.extend(whole.map(|text| ((path.clone(), String::new()), text.to_owned())));
            }
            continue;
        };
        // By its name, or by what it holds: an address with a password, a token of a known form.
        let is_one = |name: &str, value: &str| holds_secret(name) || holdfast_domain::masking::mask("", value).1;
        for (name, value) in settings.into_iter().filter(|(name, value)| is_one(name, value)) {
            found.insert((path.clone(), name), value);
        }
    }
    found
}

pub(super) fn list(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let now = secrets(&hands.config_now(job)?);
    let before = match request.text("since") {
        Some(since) => {
            let path = hands.outside.archive(since, &[])?;
            Some(secrets(&hands.config_in(&path, job)?))
        }
        None => None,
    };
    let key = blake3::derive_key("holdfast 2026 fingerprints of credentials", hands.profile.id.as_bytes());
    let fingerprint = |value: &str| blake3::keyed_hash(&key, value.as_bytes()).to_hex()[..6].to_owned();
    let (mut lines, mut old) = (Vec::new(), 0);
    for ((path, name), value) in &now {
        let shown = if name.is_empty() { path.clone() } else { format!("{path}: {name}") };
        if value.is_empty() {
            lines.push(format!("{shown}: empty, to be typed in"));
            continue;
        }
        let was = before.as_ref().and_then(|before| before.get(&(path.clone(), name.clone())));
        let state = match (&before, was) {
            (None, _) => "",
            (Some(_), None) => ", new",
            (Some(_), Some(was)) if was == value => {
                old += 1;
                ", NOT ROTATED: its value is the old one"
            }
            (Some(_), Some(_)) => ", rotated",
        };
        lines.push(format!("{shown}: {}{state}", fingerprint(value)));
    }
    for (path, name) in before.iter().flat_map(BTreeMap::keys).filter(|key| !now.contains_key(*key)) {
        lines.push(format!("{path}: {name}: gone"));
    }
    Ok(match (now.len(), before.is_some(), old) {
        (0, _, _) => Done::new(StepResult::Nothing, "No secret was found in the configuration that is protected."),
        (count, false, _) => Done::new(StepResult::Done, format!("Secrets in the configuration: {count}.")),
        (count, true, 0) => Done::new(StepResult::Ok, format!("None of {count} secrets has its old value.")),
        (count, true, old) => {
            Done::new(StepResult::Warning, format!("{old} of {count} secrets still have their old value."))
        }
    }
    .with_lines(lines))
}
