use crate::{Answer, Failure};
use holdfast_engine::Clock;
use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Plans that were shown and are not run yet. They hold files and locks, so they are used once, dropped, or let go of
/// when nobody came back for them.
pub struct Plans {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    held: HashMap<String, Held>,
}

struct Held {
    since: Duration,
    plan: Box<dyn Any + Send>,
}

impl Plans {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, inner: Mutex::default() }
    }

    /// Keeps a plan; the number by which it is had again.
    pub fn hold<P: Any + Send>(&self, plan: P) -> String {
        let mut inner = self.lock();
        inner.next += 1;
        let number = format!("plan-{}", inner.next);
        let held = Held { since: self.clock.elapsed(), plan: Box::new(plan) };
        inner.held.insert(number.clone(), held);
        number
    }

    /// Hands a plan over, to be run.
    pub fn take<P: Any + Send>(&self, number: &str) -> Answer<P> {
        let mut inner = self.lock();
        let held = inner.held.remove(number).ok_or_else(gone)?;
        held.plan.downcast::<P>().map(|plan| *plan).map_err(|_| gone())
    }

    /// A plan that others build on, and that stays.
    pub fn share<P: Any + Send + Clone>(&self, number: &str) -> Answer<P> {
        self.lock().held.get(number).and_then(|held| held.plan.downcast_ref::<P>()).cloned().ok_or_else(gone)
    }

    /// Lets go of one; of none where it is not held any more.
    pub fn drop_plan(&self, number: &str) {
        let held = self.lock().held.remove(number);
        // What it locks is unlocked outside of ours.
        drop(held);
    }

    /// Lets go of all: the window that knew their numbers is gone.
    pub fn drop_all(&self) {
        let held = std::mem::take(&mut self.lock().held);
        drop(held);
    }

    /// Lets go of those that were made longer ago than this.
    pub fn drop_older(&self, than: Duration) {
        let now = self.clock.elapsed();
        let mut inner = self.lock();
        let old: Vec<String> = inner
            .held
            .iter()
            .filter(|(_, held)| now.saturating_sub(held.since) > than)
            .map(|(number, _)| number.clone())
            .collect();
        let held: Vec<Held> = old.iter().filter_map(|number| inner.held.remove(number)).collect();
        drop(inner);
        drop(held);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gone() -> Failure {
    Failure::not_begun("this", "the preview that it belongs to is gone", "Look at the preview again, then go on.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemClock;
    use holdfast_domain::Code;

    fn plans() -> Plans {
        Plans::new(Arc::new(SystemClock::default()))
    }

    #[test]
    fn a_plan_is_had_once_and_only_as_what_it_is() {
        let plans = plans();
        let number = plans.hold("a restore".to_owned());
        assert_eq!(plans.take::<String>(&number).unwrap(), "a restore");
        assert_eq!(plans.take::<String>(&number).unwrap_err().code, Code::BadRequest);
        let number = plans.hold(7_u8);
        assert!(plans.take::<String>(&number).is_err());
    }

    #[test]
    fn what_is_let_go_of_is_dropped() {
        let plans = plans();
        let lock = Arc::new(());
        let number = plans.hold(lock.clone());
        plans.drop_plan(&number);
        assert_eq!(Arc::strong_count(&lock), 1);
        plans.hold(lock.clone());
        plans.drop_older(Duration::from_hours(1));
        assert_eq!(Arc::strong_count(&lock), 2);
        plans.drop_older(Duration::ZERO);
        plans.drop_all();
        assert_eq!(Arc::strong_count(&lock), 1);
    }
}
