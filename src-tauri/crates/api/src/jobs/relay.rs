use holdfast_engine::jobs::{Monitor, Progress};
use std::sync::{Arc, Mutex, PoisonError};

/// Hears how a job goes on, on the thread that works: it must not wait for anything.
pub type Watcher = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Hands progress to all who watch; who comes later hears at once how far it is.
#[derive(Default)]
pub struct Relay {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    last: Option<Progress>,
    watchers: Vec<Watcher>,
}

impl Relay {
    pub fn join(&self, watcher: Watcher) {
        let mut inner = self.lock();
        if let Some(last) = &inner.last {
            watcher(last);
        }
        inner.watchers.push(watcher);
    }

    pub fn last(&self) -> Option<Progress> {
        self.lock().last.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Monitor for Relay {
    fn progress(&self, progress: &Progress) {
        let mut inner = self.lock();
        inner.last = Some(progress.clone());
        let watchers = inner.watchers.clone();
        drop(inner);
        for watcher in watchers {
            watcher(progress);
        }
    }
}
