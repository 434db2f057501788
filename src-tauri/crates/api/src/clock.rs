use holdfast_engine::Clock;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::{Duration, Instant};

/// The system's time and zone.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
    zone: TimeZone,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { started: Instant::now(), zone: TimeZone::system() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn zone(&self) -> TimeZone {
        self.zone.clone()
    }
}
