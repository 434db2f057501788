use super::{Look, Probe, Seen};
use crate::store::disk_space;
use holdfast_domain::health::Unit;
use holdfast_domain::size_words;
use std::path::PathBuf;

/// How full the file system is that holds a path.
#[derive(Debug, Clone)]
pub struct Disk {
    pub path: PathBuf,
    pub warn_percent: u8,
    pub fail_percent: u8,
    /// What lies there, in words.
    pub holds: String,
    /// When it will be full as it grows now, where that is near enough to say.
    pub full_at: Option<String>,
}

/// How much of it is taken, of what this user could have.
pub fn used_percent(total_bytes: u64, free_bytes: u64) -> f64 {
    if total_bytes == 0 {
        return 0.0;
    }
    100.0 * (1.0 - (free_bytes.min(total_bytes) as f64 / total_bytes as f64))
}

impl Look for Disk {
    fn look(&self, _: &Probe) -> Seen {
        let space = match disk_space(&self.path) {
            Ok(space) => space,
            Err(e) => {
                let step = "Look whether it is mounted.";
                return Seen::unknown(format!("{} cannot be looked at: {}", self.path.display(), e.cause()), step);
            }
        };
        let percent = used_percent(space.total_bytes, space.free_bytes);
        let text =
            format!("{percent:.0} % full, {} free of {}", size_words(space.free_bytes), size_words(space.total_bytes));
        let step = format!("Make room on the disk of {}, or move something to a larger one.", self.holds);
        let seen = if percent >= f64::from(self.fail_percent) {
            Seen::failing(text, step)
        } else if percent >= f64::from(self.warn_percent) {
            Seen::warning(text, step)
        } else if let Some(at) = &self.full_at {
            Seen::warning(format!("{text}; as it grows now it is full on {at}"), step)
        } else {
            Seen::ok(text)
        };
        seen.with((percent * 10.0).round() / 10.0, Unit::Percent)
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;
    use holdfast_domain::health::State;

    #[test]
    fn the_same_disk_is_well_or_not_by_its_limits() {
        let dir = tempfile::tempdir().unwrap();
        let look = |warn_percent, fail_percent, full_at: Option<&str>| {
            let full_at = full_at.map(str::to_owned);
            let disk = Disk { path: dir.path().to_owned(), warn_percent, fail_percent, holds: "x".to_owned(), full_at };
            disk.look(&probe(dir.path()))
        };
        assert_eq!(look(100, 100, None).state, State::Ok);
        assert_eq!(look(0, 100, None).state, State::Warning);
        assert_eq!(look(0, 0, None).state, State::Failing);
        let soon = look(100, 100, Some("2026-12-01"));
        assert!(soon.state == State::Warning && soon.text.ends_with("full on 2026-12-01"), "{soon:?}");
        let away = Disk { path: "/no/such/place".into(), ..soon_disk() };
        assert_eq!(away.look(&probe(dir.path())).state, State::Unknown);
        let used = [used_percent(100, 25), used_percent(0, 0), used_percent(10, 20)];
        assert!(used.iter().zip([75.0, 0.0, 0.0]).all(|(used, is)| (used - is).abs() < 0.001), "{used:?}");
    }

    fn soon_disk() -> Disk {
        Disk { path: "/".into(), warn_percent: 80, fail_percent: 95, holds: "x".to_owned(), full_at: None }
    }
}
