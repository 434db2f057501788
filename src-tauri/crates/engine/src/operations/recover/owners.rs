//! Says before a recovery whose files have owners that this machine does not know.
use crate::archive::EntryKind;
use crate::capture::Users;
use crate::error::Result;
use crate::operations::restore::RestorePlan;
use holdfast_domain::{Code, Problem};
use std::collections::BTreeMap;

/// Owners that are told one by one; a system has few.
const TOLD: usize = 20;

/// How many entries each owner has: kind (user or group), name (may be empty), number.
type Counts = BTreeMap<(&'static str, String, u32), u64>;

/// A notice for each owner that is not known by name here. Without root, one that says that all becomes this user's.
pub(super) fn notices(plan: &RestorePlan, here: &Users) -> Result<Vec<Problem>> {
    let mut counts = Counts::new();
    for entry in plan.entries()? {
        let entry = entry?;
        if entry.kind == EntryKind::Hardlink {
            continue;
        }
        let owner = &entry.owner;
        for (kind, name, number) in [("user", &owner.user, owner.uid), ("group", &owner.group, owner.gid)] {
            // Nearly all have the same owner: only a new one is worth a copy of its name.
            let known = counts.iter_mut().find(|((k, n, id), _)| *k == kind && *id == number && n == name);
            match known {
                Some((_, count)) => *count += 1,
                None => drop(counts.insert((kind, name.clone(), number), 1)),
            }
        }
    }
    let me = rustix::process::geteuid().as_raw();
    Ok(if me == 0 { unknown(&counts, here) } else { others(&counts, here, me) })
}

fn unknown(counts: &Counts, here: &Users) -> Vec<Problem> {
    let mut notices = Vec::new();
    for ((kind, name, number), count) in counts {
        let found = if *kind == "user" { here.uid_here(name, *number) } else { here.gid_here(name, *number) };
        if found.is_some() || name.is_empty() || notices.len() == TOLD {
            continue;
        }
        let whose = if *kind == "user" { here.user(*number) } else { here.group(*number) };
        let whose = if whose.is_empty() { "nobody's".to_owned() } else { format!("that of {whose}") };
        let cause = format!("{count} entries keep the number {number}, which is {whose} here");
        notices.push(Problem::new(Code::OwnerUnknown, format!("{name} ({kind})"), cause));
    }
    notices
}

fn others(counts: &Counts, here: &Users, me: u32) -> Vec<Problem> {
    let not_mine = |((kind, name, number), _): &(&(&str, String, u32), &u64)| {
        *kind == "user" && here.uid_here(name, *number).unwrap_or(*number) != me
    };
    let count: u64 = counts.iter().filter(not_mine).map(|(_, count)| *count).sum();
    if count == 0 {
        return Vec::new();
    }
    let cause = "only root can give files to other owners: they will be this user's";
    vec![Problem::new(Code::MetadataNotRestored, format!("{count} entries"), cause)]
}
