//! What opened the archives of a deployment last, for a while: where no keyring holds the key, a person who looks through
//! files would otherwise be asked at each of them.
use holdfast_engine::Clock;
use holdfast_engine::vault::KeySet;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One deployment's keys at most, in memory alone, which is wiped when they are let go. The time counts from when they
/// were typed, however often they are used.
pub(crate) struct KeptKeys {
    /// Zero: nothing is kept.
    how_long: Duration,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    deployment_id: String,
    keys: KeySet,
    elapsed: Duration,
    /// The clock on the wall too: the other one may stand still while the machine sleeps.
    at: Timestamp,
}

impl KeptKeys {
    pub fn new(how_long: Duration) -> Self {
        Self { how_long, kept: Mutex::default() }
    }

    pub fn put(&self, deployment_id: &str, keys: &KeySet, clock: &dyn Clock) {
        if self.how_long.is_zero() {
            return;
        }
        let (elapsed, at) = (clock.elapsed(), clock.now());
        *self.lock() = Some(Kept { deployment_id: deployment_id.to_owned(), keys: keys.clone(), elapsed, at });
    }

    /// The keys of this deployment. Those of another one are let go, and so are old ones.
    pub fn get(&self, deployment_id: &str, clock: &dyn Clock) -> Option<KeySet> {
        self.let_go_of_old(clock);
        let mut kept = self.lock();
        if kept.as_ref().is_some_and(|kept| kept.deployment_id != deployment_id) {
            *kept = None;
        }
        kept.as_ref().map(|kept| kept.keys.clone())
    }

    pub fn let_go(&self) {
        *self.lock() = None;
    }

    pub fn let_go_of_old(&self, clock: &dyn Clock) {
        let mut kept = self.lock();
        if kept.as_ref().is_some_and(|kept| self.is_old(kept, clock)) {
            *kept = None;
        }
    }

    fn is_old(&self, kept: &Kept, clock: &dyn Clock) -> bool {
        let on_the_wall = clock.now().duration_since(kept.at);
        clock.elapsed().saturating_sub(kept.elapsed) >= self.how_long
            || on_the_wall < SignedDuration::ZERO
            || on_the_wall.unsigned_abs() >= self.how_long
    }

    fn lock(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
