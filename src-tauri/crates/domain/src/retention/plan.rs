use super::slots::{Candidate, Span, pick};
use super::{Policy, Reason};
use crate::{ArchiveName, Kind, Level};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Serialize;
use std::collections::HashMap;

/// An archive that is there, as far as retention cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub name: ArchiveName,
    pub level: Level,
    pub kind: Kind,
    pub at: Timestamp,
    /// The archive that this one builds on.
    pub parent: Option<ArchiveName>,
    pub verified: bool,
    pub pinned: bool,
    pub stored_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub name: ArchiveName,
    pub keep: bool,
    /// Never empty.
    pub reasons: Vec<Reason>,
}

/// What may still be at work, or be built upon by a run that has begun, is left alone.
const YOUNG: SignedDuration = SignedDuration::from_hours(1);

/// Decides about every archive, in the order given. Whatever the policy says: what a kept archive
/// needs, the newest archive and the last verified one stay, and while `alarm_open` all stay.
pub fn plan(policy: &Policy, archives: &[Kept], alarm_open: bool, now: Timestamp, zone: &TimeZone) -> Vec<Decision> {
    let mut reasons: Vec<Vec<Reason>> = vec![Vec::new(); archives.len()];
    let by_age = newest_first(archives);

    let newest = by_age
        .iter()
        .copied()
        .filter(|&index| archives[index].kind.is_regular())
        .min_by_key(|&index| archives[index].at > now);
    if let Some(index) = newest {
        reasons[index].push(Reason::Newest);
    }
    keep_slots(policy, archives, &by_age, now, zone, &mut reasons);
    for (archive, reasons) in archives.iter().zip(&mut reasons) {
        keep_by_itself(policy, archive, now, zone, reasons);
    }
    // An emergency archive may be of the damaged state: it only stands in for a better one.
    let last_verified = by_age
        .iter()
        .copied()
        // An export lies elsewhere, wherever the person took it.
        .filter(|&index| archives[index].verified && archives[index].kind != Kind::Export)
        .min_by_key(|&index| archives[index].kind == Kind::Emergency);
    if let Some(index) = last_verified {
        reasons[index].push(Reason::LastVerified);
    }
    if reasons.iter().all(Vec::is_empty)
        && let Some(&index) = by_age.first()
    {
        reasons[index].push(Reason::Newest);
    }
    if alarm_open {
        for reasons in reasons.iter_mut().filter(|reasons| reasons.is_empty()) {
            reasons.push(Reason::Alarm);
        }
    }
    keep_needed(archives, &by_age, &mut reasons);

    archives
        .iter()
        .zip(reasons)
        .map(|(archive, mut reasons)| {
            let keep = !reasons.is_empty();
            if !keep {
                reasons.push(Reason::NoRule);
            }
            Decision { name: archive.name.clone(), keep, reasons }
        })
        .collect()
}

fn newest_first(archives: &[Kept]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..archives.len()).collect();
    order.sort_by(|&a, &b| {
        let key = |index: usize| (archives[index].at, &archives[index].name);
        key(b).cmp(&key(a))
    });
    order
}

fn keep_slots(
    policy: &Policy,
    archives: &[Kept],
    by_age: &[usize],
    now: Timestamp,
    zone: &TimeZone,
    reasons: &mut [Vec<Reason>],
) {
    // Emergency archives stand for no slot, for the state may be damaged; exports neither, for they may be
    // carried away; nor do archives dated
    // after now, which would take the slots of the true newest ones.
    let candidates: Vec<Candidate> = by_age
        .iter()
        .map(|&index| (index, &archives[index]))
        .filter(|(_, archive)| archive.kind.is_regular() && archive.at <= now)
        .map(|(index, archive)| Candidate {
            index,
            at: archive.at.to_zoned(zone.clone()),
            full: archive.level == Level::Full,
        })
        .collect();
    for (index, slot) in pick(Span::Hour, policy.hourly, &candidates) {
        reasons[index].push(Reason::Hourly { slot });
    }
    for (index, slot) in pick(Span::Day, policy.daily, &candidates) {
        reasons[index].push(Reason::Daily { slot });
    }
    for (index, slot) in pick(Span::Week, policy.weekly, &candidates) {
        reasons[index].push(Reason::Weekly { slot });
    }
    for (index, slot) in pick(Span::Month, policy.monthly, &candidates) {
        reasons[index].push(Reason::Monthly { slot });
    }
}

fn keep_by_itself(policy: &Policy, archive: &Kept, now: Timestamp, zone: &TimeZone, reasons: &mut Vec<Reason>) {
    if archive.kind == Kind::Export {
        reasons.push(Reason::Exported);
    } else if archive.kind != Kind::Scheduled {
        let made = archive.at.to_zoned(zone.clone()).date();
        let until = made.saturating_add(i64::from(policy.manual_days.min(1_000_000)).days());
        if now.to_zoned(zone.clone()).date() <= until {
            reasons.push(match archive.kind {
                Kind::Emergency => Reason::Emergency { until },
                _ => Reason::Manual { until },
            });
        }
    }
    if archive.pinned {
        reasons.push(Reason::Pinned);
    }
    if now.duration_since(archive.at) < YOUNG {
        reasons.push(Reason::Young);
    }
}

/// Walks from each kept archive up to the full one that it rests on.
fn keep_needed(archives: &[Kept], by_age: &[usize], reasons: &mut [Vec<Reason>]) {
    let place: HashMap<&ArchiveName, usize> =
        archives.iter().enumerate().map(|(index, archive)| (&archive.name, index)).collect();
    let mut needed = vec![false; archives.len()];
    let kept: Vec<usize> = by_age.iter().copied().filter(|&index| !reasons[index].is_empty()).collect();
    for mut child in kept {
        while let Some(&parent) = archives[child].parent.as_ref().and_then(|name| place.get(name)) {
            // The way up from a needed one was walked before; this also ends a circle.
            if needed[parent] {
                break;
            }
            needed[parent] = true;
            reasons[parent].push(Reason::NeededBy { archive: archives[child].name.clone() });
            child = parent;
        }
    }
}
