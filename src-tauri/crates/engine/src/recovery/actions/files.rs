//! Goes through the live files that are protected. Links are not followed.
use super::Hands;
use crate::deployment::{Classifier, Verdict};
use crate::error::Result;
use crate::jobs::Job;
use holdfast_domain::Class;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Files and folders that are gone through at most.
const ENTRIES: usize = 500_000;

pub(super) struct LiveFile {
    pub path: PathBuf,
    /// `ROOT/...`, as archives name it.
    pub inner: String,
    pub class: Class,
    pub meta: Metadata,
}

/// Those that `wanted` keeps, in no order; what backups leave out is left out.
pub(super) fn live(hands: &Hands<'_>, job: &Job, wanted: impl Fn(&LiveFile) -> bool) -> Result<Vec<LiveFile>> {
    let classifier = Classifier::new(hands.profile, hands.context.home.path())?;
    let (mut found, mut left) = (Vec::new(), ENTRIES);
    for root in &hands.profile.roots {
        let mut open = vec![root.path.clone()];
        while let Some(path) = open.pop() {
            job.checkpoint()?;
            left = left.saturating_sub(1);
            if left == 0 {
                return Ok(found);
            }
            let Ok(meta) = fs::symlink_metadata(&path) else { continue };
            let below = path.strip_prefix(&root.path).unwrap_or(&path).as_os_str().as_bytes().to_vec();
            let verdict = classifier.classify(&root.name, &below, meta.is_dir());
            let Verdict::Capture(class) = verdict else { continue };
            if meta.is_dir() {
                open.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|item| item.path()));
            } else if meta.is_file() {
                let slash = if below.is_empty() { "" } else { "/" };
                let inner = format!("{}{slash}{}", root.name, String::from_utf8_lossy(&below));
                let file = LiveFile { path, inner, class, meta };
                if wanted(&file) {
                    found.push(file);
                }
            }
        }
    }
    Ok(found)
}
