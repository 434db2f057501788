//! Sleep and clocks that jump are seen by laying the clock on the wall beside the one that only counts: while a computer
//! sleeps, the counting one stands still.
use crate::Clock;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

pub(super) struct Awake {
    settle: SignedDuration,
    wall: Timestamp,
    counted: Duration,
    /// Nothing begins before this.
    from: Timestamp,
    /// When it was to be looked at again.
    expected: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noticed {
    Woke { asleep: SignedDuration },
    SetBack { by: SignedDuration },
}

/// Less is a busy machine, or a clock that is set right.
const SLEEP: SignedDuration = SignedDuration::from_secs(60);
/// A process that comes so late was stopped, and comes back like a computer that slept.
const STOPPED: SignedDuration = SignedDuration::from_mins(30);

impl Awake {
    /// The program was just started: at login, or when the computer was.
    pub fn new(clock: &dyn Clock, settle: SignedDuration) -> Self {
        let wall = clock.now();
        let from = wall.saturating_add(settle).unwrap_or(wall);
        Self { settle, wall, counted: clock.elapsed(), from, expected: None }
    }

    pub fn from(&self) -> Timestamp {
        self.from
    }

    pub fn look(&mut self, clock: &dyn Clock) -> Option<Noticed> {
        let now = clock.now();
        let by_wall = now.duration_since(self.wall);
        let counted =
            SignedDuration::try_from(clock.elapsed().saturating_sub(self.counted)).unwrap_or(SignedDuration::MAX);
        let jump = by_wall - counted;
        let late = self.expected.map_or(SignedDuration::ZERO, |expected| now.duration_since(expected));
        self.rest(clock, None);
        if jump <= -SLEEP {
            // What was to begin at a time of the other clock begins a little from now.
            self.from = self.from.min(now.saturating_add(self.settle).unwrap_or(now));
            return Some(Noticed::SetBack { by: -jump });
        }
        let asleep = if jump >= SLEEP { Some(jump) } else { (late >= STOPPED).then_some(late) }?;
        self.from = now.saturating_add(self.settle).unwrap_or(now);
        Some(Noticed::Woke { asleep })
    }

    /// From here on nobody looks until the time that is given, or a little earlier. What was done since the last look
    /// was no sleep.
    pub fn rest(&mut self, clock: &dyn Clock, again: Option<Timestamp>) {
        self.expected = again;
        self.wall = clock.now();
        self.counted = clock.elapsed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Hands(Mutex<(i64, u64)>);

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(self.0.lock().unwrap().0).unwrap()
        }
        fn elapsed(&self) -> Duration {
            Duration::from_secs(self.0.lock().unwrap().1)
        }
        fn zone(&self) -> jiff::tz::TimeZone {
            jiff::tz::TimeZone::UTC
        }
    }

    #[test]
    fn a_sleep_a_set_back_and_ordinary_time_are_told_apart() {
        let clock = Hands(Mutex::new((1_000_000, 50)));
        let mut awake = Awake::new(&clock, SignedDuration::from_secs(120));
        let mut passes = |wall: i64, counted: u64| {
            let again = clock.now() + SignedDuration::from_secs(60);
            awake.rest(&clock, Some(again));
            let mut hands = clock.0.lock().unwrap();
            *hands = (hands.0 + wall, hands.1 + counted);
            drop(hands);
            awake.look(&clock)
        };
        assert_eq!(passes(30, 30), None);
        assert_eq!(passes(45, 10), None, "the clock was set right");
        assert_eq!(passes(3_600, 5), Some(Noticed::Woke { asleep: SignedDuration::from_secs(3_595) }));
        assert_eq!(passes(-7_200, 30), Some(Noticed::SetBack { by: SignedDuration::from_secs(7_230) }));
        assert_eq!(passes(7_200, 7_200), Some(Noticed::Woke { asleep: SignedDuration::from_secs(7_140) }), "stopped");
        assert_eq!(awake.from(), clock.now() + SignedDuration::from_secs(120));
    }
}
