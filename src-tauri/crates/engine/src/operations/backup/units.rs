//! Captures vector stores as wholes: again, while they change.
use super::payload::{Deferred, Payload};
use crate::archive::EntryKind;
use crate::archive::entry::is_within;
use crate::capture::{chroma, metadata, sqlite};
use crate::error::Result;
use holdfast_domain::Code;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

const ATTEMPTS: u32 = 4;

/// States of all files of a store that tell whether it stood still.
type States = HashMap<PathBuf, (i64, u64, u64, i64)>;

pub(super) fn capture(payload: &mut Payload<'_>, members: Vec<Deferred>, stores: &[Vec<u8>]) -> Result<()> {
    let mut units: HashMap<usize, Vec<Deferred>> = HashMap::new();
    for member in members {
        units.entry(member.unit.unwrap_or_default()).or_default().push(member);
    }
    let mut numbers: Vec<usize> = units.keys().copied().collect();
    numbers.sort_unstable();
    for number in numbers {
        if let Some(mut members) = units.remove(&number) {
            let store = &stores[number];
            unit(payload, &mut members, number, store)?;
            completeness(payload, &members, store);
        }
    }
    Ok(())
}

fn unit(payload: &mut Payload<'_>, members: &mut Vec<Deferred>, number: usize, store: &[u8]) -> Result<()> {
    let folder = (payload.on_disk)(store);
    // It names the folders that there must be, whatever it is that changed.
    let database = [store, b"/", chroma::DATABASE].concat();
    members.iter_mut().filter(|member| member.found.path == database).for_each(|member| member.changed = true);
    for attempt in 1..=ATTEMPTS {
        payload.job.checkpoint()?;
        let before = states(&folder);
        newcomers(payload, members, number, store)?;
        for member in &mut *members {
            if std::mem::take(&mut member.changed) {
                one(payload, member)?;
            }
        }
        let after = states(&folder);
        if before == after {
            return Ok(());
        }
        if attempt == ATTEMPTS {
            let cause = "it was written to each time that it was read; its parts may not fit together";
            payload.problems.report(Code::VectorStoreChanging, String::from_utf8_lossy(store), cause);
            for member in &*members {
                payload.again_next_time(&member.found.path);
            }
            return Ok(());
        }
        for member in &mut *members {
            let path = (payload.on_disk)(&member.found.path);
            let touched = |ending: &str| {
                let path = sqlite::beside(&path, ending);
                before.get(&path) != after.get(&path)
            };
            member.changed = touched("") || touched("-wal") || touched("-journal");
        }
        std::thread::sleep(Duration::from_millis(200) * attempt);
    }
    Ok(())
}

/// Finds what was made in the store since the deployment was walked: the database may name it already.
fn newcomers(payload: &mut Payload<'_>, members: &mut Vec<Deferred>, number: usize, store: &[u8]) -> Result<()> {
    let relist = payload.relist;
    for mut found in relist(store, &mut payload.owners)? {
        if payload.in_stores.contains_key(&found.path) {
            continue;
        }
        match found.kind {
            EntryKind::Dir | EntryKind::Symlink => {
                payload.in_stores.insert(found.path.clone(), found.kind);
                payload.bare(found, None, true)?;
            }
            EntryKind::File | EntryKind::Hardlink if chroma::unit_of(&found.path, &[store.to_vec()]).is_some() => {
                payload.in_stores.insert(found.path.clone(), EntryKind::File);
                found.kind = EntryKind::File;
                found.link.clear();
                members.push(Deferred { found, held: None, unit: Some(number), changed: true });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Compares what the store's database names with what was captured, not with what lies there by now.
fn completeness(payload: &mut Payload<'_>, members: &[Deferred], store: &[u8]) {
    let database = [store, b"/", chroma::DATABASE].concat();
    let Some(mut segments) = payload.segments.remove(&database) else { return };
    segments.retain(|segment| {
        let folder = [store, b"/", segment.as_bytes()].concat();
        let captured = members.iter().any(|member| is_within(&member.found.path, &folder) && payload.has(member));
        // Further names of files that lie elsewhere in the deployment.
        let link = |(path, kind): (&Vec<u8>, &EntryKind)| *kind == EntryKind::Hardlink && is_within(path, &folder);
        !captured && !payload.in_stores.iter().any(link)
    });
    if !segments.is_empty() {
        let cause = format!("it names index folders that were not captured: {}", segments.join(", "));
        payload.problems.report(Code::VectorStoreIncomplete, String::from_utf8_lossy(&database), cause);
    }
}

/// Captures a member; on a further attempt what was captured before is forgotten: it may be gone by now.
fn one(payload: &mut Payload<'_>, member: &Deferred) -> Result<()> {
    payload.take_back(&member.found.path, member.held.as_ref());
    payload.problems.withdraw(Code::FileChanged, &member.found.display());
    let held = member.held.clone();
    let deferred = Deferred { found: member.found.clone(), held, unit: member.unit, changed: false };
    if member.found.path.ends_with(chroma::DATABASE) {
        payload.database(deferred, None)
    } else {
        payload.file(deferred.found, deferred.held, true, true)
    }
}

fn states(folder: &Path) -> States {
    let mut states = HashMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = item.path();
            if path.to_string_lossy().ends_with("-shm") {
                continue;
            }
            let Ok(stat) = rustix::fs::lstat(&path) else {
                continue;
            };
            if metadata::kind(&stat) == Some(EntryKind::Dir) {
                folders.push(path);
            } else {
                states.insert(path, metadata::content_state(&stat));
            }
        }
    }
    states
}
