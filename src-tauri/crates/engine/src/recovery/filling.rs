//! What the placeholders of a runbook stand for in this deployment, here and now.
use super::journal::Incident;
use crate::deployment::Profile;
use crate::operations::Context;
use crate::service::{Part, commands};
use holdfast_domain::incident::Standing;
use holdfast_domain::runbook::Filling;
use std::collections::BTreeMap;
use std::path::Path;

/// Of what is not known there is no value: it stands in capitals where it is filled in.
pub fn filling(context: &Context, profile: &Profile, incident: &Incident, standing: &Standing) -> Filling {
    let mut values = BTreeMap::new();
    let mut put = |name: &str, value: Option<String>| {
        values.extend(value.map(|value| (name.to_owned(), value)));
    };
    let shown = |path: &Path| path.display().to_string();
    let zone = context.clock.zone();
    put("deployment", Some(profile.name.to_string()));
    put("data-folder", profile.roots.first().map(|root| shown(&root.path)));
    put("folders", Some(profile.roots.iter().map(|root| shown(&root.path)).collect::<Vec<_>>().join(" ")));
    put("destination", profile.destinations.first().and_then(|to| to.path()).map(shown));
    put("health-url", profile.health_url.clone());
    let commands = |stop: bool| -> Option<String> {
        let parts = profile.service.iter().filter_map(|setting| Part::of(setting).ok()).map(|part| commands(&part));
        let each: Vec<String> = parts
            .map(|commands| if stop { commands.stop } else { commands.start })
            .filter(|one| !one.is_empty())
            .collect();
        (!each.is_empty()).then(|| each.join(" && "))
    };
    put("stop-command", commands(true));
    put("start-command", commands(false));
    put("host", Some(context.host.clone()));
    put("user", (context.variables)("USER"));
    put("incident", Some(incident.id.clone()));
    put("incident-folder", Some(shown(&incident.folder)));
    put("title", Some(incident.runbook.title.clone()));
    put("started", Some(incident.started().to_zoned(zone).strftime("%Y-%m-%d %H:%M %Z").to_string()));
    put("elapsed", Some(time_words(standing.clock.elapsed_seconds)));
    put("target", Some(time_words(standing.clock.target_seconds)));
    put("phase", Some(standing.phase.title().to_owned()));
    Filling { values, results: standing.results.clone() }
}

/// `1 h 5 min`.
pub(super) fn time_words(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}
