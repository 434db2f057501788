use crate::deployment::classify::{Classifier, LeftOut, Verdict};
use crate::deployment::detect::found;
use crate::deployment::preset::{Preset, Secret};
use crate::deployment::profile::Root;
use crate::jobs::Problems;
use holdfast_domain::Code;
use serde::Serialize;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A file that holds secrets. Its content is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct SecretFound {
    pub path: PathBuf,
    /// What the preset says that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// It lies in no root: it is not protected until its folder is added.
    pub outside: bool,
    /// A pattern of the person leaves it out: it is in no archive.
    pub left_out: bool,
}

impl SecretFound {
    pub(super) fn inside(path: PathBuf) -> Self {
        Self { path, what: None, outside: false, left_out: false }
    }

    /// Notes whether it is in a root and left out there.
    pub(super) fn judge(&mut self, roots: &[Root], classifier: &Classifier) {
        let within = roots.iter().filter(|root| !root.file).filter_map(|root| {
            let below = self.path.strip_prefix(&root.path).ok()?.as_os_str().as_bytes();
            Some(classifier.classify(&root.name, below, false))
        });
        let verdicts: Vec<Verdict> = within.collect();
        let excluded = |verdict: &Verdict| matches!(verdict, Verdict::LeaveOut { reason: LeftOut::Excluded });
        // In one root is enough to be in the archives.
        self.left_out = !verdicts.is_empty() && verdicts.iter().all(excluded);
    }
}

/// Where keys are set for a program: environment files, compose files, start scripts' neighbours.
const KEY_FILES: [&str; 6] =
    [".env", ".env.local", "{backend,config,conf}/.env", "{docker-compose,compose}*.y*ml", "docker.env", "*.env"];
const READ_BYTES: u64 = 1 << 20;

/// The files that the preset expects and that are there: in the data folder, beside it, or in one of the folders `near`.
/// Files among `near` count where they set the keys that the preset names.
pub fn secret_files(preset: &Preset, data: &Path, near: &[PathBuf]) -> Vec<PathBuf> {
    let folders = places(data, &[], near);
    let mut files: Vec<PathBuf> = preset.secrets.iter().flat_map(|secret| look_for(secret, &folders)).collect();
    files.sort();
    files.dedup();
    files
}

fn places<'a>(data: &'a Path, roots: &'a [Root], near: &'a [PathBuf]) -> Vec<&'a Path> {
    let mut folders: Vec<&Path> = vec![data];
    folders.extend(roots.iter().map(|root| root.path.as_path()));
    // Beside the data folder, as a deployment's `.env` often is.
    folders.extend(data.parent());
    folders.extend(roots.iter().filter_map(|root| root.path.parent()));
    folders.extend(near.iter().map(PathBuf::as_path));
    let mut seen = std::collections::HashSet::new();
    folders.retain(|folder| seen.insert(*folder));
    folders
}

/// Adds what the preset expects and is there; reports what it expects and is not.
pub(super) fn expected(
    preset: &Preset,
    data: &Path,
    roots: &[Root],
    near: &[PathBuf],
    secrets: &mut Vec<SecretFound>,
    problems: &Problems,
) {
    let folders = places(data, roots, near);
    for secret in &preset.secrets {
        let mut files = look_for(secret, &folders);
        if files.is_empty() && !secret.keys.is_empty() {
            // Wherever in the roots it lies: what is listed as a file with secrets is not missed.
            files.extend(secrets.iter().map(|known| known.path.clone()).find(|file| sets_all(file, &secret.keys)));
        }
        if files.is_empty()
            && let Some(missing) = &secret.missing
        {
            problems.report(Code::SecretNotFound, secret.what.clone(), missing);
        }
        for path in files {
            let outside = !roots.iter().any(|root| path.starts_with(&root.path));
            if let Some(known) = secrets.iter_mut().find(|known| known.path == path) {
                known.what = Some(secret.what.clone());
            } else {
                let what = Some(secret.what.clone());
                secrets.push(SecretFound { what, outside, ..SecretFound::inside(path.clone()) });
            }
            if outside {
                let cause = format!("{} is outside the folders that are protected; add it with --root", secret.what);
                problems.report(Code::SecretNotFound, path.display().to_string(), cause);
            }
        }
    }
}

/// The files of the first folder that has any.
fn look_for(secret: &Secret, folders: &[&Path]) -> Vec<PathBuf> {
    for folder in folders {
        if folder.is_file() {
            if !secret.keys.is_empty() && sets_all(folder, &secret.keys) {
                return vec![folder.to_path_buf()];
            }
            continue;
        }
        let mut files: Vec<PathBuf> = secret.files.iter().flat_map(|glob| found(folder, glob)).collect();
        if files.is_empty() && !secret.keys.is_empty() {
            let with_keys =
                KEY_FILES.iter().flat_map(|glob| found(folder, glob)).find(|file| sets_all(file, &secret.keys));
            files.extend(with_keys);
        }
        if !files.is_empty() {
            return files;
        }
    }
    Vec::new()
}

fn sets_all(file: &Path, keys: &[String]) -> bool {
    let mut content = Vec::new();
    let read = std::fs::File::open(file).and_then(|file| file.take(READ_BYTES).read_to_end(&mut content));
    let content = String::from_utf8_lossy(&content);
    read.is_ok() && keys.iter().all(|key| content.lines().any(|line| sets(line, key)))
}

/// `KEY=value`, `export KEY=value`, `- KEY=value`, `KEY: value`; not a comment, not an empty value,
/// and not `${KEY}`, which only passes on what is set elsewhere.
fn sets(line: &str, key: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let line = line.strip_prefix("- ").unwrap_or(line).trim_start_matches(['"', '\'']);
    let Some(rest) = line.strip_prefix(key) else {
        return false;
    };
    let Some(value) = rest.trim_start().strip_prefix(['=', ':']) else {
        return false;
    };
    let value = value.trim().trim_matches(['"', '\'']);
    !value.is_empty() && !value.starts_with("${") && !value.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_line_that_gives_a_value_sets_a_key() {
        for line in
            ["SIG_KEY=abc", "export SIG_KEY='a b'", "  - SIG_KEY=abc", "SIG_KEY: abc", "      - \"SIG_KEY=abc\""]
        {
            assert!(sets(line, "SIG_KEY"), "{line}");
        }
        for line in
            ["# SIG_KEY=abc", "SIG_KEY=", "SIG_KEY=\"\"", "SIG_KEY=${SIG_KEY}", "SIG_KEY_2=abc", "MY_SIG_KEY=abc"]
        {
            assert!(!sets(line, "SIG_KEY"), "{line}");
        }
    }
}
