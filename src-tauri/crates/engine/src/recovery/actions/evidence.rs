//! Evidence of a breach: what runs and who is connected, beside an archive of the whole state that is kept for ever. Every
//! file has its hash in a list, and the list is signed with the deployment's key. Nothing can be written over.
use super::super::steps::{Done, Request};
use super::{Hands, archives};
use crate::durable;
use crate::error::Result;
use crate::jobs::Job;
use crate::vault;
use holdfast_domain::runbook::StepResult;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const LIST: &str = "SHA256SUMS";

/// Goes by what is there: evidence that is complete is not taken again, for the machine has changed since.
pub(super) fn preserve(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let folder = hands.context.home.incidents().join(&request.incident).join("evidence");
    durable::create_private_dir(&folder)?;
    if !folder.join(LIST).exists() {
        listing(hands, &folder)?;
    }
    let mut done = archives::backup_kept(hands, request, job)?;
    let name = done.told.value.clone().unwrap_or_default();
    let signed = folder.join(format!("{LIST}.minisig")).exists();
    done.told.said =
        format!("The evidence is in the archive {name}, which is kept for ever, and in {}.", folder.display());
    if !signed {
        done.result = StepResult::Problems;
        done.told.lines.push("The list of hashes could not be signed: the signing key is out of reach.".to_owned());
    }
    done.told
        .lines
        .push(format!("Copy that folder to another drive. Its list of hashes: {}", folder.join(LIST).display()));
    Ok(done)
}

fn listing(hands: &Hands<'_>, folder: &Path) -> Result<()> {
    let at = hands.context.clock.now();
    let mut list = String::new();
    for (name, text) in [
        ("taken.txt", format!("{at}\nhost {}\ndeployment {}\n", hands.context.host, hands.profile.name)),
        ("processes.txt", processes(Path::new("/proc"))),
        ("connections.txt", tables(Path::new("/proc/self/net"), &["tcp", "tcp6", "udp", "udp6"])),
    ] {
        durable::write(&folder.join(name), text.as_bytes(), 0o400)?;
        let _ = writeln!(list, "{}  {name}", hex::encode(Sha256::digest(text.as_bytes())));
    }
    let key = hands.context.vault(&hands.profile.id).and_then(|vault| vault.signing_key());
    if let Ok(key) = key {
        let signature = vault::sign(list.as_bytes(), &key, &format!("evidence of {} at {at}", hands.profile.name))?;
        durable::write(&folder.join(format!("{LIST}.minisig")), signature.as_bytes(), 0o400)?;
    }
    // The list last: with it, the evidence is complete.
    durable::write(&folder.join(LIST), list.as_bytes(), 0o400)
}

/// What runs: number, parent, user, program. Not what it was started with, for arguments may be secrets.
fn processes(proc: &Path) -> String {
    let mut found = Vec::new();
    for item in fs::read_dir(proc).into_iter().flatten().flatten() {
        let Some(pid) = item.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let path = item.path();
        let stat = fs::read_to_string(path.join("stat")).unwrap_or_default();
        // The name stands in brackets, and may hold anything.
        let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)).unwrap_or("?").to_owned();
        let name = fs::read_to_string(path.join("comm")).unwrap_or_default();
        let program = fs::read_link(path.join("exe")).map_or_else(|_| "?".to_owned(), |exe| exe.display().to_string());
        let user = path.metadata().map_or_else(|_| "?".to_owned(), |meta| meta.uid().to_string());
        found.push((pid, format!("{pid}\t{parent}\t{user}\t{}\t{}\n", name.trim(), program.escape_debug())));
    }
    found.sort_unstable();
    let lines: String = found.into_iter().map(|(_, line)| line).collect();
    format!("number\tparent\tuser\tname\tprogram\n{lines}")
}

/// As the system has them.
fn tables(folder: &Path, names: &[&str]) -> String {
    let one = |name: &&str| format!("{name}\n{}\n", fs::read_to_string(folder.join(name)).unwrap_or_default());
    names.iter().map(one).collect()
}

/// For reading what was kept: whether nothing was changed since.
#[cfg(test)]
pub(in crate::recovery) fn is_untouched(folder: &Path, public_key: &str) -> Result<bool> {
    let read = |name: &str| fs::read_to_string(folder.join(name)).map_err(|e| crate::Error::io(folder.join(name), e));
    let list = read(LIST)?;
    let signed = vault::verify(list.as_bytes(), &read(&format!("{LIST}.minisig"))?, public_key)?;
    let same = list.lines().all(|line| {
        line.split_once("  ").is_some_and(|(hash, name)| {
            read(name).is_ok_and(|text| hex::encode(Sha256::digest(text.as_bytes())) == hash)
        })
    });
    Ok(same && matches!(signed, vault::Verified::Good { .. }))
}
