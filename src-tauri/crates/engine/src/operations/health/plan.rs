//! Which checks there are: Holdfast's own, those of the preset, and those that the person wrote into the settings, which go
//! before both.
use super::super::captured;
use super::super::context::Context;
use super::super::settle;
use super::backups::{BackupAge, Verified};
use super::counts::Counts;
use super::found::{Found, find};
use super::history;
use super::places::Place;
use super::running::Running;
use crate::catalog::{ArchiveRow, Catalog};
use crate::deployment::{Asked, CheckSetting, Format, Profile, WARN_DAYS, preset};
use crate::error::Result;
use crate::health::{
    Certificate, Check, ClockCheck, Compose, ConfigFile, ConfigFiles, Database, Disk, Http, Load, Look, Memory,
    Process, SecretFile, SystemdUnit, Tcp, address_shown,
};
use crate::jobs::Job;
use crate::store::{holding, mounts};
use crate::vault::KeySet;
use holdfast_domain::health::{About, CheckId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// More databases are not looked at one by one.
const DATABASES: usize = 50;
/// A cloud, and Docker, may take a while.
const SLOW: Duration = Duration::from_secs(20);
/// More than all processors may be wanted for a while.
const LOAD_PERCENT: u8 = 150;

/// All checks of a deployment, in the order in which people read them. Opens no archive; `keys` are for the checks that do.
pub fn plan(context: &Context, profile: &Profile, keys: Option<&KeySet>, job: &Job) -> Result<Vec<Check>> {
    let catalog = context.known_catalog()?;
    let rows = match &catalog {
        Some(catalog) => catalog.archives().list(Some(&profile.id))?,
        None => Vec::new(),
    };
    job.checkpoint()?;
    let found = find(context, profile)?;
    let mut planned = Planned { context, profile, checks: Vec::new() };
    planned.chatbot();
    if let Some(found) = &found {
        planned.data(catalog.as_ref(), &rows, found, keys)?;
        planned.config(found);
    } else {
        let folders: Vec<PathBuf> = profile.roots.iter().map(|root| root.path.clone()).collect();
        planned.add(
            "folders",
            "",
            "Folders",
            About::Data,
            "the chatbot's folders answer",
            Arc::new(Silent { folders }),
        );
    }
    planned.machine(catalog.as_ref(), &rows)?;
    planned.protection(&rows);
    planned.by_hand()?;
    let mut checks = planned.checks;
    // Stable: of one kind, those of the person come last.
    checks.sort_by_key(|check| check.about);
    Ok(checks)
}

struct Planned<'a> {
    context: &'a Context,
    profile: &'a Profile,
    checks: Vec<Check>,
}

impl Planned<'_> {
    fn add(&mut self, kind: &str, subject: &str, name: &str, about: About, expected: &str, look: Arc<dyn Look>) {
        self.checks.push(Check::new(CheckId::of(kind, subject), name, about, expected, look));
    }

    /// Changes the one that was added last.
    fn last(&mut self, change: impl FnOnce(Check) -> Check) {
        if let Some(check) = self.checks.pop() {
            self.checks.push(change(check));
        }
    }

    fn known(&self) -> Option<&'static crate::deployment::Preset> {
        self.profile.preset.as_deref().and_then(|name| preset(name).ok())
    }

    fn chatbot(&mut self) {
        let known = self.known();
        if let Some(url) = self.profile.health_url.clone() {
            let contains = known.and_then(|known| known.health.contains.clone());
            let http = Http { url: url.clone(), status: None, contains, slow_ms: crate::deployment::SLOW_MS };
            let expected = http.expected();
            self.add("http", "", "Answers", About::Chatbot, &expected, Arc::new(http));
            for path in known.map(|known| known.health.more.as_slice()).unwrap_or_default() {
                let Some(url) = beside(&url, path) else { continue };
                let http = Http { url, status: None, contains: None, slow_ms: crate::deployment::SLOW_MS };
                let (name, expected) = (format!("Answers at {path}"), http.expected());
                self.add("http", path, &name, About::Chatbot, &expected, Arc::new(http));
            }
        }
        let folders = self.profile.roots.iter().map(|root| root.path.clone()).collect();
        let expected = "a program has the chatbot's data open";
        self.add("running", "", "Runs", About::Chatbot, expected, Arc::new(Running { folders }));
    }

    fn data(
        &mut self,
        catalog: Option<&Catalog>,
        rows: &[ArchiveRow],
        found: &Found,
        keys: Option<&KeySet>,
    ) -> Result<()> {
        let newest = rows.iter().filter(|row| row.kind.is_regular()).max_by_key(|row| row.created);
        // As archives name it, and where it is.
        let mut databases: BTreeMap<String, PathBuf> = BTreeMap::new();
        if let (Some(catalog), Some(row)) = (catalog, newest) {
            let meant = settle::said(catalog, self.profile)?.meant;
            for name in std::iter::once(&row.name).chain(&row.needs) {
                let Some(manifest) = captured::manifest(catalog, &row.deployment_id, name)? else { continue };
                for note in manifest.databases {
                    // One that is gone is looked for until a person says that it was meant.
                    let went = meant.iter().any(|settled| settled.lost.path == note.path);
                    let live = self.live(&note.path).filter(|path| *name == row.name || path.exists() || !went);
                    databases.extend(live.map(|path| (note.path, path)));
                }
            }
        }
        for path in &found.databases {
            databases.extend(self.archived(path).map(|name| (name, path.clone())));
        }
        for (name, path) in databases.into_iter().take(DATABASES) {
            let shown = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let look = Arc::new(Database { path: path.clone() });
            let expected = "SQLite's full check says ok, and no row points to one that is not there";
            self.add("database", &name, &shown, About::Data, expected, look);
            self.last(Check::long);
            let counts = Counts {
                context: self.context.clone(),
                deployment_id: self.profile.id.clone(),
                archive: newest.cloned().map(Box::new),
                name: name.clone(),
                path,
                keys: keys.cloned(),
            };
            let expected = "no table has lost most of its rows since the last archive";
            self.add("rows", &name, &format!("{shown}: rows"), About::Data, expected, Arc::new(counts));
            self.last(Check::long);
        }
        Ok(())
    }

    fn config(&mut self, found: &Found) {
        let mut files: BTreeMap<PathBuf, ConfigFile> = BTreeMap::new();
        for path in &found.configs {
            let Some(format) = Format::of(path) else { continue };
            files.insert(path.clone(), ConfigFile { path: path.clone(), format, keys: Vec::new(), required: false });
        }
        for wanted in self.known().map(|known| known.health.keys.as_slice()).unwrap_or_default() {
            let Some(path) =
                self.places().into_iter().map(|folder| folder.join(&wanted.file)).find(|path| path.is_file())
            else {
                continue;
            };
            let Some(format) = wanted.format.as_deref().map_or_else(|| Format::of(&path), Format::named) else {
                continue;
            };
            files.insert(path.clone(), ConfigFile { path, format, keys: wanted.keys.clone(), required: true });
        }
        if !files.is_empty() {
            let look = Arc::new(ConfigFiles { files: files.into_values().collect() });
            let expected = "each file can be read, and has the keys that it needs";
            self.add("config", "", "Configuration files", About::Config, expected, look);
        }
        if !found.secrets.is_empty() {
            let look = Arc::new(SecretFile { paths: found.secrets.iter().cloned().collect(), more: found.more });
            let expected = "nobody else on this machine may read them";
            self.add("secrets", "", "Files with secrets", About::Config, expected, look);
        }
        if !found.certificates.is_empty() {
            let paths = found.certificates.iter().cloned().collect();
            let look = Arc::new(Certificate { paths, warn_days: WARN_DAYS });
            let expected = format!("good for {WARN_DAYS} days or more");
            self.add("certificate", "", "Certificates", About::Config, &expected, look);
        }
    }

    fn machine(&mut self, catalog: Option<&Catalog>, rows: &[ArchiveRow]) -> Result<()> {
        let mut disks: BTreeMap<PathBuf, (PathBuf, BTreeSet<&str>)> = BTreeMap::new();
        let folders = self.profile.roots.iter().map(|root| (root.path.clone(), "the chatbot"));
        let archives = self.profile.destinations.first().and_then(|first| first.path()).map(Path::to_owned);
        let own = std::iter::once((self.context.home.path().to_owned(), "Holdfast's own things"));
        let mounts = mounts();
        for (path, holds) in folders.chain(archives.map(|path| (path, "the archives"))).chain(own) {
            // A network folder that is away must not hold up the plan: only the table of mounts is asked.
            let point = holding(&mounts, &path).map_or_else(|| PathBuf::from("/"), |mount| mount.point.clone());
            let entry = disks.entry(point).or_insert_with(|| (path, BTreeSet::new()));
            entry.1.insert(holds);
        }
        for (mount, (path, holds)) in disks {
            let id = CheckId::of("disk", &mount.display().to_string());
            let full_at = match catalog {
                Some(catalog) => history::full_on(self.context, catalog, self.profile, &id)?,
                None => None,
            };
            let holds = holds.into_iter().collect::<Vec<_>>().join(" and ");
            let look = Disk { path, warn_percent: 80, fail_percent: 95, holds, full_at };
            let name = format!("Disk of {}", mount.display());
            let expected = "less than 80 % full, and not about to be";
            self.checks.push(Check::new(id, name, About::Machine, expected, Arc::new(look)));
        }
        let memory = Memory { warn_percent: 90, fail_percent: 97 };
        self.add("memory", "", "Memory", About::Machine, "less than 90 % taken", Arc::new(memory));
        let load = Load { warn_percent: LOAD_PERCENT };
        self.add("load", "", "Processors", About::Machine, "less than 150 % wanted over 5 minutes", Arc::new(load));
        let newest = rows.iter().map(|row| row.created).max();
        self.add("clock", "", "Clock", About::Machine, "a time that can be", Arc::new(ClockCheck { newest }));
        Ok(())
    }

    fn protection(&mut self, rows: &[ArchiveRow]) {
        let target = self.profile.schedule.target(holdfast_domain::Class::Database);
        let age = BackupAge { rows: rows.to_vec(), target };
        let expected = age.expected();
        self.add("backup", "", "Last backup", About::Protection, &expected, Arc::new(age));
        let look = Arc::new(Verified { rows: rows.to_vec() });
        self.add("verified", "", "Archives", About::Protection, "none is damaged or missing", look);
        for (index, setting) in self.profile.destinations.iter().enumerate() {
            let name = setting.name();
            let cloud = setting.path().is_none();
            let look = Place {
                context: self.context.clone(),
                profile: Box::new(self.profile.clone()),
                setting: setting.clone(),
                first: index == 0,
            };
            self.add("destination", &name, &name, About::Protection, "it can be reached", Arc::new(look));
            if cloud {
                self.last(|check| Check { rare: true, ..check.within(SLOW) });
            }
        }
    }

    /// What the person wrote goes in the place of what has the same id.
    fn by_hand(&mut self) -> Result<()> {
        for setting in &self.profile.checks {
            let asked = setting.asked()?;
            let at = self.checks.iter().position(|check| check.id.as_str() == setting.id);
            if let Some(at) = at {
                self.checks.remove(at);
            }
            if let Some(asked) = asked {
                self.checks.push(check_of(setting, asked));
            }
        }
        Ok(())
    }

    /// Where what archives call `ROOT/...` lies.
    fn live(&self, name: &str) -> Option<PathBuf> {
        let (root, below) = name.split_once('/').unwrap_or((name, ""));
        let root = self.profile.root(root)?;
        Some(if below.is_empty() { root.path.clone() } else { root.path.join(below) })
    }

    fn archived(&self, path: &Path) -> Option<String> {
        let root = self.profile.roots.iter().find(|root| path.starts_with(&root.path))?;
        let below = path.strip_prefix(&root.path).ok()?;
        Some(if below.as_os_str().is_empty() {
            root.name.clone()
        } else {
            format!("{}/{}", root.name, below.display())
        })
    }

    /// Where a preset's files may lie.
    fn places(&self) -> Vec<PathBuf> {
        let of = |root: &crate::deployment::Root| {
            let data = root.data.as_ref().map(|data| root.path.join(data));
            let file = root.file.then(|| root.path.parent().map(Path::to_owned)).flatten();
            data.into_iter().chain([root.path.clone()]).chain(file)
        };
        self.profile.roots.iter().flat_map(of).collect()
    }
}

/// Another path of the same server.
fn beside(url: &str, path: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    path.starts_with('/').then(|| format!("{scheme}://{host}{path}"))
}

fn check_of(setting: &CheckSetting, asked: Asked) -> Check {
    let named = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (about, name, expected, look, long): (About, String, String, Arc<dyn Look>, bool) = match asked {
        Asked::Http { url, status, contains, slow_ms } => {
            let name = address_shown(&url);
            let http = Http { url, status, contains, slow_ms };
            (About::Chatbot, name, http.expected(), Arc::new(http), false)
        }
        Asked::Tcp { host, port } => {
            let name = format!("Port {port} of {host}");
            (About::Chatbot, name, "something listens there".to_owned(), Arc::new(Tcp { host, port }), false)
        }
        Asked::Process { name, command } => {
            let process = Process { name: name.clone(), command };
            let shown = name.map_or_else(|| "Process".to_owned(), |name| format!("Process {name}"));
            (About::Chatbot, shown, process.expected(), Arc::new(process), false)
        }
        Asked::Unit { unit, user } => {
            let expected = "it is active".to_owned();
            (About::Chatbot, format!("Unit {unit}"), expected, Arc::new(SystemdUnit { unit, user }), false)
        }
        Asked::Compose { path, service } => {
            let name = format!("Service {service}");
            (About::Chatbot, name, "its containers run".to_owned(), Arc::new(Compose { path, service }), false)
        }
        Asked::Database { path } => {
            let expected = "SQLite's full check says ok".to_owned();
            (About::Data, named(&path), expected, Arc::new(Database { path }), true)
        }
        Asked::Config { path, format, keys } => {
            let expected = if keys.is_empty() {
                format!("it is {}", format.as_str().to_uppercase())
            } else {
                format!("it is {}, with {}", format.as_str().to_uppercase(), keys.join(", "))
            };
            let name = named(&path);
            let look = Arc::new(ConfigFile { path, format, keys, required: true });
            (About::Config, name, expected, look, false)
        }
        Asked::Secret { path } => {
            let expected = "nobody else on this machine may read it".to_owned();
            let name = named(&path);
            (About::Config, name, expected, Arc::new(SecretFile { paths: vec![path], more: false }), false)
        }
        Asked::Disk { path, warn_percent, fail_percent } => {
            let (name, holds) = (format!("Disk of {}", path.display()), path.display().to_string());
            let expected = format!("less than {warn_percent} % full");
            let look = Arc::new(Disk { path, warn_percent, fail_percent, holds, full_at: None });
            (About::Machine, name, expected, look, false)
        }
        Asked::Memory { warn_percent, fail_percent } => {
            let expected = format!("less than {warn_percent} % taken");
            (About::Machine, "Memory".to_owned(), expected, Arc::new(Memory { warn_percent, fail_percent }), false)
        }
        Asked::Load { warn_percent } => {
            let expected = format!("less than {warn_percent} % wanted over 5 minutes");
            (About::Machine, "Processors".to_owned(), expected, Arc::new(Load { warn_percent }), false)
        }
        Asked::Certificate { path, warn_days } => {
            let expected = format!("good for {warn_days} days or more");
            let name = named(&path);
            (About::Config, name, expected, Arc::new(Certificate { paths: vec![path], warn_days }), false)
        }
    };
    let name = setting.name.clone().unwrap_or(name);
    // Its id was checked with the settings.
    let check = Check::new(CheckId::of(&setting.id, ""), name, about, expected, look);
    let check = if long { check.long() } else { check };
    match setting.timeout_seconds {
        Some(seconds) => check.within(Duration::from_secs(seconds.into())),
        None => check,
    }
}

/// Folders that did not answer when they were looked through.
struct Silent {
    folders: Vec<PathBuf>,
}

impl Look for Silent {
    fn look(&self, _: &crate::health::Probe) -> crate::health::Seen {
        // Whether they answer by now: if not, whoever runs this says that it hangs.
        let slow: Vec<&PathBuf> = self.folders.iter().filter(|folder| std::fs::read_dir(folder).is_err()).collect();
        if let Some(folder) = slow.first() {
            let step = "Bring it back (is its drive mounted?), or restore it from an archive.";
            return crate::health::Seen::failing(format!("{} cannot be read", folder.display()), step);
        }
        let step = "Look again; if this stays, look at the disk or the network that they lie on.";
        crate::health::Seen::warning("they took longer than 15 s to be looked through", step)
    }
}
