use super::books::{Held, held, is_believed};
use crate::deployment::Profile;
use crate::error::Result;
use crate::operations::browse;
use crate::operations::context::Context;
use crate::store::Folder;
use holdfast_domain::upkeep;
use jiff::Timestamp;
use serde::Serialize;

/// How long what lies at a place has not been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct ReadStanding {
    pub id: String,
    pub name: String,
    /// Since when the archive there is unread that is so the longest, of those that are not known to be damaged; absent
    /// where there is none.
    pub unread_since: Option<Timestamp>,
    /// Archives there that nobody has read for longer than every byte should be unread.
    pub overdue: u64,
    /// It is a cloud that is believed: nothing is read there.
    pub believed: bool,
}

/// Of all places, the first first, as the catalog knows it. Looks which are there, asks no cloud, and reads no archive.
pub fn standing(context: &Context, profile: &Profile) -> Result<Vec<ReadStanding>> {
    let (catalog, now) = (context.catalog()?.0, context.clock.now());
    let rows = browse::refreshed(&catalog, Some(&profile.id))?;
    let mut standings = Vec::new();
    for setting in &profile.destinations {
        let there = setting.path().is_some() && Folder::of(setting, &profile.name).require().is_ok();
        let held = held(&catalog, profile, setting, &rows, there)?;
        let held: Vec<Held> = held.into_iter().filter(|held| !held.bad).collect();
        let believed = is_believed(setting);
        let overdue = held.iter().filter(|held| !believed && upkeep::is_overdue(held.unread_since(), now)).count();
        standings.push(ReadStanding {
            id: setting.id(),
            name: setting.name(),
            unread_since: held.first().map(Held::unread_since),
            overdue: overdue as u64,
            believed,
        });
    }
    Ok(standings)
}
