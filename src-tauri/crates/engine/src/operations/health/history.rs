//! What checks found over time: kept in the catalog, and read as a trend.
use super::super::context::Context;
use crate::catalog::{Catalog, HealthRow};
use crate::deployment::Profile;
use crate::error::Result;
use crate::health::full_at;
use holdfast_domain::health::{CheckId, Finding, State, Turn};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// One point of a trend.
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
#[ts(rename = "HealthPoint")]
pub struct Point {
    pub at: Timestamp,
    /// The worst of what the point stands for.
    pub state: State,
    /// The last.
    pub number: Option<f64>,
}

/// Who watches every second does not fill the catalog.
const AT_MOST_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// More points say no more on any screen.
const POINTS: usize = 500;
const DAYS: i64 = 30;
/// Farther off, a full disk is no matter of today.
const SOON: SignedDuration = SignedDuration::from_hours(24 * 14);

/// Keeps what was found, and says what turned since each check was looked at before.
pub(super) fn record(
    context: &Context,
    profile: &Profile,
    at: Timestamp,
    occasion: &str,
    findings: &[Finding],
) -> Result<Vec<Turn>> {
    let (catalog, _) = context.catalog()?;
    let last = catalog.health().last(&profile.id)?;
    let turns: Vec<Turn> = findings.iter().filter_map(|finding| turn(&last, finding)).collect();
    let before = last.iter().map(|row| row.at).max();
    let soon = before.is_some_and(|before| at.duration_since(before).abs() < AT_MOST_EVERY);
    if occasion.is_empty() && soon && turns.is_empty() {
        return Ok(turns);
    }
    catalog.transaction(|tables| {
        tables.health().insert(&profile.id, at, occasion, findings)?;
        let hour = |at: Timestamp| at.as_second().div_euclid(3600);
        if before.is_none_or(|before| hour(before) != hour(at)) {
            tables.health().thin(&profile.id, at)?;
        }
        Ok(turns)
    })
}

/// How a check came out otherwise than the last time, if it did.
fn turn(last: &[HealthRow], finding: &Finding) -> Option<Turn> {
    let before = last.iter().find(|row| row.check == finding.check.as_str()).map(|row| row.state);
    (before != Some(finding.state)).then(|| Turn {
        check: finding.check.clone(),
        name: finding.name.clone(),
        before,
        after: Some(finding.state),
        seen: finding.seen.clone(),
    })
}

/// How a check went over the last days, oldest first; at most 500 points.
pub fn trend(context: &Context, profile: &Profile, check: &CheckId, days: u32) -> Result<Vec<Point>> {
    let Some(catalog) = context.known_catalog()? else { return Ok(Vec::new()) };
    Ok(thinned(&rows(context, &catalog, profile, check, days.into())?))
}

fn rows(context: &Context, catalog: &Catalog, profile: &Profile, check: &CheckId, days: i64) -> Result<Vec<HealthRow>> {
    let since = context.clock.now().checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::UNIX_EPOCH);
    catalog.health().since(&profile.id, check.as_str(), since)
}

fn thinned(rows: &[HealthRow]) -> Vec<Point> {
    let each = rows.len().div_ceil(POINTS).max(1);
    let point = |rows: &[HealthRow]| {
        let last = rows.last()?;
        let state = rows.iter().map(|row| row.state).max().unwrap_or(last.state);
        Some(Point { at: last.at, state, number: rows.iter().rev().find_map(|row| row.number) })
    };
    rows.chunks(each).filter_map(point).collect()
}

/// The day on which a disk is full as it grew lately, where that is soon.
pub(super) fn full_on(context: &Context, catalog: &Catalog, profile: &Profile, id: &CheckId) -> Result<Option<String>> {
    let rows = rows(context, catalog, profile, id, DAYS)?;
    let points: Vec<(Timestamp, f64)> = rows.iter().filter_map(|row| Some((row.at, row.number?))).collect();
    let now = context.clock.now();
    let full = full_at(&points).filter(|at| *at > now && at.duration_since(now) < SOON);
    Ok(full.map(|at| at.to_zoned(context.clock.zone()).strftime("%F").to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_history_is_told_in_few_points_and_hides_no_failure() {
        let start: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        let row = |minute: i64| HealthRow {
            check: "http".to_owned(),
            at: start + SignedDuration::from_mins(minute),
            state: if minute == 1111 { State::Failing } else { State::Ok },
            seen: String::new(),
            number: Some(minute as f64),
            took_ms: 1,
        };
        let rows: Vec<HealthRow> = (0..3000).map(row).collect();
        let points = thinned(&rows);
        assert_eq!(points.len(), 500);
        assert_eq!(points.iter().filter(|point| point.state == State::Failing).count(), 1);
        assert_eq!((points[0].number, points[499].number), (Some(5.0), Some(2999.0)));
        assert_eq!(thinned(&rows[..3]).len(), 3);
        assert!(thinned(&[]).is_empty());
    }
}
