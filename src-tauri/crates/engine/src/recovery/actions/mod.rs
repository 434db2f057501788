//! What Holdfast does in an incident when a runbook, or a person, says so. Each action has a name, typed arguments, and a way
//! to find out what became of it where it was cut short.
mod archives;
mod arguments;
mod changed;
mod credentials;
mod data;
mod evidence;
mod files;
mod logs;
mod machine;
mod ports;
mod restore;
mod schedule;
mod service;
mod settings;

use super::checks;
use super::steps::{Actions, Cut, Done, Request};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::Context;
use crate::operations::reading::Reading;
use holdfast_domain::runbook::{ActionSpec, Parameter, Takes};
use holdfast_domain::{Class, Code};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// What actions get from the surface that runs them: which archive a text means, and the keys to it.
pub trait Outside {
    /// `latest` is the one to go back to, of these components, or of all.
    fn archive(&self, at: &str, components: &[Class]) -> Result<PathBuf>;
    fn reading(&self, archive: &Path) -> Result<Reading>;
}

/// Does actions on a deployment.
pub struct Hands<'a> {
    pub context: &'a Context,
    pub profile: &'a Profile,
    pub outside: &'a dyn Outside,
}

type Run = fn(&Hands<'_>, &Request, &Job) -> Result<Done>;

/// What can be found out of an action that was cut short.
enum Repeat {
    /// Twice does what once does: it looks only, or goes by what is there.
    Freely,
    /// Only a person knows, who is told this.
    Ask(&'static str),
}

struct Action {
    spec: ActionSpec,
    run: Run,
    repeat: Repeat,
}

const fn may(name: &'static str, takes: Takes) -> Parameter {
    Parameter { name, takes, required: false }
}

const fn must(name: &'static str, takes: Takes) -> Parameter {
    Parameter { name, takes, required: true }
}

const fn look(name: &'static str, does: &'static str, parameters: &'static [Parameter], run: Run) -> Action {
    Action { spec: ActionSpec { name, does, parameters, changes: false }, run, repeat: Repeat::Freely }
}

const fn change(
    name: &'static str,
    does: &'static str,
    parameters: &'static [Parameter],
    run: Run,
    repeat: Repeat,
) -> Action {
    Action { spec: ActionSpec { name, does, parameters, changes: true }, run, repeat }
}

/// Actions whose findings others can go by.
const FINDS: &[&str] = &["find-last-good"];

const SCOPE: [Parameter; 4] = [
    may("at", Takes::Text),
    may("of", Takes::Step(FINDS)),
    may("components", Takes::Components),
    may("paths", Takes::Texts),
];

const ACTIONS: [Action; 25] = [
    change(
        "backup",
        "makes an archive of the present state that nothing is built on, as before a restore",
        &[may("pin", Takes::Flag)],
        archives::backup,
        Repeat::Freely,
    ),
    look(
        "find-archive",
        "finds the archive to go back to, or the one of a time",
        &[may("at", Takes::Text), may("components", Takes::Components)],
        archives::find,
    ),
    look(
        "verify",
        "proves that an archive is what was written",
        &[may("at", Takes::Text), may("full", Takes::Flag)],
        archives::verify,
    ),
    change("pin", "keeps an archive for ever", &[may("at", Takes::Text)], archives::pin, Repeat::Freely),
    look(
        "compare",
        "lists what differs between an archive and now",
        &[may("at", Takes::Text), may("paths", Takes::Texts), may("most", Takes::Number(1, 1000))],
        archives::compare,
    ),
    change(
        "export",
        "puts one moment on a drive, with all that opening it takes",
        &[may("at", Takes::Text), must("to", Takes::Text)],
        archives::export,
        Repeat::Ask("look whether the export is on the drive: if it is, it was done"),
    ),
    change(
        "salvage",
        "gets out of a damaged archive what is undamaged, into an empty folder",
        &[must("at", Takes::Text), must("into", Takes::Text)],
        archives::salvage,
        Repeat::Ask("look into the folder: where files are in it, begin again with an empty one"),
    ),
    look(
        "find-last-good",
        "walks back through the archives to the newest in which each damaged part is whole",
        &[may("paths", Takes::Texts), may("archives", Takes::Number(1, 1000))],
        data::find_last_good,
    ),
    look(
        "compare-records",
        "counts the records of databases, now and in an archive",
        &[may("at", Takes::Text), may("of", Takes::Step(FINDS)), may("paths", Takes::Texts)],
        data::compare_records,
    ),
    look("check-data", "checks every database of the deployment in full", &[], data::check),
    look("preview-restore", "says what a restore would change, and changes nothing", &SCOPE, restore::preview),
    change(
        "restore",
        "restores in place; the present state is archived and preserved first",
        &SCOPE,
        restore::run,
        Repeat::Freely,
    ),
    change(
        "undo-restore",
        "brings back the state before the last restore of this incident",
        &[],
        restore::undo,
        Repeat::Freely,
    ),
    change(
        "stop-service",
        "stops the chatbot as its settings say, and proves that it is down",
        &[],
        service::stop,
        Repeat::Freely,
    ),
    change(
        "start-service",
        "starts the chatbot as its settings say, and proves that it is up",
        &[],
        service::start,
        Repeat::Freely,
    ),
    change(
        "pause-schedule",
        "lets nothing be archived or removed by itself for a while, a week where nothing is said",
        &[may("for", Takes::Duration)],
        schedule::pause,
        Repeat::Freely,
    ),
    change("resume-schedule", "lets the schedule go on", &[], schedule::resume, Repeat::Freely),
    change(
        "preserve-evidence",
        "archives the state for ever, and lists what runs and who is connected, with hashes and a signature",
        &[],
        evidence::preserve,
        Repeat::Freely,
    ),
    look("free-space", "says how much room is left where data and archives lie", &[], machine::free_space),
    look("open-files", "names the programs that have files of the deployment open", &[], machine::open_files),
    look("port", "names the programs that listen at a port", &[may("port", Takes::Number(1, 65535))], ports::listening),
    look(
        "compare-settings",
        "compares the configuration with an archive's, setting by setting, with secrets covered",
        &[may("at", Takes::Text), may("paths", Takes::Texts)],
        settings::compare,
    ),
    look(
        "list-credentials",
        "lists the secrets of the configuration by name; with an archive, which still have their old value",
        &[may("since", Takes::Text)],
        credentials::list,
    ),
    look(
        "what-changed",
        "lists what an intruder may have left since an archive: programs, settings, permissions",
        &[may("at", Takes::Text)],
        changed::list,
    ),
    look(
        "log-errors",
        "shows the last lines of the logs that speak of errors",
        &[may("lines", Takes::Number(1, 200))],
        logs::errors,
    ),
];

pub use super::checks::CHECKS;
#[cfg(test)]
pub(super) use evidence::is_untouched;

/// Every action, for reading runbooks.
pub fn specs() -> Vec<ActionSpec> {
    ACTIONS.iter().map(|action| action.spec).collect()
}

fn find(name: &str) -> Result<&'static Action> {
    let known = ACTIONS.iter().find(|action| action.spec.name == name);
    known.ok_or_else(|| Error::new(Code::BadRequest, name, "there is no such action"))
}

impl Actions for Hands<'_> {
    fn check(&self, checks: &[String], job: &Job) -> Result<Done> {
        checks::run(self, checks, job)
    }

    fn act(&self, request: &Request, job: &Job) -> Result<Done> {
        (find(&request.action)?.run)(self, request, job)
    }

    fn after_cut(&self, request: &Request, _: Timestamp, _: &Job) -> Result<Cut> {
        Ok(match find(&request.action)?.repeat {
            Repeat::Freely => Cut::Again,
            Repeat::Ask(why) => Cut::Ask(why.to_owned()),
        })
    }
}
