use super::{Look, Probe, Seen};
use holdfast_domain::health::Unit;
use holdfast_domain::size_words;

/// How much of this machine's memory is taken.
#[derive(Debug, Clone)]
pub struct Memory {
    pub warn_percent: u8,
    pub fail_percent: u8,
}

/// All of it and what programs could still have, in bytes, out of `/proc/meminfo`.
fn parse(text: &str) -> Option<(u64, u64)> {
    let of = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kib| kib * 1024)
    };
    Some((of("MemTotal")?, of("MemAvailable")?))
}

impl Memory {
    fn judge(&self, total: u64, available: u64) -> Seen {
        let percent = super::used_percent(total, available);
        let text = format!("{percent:.0} % taken, {} left of {}", size_words(available), size_words(total));
        let step = "Look which program takes it (top), and end or restart that one.";
        let seen = if percent >= f64::from(self.fail_percent) {
            Seen::failing(text, step)
        } else if percent >= f64::from(self.warn_percent) {
            Seen::warning(text, step)
        } else {
            Seen::ok(text)
        };
        seen.with((percent * 10.0).round() / 10.0, Unit::Percent)
    }
}

impl Look for Memory {
    fn look(&self, _: &Probe) -> Seen {
        match std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| parse(&text)) {
            Some((total, available)) => self.judge(total, available),
            None => Seen::unknown("this system does not say", "Nothing: it is not known here."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;
    use holdfast_domain::health::State;

    #[test]
    fn what_is_taken_is_judged() {
        let memory = Memory { warn_percent: 90, fail_percent: 97 };
        let text = "MemTotal:       1000 kB\nMemFree: 3 kB\nMemAvailable:    500 kB\n";
        assert_eq!(parse(text), Some((1_024_000, 512_000)));
        assert_eq!(parse("MemTotal: 5 kB\n"), None);
        assert_eq!(memory.judge(1000, 500).state, State::Ok);
        assert_eq!(memory.judge(1000, 100).state, State::Warning);
        assert_eq!(memory.judge(1000, 20).state, State::Failing);
        let dir = tempfile::tempdir().unwrap();
        assert!(memory.look(&probe(dir.path())).value.is_some(), "Linux says it");
    }
}
