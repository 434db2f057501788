//! Says before a recovery whose files have owners that this machine does not know.
use crate::archive::EntryKind;
use crate::capture::Users;
use crate::error::Result;
use crate::operations::restore::RestorePlan;
use holdfast_domain::{Code, Problem};
use serde::Serialize;
use std::collections::BTreeMap;

/// Owners that are told one by one; a system has few.
const TOLD: usize = 20;

/// How many entries each owner has: kind, name (may be empty), number.
type Counts = BTreeMap<(OwnerKind, String, u32), u64>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerKind {
    Group,
    User,
}

/// An owner whose name this machine does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct StrangeOwner {
    pub kind: OwnerKind,
    pub name: String,
    pub entries: u64,
    /// Whose these will be, as it was asked or by default: a name that is known here, or a number.
    pub becomes: String,
}

struct Stranger {
    owner: StrangeOwner,
    /// In the archive.
    number: u32,
    /// The person said whose they become.
    settled: bool,
}

/// Owners that are not known by name here, at most 20, and what is to be said of them. `here` knows what was asked.
/// Without root nobody can be given anything: that is then all that is said.
pub(super) fn strangers(plan: &RestorePlan, plain: &Users, here: &Users) -> Result<(Vec<StrangeOwner>, Vec<Problem>)> {
    let mut counts = Counts::new();
    for entry in plan.entries()? {
        let entry = entry?;
        if entry.kind == EntryKind::Hardlink {
            continue;
        }
        let owner = &entry.owner;
        let both = [(OwnerKind::User, &owner.user, owner.uid), (OwnerKind::Group, &owner.group, owner.gid)];
        for (kind, name, number) in both {
            // Nearly all have the same owner: only a new one is worth a copy of its name.
            let known = counts.iter_mut().find(|((k, n, id), _)| *k == kind && *id == number && n == name);
            match known {
                Some((_, count)) => *count += 1,
                None => drop(counts.insert((kind, name.clone(), number), 1)),
            }
        }
    }
    let me = rustix::process::geteuid().as_raw();
    if me != 0 {
        return Ok((Vec::new(), others(&counts, here, me)));
    }
    let found = unknown(&counts, plain, here);
    let notices = found.iter().filter(|it| !it.settled).map(|it| notice(&it.owner, it.number, plain)).collect();
    Ok((found.into_iter().map(|it| it.owner).collect(), notices))
}

fn unknown(counts: &Counts, plain: &Users, here: &Users) -> Vec<Stranger> {
    let mut found = Vec::new();
    for ((kind, name, number), entries) in counts {
        let whose = |users: &Users| match kind {
            OwnerKind::User => users.uid_here(name, *number),
            OwnerKind::Group => users.gid_here(name, *number),
        };
        if name.is_empty() || whose(plain).is_some() || found.len() == TOLD {
            continue;
        }
        let told = whose(here);
        let becomes = told.unwrap_or(*number);
        let becomes = match called(*kind, becomes, plain) {
            "" => becomes.to_string(),
            name => name.to_owned(),
        };
        let owner = StrangeOwner { kind: *kind, name: name.clone(), entries: *entries, becomes };
        found.push(Stranger { owner, number: *number, settled: told.is_some() });
    }
    found
}

fn called(kind: OwnerKind, number: u32, users: &Users) -> &str {
    match kind {
        OwnerKind::User => users.user(number),
        OwnerKind::Group => users.group(number),
    }
}

fn notice(owner: &StrangeOwner, number: u32, here: &Users) -> Problem {
    let kind = match owner.kind {
        OwnerKind::User => "user",
        OwnerKind::Group => "group",
    };
    let whose = match called(owner.kind, number, here) {
        "" => "nobody's".to_owned(),
        name => format!("that of {name}"),
    };
    let cause = format!("{} entries keep the number {number}, which is {whose} here", owner.entries);
    Problem::new(Code::OwnerUnknown, format!("{} ({kind})", owner.name), cause)
}

fn others(counts: &Counts, here: &Users, me: u32) -> Vec<Problem> {
    let not_mine = |((kind, name, number), _): &(&(OwnerKind, String, u32), &u64)| {
        *kind == OwnerKind::User && here.uid_here(name, *number).unwrap_or(*number) != me
    };
    let count: u64 = counts.iter().filter(not_mine).map(|(_, count)| *count).sum();
    if count == 0 {
        return Vec::new();
    }
    let cause = "only root can give files to other owners: they will be this user's";
    vec![Problem::new(Code::MetadataNotRestored, format!("{count} entries"), cause)]
}
