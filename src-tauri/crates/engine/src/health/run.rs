//! Runs checks beside each other, a few at a time. One that hangs is let go of when its time is up: it holds nobody up, and
//! while it hangs it is not begun again.
use super::{Check, Probe, Seen};
use crate::error::{Error, Result};
use crate::jobs::Job;
use crossbeam_channel::{RecvTimeoutError, bounded, unbounded};
use holdfast_domain::health::{CheckId, Finding};
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Checks that are looked at at once.
const AT_ONCE: usize = 4;
/// How often it is asked whether the run was cancelled.
const STEP: Duration = Duration::from_millis(50);
/// A check that reads much is looked at again after this long while health is watched.
const RARELY: SignedDuration = SignedDuration::from_mins(60);

/// What is known from one run to the next. One is kept as long as somebody watches.
#[derive(Debug, Default)]
pub struct Runner {
    hanging: Arc<Mutex<HashSet<CheckId>>>,
    /// Of checks that are looked at rarely.
    last: Mutex<HashMap<CheckId, (Timestamp, Finding)>>,
    since: Mutex<Option<(Timestamp, Duration)>>,
}

/// Runs all of them anew; findings in the order of the checks. `Code::Cancelled`.
pub fn run(checks: &[Check], probe: &Probe, job: &Job) -> Result<Vec<Finding>> {
    Runner::default().run(checks, probe, job, true)
}

impl Runner {
    /// `anew`: also those that are only looked at once an hour. Findings in the order of the checks; `Code::Cancelled`.
    pub fn run(&self, checks: &[Check], probe: &Probe, job: &Job, anew: bool) -> Result<Vec<Finding>> {
        let began = (probe.clock.now(), probe.clock.elapsed());
        let since = *lock(&self.since).get_or_insert(began);
        let (queue, waiting) = unbounded::<usize>();
        for index in 0..checks.len() {
            let _ = queue.send(index);
        }
        drop(queue);
        let found: Mutex<Vec<Option<Finding>>> = Mutex::new(vec![None; checks.len()]);
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(checks.len()) {
                scope.spawn(|| {
                    for index in &waiting {
                        if job.is_cancelled() {
                            return;
                        }
                        let finding = self.one(&checks[index], probe, since, job, anew);
                        lock(&found)[index] = Some(finding);
                    }
                });
            }
        });
        if job.is_cancelled() {
            return Err(Error::cancelled());
        }
        Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect())
    }

    fn one(&self, check: &Check, probe: &Probe, since: (Timestamp, Duration), job: &Job, anew: bool) -> Finding {
        let now = probe.clock.now();
        if check.rare && !anew {
            let known = lock(&self.last).get(&check.id).cloned();
            if let Some((_, finding)) = known.filter(|(at, _)| now.duration_since(*at) < RARELY && now >= *at) {
                return finding;
            }
        }
        let began = probe.clock.elapsed();
        let seen = self.look(check, probe, since, job);
        let took = probe.clock.elapsed().saturating_sub(began);
        let finding = Finding {
            check: check.id.clone(),
            name: check.name.clone(),
            about: check.about,
            state: seen.state,
            seen: seen.text,
            expected: check.expected.clone(),
            what_to_do: seen.what_to_do,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            value: seen.value,
            fixable: seen.fixable,
        };
        if check.rare {
            lock(&self.last).insert(check.id.clone(), (now, finding.clone()));
        }
        finding
    }

    fn look(&self, check: &Check, probe: &Probe, since: (Timestamp, Duration), job: &Job) -> Seen {
        if !lock(&self.hanging).insert(check.id.clone()) {
            return Seen::unknown("an earlier look has not come back yet", HANGS);
        }
        let own =
            Probe { job: Job::silent(probe.clock.clone()), limit: check.limit, since: Some(since), ..probe.clone() };
        let (told, answer) = bounded(1);
        let (look, hanging, id) = (check.look.clone(), self.hanging.clone(), check.id.clone());
        let its = own.job.clone();
        let begun = std::thread::Builder::new().name("health".to_owned()).spawn(move || {
            let seen = catch_unwind(AssertUnwindSafe(|| look.look(&own)));
            lock(&hanging).remove(&id);
            let _ = told.send(seen.ok());
        });
        if let Err(e) = begun {
            lock(&self.hanging).remove(&check.id);
            return Seen::unknown(format!("it could not be looked at: {e}"), HANGS);
        }
        // Steps, and not one long wait: a cancelled run must not wait for a hanging check.
        let steps = check.limit.as_millis().div_ceil(STEP.as_millis()).max(1);
        for _ in 0..steps {
            match answer.recv_timeout(STEP) {
                Ok(Some(seen)) => return seen,
                Ok(None) | Err(RecvTimeoutError::Disconnected) => {
                    return Seen::unknown("the check itself failed", "Tell the makers of Holdfast what the log says.");
                }
                Err(RecvTimeoutError::Timeout) if job.is_cancelled() => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        its.cancel();
        // What looks at its job ends now, and has let go of its files.
        if let Ok(Some(seen)) = answer.recv_timeout(GRACE)
            && seen.state.is_bad()
        {
            return seen;
        }
        Seen::unknown(format!("no answer within {}", seconds(check.limit)), HANGS)
    }
}

/// For what ends when its job is cancelled.
const GRACE: Duration = Duration::from_millis(200);
const HANGS: &str = "Look whether what it asks hangs: a network folder that is away, a program that does not answer.";

fn seconds(limit: Duration) -> String {
    match limit.as_secs() {
        0 => format!("{} ms", limit.as_millis()),
        seconds => format!("{seconds} s"),
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What is behind it is whole whoever panicked.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::super::{Look, Seen};
    use super::*;
    use crate::FixedClock;
    use holdfast_domain::health::{About, State};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Instant;

    struct Does<F>(F);

    impl<F: Fn(&Probe) -> Seen + Send + Sync> Look for Does<F> {
        fn look(&self, probe: &Probe) -> Seen {
            (self.0)(probe)
        }
    }

    fn check(id: &str, limit_ms: u64, does: impl Fn(&Probe) -> Seen + Send + Sync + 'static) -> Check {
        let id = CheckId::new(id).unwrap();
        let check = Check::new(id.clone(), id.as_str(), About::Chatbot, "it answers", Arc::new(Does(does)));
        check.within(Duration::from_millis(limit_ms))
    }

    fn job() -> Arc<Job> {
        Job::silent(Arc::new(FixedClock(Timestamp::UNIX_EPOCH)))
    }

    #[test]
    fn one_that_hangs_holds_no_other_up_and_is_not_begun_twice() {
        let dir = tempfile::tempdir().unwrap();
        let (release, hold) = bounded::<()>(0);
        let begun = Arc::new(AtomicUsize::new(0));
        let count = begun.clone();
        let mut checks = vec![check("hangs", 150, move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = hold.recv();
            Seen::ok("late")
        })];
        for number in 0..9 {
            checks.push(check(&format!("quick:{number}"), 5000, move |_| Seen::ok(format!("{number}"))));
        }
        let runner = Runner::default();
        let before = Instant::now();
        let found = runner.run(&checks, &probe(dir.path()), &job(), true).unwrap();
        assert!(before.elapsed() < Duration::from_secs(20), "{:?}", before.elapsed());
        assert_eq!(found.len(), 10);
        assert_eq!((found[0].state, found[0].seen.as_str()), (State::Unknown, "no answer within 150 ms"));
        assert!(found[1..].iter().enumerate().all(|(n, f)| f.state == State::Ok && f.seen == n.to_string()));
        let again = runner.run(&checks[..1], &probe(dir.path()), &job(), true).unwrap();
        assert_eq!(again[0].seen, "an earlier look has not come back yet");
        assert_eq!(begun.load(Ordering::SeqCst), 1);
        drop(release);
    }

    #[test]
    fn one_that_panics_is_not_known_and_a_cancelled_run_ends_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let found = run(&[check("breaks", 5000, |_| panic!("broken"))], &probe(dir.path()), &job()).unwrap();
        assert_eq!((found[0].state, found[0].seen.as_str()), (State::Unknown, "the check itself failed"));
        let cancelled = job();
        let stop = cancelled.clone();
        let slow = check("slow", 60_000, move |probe| {
            stop.cancel();
            while !probe.job.is_cancelled() {
                std::thread::sleep(Duration::from_millis(5));
            }
            Seen::ok("cancelled")
        });
        let before = Instant::now();
        assert!(run(&[slow], &probe(dir.path()), &cancelled).unwrap_err().is_cancelled());
        assert!(before.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn what_reads_much_is_looked_at_once_an_hour_while_watched() {
        let dir = tempfile::tempdir().unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        let mut rare = check("database", 5000, move |_| Seen::ok(counted.fetch_add(1, Ordering::SeqCst).to_string()));
        rare.rare = true;
        let runner = Runner::default();
        let mut probe = probe(dir.path());
        let start = probe.clock.now();
        let mut look = |minutes: i64, anew: bool| {
            probe.clock = Arc::new(FixedClock(start + SignedDuration::from_mins(minutes)));
            runner.run(std::slice::from_ref(&rare), &probe, &job(), anew).unwrap()[0].seen.clone()
        };
        assert_eq!(
            [look(0, false), look(59, false), look(59, true), look(118, false), look(120, false)],
            ["0", "0", "1", "1", "2"]
        );
        assert_eq!(look(0, false), "3", "a clock that went back makes nothing known");
    }
}
