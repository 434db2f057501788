use super::duration_words;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::Duration;

/// The exact time in a zone, to the minute: `2026-11-21 02:00`.
pub fn local_words(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// How long ago (or how soon) in one unit: `just now`, `32 min ago`, `2 h ago`, `in 3 days`.
pub fn ago_words(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs();
    let distance = seconds.unsigned_abs();
    let rounded = match distance {
        0..=29 => return "just now".to_owned(),
        30..=3599 => (distance + 30) / 60 * 60,
        3600..=172_799 => (distance + 1800) / 3600 * 3600,
        _ => distance,
    };
    // At least a minute, which also keeps the words in a single unit.
    let words = match rounded {
        0..=3599 => format!("{} min", (rounded / 60).max(1)),
        3600..=172_799 => format!("{} h", rounded / 3600),
        _ => duration_words(Duration::from_secs(rounded)),
    };
    if seconds < 0 { format!("in {words}") } else { format!("{words} ago") }
}

/// The same to the second: of two archives that were made in one minute.
pub fn local_seconds(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A moment as one says it today: `20:21`, or with its day where that is another one; with seconds where the minute
/// does not tell which is meant.
pub fn moment_words(at: Timestamp, now: Timestamp, zone: &TimeZone, seconds: bool) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = match (at.date() == now.date(), seconds) {
        (true, false) => "%H:%M",
        (true, true) => "%H:%M:%S",
        (false, false) => "%Y-%m-%d %H:%M",
        (false, true) => "%Y-%m-%d %H:%M:%S",
    };
    at.strftime(form).to_string()
}
