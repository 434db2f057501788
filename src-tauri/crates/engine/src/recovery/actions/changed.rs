//! What somebody who had no business there may have left behind since an archive.
use super::super::steps::{Done, Request};
use super::Hands;
use crate::error::Result;
use crate::jobs::Job;
use crate::operations::backup::on_disk;
use crate::operations::diff::{self, Change, What};
use holdfast_domain::Class;
use holdfast_domain::runbook::StepResult;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Of each kind.
const SHOWN: usize = 100;

pub(super) fn list(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let (name, path) = hands.meant(request)?;
    let moment = hands.moment(&name, &path)?;
    let at = moment.manifest().created;
    let diff = diff::with_now(hands.context, hands.profile, &moment, job)?;
    let mut kinds: [(&str, Vec<String>); 5] = [
        ("Programs that are new or changed", Vec::new()),
        ("Configuration that is new, changed or gone", Vec::new()),
        ("Application files that are new, changed or gone", Vec::new()),
        ("Permissions or owners that changed", Vec::new()),
        ("Links that are new or changed", Vec::new()),
    ];
    let mut others = 0u64;
    for change in diff.changes.iter().filter(|change| change.kind != "folder") {
        job.checkpoint()?;
        let line = line(change);
        let rights = matches!(&change.what, What::Changed { metadata, .. }
            if metadata.iter().any(|which| matches!(*which, "mode" | "owner")));
        let touched = !matches!(change.what, What::Changed { content: false, .. });
        let place = if touched && is_program(hands, change) {
            Some(0)
        } else if touched && change.class == Class::Config {
            Some(1)
        } else if touched && change.class == Class::Application {
            Some(2)
        } else if rights {
            Some(3)
        } else if touched && change.kind == "link" {
            Some(4)
        } else {
            None
        };
        match place {
            Some(place) => kinds[place].1.push(line),
            None => others += 1,
        }
    }
    let found: usize = kinds.iter().map(|(_, lines)| lines.len()).sum();
    let mut lines = Vec::new();
    for (title, told) in kinds.into_iter().filter(|(_, told)| !told.is_empty()) {
        lines.push(format!("{title}: {}", told.len()));
        let more = told.len().saturating_sub(SHOWN);
        lines.extend(told.into_iter().take(SHOWN).map(|line| format!("  {line}")));
        lines.extend((more > 0).then(|| format!("  … and {more} more: holdfast diff {name}")));
    }
    lines.push(format!("Other files that differ: {others} (conversations, uploads and the like)"));
    lines.extend(diff.problems.iter().map(|problem| format!("? {}: {}", problem.subject, problem.cause)));
    let done = match found {
        0 => {
            let said = format!("Since {}, no program, setting or permission changed.", hands.when(at));
            Done::new(StepResult::Ok, said)
        }
        _ => {
            Done::new(StepResult::Warning, format!("Since {}, {found} things changed that may matter.", hands.when(at)))
        }
    };
    Ok(done.with_lines(lines).with_value(name))
}

fn line(change: &Change) -> String {
    let word = match &change.what {
        What::Added => "new".to_owned(),
        What::Removed => "gone".to_owned(),
        What::Changed { content: true, .. } => "changed".to_owned(),
        What::Changed { content: false, metadata } => metadata.join(", "),
    };
    format!("{} ({word})", change.path)
}

/// It may be run, or begins as something that is.
fn is_program(hands: &Hands<'_>, change: &Change) -> bool {
    if change.kind != "file" || matches!(change.what, What::Removed) {
        return false;
    }
    let path = on_disk(hands.profile, change.path.as_bytes());
    let Ok(meta) = path.symlink_metadata() else { return false };
    meta.is_file() && (meta.permissions().mode() & 0o111 != 0 || begins_as_program(&path))
}

fn begins_as_program(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read(&mut start)).unwrap_or(0);
    start[..read].starts_with(b"\x7fELF") || start[..read].starts_with(b"#!")
}
