use crate::catalog::{ArchiveRow, Catalog, CopyCheck, CopyRow, CopyState};
use crate::error::Result;
use crate::jobs::Problems;
use crate::operations::context::Context;
use crate::store::{Destination, Held};
use holdfast_domain::{ArchiveName, Code};
use std::collections::HashMap;

/// Brings the catalog in line with what lies at a destination that is there, and gives its copies. What lies there and is
/// not what was written is reported, and not counted: it is due again. Archives that nobody knows are left alone.
pub(crate) fn reconcile(
    context: &Context,
    catalog: &Catalog,
    destination_id: &str,
    destination: &dyn Destination,
    rows: &[ArchiveRow],
    deployment_id: &str,
    problems: &Problems,
) -> Result<Vec<CopyRow>> {
    let held: HashMap<ArchiveName, Held> =
        destination.list()?.into_iter().map(|held| (held.name.clone(), held)).collect();
    let mut copies = catalog.copies().list(deployment_id, Some(destination_id))?;
    let (mut gone, mut unfinished) = (Vec::new(), Vec::new());
    copies.retain(|copy| {
        let same = held.get(&copy.archive).is_some_and(|held| held.stored_bytes == copy.stored_bytes);
        if !same && copy.state == CopyState::Removing {
            unfinished.push(copy.archive.clone());
        } else if !same && held.contains_key(&copy.archive) {
            let cause = format!("its copy at {} is not as long as it was written", destination.describe());
            problems.report(Code::ArchiveDamaged, copy.archive.as_str(), cause);
        }
        if !same {
            gone.push(copy.clone());
        }
        same
    });
    for archive in &unfinished {
        destination.remove(archive)?;
    }
    for copy in &gone {
        catalog.copies().remove(copy)?;
    }
    for copy in &mut copies {
        let pinned = rows.iter().find(|row| row.name == copy.archive).map_or(copy.pinned, |row| row.pinned);
        // One whose removal was interrupted before it began is whole.
        if copy.state != CopyState::Present || copy.pinned != pinned {
            (copy.state, copy.pinned) = (CopyState::Present, pinned);
            catalog.copies().put(copy)?;
        }
    }
    let unknown: Vec<&ArchiveRow> =
        rows.iter().filter(|row| !copies.iter().any(|copy| copy.archive == row.name)).collect();
    for row in unknown {
        let Some(held) = held.get(&row.name).filter(|held| held.stored_bytes == row.stored_bytes) else { continue };
        let noted = destination.noted_hash(&held.name).ok().flatten().map(hex::encode);
        if noted.as_ref() == Some(&row.sha256) {
            let copy = copy_of(row, destination_id, Some((context.clock.now(), CopyCheck::Noted, true)));
            catalog.copies().put(&copy)?;
            copies.push(copy);
        }
    }
    copies.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| b.archive.cmp(&a.archive)));
    Ok(copies)
}

pub(crate) fn copy_of(
    row: &ArchiveRow,
    destination_id: &str,
    verified: Option<(jiff::Timestamp, CopyCheck, bool)>,
) -> CopyRow {
    CopyRow {
        deployment_id: row.deployment_id.clone(),
        archive: row.name.clone(),
        destination_id: destination_id.to_owned(),
        level: row.level,
        kind: row.kind,
        created: row.created,
        needs: row.needs.clone(),
        pinned: row.pinned,
        stored_bytes: row.stored_bytes,
        sha256: row.sha256.clone(),
        state: CopyState::Present,
        verified,
    }
}
