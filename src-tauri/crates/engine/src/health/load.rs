use super::{Look, Probe, Seen};
use holdfast_domain::health::Unit;

/// How busy the processors were in the last minutes.
#[derive(Debug, Clone)]
pub struct Load {
    /// Of all processors together: above 100 programs wait.
    pub warn_percent: u8,
}

impl Load {
    /// `average`: programs that ran or waited, over five minutes.
    fn judge(&self, average: f64, processors: usize) -> Seen {
        let percent = 100.0 * average / processors.max(1) as f64;
        let text = format!("{percent:.0} % over the last 5 minutes, of {processors} processors");
        let seen = if percent > f64::from(self.warn_percent) {
            Seen::warning(text, "Look which program keeps it busy (top).")
        } else {
            Seen::ok(text)
        };
        seen.with(percent.round(), Unit::Percent)
    }
}

impl Look for Load {
    fn look(&self, _: &Probe) -> Seen {
        let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let Some(average) = text.split_whitespace().nth(1).and_then(|word| word.parse().ok()) else {
            return Seen::unknown("this system does not say", "Nothing: it is not known here.");
        };
        self.judge(average, std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;
    use holdfast_domain::health::State;

    #[test]
    fn waiting_programs_are_told() {
        let load = Load { warn_percent: 100 };
        assert_eq!(load.judge(1.9, 2).state, State::Ok);
        let busy = load.judge(4.0, 2);
        assert!(busy.state == State::Warning && busy.text.starts_with("200 %"), "{busy:?}");
        let dir = tempfile::tempdir().unwrap();
        assert!(load.look(&probe(dir.path())).value.is_some(), "Linux says it");
    }
}
