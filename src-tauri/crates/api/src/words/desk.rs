//! The words of the tray, the window's title and notifications.
use super::{ago_words, class_words, moment_words};
use crate::{DeploymentStatus, JobKind, RecoveryPoint, SafetyState};
use holdfast_engine::jobs::{Phase, Progress};
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub const APPLICATION: &str = "Holdfast";
pub const BACK_UP_NOW: &str = "Back Up Now";
pub const OPEN: &str = "Open Holdfast";
pub const EXPORT: &str = "Export to USB…";
pub const QUIT: &str = "Quit";
pub const PAUSE_FOR: &str = "Pause for…";
pub const PAUSE_HOUR: &str = "1 hour";
pub const PAUSE_TOMORROW: &str = "Until tomorrow";
pub const RESUME: &str = "Resume";
pub const PAUSED: &str = "Paused";
/// As the tray's program calls itself where others ask who makes what is due.
pub const WHO: &str = "Holdfast in the tray";
pub const KIT_TITLE: &str = "Recovery kit";
pub const NOTHING_PROTECTED: &str = "Nothing is protected yet";
pub const NO_BACKUP: &str = "No backup yet";
pub const PROBLEMS_STEP: &str = "The archive is there. Open Holdfast to see what it lacks.";

/// `Backing up 41%`; `Copying 12%` while what was made is brought to other places.
pub fn working_words(kind: JobKind, progress: Option<&Progress>) -> String {
    let copying = kind == JobKind::Backup && progress.is_some_and(|progress| progress.phase == Phase::Copying);
    let words = if copying { JobKind::Copy.words() } else { kind.words() };
    match progress.and_then(percent_of) {
        Some(percent) => format!("{words} {percent}%"),
        None => words.to_owned(),
    }
}

/// How far all of it is, from 0 to 100; `None` while nobody knows. Reading back goes on where writing ended: the number never
/// falls on the way to an archive. The window's pages count the same way.
pub fn percent_of(progress: &Progress) -> Option<u64> {
    let (from, to) = match progress.phase {
        Phase::BackingUp | Phase::Exporting => (0, WRITTEN),
        Phase::ReadingBack => (WRITTEN, READ_BACK),
        Phase::Finishing => return Some(READ_BACK),
        _ => (0, 100),
    };
    let of = |done: u64, total: u64| {
        let part = |total| (u128::from(done) * u128::from(to - from) / u128::from(total)) as u64;
        (total > 0).then(|| part(total).min(to - from) + from)
    };
    of(progress.bytes_done, progress.bytes_total).or_else(|| of(progress.files_done, progress.files_total))
}

/// Percent of the whole when an archive is written, and when it is read back: that is quicker than to compress and seal.
const WRITTEN: u64 = 80;
const READ_BACK: u64 = 99;

/// `Protected · Holdfast`
pub fn window_title(said: &str) -> String {
    format!("{said} · {APPLICATION}")
}

/// `Protected. The newest archive was made 2 h ago.`, with the name where there are several.
pub fn state_line(state: SafetyState, worst: &DeploymentStatus, several: bool) -> String {
    let of = if several { format!(" ({})", worst.deployment) } else { String::new() };
    format!("{}{of}. {}{}", state.words(), worst.reason, behind(&worst.points))
}

/// ` Overdue: databases, files.`, where parts are behind what they may lose and an archive could still bring them back.
fn behind(points: &[RecoveryPoint]) -> String {
    let overdue = points.iter().filter(|point| point.overdue && point.at.is_some());
    let words: Vec<&str> = overdue.map(|point| class_words(point.class)).collect();
    if words.is_empty() { String::new() } else { format!(" Overdue: {}.", words.join(", ")) }
}

/// `Last backup: 2 h ago`
pub fn last_backup(newest: Option<Timestamp>, now: Timestamp) -> String {
    newest.map_or_else(|| NO_BACKUP.to_owned(), |at| format!("Last backup: {}", ago_words(at, now)))
}

/// `Paused until 14:30. Nothing is backed up by itself until then.`
pub fn paused_line(until: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    format!("{PAUSED} until {}. Nothing is backed up by itself until then.", moment_words(until, now, zone, false))
}

/// Of a drive that was plugged in and has all that was due to it.
pub fn copied_title(place: &str) -> String {
    format!("{place} is safe to unplug.")
}

/// Of a backup that ended with problems.
pub fn problems_title(deployment: &str) -> String {
    format!("The backup of {deployment} was made with problems.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_domain::Class;

    #[test]
    fn the_line_of_the_tray_names_what_is_behind() {
        let point = |class, overdue| RecoveryPoint {
            class,
            at: Some(Timestamp::UNIX_EPOCH),
            comes_out: None,
            target_seconds: 3600,
            overdue,
            overdue_since: None,
        };
        assert_eq!(behind(&[point(Class::Database, false)]), "");
        let points = [point(Class::Database, true), point(Class::Files, true), point(Class::Logs, false)];
        assert_eq!(behind(&points), " Overdue: databases, files.");
        assert_eq!(behind(&[RecoveryPoint { at: None, ..points[0] }]), "", "the reason says it");
    }

    #[test]
    fn percent_goes_by_bytes_and_never_back_nor_beyond_the_whole() {
        let mut progress = Progress {
            phase: Phase::Restoring,
            files_done: 1,
            files_total: 4,
            bytes_done: 0,
            bytes_total: 0,
            bytes_per_second: None,
            seconds_left: None,
            current: None,
        };
        assert_eq!(percent_of(&progress), Some(25));
        progress.bytes_total = 200;
        progress.bytes_done = 83;
        assert_eq!(percent_of(&progress), Some(41));
        progress.bytes_done = 201;
        assert_eq!(percent_of(&progress), Some(100));
        progress.phase = Phase::BackingUp;
        assert_eq!(percent_of(&progress), Some(80));
        progress.bytes_done = 100;
        assert_eq!(working_words(JobKind::Backup, Some(&progress)), "Backing up 40%");
        progress.phase = Phase::ReadingBack;
        assert_eq!(percent_of(&progress), Some(89));
        progress.bytes_done = 0;
        assert_eq!(percent_of(&progress), Some(80));
        progress.phase = Phase::Finishing;
        assert_eq!(percent_of(&progress), Some(99));
        progress.phase = Phase::Copying;
        progress.bytes_done = 83;
        assert_eq!(working_words(JobKind::Backup, Some(&progress)), "Copying 41%");
        assert_eq!(working_words(JobKind::Verify, None), "Verifying");
    }
}
