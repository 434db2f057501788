use super::books::{Held, held, is_believed};
use crate::catalog::{ArchiveRow, Catalog};
use crate::deployment::{Destination as Setting, Profile};
use crate::error::Result;
use crate::operations::context::Context;
use crate::operations::{branches, browse};
use crate::store::Folder;
use holdfast_domain::{ArchiveName, upkeep};
use jiff::Timestamp;
use std::collections::HashSet;
use std::time::Duration;

/// What one run reads at most, at each place.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub bytes: u64,
    pub time: Duration,
    /// In a day, of a cloud: reading there costs money. Its settings may say otherwise.
    pub cloud_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 32 << 30, time: Duration::from_mins(15), cloud_bytes: 1 << 30 }
    }
}

/// What the upkeep of a deployment has to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpkeepDue {
    pub places: Vec<PlaceDue>,
    /// A sample should be restored.
    pub sample: bool,
    /// Damaged archives and copies that a good one at a place that is there may mend.
    pub repairs: u64,
}

/// What should be read at a place; a share may be less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceDue {
    pub id: String,
    pub name: String,
    pub archives: u64,
    pub bytes: u64,
    pub unread_since: Timestamp,
}

/// What is read, restored and repaired now.
#[derive(Debug)]
pub struct UpkeepPlan {
    pub(super) profile: Profile,
    pub(super) limits: Limits,
    pub(super) places: Vec<PlacePlan>,
    pub(super) sample: Option<ArchiveRow>,
    pub(super) repairs: Repairs,
}

impl UpkeepPlan {
    pub fn due(&self) -> Option<UpkeepDue> {
        let places = self.places.iter().filter(|place| !place.due.is_empty()).map(PlacePlan::summary).collect();
        let due = UpkeepDue { places, sample: self.sample.is_some(), repairs: self.repairs.count() };
        (due.places.len() as u64 + due.repairs > 0 || due.sample).then_some(due)
    }
}

#[derive(Debug)]
pub(super) struct PlacePlan {
    pub setting: Setting,
    /// In the order in which to read them.
    pub due: Vec<Held>,
    pub bytes: u64,
}

impl PlacePlan {
    pub fn is_cloud(&self) -> bool {
        matches!(self.setting, Setting::Cloud { .. })
    }

    fn summary(&self) -> PlaceDue {
        PlaceDue {
            id: self.setting.id(),
            name: self.setting.name(),
            archives: self.due.len() as u64,
            bytes: self.due.iter().map(|held| held.copy.stored_bytes).sum(),
            unread_since: self.due.iter().map(Held::unread_since).min().unwrap_or_default(),
        }
    }
}

/// What is known to be damaged and may be mended now.
#[derive(Debug, Default)]
pub(super) struct Repairs {
    /// Where they were made.
    pub here: HashSet<ArchiveName>,
    /// By the places' ids.
    pub copies: HashSet<(String, ArchiveName)>,
}

impl Repairs {
    pub fn count(&self) -> u64 {
        (self.here.len() + self.copies.len()) as u64
    }
}

pub(super) const SAMPLE: &str = "sample";
pub(super) const REPAIR: &str = "repair";

pub(super) fn read_at(setting: &Setting) -> String {
    format!("read {}", setting.id())
}

/// What is due now; `None` for nothing. Quick, and asks no cloud whether it is there.
pub fn due(context: &Context, profile: &Profile, now: Timestamp) -> Result<Option<UpkeepDue>> {
    Ok(look(context, profile, Limits::default(), now)?.due())
}

/// The same, to be run. Writes nothing.
pub fn plan(context: &Context, profile: &Profile, limits: Limits) -> Result<UpkeepPlan> {
    look(context, profile, limits, context.clock.now())
}

fn look(context: &Context, profile: &Profile, limits: Limits, now: Timestamp) -> Result<UpkeepPlan> {
    let (catalog, _) = context.catalog()?;
    let rows = browse::refreshed(&catalog, Some(&profile.id))?;
    let last = |task: &str| catalog.turns().get(&profile.id, task);
    let (mut places, mut known) = (Vec::new(), Vec::new());
    for setting in &profile.destinations {
        let is_cloud = matches!(setting, Setting::Cloud { .. });
        if !is_cloud && Folder::of(setting, &profile.name).require().is_err() {
            continue;
        }
        let held = held(&catalog, profile, setting, &rows, true)?;
        let turn = last(&read_at(setting))?;
        // A day's share of a cloud is a day's share.
        let pause = match turn {
            Some(turn) if turn.more && !is_cloud => upkeep::NEXT_SHARE,
            _ => upkeep::NEXT_TURN,
        };
        let opens = upkeep::has_passed(turn.map(|turn| turn.at), pause, now) && !is_believed(setting);
        let due = held.iter().filter(|held| opens && held.is_due(now)).cloned().collect();
        let bytes = match setting {
            Setting::Cloud { service, .. } => service.read_daily_bytes.unwrap_or(limits.cloud_bytes),
            _ => limits.bytes,
        };
        places.push(PlacePlan { setting: setting.clone(), due, bytes });
        known.push(held);
    }
    let opens =
        |task: &str, pause| -> Result<bool> { Ok(upkeep::has_passed(last(task)?.map(|turn| turn.at), pause, now)) };
    let repairs = if opens(REPAIR, upkeep::NEXT_TURN)? { repairs(&places, &known) } else { Repairs::default() };
    let sample = if opens(SAMPLE, upkeep::SAMPLE_EVERY)? { sampled(&catalog, profile, &places, &rows)? } else { None };
    Ok(UpkeepPlan { profile: profile.clone(), limits, places, sample, repairs })
}

/// What is damaged at one place that is there, and not known to be so at another one.
fn repairs(places: &[PlacePlan], known: &[Vec<Held>]) -> Repairs {
    let mut found = Repairs::default();
    let here = || places.iter().zip(known);
    let good = |archive: &ArchiveName, first: bool| {
        here()
            .any(|(_, held)| held.iter().any(|held| held.first == first && held.copy.archive == *archive && !held.bad))
    };
    for (place, held) in here() {
        for held in held.iter().filter(|held| held.bad && held.mendable) {
            let archive = &held.copy.archive;
            if held.first && good(archive, false) {
                found.here.insert(archive.clone());
            } else if !held.first && (good(archive, true) || found.here.contains(archive)) {
                // The first place comes first, so what is mended there mends the copies.
                found.copies.insert((place.setting.id(), archive.clone()));
            }
        }
    }
    found
}

/// The archive that one would go back to, where it can be opened now.
fn sampled(
    catalog: &Catalog,
    profile: &Profile,
    places: &[PlacePlan],
    rows: &[ArchiveRow],
) -> Result<Option<ArchiveRow>> {
    if places.first().is_none_or(|place| profile.destinations.first() != Some(&place.setting)) {
        return Ok(None);
    }
    Ok(branches::newest_whole(catalog, &profile.id, rows)?.cloned())
}
