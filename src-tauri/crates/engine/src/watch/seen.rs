//! What was seen and not yet taken: the same few words however many files change.
use super::kind::Kind;
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;

/// Paths that are named as examples of what changed.
const EXAMPLES: usize = 3;

/// Changes of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since {
    /// Nothing of this kind changed before, as far as was seen: of what is scanned, the time of the look before.
    pub since: Timestamp,
    pub latest: Timestamp,
    /// How often something was seen to change; one file counts as often as it was written to.
    pub changes: u64,
    /// `ROOT/...`: the first few paths, each once. Empty where it is only known that something changed.
    pub examples: Vec<PathBuf>,
}

/// What changed since it was asked before, by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    pub config: Option<Since>,
    pub data: Option<Since>,
    pub application: Option<Since>,
    pub logs: Option<Since>,
    /// A burst is over: no configuration changed for a while, nor anything else but logs for as long (or the configuration for
    /// much longer, where a chatbot writes all the time), and nothing is being looked through.
    pub settled: bool,
}

impl Seen {
    fn of(&mut self, kind: Kind) -> &mut Option<Since> {
        match kind {
            Kind::Config => &mut self.config,
            Kind::Data => &mut self.data,
            Kind::Application => &mut self.application,
            Kind::Logs => &mut self.logs,
        }
    }
}

impl Since {
    fn name(&mut self, path: PathBuf) {
        if self.examples.len() < EXAMPLES && !self.examples.contains(&path) {
            self.examples.push(path);
        }
    }
}

/// What is gathered between two questions.
#[derive(Debug, Default)]
pub(super) struct Pending {
    seen: Seen,
    /// When configuration changed last.
    config: Option<Timestamp>,
    /// Anything else but logs.
    other: Option<Timestamp>,
}

/// The configuration has settled after so many times the wait, whatever else goes on.
const REGARDLESS: i32 = 12;

impl Pending {
    /// `path` is asked for only where an example is still wanted.
    pub fn note(&mut self, kind: Kind, (since, now): (Timestamp, Timestamp), path: impl FnOnce() -> Option<PathBuf>) {
        match kind {
            Kind::Config => self.config = Some(now),
            Kind::Data | Kind::Application => self.other = Some(now),
            Kind::Logs => {}
        }
        let found = self.seen.of(kind).get_or_insert_with(|| Since {
            since: since.min(now),
            latest: now,
            changes: 0,
            examples: Vec::new(),
        });
        found.since = found.since.min(since);
        found.latest = found.latest.max(now);
        found.changes += 1;
        if found.examples.len() < EXAMPLES
            && let Some(path) = path()
        {
            found.name(path);
        }
    }

    pub fn take(&mut self, now: Timestamp, settle: SignedDuration) -> Seen {
        // Where the clock was set back, the wait begins anew and does not last until then.
        let quiet = |last: &mut Option<Timestamp>| {
            *last = last.map(|last| last.min(now));
            last.map_or(SignedDuration::MAX, |last| now.duration_since(last))
        };
        let (config, other) = (quiet(&mut self.config), quiet(&mut self.other));
        let settled = config >= settle && (other >= settle || config >= settle * REGARDLESS);
        Seen { settled, ..std::mem::take(&mut self.seen) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_million_changes_are_a_few_words() {
        let mut pending = Pending::default();
        for second in 0..1_000_000 {
            let path = || Some(PathBuf::from(format!("data/{second}")));
            pending.note(Kind::Data, (at(second), at(second)), path);
        }
        let seen = pending.take(at(1_000_000), SignedDuration::from_secs(5));
        let data = seen.data.unwrap();
        assert_eq!((data.since, data.latest, data.changes, data.examples.len()), (at(0), at(999_999), 1_000_000, 3));
        assert!(seen.config.is_none());
        let again = pending.take(at(1_000_004), SignedDuration::from_secs(5));
        assert_eq!(again, Seen { settled: true, ..Seen::default() });
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_hold_it_up() {
        let mut pending = Pending::default();
        pending.note(Kind::Config, (at(5000), at(5000)), || None);
        let settle = SignedDuration::from_secs(5);
        assert!(!pending.take(at(1000), settle).settled);
        assert!(pending.take(at(1005), settle).settled);
    }

    #[test]
    fn a_chatbot_that_writes_all_the_time_does_not_hold_its_settings_up() {
        let mut pending = Pending::default();
        let settle = SignedDuration::from_secs(5);
        pending.note(Kind::Config, (at(0), at(0)), || None);
        for second in 0..60 {
            pending.note(Kind::Data, (at(second), at(second)), || None);
            assert!(!pending.take(at(second), settle).settled, "{second}");
        }
        pending.note(Kind::Data, (at(60), at(60)), || None);
        assert!(pending.take(at(60), settle).settled);
    }

    #[test]
    fn logs_keep_nothing_from_being_settled() {
        let mut pending = Pending::default();
        pending.note(Kind::Logs, (at(1), at(1)), || None);
        let seen = pending.take(at(1), SignedDuration::from_secs(5));
        assert!(seen.settled && seen.logs.is_some() && seen.data.is_none());
    }
}
