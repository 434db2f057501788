//! When the bytes of archives are read again: pure rules of (what was read when, now).
//!
//! What was written well rots where it lies, and nothing tells it but reading. So every byte at every place is to be read
//! at least once in [`WITHIN`]. A copy is due after [`DUE_AFTER`] already: what is between the two is for places that are
//! away for a week, and for shares that are small beside what lies there.
use jiff::{SignedDuration, Timestamp};

/// The promise: nothing is unread for longer.
pub const WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A copy is read again so long after it was read last.
pub const DUE_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Between two shares at one place, where the last one was not all.
pub const NEXT_SHARE: SignedDuration = SignedDuration::from_hours(1);
/// Between two shares at one place, else. What comes due by the hour is read by the day.
pub const NEXT_TURN: SignedDuration = SignedDuration::from_hours(24);
/// Between two restores of a sample.
pub const SAMPLE_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What is dated later than this after now is of a clock that was wrong, and counts for nothing.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

/// Whether a copy should be read now that was last read whole then; `None`: never, as far as anybody remembers.
pub fn is_due(read: Option<Timestamp>, now: Timestamp) -> bool {
    past(read, now).is_none_or(|at| now.duration_since(at) >= DUE_AFTER)
}

/// Whether the promise is broken for a copy that is unread since then.
pub fn is_overdue(unread_since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(unread_since) > WITHIN
}

/// Whether so long has passed since a task was done that it may be done again.
pub fn has_passed(last: Option<Timestamp>, pause: SignedDuration, now: Timestamp) -> bool {
    past(last, now).is_none_or(|at| now.duration_since(at) >= pause)
}

fn past(at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    at.filter(|at| at.duration_since(now) <= AHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().unwrap()
    }

    fn days_ago(days: i64) -> Timestamp {
        now() - SignedDuration::from_hours(24 * days)
    }

    #[test]
    fn a_copy_is_due_after_a_fortnight_and_overdue_after_a_month() {
        assert!(is_due(None, now()) && is_due(Some(days_ago(14)), now()));
        assert!(!is_due(Some(days_ago(13)), now()));
        assert!(!is_overdue(days_ago(30), now()) && is_overdue(days_ago(31), now()));
    }

    #[test]
    fn what_a_wrong_clock_noted_counts_for_nothing() {
        assert!(is_due(Some(days_ago(-300)), now()));
        assert!(!is_due(Some(now() + SignedDuration::from_mins(5)), now()));
        assert!(has_passed(Some(days_ago(-1)), NEXT_TURN, now()));
        assert!(!is_overdue(days_ago(-1), now()));
    }

    #[test]
    fn a_drive_that_comes_at_weekends_can_be_read_in_time() {
        // There on two days of seven: whatever the day, one of them comes after it is due and before it is overdue.
        let rest = WITHIN - DUE_AFTER;
        assert!(rest > SignedDuration::from_hours(24 * 14), "two weekends lie between the two");
    }
}
