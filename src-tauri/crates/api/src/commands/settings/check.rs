use super::{Consequences, ExcludeEffect, Settings};
use crate::Note;
use holdfast_domain::{Code, Problem};
use holdfast_engine::deployment::{Profile, Root, check_pattern, put_in};
use jiff::civil::Time;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct SettingsCheck {
    pub problems: Vec<FieldProblem>,
    pub consequences: Consequences,
    /// What each pattern of `settings.exclude` leaves out now, in their order.
    pub excludes: Vec<ExcludeEffect>,
    /// What a restore would be sorely without: their fields are those of the patterns that leave it out.
    pub warnings: Vec<FieldProblem>,
    /// The warnings come of what was typed: a person says that it is meant before it is saved.
    pub decide: bool,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct FieldProblem {
    /// A dotted path, such as `schedule.daily_at` or `roots.0`; empty where it is about all of them together.
    pub field: String,
    pub note: Note,
}

/// More is a slip of the finger.
const MOST: u32 = 10_000;

/// What is wrong, gathered field by field.
pub(in crate::commands) struct Found(pub Vec<FieldProblem>);

impl Found {
    pub fn add(&mut self, field: &str, subject: &str, title: impl Into<String>, next_step: &str) {
        let title = title.into();
        let mut note = Note::from(Problem::new(Code::BadSettings, subject, &title));
        note.title = title;
        next_step.clone_into(&mut note.next_step);
        self.0.push(FieldProblem { field: field.to_owned(), note });
    }
}

/// What is wrong with settings, and the profile that they make; it can be used where nothing is wrong.
pub(super) struct Checked {
    pub problems: Vec<FieldProblem>,
    pub profile: Profile,
}

pub(super) fn check(present: &Profile, settings: &Settings) -> Checked {
    let mut found = Found(Vec::new());
    let mut profile = present.clone();
    if settings.deployment != present.name.as_str() {
        let title = format!("These are the settings of {}, not of {}.", settings.deployment, present.name);
        found.add("deployment", &settings.deployment, title, "Open the settings again.");
    }
    schedule(settings, &mut profile, &mut found);
    let rules = settings.retention;
    for (field, count) in [
        ("hourly", rules.hourly),
        ("daily", rules.daily),
        ("weekly", rules.weekly),
        ("monthly", rules.monthly),
        ("manual_days", rules.manual_days),
    ] {
        if count > MOST {
            let title = format!("{count} is more than anybody keeps.");
            found.add(&format!("retention.{field}"), field, title, "Write a number up to 10000; 0 keeps none.");
        }
    }
    let to = &mut profile.retention;
    (to.hourly, to.daily, to.weekly) = (rules.hourly, rules.daily, rules.weekly);
    (to.monthly, to.manual_days) = (rules.monthly, rules.manual_days);
    profile.exclude = patterns("exclude", &settings.exclude, &mut found);
    let wanted = patterns("include_recreatable", &settings.include_recreatable, &mut found);
    // A window puts in what is left out by its path.
    profile.include_recreatable = put_in(&wanted, &settings.roots.iter().map(|root| &*root.path).collect::<Vec<_>>());
    let url = settings.health_url.as_deref().map(str::trim).filter(|url| !url.is_empty());
    if let Some(url) = url.filter(|url| !(url.starts_with("http://") || url.starts_with("https://"))) {
        let title = "It does not begin with http:// or https://.";
        found.add("health_url", url, title, "Write it like http://127.0.0.1:8080/health.");
    }
    profile.health_url = url.map(str::to_owned);
    profile.notes.clone_from(&settings.notes);
    roots(present, settings, &mut profile, &mut found);
    if found.0.is_empty()
        && let Err(e) = profile.validate()
    {
        // What goes together only as a whole.
        found.add(
            "",
            e.subject(),
            format!("{}: {}.", e.subject(), e.cause()),
            "Change it back, or choose another one.",
        );
    }
    Checked { problems: found.0, profile }
}

/// Those that say something. A line in which nothing was typed yet is none.
pub(in crate::commands) fn patterns(field: &str, typed: &[String], found: &mut Found) -> Vec<String> {
    let mut good = Vec::with_capacity(typed.len());
    for (number, pattern) in typed.iter().enumerate().filter(|(_, pattern)| !pattern.trim().is_empty()) {
        match check_pattern(pattern) {
            Ok(()) => good.push(pattern.trim_end().to_owned()),
            Err(e) => found.add(
                &format!("{field}.{number}"),
                pattern,
                format!("“{}” is no pattern: {}.", pattern.trim_end(), e.cause()),
                "Write it as in a .gitignore: tmp/, *.bak, models/old.gguf",
            ),
        }
    }
    good
}

fn schedule(settings: &Settings, profile: &mut Profile, found: &mut Found) {
    let (from, to) = (&settings.schedule, &mut profile.schedule);
    (to.enabled, to.daily, to.on_change) = (from.enabled, from.daily, from.on_change);
    match from.min_battery_percent {
        100.. => {
            let title = "A battery is never fuller than that.";
            found.add("schedule.min_battery_percent", "the battery", title, "Write 30, or 0 where it does not matter.");
        }
        percent => to.min_battery_percent = percent,
    }
    match Time::strptime("%H:%M", from.daily_at.trim()) {
        Ok(at) => to.daily_at = at,
        Err(_) => found.add("schedule.daily_at", &from.daily_at, "That is no time of day.", "Write it as 02:00."),
    }
    match from.full_every_days {
        0 => {
            let title = "There must be at least a day between them.";
            found.add("schedule.full_every_days", "full archives", title, "Write 7 for one a week.");
        }
        366.. => {
            let title = "A full archive a year is the least.";
            found.add("schedule.full_every_days", "full archives", title, "Write 7 for one a week.");
        }
        days => to.full_every_days = days,
    }
    match from.hourly_minutes {
        1..5 => {
            let title = "More often than every 5 minutes is not made.";
            found.add("schedule.hourly_minutes", "archives by the hour", title, "Write 15, or 0 for none.");
        }
        1441.. => {
            let title = "That is longer than a day.";
            found.add("schedule.hourly_minutes", "archives by the hour", title, "Write 60, or 0 for none.");
        }
        minutes => to.hourly_minutes = minutes,
    }
}

fn roots(present: &Profile, settings: &Settings, profile: &mut Profile, found: &mut Found) {
    if settings.roots.is_empty() {
        let title = "There must be a folder to protect.";
        found.add("roots", present.name.as_str(), title, "Add the folder that holds the chatbot's data.");
        return;
    }
    let mut roots: Vec<Root> = Vec::new();
    for (number, root) in settings.roots.iter().enumerate() {
        let known = present.roots.iter().any(|other| other.path == root.path);
        let shown = root.path.display().to_string();
        let field = format!("roots.{number}");
        // One that was protected already may be away just now.
        if !known && !root.path.exists() {
            found.add(&field, &shown, format!("{shown} is not there."), "Choose a folder or file that is there.");
        }
        let inside = present.destinations.iter().filter_map(|to| to.path()).find(|to| to.starts_with(&root.path));
        if let Some(to) = inside.filter(|_| !known) {
            let title = format!("The archives lie in it: {}.", to.display());
            found.add(
                &field,
                &shown,
                title,
                "What destroys the one would destroy the other. Choose a folder beside it.",
            );
        }
        let file = if known { root.file } else { root.path.is_file() };
        roots.push(Root { name: root.name.clone(), path: root.path.clone(), data: root.data.clone(), file });
    }
    // Names of those that have one stay: archives know them.
    let paths: Vec<PathBuf> = roots.iter().map(|root| root.path.clone()).collect();
    let proposed = Root::name_all(&paths);
    for at in 0..roots.len() {
        if roots[at].name.is_empty() {
            let base = proposed[at].name.clone();
            let taken = |name: &str| roots.iter().any(|root| root.name.eq_ignore_ascii_case(name));
            let numbered = (2..=roots.len() + 1).map(|number| format!("{base}-{number}"));
            let name = std::iter::once(base.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(base);
            roots[at].name = name;
        }
    }
    profile.roots = roots;
    profile
        .rules
        .retain(|rule| rule.root.as_ref().is_none_or(|name| profile.roots.iter().any(|root| root.name == *name)));
}
