//! What in a deployment's folders is worth a check: databases, configuration, secrets, certificates. Found by a walk that is
//! bounded in time and in entries, nearest to the top first; what archives know of databases is added by whoever asks.
use super::super::context::Context;
use crate::capture::sqlite::begins_as_database;
use crate::deployment::{Classifier, Format, Profile, Verdict, is_secret_name, preset, secret_files};
use crate::error::Result;
use crate::jobs::Job;
use crossbeam_channel::bounded;
use holdfast_domain::Class;
use std::collections::{BTreeSet, VecDeque};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    pub databases: BTreeSet<PathBuf>,
    pub configs: BTreeSet<PathBuf>,
    pub secrets: BTreeSet<PathBuf>,
    pub certificates: BTreeSet<PathBuf>,
    /// There is more than was looked at.
    pub more: bool,
}

const ENTRIES: usize = 50_000;
const OF_EACH: usize = 200;
const PATIENCE: Duration = Duration::from_secs(15);
/// A file with a certificate begins with it, or with a key and then it.
const PEM_BYTES: u64 = 64 << 10;

/// `None`: the folders do not answer, as those of a network that is away.
pub fn find(context: &Context, profile: &Profile) -> Result<Option<Found>> {
    let classifier = Classifier::new(profile, context.home.path())?;
    let job = Job::silent(context.clock.clone());
    let (told, answer) = bounded(1);
    let (profile, its) = (profile.clone(), job.clone());
    let begun = std::thread::Builder::new().name("health".to_owned()).spawn(move || {
        let _ = told.send(walk(&profile, &classifier, &its));
    });
    if begun.is_err() {
        return Ok(None);
    }
    let found = answer.recv_timeout(PATIENCE).ok();
    job.cancel();
    Ok(found)
}

fn walk(profile: &Profile, classifier: &Classifier, job: &Job) -> Found {
    let mut found = Found::default();
    let mut entries = 0;
    for root in &profile.roots {
        if root.file {
            if root.path.is_file() {
                found.add(&root.path, classifier.classify(&root.name, b"", false));
            }
            continue;
        }
        let mut folders = VecDeque::from([root.path.clone()]);
        while let Some(folder) = folders.pop_front() {
            for item in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                entries += 1;
                if entries > ENTRIES || job.is_cancelled() {
                    found.more = true;
                    break;
                }
                let (path, Ok(kind)) = (item.path(), item.file_type()) else { continue };
                let Ok(below) = path.strip_prefix(&root.path) else { continue };
                let verdict = classifier.classify(&root.name, below.as_os_str().as_bytes(), kind.is_dir());
                match verdict {
                    Verdict::Capture(_) if kind.is_dir() => folders.push_back(path),
                    Verdict::Capture(_) if kind.is_file() => found.add(&path, verdict),
                    Verdict::LeaveOut { .. } | Verdict::Capture(_) => {}
                }
            }
            if found.more {
                break;
            }
        }
        // Beside the usual ones, those that the chatbot is known to have.
        if let Some(known) = profile.preset.as_deref().and_then(|name| preset(name).ok()) {
            let data = root.data.as_ref().map_or_else(|| root.path.clone(), |data| root.path.join(data));
            found.secrets.extend(secret_files(known, &data, &[]).into_iter().take(OF_EACH));
        }
    }
    found
}

impl Found {
    fn add(&mut self, path: &Path, verdict: Verdict) {
        let Verdict::Capture(class) = verdict else { return };
        let name = path.file_name().unwrap_or_default();
        // Its header tells a database, whatever its class; only where its name speaks against it, it is not opened.
        if (matches!(class, Class::Database | Class::Vectors) || may_be_database(path))
            && begins_as_database(path).unwrap_or(false)
        {
            put(&mut self.databases, path, &mut self.more);
            return;
        }
        let (certificate, key) = pem(path);
        // A certificate alone is for everybody.
        if is_secret_name(name.as_bytes()) && (key || !certificate) {
            put(&mut self.secrets, path, &mut self.more);
        }
        if class == Class::Config {
            if Format::of(path).is_some() {
                put(&mut self.configs, path, &mut self.more);
            }
            if certificate {
                put(&mut self.certificates, path, &mut self.more);
            }
        }
    }
}

fn may_be_database(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_none_or(|ending| matches!(ending.as_str(), "db" | "db3" | "sqlite" | "sqlite3" | "s3db"))
}

fn put(set: &mut BTreeSet<PathBuf>, path: &Path, more: &mut bool) {
    if set.len() < OF_EACH {
        set.insert(path.to_owned());
    } else {
        *more = true;
    }
}

/// Whether a file holds a certificate, and a private key.
fn pem(path: &Path) -> (bool, bool) {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("").to_ascii_lowercase();
    if !matches!(ending.as_str(), "pem" | "crt" | "cer") {
        return (false, false);
    }
    let mut start = Vec::new();
    if std::fs::File::open(path).and_then(|file| file.take(PEM_BYTES).read_to_end(&mut start)).is_err() {
        return (false, false);
    }
    let text = String::from_utf8_lossy(&start);
    (text.contains("-----BEGIN CERTIFICATE"), text.contains("PRIVATE KEY-----"))
}
