use jiff::Timestamp;

/// Where the engine gets the time from.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
    /// A reading that never goes back, for speeds and time left.
    fn elapsed(&self) -> std::time::Duration;
    /// The person's time zone: "daily at 02:00" and the day that an archive belongs to.
    fn zone(&self) -> jiff::tz::TimeZone;
}

/// A clock that stands still, for tests.
#[derive(Debug, Clone)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
    fn elapsed(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }
}
