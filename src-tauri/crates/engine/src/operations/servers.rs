//! Database servers that a deployment uses and that files do not hold: remembered, told with each archive, and settled by
//! dumps among what is protected or by the person's word.
use super::backup::on_disk;
use super::context::Context;
use super::destinations::change;
use super::pick::horizon;
use crate::deployment::{Classifier, Dump, Profile, Server, Verdict, preset};
use crate::error::{Error, Result};
use holdfast_domain::{Code, Problem};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A dump is looked for among no more files than these.
const LOOKED_AT: usize = 20_000;

/// How a server stands.
#[derive(Debug, Clone, Serialize)]
pub struct ServerStanding {
    pub kind: String,
    /// How it is known to be used.
    pub because: String,
    /// The person said so.
    pub settled: bool,
    /// Where its dumps are written.
    pub dump: Option<PathBuf>,
    /// When the newest of them was.
    pub dumped: Option<Timestamp>,
    /// Why its data is in no archive; `None` where it is, or where that is settled.
    pub open: Option<String>,
}

/// Takes servers out of problems that name them, and notes those that are new. What is given back has each of them once,
/// as long as it is open.
pub(crate) fn take(profile: &mut Profile, problems: Vec<Problem>) -> Vec<Problem> {
    let mut rest: Vec<Problem> = Vec::new();
    for problem in problems {
        if problem.code != Code::ServerNotCaptured {
            rest.push(problem);
        } else if !profile.servers.iter().any(|server| server.kind == problem.subject) {
            profile.servers.push(Server {
                kind: problem.subject.clone(),
                because: problem.cause.clone(),
                settled: false,
                dump: None,
            });
            rest.push(problem);
        }
    }
    rest
}

/// The server that a chatbot of this kind keeps its data in, where nothing names one and no database is a file.
pub(crate) fn of_preset(name: Option<&str>, servers: &[String]) -> Option<Problem> {
    let title = name.and_then(|name| preset(name).ok()).map(|preset| preset.title.clone())?;
    Some(Problem::new(Code::ServerNotCaptured, servers.first()?, format!("{title} keeps its data in it")))
}

/// All that are known, and whether their data is in archives. Reads times of dumps, and no data.
pub fn standing(context: &Context, profile: &Profile) -> Result<Vec<ServerStanding>> {
    let classifier = Classifier::new(profile, context.home.path())?;
    let now = context.clock.now();
    Ok(profile.servers.iter().map(|server| one(profile, server, &classifier, now)).collect())
}

fn one(profile: &Profile, server: &Server, classifier: &Classifier, now: Timestamp) -> ServerStanding {
    let mut standing = ServerStanding {
        kind: server.kind.clone(),
        because: server.because.clone(),
        settled: server.settled,
        dump: None,
        dumped: None,
        open: None,
    };
    if let Some(dump) = &server.dump {
        let path = on_disk(profile, dump.path.as_bytes());
        let shown = path.display();
        standing.dumped = newest(profile, dump, classifier);
        let oldest = now - SignedDuration::from_hours(24 * i64::from(dump.within_days));
        standing.open = match standing.dumped {
            None => Some(format!("no dump of it that is backed up lies in {shown}")),
            Some(at) if at < oldest => {
                let days = now.duration_since(at).as_hours() / 24;
                Some(format!("its newest dump in {shown} is {days} days old"))
            }
            Some(at) if at > horizon(now) => Some(format!("its newest dump in {shown} is dated after now")),
            Some(_) => None,
        };
        standing.dump = Some(path);
    } else if !server.settled {
        standing.open = Some(server.because.clone());
    }
    standing
}

/// What is to be said with a backup: servers whose data it does not hold.
pub fn problems(context: &Context, profile: &Profile) -> Result<Vec<Problem>> {
    let open = standing(context, profile)?.into_iter().filter_map(|server| {
        let cause = server.open?;
        Some(Problem::new(Code::ServerNotCaptured, server.kind, cause))
    });
    Ok(open.collect())
}

/// When the newest file in it was written that is not empty and not left out of archives.
fn newest(profile: &Profile, dump: &Dump, classifier: &Classifier) -> Option<Timestamp> {
    let (root, below) = dump.path.split_once('/').unwrap_or((&dump.path, ""));
    let top = &profile.root(root)?.path;
    let mut left = LOOKED_AT;
    let mut newest: Option<Timestamp> = None;
    let mut places = vec![if below.is_empty() { top.clone() } else { top.join(below) }];
    while let Some(path) = places.pop() {
        let Ok(meta) = path.symlink_metadata() else { continue };
        if !captured(classifier, root, top, &path, meta.is_dir()) {
            continue;
        }
        if meta.is_dir() {
            places.extend(std::fs::read_dir(&path).into_iter().flatten().flatten().map(|item| item.path()).take(left));
        } else if meta.is_file() && meta.len() > 0 {
            let written = meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
            newest = newest.max(written);
        }
        left = left.saturating_sub(1);
    }
    newest
}

fn captured(classifier: &Classifier, root: &str, top: &Path, path: &Path, is_dir: bool) -> bool {
    let Ok(below) = path.strip_prefix(top) else { return false };
    let parts: Vec<&Path> = below.ancestors().filter(|part| !part.as_os_str().is_empty()).collect();
    parts.iter().rev().enumerate().all(|(index, part)| {
        let folder = is_dir || index + 1 < parts.len();
        matches!(classifier.classify(root, part.as_os_str().as_bytes(), folder), Verdict::Capture(_))
    })
}

/// Notes servers that were found, in the settings as they are on the disk; gives those that are new. The deployment's lock
/// must be held.
pub(crate) fn remember(context: &Context, profile: &Profile, found: Vec<Problem>) -> Result<Vec<Problem>> {
    let new = take(&mut profile.clone(), found);
    if !new.is_empty() {
        change(context, profile, |fresh| {
            take(fresh, new.clone());
            Ok(())
        })?;
    }
    Ok(new)
}

/// Notes servers that were looked for again.
pub fn note(context: &Context, profile: &Profile, found: Vec<Problem>) -> Result<Vec<Problem>> {
    let _lock = context.lock(profile.name.as_str(), "noting a database server")?;
    remember(context, profile, found)
}

/// The person says that a server's data is saved otherwise, or that the chatbot does not use it.
pub fn settle(context: &Context, profile: &Profile, kind: &str) -> Result<()> {
    let _lock = context.lock(profile.name.as_str(), "settling a database server")?;
    change(context, profile, |fresh| {
        let server = named(fresh, kind)?;
        (server.settled, server.dump) = (true, None);
        Ok(())
    })
}

/// The person says where a server's dumps are written. `Code::BadRequest` unless that lies in a root.
pub fn dumped_in(context: &Context, profile: &Profile, kind: &str, path: &Path, within_days: u32) -> Result<()> {
    let _lock = context.lock(profile.name.as_str(), "settling a database server")?;
    let real = std::fs::canonicalize(path).map_err(|e| Error::io(path, e).with_code(Code::BadRequest))?;
    let outside = || {
        let roots: Vec<String> = profile.roots.iter().map(|root| root.path.display().to_string()).collect();
        let cause =
            format!("it lies in no folder that is protected, so no archive would hold it: {}", roots.join(", "));
        Error::new(Code::BadRequest, path.display(), cause)
    };
    let root = profile.roots.iter().find(|root| real.starts_with(&root.path)).ok_or_else(outside)?;
    let below = real.strip_prefix(&root.path).unwrap_or(Path::new(""));
    let below = below.to_str().ok_or_else(|| Error::new(Code::BadRequest, path.display(), "its name is not UTF-8"))?;
    if !root.file && below.is_empty() {
        let cause = "it is the whole of what is protected: name the folder or file that the dumps are written to";
        return Err(Error::new(Code::BadRequest, path.display(), cause));
    }
    let path = if below.is_empty() { root.name.clone() } else { format!("{}/{below}", root.name) };
    change(context, profile, |fresh| {
        let server = named(fresh, kind)?;
        (server.settled, server.dump) = (false, Some(Dump { path: path.clone(), within_days }));
        Ok(())
    })
}

/// Says at set-up that a server is settled. `Code::BadRequest` names those that were found.
pub(crate) fn without(profile: &mut Profile, kind: &str) -> Result<()> {
    named(profile, kind).map(|server| server.settled = true)
}

/// By its kind, or a beginning of it: `mongo`.
fn named<'a>(profile: &'a mut Profile, kind: &str) -> Result<&'a mut Server> {
    let known: Vec<String> = profile.servers.iter().map(|server| server.kind.clone()).collect();
    let word = kind.to_lowercase();
    let found = profile
        .servers
        .iter_mut()
        .find(|server| !word.is_empty() && (server.kind.starts_with(&word) || word.starts_with(&server.kind)));
    found.ok_or_else(|| {
        let cause = match known.as_slice() {
            [] => "no database server is known of this chatbot".to_owned(),
            known => format!("the database servers that are known are {}", known.join(", ")),
        };
        Error::new(Code::BadRequest, kind, cause)
    })
}
