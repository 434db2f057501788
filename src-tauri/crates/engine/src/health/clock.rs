use super::{Look, Probe, Seen};
use jiff::{SignedDuration, Timestamp};

/// Whether the clock can be right: archives are named and kept by time.
#[derive(Debug, Clone)]
pub struct ClockCheck {
    /// When the newest archive was made, as it says.
    pub newest: Option<Timestamp>,
}

/// Earlier than this program.
const YEAR: i16 = 2025;
const ALLOWED: SignedDuration = SignedDuration::from_mins(5);

const STEP: &str = "Set the clock (timedatectl set-ntp true); archives are named and kept by time.";

impl Look for ClockCheck {
    fn look(&self, probe: &Probe) -> Seen {
        let (now, zone) = (probe.clock.now(), probe.clock.zone());
        let local = now.to_zoned(zone);
        if local.year() < YEAR {
            return Seen::failing(format!("it says that it is {}", local.year()), STEP);
        }
        if let Some(newest) = self.newest.filter(|newest| *newest > now + ALLOWED) {
            return Seen::warning(
                format!("the newest archive is dated later: {}", newest.strftime("%F %H:%M UTC")),
                STEP,
            );
        }
        // A machine that slept is ahead of what it counted; behind it is only a clock that was set.
        if let Some((then, counted)) = probe.since {
            let passed = probe.clock.elapsed().saturating_sub(counted);
            let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::ZERO);
            let behind = (then + passed).duration_since(now);
            if behind > ALLOWED {
                return Seen::warning(format!("it was set back by {} minutes", behind.as_mins()), STEP);
            }
        }
        Seen::ok(local.strftime("%F %H:%M %Z").to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;
    use crate::FixedClock;
    use holdfast_domain::health::State;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn a_clock_that_cannot_be_right_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let look = |now: &str, newest: Option<&str>, since: Option<&str>| {
            let mut probe = probe(dir.path());
            probe.clock = Arc::new(FixedClock(now.parse().unwrap()));
            probe.since = since.map(|since| (since.parse().unwrap(), Duration::ZERO));
            ClockCheck { newest: newest.map(|at| at.parse().unwrap()) }.look(&probe)
        };
        let now = "2026-11-22T12:00:00Z";
        assert_eq!(look(now, Some("2026-11-22T11:00:00Z"), Some("2026-11-22T09:00:00Z")).state, State::Ok);
        assert_eq!(look("1970-01-02T00:00:00Z", None, None).state, State::Failing);
        assert_eq!(look(now, Some("2026-11-22T12:30:00Z"), None).state, State::Warning);
        let back = look(now, None, Some("2026-11-22T13:00:00Z"));
        assert!(back.state == State::Warning && back.text.contains("60 minutes"), "{back:?}");
    }
}
