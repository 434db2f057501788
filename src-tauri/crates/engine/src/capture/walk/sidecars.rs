use super::{Child, read_start};
use crate::archive::Time;
use crate::deployment::{SQLITE_HEADER, database_of_sidecar};
use rustix::fs::Stat;
use std::collections::HashMap;

/// A database's `-wal`, `-shm` and `-journal` are part of its state and are not captured on their own.
pub(super) fn fold_sidecars(folder: &impl std::os::fd::AsFd, children: &mut Vec<Child>) {
    let mut drop_names: Vec<Vec<u8>> = Vec::new();
    let mut digests: HashMap<Vec<u8>, u64> = HashMap::new();
    for child in &*children {
        let Some(database) = database_of_sidecar(&child.name).map(<[u8]>::to_vec) else {
            continue;
        };
        let here = children.binary_search_by(|c| c.name.as_slice().cmp(&database)).is_ok();
        let known = digests.contains_key(&database)
            || here && read_start::<16>(folder, &database).is_some_and(|start| start == SQLITE_HEADER);
        if !known {
            continue;
        }
        let digest = digests.entry(database).or_insert(1);
        if !child.name.ends_with(b"-shm") && child.stat.st_size > 0 {
            *digest = mix(*digest, &child.stat);
        }
        drop_names.push(child.name.clone());
    }
    if digests.is_empty() {
        return;
    }
    children.retain(|c| !drop_names.contains(&c.name));
    for child in children {
        if let Some(digest) = digests.get(&child.name) {
            child.sidecars = *digest;
        }
    }
}

/// Adds a file's state to a digest of states.
pub fn mix(digest: u64, stat: &Stat) -> u64 {
    let mtime = Time { secs: stat.st_mtime, nanos: stat.st_mtime_nsec as u32 };
    mix_state(digest, mtime, stat.st_ino, stat.st_size as u64)
}

/// The same from what an entry says. Never zero.
pub fn mix_state(digest: u64, mtime: Time, inode: u64, size: u64) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for number in [digest, mtime.secs as u64, u64::from(mtime.nanos), inode, size] {
        hasher.update(&number.to_le_bytes());
    }
    let mut short = [0; 8];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(short).max(1)
}
