//! What would make room at a place that has none for its copies.
use super::Context;
use super::list::Spare;
use crate::catalog::{ArchiveRow, CopyRow, State};
use crate::deployment::Profile;
use crate::error::Result;
use crate::jobs::Problems;
use crate::operations::copy::copy_as_kept;
use crate::operations::{backup, prune};
use holdfast_domain::ArchiveName;
use holdfast_domain::retention::{self, Kept};
use std::collections::HashSet;

/// Bytes that a prune would let go of among these copies, as far as the catalog knows. None where it lets nothing go, as long as
/// an archive is not as it should be.
pub(super) fn prunes(context: &Context, profile: &Profile, rows: &[ArchiveRow], copies: &[CopyRow]) -> Result<u64> {
    let kept: Vec<Kept> = copies.iter().map(copy_as_kept).collect();
    let decisions = retention::plan(&profile.retention, &kept, false, context.clock.now(), &context.clock.zone());
    let going = kept.iter().zip(decisions).filter(|(_, decision)| !decision.keep);
    let bytes = going.map(|(copy, _)| copy.stored_bytes).sum();
    if bytes == 0 {
        return Ok(0);
    }
    // The place where archives are made may be away: then nothing is judged, and nothing goes.
    let folder = backup::destination(profile)?;
    let catalog = context.catalog()?.0;
    let alarm = prune::alarm(&catalog, &profile.id, rows, &folder, &HashSet::new(), &Problems::default());
    Ok(if matches!(alarm, Ok(None)) { bytes } else { 0 })
}

/// The largest copy that can be spared, where something `fits` that waits once its bytes are free.
pub(super) fn spare(
    rows: &[ArchiveRow],
    copies: &[CopyRow],
    unsound: &HashSet<&ArchiveName>,
    fits: impl Fn(u64) -> bool,
) -> Option<Spare> {
    let made_here = |copy: &CopyRow| rows.iter().any(|row| row.name == copy.archive && row.state == State::Present);
    let needed = |copy: &CopyRow| copies.iter().any(|other| other.needs.contains(&copy.archive));
    let spared = copies.iter().filter(|copy| {
        let bad = unsound.contains(&copy.archive) || copy.verified.is_some_and(|(_, _, ok)| !ok);
        bad && !copy.pinned && !needed(copy) && made_here(copy) && fits(copy.stored_bytes)
    });
    let largest = spared.max_by_key(|copy| copy.stored_bytes)?;
    Some(Spare { archive: largest.archive.clone(), created: largest.created, stored_bytes: largest.stored_bytes })
}
