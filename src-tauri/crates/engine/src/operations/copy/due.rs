use crate::catalog::{ArchiveRow, Catalog, CopyRow, CopyState, State, Verification};
use crate::deployment::Profile;
use crate::error::Result;
use crate::operations::branches;
use crate::operations::context::Context;
use holdfast_domain::retention::{self, Kept};
use holdfast_domain::{ArchiveName, Kind};
use std::collections::{HashMap, HashSet};

/// What a destination lacks and should have.
pub(crate) struct Dues {
    /// In the order in which to copy them.
    pub rows: Vec<ArchiveRow>,
    /// Archives that cannot be copied: they were found damaged, or need one that was or is gone.
    pub unfit: u64,
}

/// The archives that a destination lacks and should have: first the newest from which everything comes back, then the
/// newest first, but before each those that it needs. One made before a restore or an undo is copied like any other: it
/// may be the only one that is whole, and expires there as it does here. Exports lie where the person took them.
pub(crate) fn due(
    context: &Context,
    catalog: &Catalog,
    profile: &Profile,
    rows: &[ArchiveRow],
    copies: &[CopyRow],
) -> Result<Dues> {
    let best = branches::newest_whole(catalog, &profile.id, rows)?.map(|row| &row.name);
    let sound = |copy: &&CopyRow| copy.verified.is_none_or(|(_, _, ok)| ok);
    let held: HashSet<&ArchiveName> = copies.iter().filter(sound).map(|copy| &copy.archive).collect();
    let lacking = rows.iter().filter(|row| {
        let sound = row.verified.is_none_or(|verified| verified.ok);
        row.state == State::Present && row.kind != Kind::Export && sound && !held.contains(&row.name)
    });
    let lacking: HashMap<&ArchiveName, &ArchiveRow> = lacking.map(|row| (&row.name, row)).collect();
    let mut there: Vec<Kept> = copies
        .iter()
        .filter(|copy| copy.state == CopyState::Present && held.contains(&copy.archive))
        .map(copy_as_kept)
        .collect();
    there.extend(lacking.values().map(|row| row_as_kept(row)));
    there.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| b.name.cmp(&a.name)));
    let decisions = retention::plan(&profile.retention, &there, false, context.clock.now(), &context.clock.zone());
    let mut ordered = Vec::new();
    let mut taken: HashSet<&ArchiveName> = HashSet::new();
    let mut kept: Vec<_> = decisions.iter().filter(|decision| decision.keep).collect();
    kept.sort_by_key(|decision| Some(&decision.name) != best);
    for decision in kept {
        let Some(row) = lacking.get(&decision.name) else { continue };
        let whole = row.needs.iter().all(|name| held.contains(name) || lacking.contains_key(name));
        if !whole {
            // Without those that it needs it would protect nothing.
            continue;
        }
        let chain = row.needs.iter().rev().chain([&row.name]);
        for row in chain.filter_map(|name| lacking.get(name)) {
            if taken.insert(&row.name) {
                ordered.push((*row).clone());
            }
        }
    }
    let can_go = |row: &ArchiveRow| {
        let mut chain = row.needs.iter().chain([&row.name]);
        chain.all(|name| held.contains(name) || lacking.contains_key(name))
    };
    let here = rows.iter().filter(|row| row.state == State::Present && row.kind != Kind::Export);
    let unfit = here.filter(|row| !held.contains(&row.name) && !can_go(row)).count() as u64;
    Ok(Dues { rows: ordered, unfit })
}

/// Those of `rows` for which there is no room when they are copied in this order. One that does not fit holds up none
/// but those that need it. `begun`: bytes of an archive that lie there already.
pub(crate) fn waiting(rows: &[ArchiveRow], free: u64, begun: impl Fn(&ArchiveName) -> u64) -> Vec<&ArchiveRow> {
    let mut left = free;
    let mut waiting: Vec<&ArchiveRow> = Vec::new();
    for row in rows {
        let needed = row.stored_bytes.saturating_sub(begun(&row.name));
        if needed > left || waiting.iter().any(|other| row.needs.contains(&other.name)) {
            waiting.push(row);
        } else {
            left -= needed;
        }
    }
    waiting
}

pub(crate) fn copy_as_kept(copy: &CopyRow) -> Kept {
    Kept {
        name: copy.archive.clone(),
        level: copy.level,
        kind: copy.kind,
        at: copy.created,
        parent: copy.needs.first().cloned(),
        verified: copy.verified.is_some_and(|(_, _, ok)| ok),
        pinned: copy.pinned,
        stored_bytes: copy.stored_bytes,
    }
}

fn row_as_kept(row: &ArchiveRow) -> Kept {
    Kept {
        name: row.name.clone(),
        level: row.level,
        kind: row.kind,
        at: row.created,
        parent: row.parent.clone(),
        verified: row.verified.is_some_and(Verification::passed_since),
        pinned: row.pinned,
        stored_bytes: row.stored_bytes,
    }
}
