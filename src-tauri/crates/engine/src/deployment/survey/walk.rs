use super::{ClassTotal, LeftOutTotal, SecretFound};
use crate::deployment::classify::{Classifier, LeftOut, Verdict};
use crate::deployment::live_data::server_of;
use crate::deployment::marks::{database_of_sidecar, is_cachedir_tag, looks_like_sqlite, may_be_sqlite};
use crate::deployment::profile::Root;
use crate::error::{Error, Result};
use crate::jobs::{Job, Problems};
use holdfast_domain::{Class, Code};
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, DirEntry, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const LISTED: usize = 1000;
const LEFT_OUT_LISTED: usize = 20;
/// Places of left-out things that are remembered while the walk goes on.
const LEFT_OUT_REMEMBERED: usize = 2000;
/// Reading a CACHEDIR.TAG stops here; its signature is 43 bytes.
const TAG_BYTES: u64 = 64;

/// What the walk has seen; bounded however large the tree is.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: [(u64, u64); Class::ALL.len()],
    pub databases: Vec<PathBuf>,
    pub chroma_stores: Vec<PathBuf>,
    /// A mark of each data folder of a database server.
    pub live_data: Vec<(&'static str, PathBuf)>,
    secrets: Vec<SecretFound>,
    left_out: HashMap<(PathBuf, bool), LeftOutTotal>,
    left_out_bytes: u64,
}

pub(super) fn walk(
    root: &Root,
    classifier: &Classifier,
    job: &Job,
    problems: &Problems,
    tally: &mut Tally,
) -> Result<()> {
    if root.file {
        let name = root.path.file_name().unwrap_or_default().as_bytes();
        let class = match classifier.classify(&root.name, name, false) {
            Verdict::Capture(class) => class,
            Verdict::LeaveOut { .. } => Class::Files,
        };
        let bytes = root.path.metadata().map_or(0, |meta| meta.len());
        tally.file(root.path.clone(), class, bytes, job);
        return Ok(());
    }
    let mut folders = vec![root.path.clone()];
    while let Some(folder) = folders.pop() {
        job.checkpoint()?;
        let Some(entries) = read(&folder, problems) else {
            continue;
        };
        let below = folder.strip_prefix(&root.path).unwrap_or(&folder).as_os_str().as_bytes();
        if folder != root.path && !classifier.is_asked_for(below, true) && is_cache(&folder) {
            let reason = LeftOut::Recreatable("marked as a cache (CACHEDIR.TAG)");
            let (files, bytes) = measure(&folder, job)?;
            tally.leave_out(folder, reason, files, bytes);
            continue;
        }
        for entry in entries {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let below = path.strip_prefix(&root.path).unwrap_or(&path);
            match classifier.classify(&root.name, below.as_os_str().as_bytes(), kind.is_dir()) {
                Verdict::Capture(_) if kind.is_dir() => folders.push(path),
                // What it says is in the copy of its database: no archive holds it as a file.
                Verdict::Capture(_) if kind.is_file() && is_sidecar(&path) => {}
                Verdict::Capture(class) if kind.is_file() => {
                    let bytes = entry.metadata().map_or(0, |meta| meta.len());
                    tally.file(path, class, bytes, job);
                }
                Verdict::Capture(_) => {}
                Verdict::LeaveOut { reason } if kind.is_dir() => {
                    let (files, bytes) = measure(&path, job)?;
                    tally.leave_out(path, reason, files, bytes);
                }
                Verdict::LeaveOut { reason } => {
                    let bytes = entry.metadata().map_or(0, |meta| meta.len());
                    tally.leave_out(folder.clone(), reason, 1, bytes);
                }
            }
        }
    }
    Ok(())
}

fn read(folder: &Path, problems: &Problems) -> Option<impl Iterator<Item = DirEntry> + use<>> {
    match fs::read_dir(folder) {
        Ok(entries) => Some(entries.filter_map(std::result::Result::ok)),
        Err(e) => {
            let error = Error::io(folder, e).with_code(Code::FileUnreadable);
            problems.add(error.to_problem());
            None
        }
    }
}

pub(super) fn is_cache(folder: &Path) -> bool {
    first_bytes(&folder.join("CACHEDIR.TAG"), TAG_BYTES).is_some_and(|content| is_cachedir_tag(&content))
}

pub(super) fn first_bytes(path: &Path, count: u64) -> Option<Vec<u8>> {
    // Not through a link, and not into a pipe, which would block.
    if !path.symlink_metadata().ok()?.is_file() {
        return None;
    }
    let mut content = Vec::with_capacity(count as usize);
    File::open(path).ok()?.take(count).read_to_end(&mut content).ok()?;
    Some(content)
}

/// A `-wal`, `-shm` or `-journal` beside its database.
fn is_sidecar(path: &Path) -> bool {
    let database = database_of_sidecar(path.as_os_str().as_bytes()).map(|name| Path::new(OsStr::from_bytes(name)));
    database.is_some_and(|it| first_bytes(it, 16).is_some_and(|first| looks_like_sqlite(&first)))
}

/// Files and bytes of a folder that is left out as a whole.
fn measure(folder: &Path, job: &Job) -> Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        job.checkpoint()?;
        let entries = fs::read_dir(&folder).into_iter().flatten();
        for entry in entries.filter_map(std::result::Result::ok) {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => {
                    files += 1;
                    bytes += entry.metadata().map_or(0, |meta| meta.len());
                }
                _ => {}
            }
        }
    }
    Ok((files, bytes))
}

impl Tally {
    fn file(&mut self, path: PathBuf, class: Class, bytes: u64, job: &Job) {
        let name = path.file_name().unwrap_or_default();
        let is_chroma = name == "chroma.sqlite3";
        let mut class = class;
        if is_chroma && self.chroma_stores.len() < LISTED {
            self.chroma_stores.push(path.parent().unwrap_or(&path).to_owned());
        }
        if let Some(server) = server_of(&path).filter(|_| self.live_data.len() < LISTED) {
            self.live_data.push((server, path.clone()));
        }
        let is_database = may_be_sqlite(bytes) && first_bytes(&path, 16).is_some_and(|first| looks_like_sqlite(&first));
        if is_database && class != Class::Vectors {
            class = Class::Database;
        }
        let count = &mut self.counts[usize::from(class.to_u8())];
        count.0 += 1;
        count.1 += bytes;
        job.add_files(1);
        job.add_bytes(bytes);
        if is_secret(name.as_bytes()) && self.secrets.len() < LISTED {
            self.secrets.push(SecretFound::inside(path.clone()));
        }
        if is_database && self.databases.len() < LISTED {
            self.databases.push(path);
        }
    }

    fn leave_out(&mut self, path: PathBuf, reason: LeftOut, files: u64, bytes: u64) {
        self.left_out_bytes += bytes;
        let by_pattern = reason == LeftOut::Excluded;
        let entry = self.left_out.entry((path.clone(), by_pattern)).or_insert_with(|| LeftOutTotal {
            path,
            reason: reason.to_string(),
            by_pattern,
            files: 0,
            bytes: 0,
        });
        entry.files += files;
        entry.bytes += bytes;
        if self.left_out.len() > LEFT_OUT_REMEMBERED {
            let largest: HashSet<(PathBuf, bool)> =
                self.largest(LEFT_OUT_REMEMBERED / 2).into_iter().map(|total| (total.path, total.by_pattern)).collect();
            self.left_out.retain(|key, _| largest.contains(key));
        }
    }

    fn largest(&self, count: usize) -> Vec<LeftOutTotal> {
        let mut all: Vec<LeftOutTotal> = self.left_out.values().cloned().collect();
        all.sort_by(|a, b| (b.bytes, &a.path).cmp(&(a.bytes, &b.path)));
        all.truncate(count);
        all
    }

    pub(super) fn left_out(&self) -> (Vec<LeftOutTotal>, u64) {
        (self.largest(LEFT_OUT_LISTED), self.left_out_bytes)
    }

    /// Files and bytes so far.
    pub(super) fn total(&self) -> (u64, u64) {
        self.counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1))
    }

    pub(super) fn classes(&self) -> Vec<ClassTotal> {
        Class::ALL
            .into_iter()
            .map(|class| {
                let (files, bytes) = self.counts[usize::from(class.to_u8())];
                ClassTotal { class, files, bytes }
            })
            .filter(|total| total.files > 0)
            .collect()
    }

    pub(super) fn take_secrets(&mut self) -> Vec<SecretFound> {
        let mut secrets = std::mem::take(&mut self.secrets);
        secrets.sort_by(|a, b| a.path.cmp(&b.path));
        secrets
    }
}

/// Files that are secrets by their name, for the person to see that they are in.
pub fn is_secret(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    let has = |word: &[u8]| lower.windows(word.len()).any(|part| part == word);
    lower == b".env"
        || (lower.starts_with(b".env.") && !has(b"example") && !has(b"sample"))
        || [&b".key"[..], b".pem", b".p12", b".pfx"].iter().any(|end| lower.ends_with(end))
        || has(b"secret_key")
        || has(b"cookie-secret")
        || [&b"secrets."[..], b"credentials.", b"keys.json"].iter().any(|start| lower.starts_with(start))
        || matches!(lower.as_slice(), b"id_rsa" | b"id_ed25519" | b"gifnoc.nosj")
}
