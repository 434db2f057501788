use crate::deployment::detect::found;
use crate::deployment::preset::{Preset, Secret};
use crate::deployment::profile::Root;
use crate::jobs::Problems;
use holdfast_domain::Code;
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file that holds secrets. Its content is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretFound {
    pub path: PathBuf,
    /// What the preset says that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// It lies in no root: it is not protected until its folder is added.
    pub outside: bool,
}

impl SecretFound {
    pub(super) fn inside(path: PathBuf) -> Self {
        Self { path, what: None, outside: false }
    }
}

/// Where keys are set for a program: environment files, compose files, start scripts' neighbours.
const KEY_FILES: [&str; 5] = [".env", ".env.local", "backend/.env", "{docker-compose,compose}*.y*ml", "docker.env"];
const READ_BYTES: u64 = 1 << 20;

/// Adds what the preset expects and is there; reports what it expects and is not.
pub(super) fn expected(
    preset: &Preset,
    data: &Path,
    roots: &[Root],
    secrets: &mut Vec<SecretFound>,
    problems: &Problems,
) {
    let mut folders: Vec<&Path> = vec![data];
    folders.extend(roots.iter().map(|root| root.path.as_path()));
    // Beside the data folder, as a deployment's `.env` often is.
    folders.extend(data.parent());
    folders.extend(roots.iter().filter_map(|root| root.path.parent()));
    folders.dedup();
    for secret in &preset.secrets {
        let files = look_for(secret, &folders);
        if files.is_empty()
            && let Some(missing) = &secret.missing
        {
            problems.report(Code::SecretNotFound, secret.what.clone(), missing);
        }
        for path in files {
            let outside = !roots.iter().any(|root| path.starts_with(&root.path));
            match secrets.iter_mut().find(|known| known.path == path) {
                Some(known) => known.what = Some(secret.what.clone()),
                None => secrets.push(SecretFound { path: path.clone(), what: Some(secret.what.clone()), outside }),
            }
            if outside {
                let cause = format!("{} is outside the folders that are protected; add its folder", secret.what);
                problems.report(Code::SecretNotFound, path.display().to_string(), cause);
            }
        }
    }
}

/// The files of the first folder that has any.
fn look_for(secret: &Secret, folders: &[&Path]) -> Vec<PathBuf> {
    for folder in folders {
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
