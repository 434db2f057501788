//! How a destination fills: what the catalog remembers of archives made and removed there, and when it is full at that rate.
use crate::catalog::{Catalog, CopyState, Operation, State};
use crate::deployment::{Destination as Setting, Profile};
use crate::error::Result;
use crate::operations::context::Context;
use crate::operations::destinations;
use crate::store::{DiskSpace, Folder, disk_space};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// Of one destination, as it is and as it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Of the disk, month by month, oldest first. What is not ours on it counts as it is now.
    pub used: Vec<Used>,
    /// 0 where nobody knows, as of a cloud.
    pub disk_bytes: u64,
    /// Of the disk; where nobody knows its size, of our archives.
    pub used_bytes: u64,
    /// By which our archives on it grow; negative where they become fewer.
    pub bytes_a_month: i64,
    /// When the disk will be full at that rate; `None` where it will not within a hundred years.
    pub full_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Used {
    pub at: Timestamp,
    pub bytes: u64,
}

const RUNS: usize = 40_000;
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);
const POINTS: usize = 13;
/// The rate is that of this time, or of a shorter one where there is no more. Shorter than a day says nothing.
const LOOKED_AT: SignedDuration = SignedDuration::from_hours(90 * 24);
const SHORTEST: SignedDuration = SignedDuration::from_hours(24);

/// Of a destination that is there; reads no archive, and asks no cloud. `DestinationMissing` where it is away.
pub fn forecast(context: &Context, profile: &Profile, setting: &Setting) -> Result<Forecast> {
    let disk = if setting.path().is_some() {
        destinations::open(context, profile, setting).require()?;
        Some(disk_space(Folder::of(setting, &profile.name).dir())?)
    } else {
        None
    };
    let (held, changes) = changes(&context.catalog()?.0, profile, setting)?;
    Ok(reckon(&changes, held, disk, context.clock.now()))
}

fn reckon(changes: &[(Timestamp, i64)], held: u64, disk: Option<DiskSpace>, now: Timestamp) -> Forecast {
    let used_bytes = disk.map_or(held, |disk| disk.total_bytes.saturating_sub(disk.free_bytes));
    let disk_bytes = disk.map_or(0, |disk| disk.total_bytes);
    let bytes_a_month = rate(changes, now);
    Forecast {
        used: over_time(changes, used_bytes, now),
        disk_bytes,
        used_bytes,
        bytes_a_month,
        full_at: full_at(disk_bytes, used_bytes, bytes_a_month, now),
    }
}

/// What our archives take there now, and by how much that changed when.
fn changes(catalog: &Catalog, profile: &Profile, setting: &Setting) -> Result<(u64, Vec<(Timestamp, i64)>)> {
    let mut changes: Vec<(Timestamp, i64)> = Vec::new();
    if profile.destinations.first() != Some(setting) {
        let copies = catalog.copies().list(&profile.id, Some(&setting.id()))?;
        let there = || copies.iter().filter(|copy| copy.state == CopyState::Present);
        changes.extend(there().map(|copy| (copy.created, copy.stored_bytes as i64)));
        return Ok((there().map(|copy| copy.stored_bytes).sum(), changes));
    }
    let rows = catalog.archives().list(Some(&profile.id))?;
    for run in catalog.runs().recent_brief(Some(&profile.id), RUNS)? {
        match run.operation {
            Operation::Backup => changes.push((run.ended, run.stored_bytes as i64)),
            Operation::Prune => changes.push((run.ended, -(run.stored_bytes as i64))),
            _ => {}
        }
    }
    if changes.is_empty() {
        // Built again, the catalog knows no runs.
        changes.extend(rows.iter().map(|row| (row.created, row.stored_bytes as i64)));
    }
    Ok((rows.iter().filter(|row| row.state == State::Present).map(|row| row.stored_bytes).sum(), changes))
}

/// Bytes a month.
fn rate(changes: &[(Timestamp, i64)], now: Timestamp) -> i64 {
    let Some(first) = changes.iter().map(|(at, _)| *at).min() else { return 0 };
    let from = now.checked_sub(LOOKED_AT).unwrap_or(first).max(first);
    let time = now.duration_since(from);
    if time < SHORTEST {
        return 0;
    }
    // What the first archives brought is no growth.
    let begun = if from == first { first.checked_add(SHORTEST).unwrap_or(first) } else { from };
    let sum: i64 = changes.iter().filter(|(at, _)| *at > begun && *at <= now).map(|(_, bytes)| *bytes).sum();
    (sum as f64 * MONTH.as_secs_f64() / now.duration_since(begun).max(SHORTEST).as_secs_f64()) as i64
}

/// Month by month back from now, as far as anything is known.
fn over_time(changes: &[(Timestamp, i64)], used_now: u64, now: Timestamp) -> Vec<Used> {
    let Some(first) = changes.iter().map(|(at, _)| *at).min() else { return Vec::new() };
    let mut points = Vec::new();
    for back in 0..POINTS {
        let Ok(at) = now.checked_sub(MONTH * back as i32) else { break };
        let since: i64 = changes.iter().filter(|(when, _)| *when > at && *when <= now).map(|(_, bytes)| *bytes).sum();
        points.push(Used { at, bytes: used_now.saturating_add_signed(-since) });
        if at <= first {
            break;
        }
    }
    points.reverse();
    points
}

fn full_at(disk: u64, used: u64, a_month: i64, now: Timestamp) -> Option<Timestamp> {
    if disk == 0 || a_month <= 0 {
        return None;
    }
    let months = disk.saturating_sub(used) as f64 / a_month as f64;
    (months < 1200.0)
        .then(|| now.checked_add(SignedDuration::from_secs_f64(months * MONTH.as_secs_f64())).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days_ago: i64) -> Timestamp {
        now() - SignedDuration::from_hours(24 * days_ago)
    }

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn growth_is_what_came_less_what_went() {
        let changes = [(at(61), 1000), (at(40), 50), (at(20), 50), (at(10), -40), (at(1), 60)];
        assert_eq!(rate(&changes, now()), 60, "120 bytes in 60 days; the first archive is no growth");
        let used = over_time(&changes, 5120, now());
        let bytes: Vec<u64> = used.iter().map(|used| used.bytes).collect();
        assert_eq!(bytes, [4000, 5000, 5050, 5120]);
        assert_eq!(used[3].at, now());
        assert_eq!((rate(&[], now()), over_time(&[], 7, now())), (0, Vec::new()));
        assert_eq!(rate(&[(at(0), 1000)], now()), 0, "one day says nothing");
    }

    #[test]
    fn a_disk_that_does_not_fill_is_never_full() {
        assert_eq!(full_at(1000, 400, 60, now()), Some(now() + MONTH * 10));
        assert_eq!(full_at(1000, 400, 0, now()), None);
        assert_eq!(full_at(1000, 400, -5, now()), None);
        assert_eq!(full_at(u64::MAX, 0, 1, now()), None);
        assert_eq!(full_at(1000, 1200, 60, now()), Some(now()));
    }
}
