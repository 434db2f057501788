use super::checkup::act_of;
use crate::words::{ago_words, count_words, size_words};
use crate::{ActKind, Answer, MatterAct, Service, words};
use holdfast_domain::health::{About as CheckAbout, Value as CheckValue};
use holdfast_domain::{Code, Outcome};
use holdfast_engine::deployment::{self, Profile};
use holdfast_engine::operations::restore::in_use_aside;
use holdfast_engine::operations::{destinations, undo};
use holdfast_engine::store::{Folder, free_space};
use holdfast_engine::vault::Secret;
use holdfast_engine::{Error, durable};
use serde::Serialize;
use std::path::Path;

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct DoctorAnswer {
    /// `failed` where a check fails, `problems` where one warns.
    pub outcome: Outcome,
    pub checks: Vec<Checkup>,
}

/// One scale for all checks, the chatbot's and Holdfast's own.
pub use holdfast_domain::health::State as CheckState;

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Checkup {
    pub name: String,
    pub deployment: Option<String>,
    pub state: CheckState,
    /// What was seen.
    pub seen: String,
    pub next_step: Option<String>,
    /// Of a check of the chatbot: what it is known by from one look to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub about: Option<CheckAbout>,
    /// What it was compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub took_ms: Option<u64>,
    /// The number behind what was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub value: Option<CheckValue>,
    /// Holdfast can put it right, and take that back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub fixable: bool,
    /// What does the next step with one press.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub act: Option<MatterAct>,
    /// Why, for a report that must not hold what was seen.
    #[serde(skip)]
    #[ts(skip)]
    pub code: Option<Code>,
}

impl Checkup {
    pub(super) fn new(name: String, state: CheckState, seen: String) -> Self {
        Self {
            name,
            deployment: None,
            state,
            seen,
            next_step: None,
            id: None,
            about: None,
            expected: None,
            took_ms: None,
            value: None,
            fixable: false,
            act: None,
            code: None,
        }
    }
}

/// Less room than this many of the largest archive is little.
const ROOM_FOR: u64 = 3;

pub(super) struct Checks {
    pub list: Vec<Checkup>,
    deployment: Option<String>,
}

impl Checks {
    pub fn add(&mut self, name: &str, state: CheckState, seen: impl Into<String>, next_step: Option<&str>) {
        let next_step = next_step.map(str::to_owned);
        let deployment = self.deployment.clone();
        let seen = seen.into();
        let name = name.to_owned();
        self.list.push(Checkup { deployment, next_step, ..Checkup::new(name, state, seen) });
    }

    pub fn ok(&mut self, name: &str, seen: impl Into<String>) {
        self.add(name, CheckState::Ok, seen, None);
    }

    pub fn error(&mut self, name: &str, state: CheckState, error: &Error) {
        let seen = format!("{}: {}", error.subject(), error.cause());
        self.add(name, state, seen, Some(words::of(error.code()).next_step));
        if let Some(check) = self.list.last_mut() {
            check.code = Some(error.code());
        }
    }
}

impl Service {
    /// Looks at everything that Holdfast rests on. Changes nothing; writes and removes an empty file where it asks whether
    /// it may write.
    pub fn doctor(&self) -> Answer<DoctorAnswer> {
        let mut checks = Checks { list: Vec::new(), deployment: None };
        self.check_home(&mut checks);
        self.check_catalog(&mut checks);
        self.check_clock(&mut checks);
        let loaded = deployment::load_all(&self.context().home)?;
        for broken in &loaded.broken {
            checks.error("settings", CheckState::Failing, broken);
        }
        if loaded.profiles.is_empty() && loaded.broken.is_empty() {
            checks.add("deployments", CheckState::Warning, "none is set up", Some("Make one with holdfast setup."));
        }
        for profile in &loaded.profiles {
            checks.deployment = Some(profile.name.to_string());
            self.check_deployment(profile, &mut checks);
        }
        let worst = checks.list.iter().map(|check| check.state).max().unwrap_or(CheckState::Ok);
        let outcome = match worst {
            CheckState::Failing => Outcome::Failed,
            CheckState::Warning => Outcome::Problems,
            CheckState::Ok | CheckState::Unknown => Outcome::Done,
        };
        Ok(DoctorAnswer { outcome, checks: checks.list })
    }

    /// What Holdfast rests on, of one deployment alone.
    pub(super) fn doctor_of(&self, profile: &Profile) -> Vec<Checkup> {
        let mut checks = Checks { list: Vec::new(), deployment: Some(profile.name.to_string()) };
        self.check_deployment(profile, &mut checks);
        checks.list
    }

    fn check_home(&self, checks: &mut Checks) {
        let home = self.context().home.path();
        match durable::create_private_dir(home).and_then(|()| may_write(home)) {
            Ok(()) => checks.ok("home", format!("{} can be written to", home.display())),
            Err(e) => checks.error("home", CheckState::Failing, &e),
        }
    }

    fn check_catalog(&self, checks: &mut Checks) {
        match self.context().catalog() {
            Ok((catalog, aside)) => match (catalog.check(), aside) {
                (Ok(()), None) => checks.ok("catalog", "it holds together"),
                (Ok(()), Some(problem)) => {
                    let step = words::of(Code::CatalogDamaged).next_step;
                    checks.add(
                        "catalog",
                        CheckState::Warning,
                        format!("it was damaged: {}", problem.cause),
                        Some(step),
                    );
                }
                (Err(e), _) => checks.error("catalog", CheckState::Failing, &e),
            },
            Err(e) => checks.error("catalog", CheckState::Failing, &e),
        }
    }

    fn check_clock(&self, checks: &mut Checks) {
        let now = self.clock().now();
        let newest = self.context().catalog().and_then(|(c, _)| c.archives().list(None));
        let newest = newest.ok().and_then(|rows| rows.into_iter().map(|row| row.created).max());
        let step = "Set the clock; archives are named and kept by time.";
        let year = now.to_zoned(self.clock().zone()).year();
        match newest {
            _ if year < 2025 => {
                checks.add("clock", CheckState::Failing, format!("it says that it is {year}"), Some(step));
            }
            Some(newest) if newest > now + jiff::SignedDuration::from_mins(5) => {
                let seen = format!("the newest archive is dated {}", ago_words(newest, now));
                checks.add("clock", CheckState::Warning, seen, Some(step));
            }
            _ => checks.ok("clock", words::local_words(now, &self.clock().zone())),
        }
    }

    fn check_deployment(&self, profile: &Profile, checks: &mut Checks) {
        for root in &profile.roots {
            let seen = if root.file {
                std::fs::File::open(&root.path).map(|_| ())
            } else {
                std::fs::read_dir(&root.path).map(|_| ())
            };
            match seen {
                Ok(()) => checks.ok("folder", format!("{} is there", root.path.display())),
                Err(e) => {
                    let error = Error::io(&root.path, e);
                    let missing = !root.path.exists();
                    let error = if missing { error.with_code(Code::RootMissing) } else { error };
                    // Without a single file the chatbot is there all the same.
                    let state = if root.file { CheckState::Warning } else { CheckState::Failing };
                    checks.error("folder", state, &error);
                }
            }
        }
        self.check_data(profile, checks);
        self.check_keys(profile, checks);
        for (index, destination) in profile.destinations.iter().enumerate() {
            if destination.path().is_none() {
                match destinations::open(self.context(), profile, destination).require() {
                    Ok(()) => checks.ok("destination", format!("{} answers and lets Holdfast in", destination.name())),
                    Err(e) => checks.error("destination", CheckState::Warning, &e),
                }
                continue;
            }
            let folder = Folder::of(destination, &profile.name);
            if index > 0 && folder.is_drive() && folder.require().is_err() {
                checks.ok("destination", format!("the drive “{}” is away", destination.name()));
                continue;
            }
            // What gets copies holds no backup up.
            let state = if index == 0 { CheckState::Failing } else { CheckState::Warning };
            self.check_destination(profile, &folder, state, checks);
            let first = index == 0;
            if folder.require().is_ok() {
                self.check_space(profile, &folder, &destination.name(), first, checks);
            }
        }
        self.check_unfinished(profile, checks);
    }

    fn check_keys(&self, profile: &Profile, checks: &mut Checks) {
        let vault = match self.context().vault(&profile.id).and_then(|vault| vault.public().map(|_| vault)) {
            Ok(vault) => vault,
            Err(e) => return checks.error("keys", CheckState::Failing, &e),
        };
        match (vault.recovery_key(), vault.signing_key()) {
            (Err(e), _) => checks.error("keys", CheckState::Failing, &e),
            (_, Err(e)) => checks.error("keys", CheckState::Warning, &e),
            (Ok(_), Ok(_)) => checks.ok("keys", "backups can be encrypted and signed"),
        }
        match self.context().keyring.get(&profile.id, Secret::Identity) {
            Ok(Some(_)) => checks.ok("keyring", "it holds the key: restores need no passphrase"),
            Ok(None) if !self.uses_keyring() => checks.ok("keyring", "not used: restores need the passphrase"),
            Ok(None) => checks.ok("keyring", "it does not hold the key: restores need the passphrase"),
            Err(e) => checks.error("keyring", CheckState::Unknown, &e),
        }
    }

    fn check_destination(&self, profile: &Profile, folder: &Folder, state: CheckState, checks: &mut Checks) {
        if let Err(e) = folder.require() {
            return checks.error("destination", state, &e);
        }
        match folder.probe() {
            Ok(()) => checks.ok("destination", format!("{} can be written to", folder.dir().display())),
            Err(e) => return checks.error("destination", state, &e),
        }
        let copy = std::fs::read(folder.recovery_key());
        let own = self.context().vault(&profile.id).and_then(|vault| vault.recovery_key());
        match (copy, own) {
            (Ok(copy), Ok(own)) if copy == own => checks.ok("recovery key", "a copy lies beside the archives"),
            (Ok(_), Ok(_)) => {
                let seen = "the copy beside the archives is another one than this machine's";
                checks.add(
                    "recovery key",
                    CheckState::Warning,
                    seen,
                    Some("The next backup puts this machine's there."),
                );
            }
            (Err(_), _) => {
                let seen = "no copy lies beside the archives";
                checks.add("recovery key", CheckState::Warning, seen, Some("The next backup puts one there."));
            }
            // Said by the check of the keys.
            (_, Err(_)) => {}
        }
    }

    /// Whether another full archive fits, as far as the last ones tell. Nothing is lost for want of room, so it is never
    /// worse than a warning: the same as `status` makes of it.
    fn check_space(&self, profile: &Profile, folder: &Folder, place: &str, first: bool, checks: &mut Checks) {
        let free = match free_space(folder.dir()) {
            Ok(free) => free,
            Err(e) => return checks.error("free space", CheckState::Unknown, &e),
        };
        let rows = self.context().catalog().and_then(|(c, _)| c.archives().list(Some(&profile.id)));
        let largest = rows.ok().and_then(|rows| rows.iter().map(|row| row.stored_bytes).max()).unwrap_or(0);
        let words = format!("{place}: {} free", size_words(free));
        let seen = if free < largest {
            format!("{words}, the largest archive has {}", size_words(largest))
        } else if free < largest.saturating_mul(ROOM_FOR) {
            format!("{words}; soon there is no room for a full archive")
        } else {
            return checks.ok("free space", words);
        };
        let step = if first {
            "Make room there: see which archives may go (holdfast prune --dry-run), or make them at a larger place."
        } else {
            "Make room there: take other files off it, see which copies may go (holdfast prune --dry-run), or add a larger \
             place."
        };
        checks.add("free space", CheckState::Warning, seen, Some(step));
        // Where archives are made, the rules of retention give room.
        act_of(checks, (!first).then(MatterAct::places));
    }

    /// Journals of restores that were neither completed nor can be undone were interrupted.
    fn check_unfinished(&self, profile: &Profile, checks: &mut Checks) {
        let folder = self.context().home.restores().join(&profile.id);
        let journals = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let journals = journals.filter(|item| item.path().extension().is_some_and(|e| e == "json")).count();
        match undo::preserved(self.context(), profile) {
            Ok(preserved) if journals > preserved.len() => {
                let seen = "a restore or undo was interrupted, or is going on now";
                let step =
                    "The next backup, restore or undo brings it to an end and says which state the folder is in.";
                checks.add("unfinished work", CheckState::Warning, seen, Some(step));
            }
            Ok(preserved) if preserved.is_empty() => checks.ok("unfinished work", "none"),
            Ok(preserved) => {
                let writes =
                    in_use_aside(self.context(), &profile.id).is_ok_and(|found| found.iter().any(|one| one.writes));
                if let Ok(Some(aside)) = self.written_aside(profile, writes) {
                    let seen = format!("{}: {}", aside.title().trim_end_matches('.'), aside.written);
                    checks.add("unfinished work", CheckState::Warning, seen, Some(aside.step()));
                    let effect = "Archives the present state first, then brings that one back.";
                    act_of(checks, Some(MatterAct::new(ActKind::ShowUndo, "Undo the restore…", effect)));
                    return;
                }
                let count = count_words(preserved.len() as u64, "state", "states");
                checks.ok("unfinished work", format!("none; {count} before a restore kept for undo"));
            }
            Err(e) => checks.error("unfinished work", CheckState::Failing, &e),
        }
    }
}

fn may_write(folder: &Path) -> Result<(), Error> {
    let probe = folder.join(format!(".holdfast-probe-{}", std::process::id()));
    durable::write(&probe, b"", 0o600)?;
    durable::remove(&probe)
}
