use std::collections::VecDeque;
use std::time::Duration;

/// Speed over the last seconds, and the time left at that speed.
#[derive(Debug, Default)]
pub struct Meter {
    samples: VecDeque<(Duration, u64)>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rate {
    pub bytes_per_second: Option<u64>,
    pub seconds_left: Option<u64>,
}

const WINDOW: Duration = Duration::from_secs(5);
const SHORTEST: Duration = Duration::from_millis(300);

impl Meter {
    /// Takes a reading of `done` bytes at `at`. `total` is zero while it is not known.
    pub fn observe(&mut self, at: Duration, done: u64, total: u64) -> Rate {
        self.samples.push_back((at, done));
        while self.samples.len() > 2 && self.samples.front().is_some_and(|(t, _)| at.saturating_sub(*t) > WINDOW) {
            self.samples.pop_front();
        }
        let Some(&(first_at, first_done)) = self.samples.front() else {
            return Rate::default();
        };
        let time = at.saturating_sub(first_at);
        if time < SHORTEST || done <= first_done {
            return Rate::default();
        }
        let speed = (done - first_done) as f64 / time.as_secs_f64();
        let left = (total > 0).then(|| (total.saturating_sub(done) as f64 / speed).ceil() as u64);
        Rate { bytes_per_second: Some(speed as u64), seconds_left: left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_is_that_of_the_last_seconds_and_gives_the_time_left() {
        let mut meter = Meter::default();
        assert_eq!(meter.observe(Duration::ZERO, 0, 1000), Rate::default());
        let rate = meter.observe(Duration::from_secs(1), 100, 1000);
        assert_eq!(rate, Rate { bytes_per_second: Some(100), seconds_left: Some(9) });
        for second in 2..=20 {
            meter.observe(Duration::from_secs(second), 100, 1000);
        }
        assert_eq!(meter.observe(Duration::from_secs(21), 100, 1000), Rate::default());
    }

    #[test]
    fn an_unknown_total_gives_no_time_left() {
        let mut meter = Meter::default();
        meter.observe(Duration::ZERO, 0, 0);
        assert_eq!(meter.observe(Duration::from_secs(2), 100, 0).seconds_left, None);
    }
}
