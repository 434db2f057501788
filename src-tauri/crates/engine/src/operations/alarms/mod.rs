//! Alarms: what looked wrong when an archive was made. Raised at the end of a backup, before the manifest is written, so
//! that the archive itself carries them; kept in the catalog; closed by a person alone. While one is open nothing is
//! removed, anywhere: what it warns of may be that only old archives are worth anything.
mod beside;
mod compare;
mod judge;
mod look;

pub(super) use beside::Before;
pub(super) use judge::{Judged, Made, judge};

use super::branches;
use super::context::Context;
use crate::archive::Manifest;
use crate::catalog::{ArchiveRow, Catalog, Operation, Run};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use holdfast_domain::alarm::{Acknowledged, Alarm, Finding};
use holdfast_domain::{ArchiveName, Code, Outcome, Problem};
use jiff::Timestamp;

/// All that are known of a deployment, newest first.
pub fn list(context: &Context, profile: &Profile) -> Result<Vec<Alarm>> {
    context.known_catalog()?.map_or_else(|| Ok(Vec::new()), |catalog| catalog.alarms().list(&profile.id))
}

/// Those that nobody acknowledged, newest first.
pub fn open(context: &Context, profile: &Profile) -> Result<Vec<Alarm>> {
    context.known_catalog()?.map_or_else(|| Ok(Vec::new()), |catalog| catalog.alarms().open(&profile.id))
}

/// A person says that an alarm was meant, or is dealt with: it holds nothing up any more. The note of one that was
/// acknowledged before is replaced. `BadRequest` where there is none of that number; `Locked` while a run is at work.
pub fn acknowledge(context: &Context, profile: &Profile, id: u32, note: Option<String>) -> Result<Alarm> {
    let note = note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    let at = context.clock.now();
    change(context, profile, id, "acknowledging an alarm", |alarm| alarm.acknowledged = Some(Acknowledged { at, note }))
}

/// Takes that back: it is open as before.
pub fn reopen(context: &Context, profile: &Profile, id: u32) -> Result<Alarm> {
    change(context, profile, id, "opening an alarm again", |alarm| alarm.acknowledged = None)
}

fn change(context: &Context, profile: &Profile, id: u32, what: &str, change: impl FnOnce(&mut Alarm)) -> Result<Alarm> {
    // A backup that is at work goes on with what was said before it began.
    let _lock = context.lock(profile.name.as_str(), what)?;
    let (catalog, _) = context.catalog()?;
    let known = catalog.alarms().list(&profile.id)?;
    let Some(mut alarm) = known.into_iter().find(|alarm| alarm.id == id) else {
        let cause = "there is no alarm of that number; holdfast alarm --all lists all of them";
        return Err(Error::new(Code::BadRequest, format!("alarm {id}"), cause));
    };
    change(&mut alarm);
    let at = context.clock.now();
    let run = Run {
        deployment_id: profile.id.clone(),
        operation: Operation::Acknowledge,
        started: at,
        ended: at,
        outcome: Outcome::Done,
        archive: Some(alarm.archive.clone()),
        files: 0,
        bytes: 0,
        stored_bytes: 0,
        summary: serde_json::json!({ "alarm": id, "open": alarm.is_open() }),
        problems: Vec::new(),
    };
    catalog.transaction(|tables| {
        tables.alarms().put(&profile.id, &alarm)?;
        tables.runs().insert(&run)
    })?;
    Ok(alarm)
}

/// Why nothing may be removed, where an open alarm holds that up.
pub(super) fn frozen(catalog: &Catalog, deployment_id: &str) -> Result<Option<String>> {
    let open = catalog.alarms().open(deployment_id)?;
    let freezing: Vec<&Alarm> = open.iter().filter(|alarm| alarm.freezes()).collect();
    // The first that was raised knows since when.
    let Some(first) = freezing.last() else { return Ok(None) };
    let more = match freezing.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Ok(Some(format!("alarm {} is open: {}{more}", first.id, first.finding.seen())))
}

/// The archive to go back to because of an alarm: the one that was the last good one when it was raised, or the newest good
/// one before it that can still be had. `rows`: of one deployment, newest first.
pub fn last_good(
    catalog: &Catalog,
    deployment_id: &str,
    rows: &[ArchiveRow],
    alarm: &Alarm,
) -> Result<Option<ArchiveName>> {
    let before: Vec<ArchiveRow> = rows.iter().filter(|row| row.created < alarm.since).cloned().collect();
    Ok(branches::newest_whole(catalog, deployment_id, &before)?.map(|row| row.name.clone()))
}

/// Of the problems that an archive tells, those that still count: what a person acknowledged was meant. `alarms`: all that
/// are known.
pub(super) fn without_meant(problems: Vec<Problem>, created: Timestamp, alarms: &[Alarm]) -> Vec<Problem> {
    let counts = |problem: &Problem| {
        let of = |alarm: &&Alarm| match &alarm.finding {
            _ if alarm.finding.code() != problem.code || alarm.since > created => false,
            Finding::DatabaseEmptied { path, .. } => *path == problem.subject,
            _ => true,
        };
        // The last one of its kind before that archive is the one that it tells of.
        alarms.iter().filter(of).max_by_key(|alarm| (alarm.since, alarm.id)).is_none_or(Alarm::is_open)
    };
    problems.into_iter().filter(counts).collect()
}

/// In a catalog that was built again: the alarms that the newest archive carries. What a person said since is lost with the
/// old catalog, so an alarm may be open again.
pub(super) fn derive<'a>(
    catalog: &Catalog,
    deployment_id: &str,
    manifests: impl IntoIterator<Item = &'a Manifest>,
) -> Result<()> {
    let Some(newest) = manifests.into_iter().max_by_key(|manifest| manifest.created) else { return Ok(()) };
    let known = catalog.alarms().list(deployment_id)?;
    let is_new = |alarm: &&Alarm| !known.iter().any(|known| known.id == alarm.id);
    let new: Vec<Alarm> = newest.alarms.iter().filter(is_new).cloned().collect();
    catalog.alarms().put_all(deployment_id, &new)
}
