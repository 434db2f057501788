//! How many folders may be watched. The system's limit is for all programs of a user together, so Holdfast takes half of it
//! at most: an editor or a file manager that finds none left stops working in odd ways.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const LIMIT: &str = "/proc/sys/fs/inotify/max_user_watches";
/// Each watched folder costs the system about a kilobyte that it cannot swap out.
const MOST: u64 = 50_000;

/// Shared by all watches of a process.
#[derive(Debug)]
pub struct Budget {
    /// As the system says; 0 where it does not.
    limit: u64,
    share: u64,
    taken: AtomicU64,
}

impl Budget {
    pub fn of_system() -> Arc<Self> {
        let limit = std::fs::read_to_string(LIMIT).ok().and_then(|text| text.trim().parse().ok());
        Self::new(limit.unwrap_or(0))
    }

    /// As if the system's limit were this.
    pub fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, share: (limit / 2).min(MOST), taken: AtomicU64::new(0) })
    }

    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    pub(super) fn left(&self) -> u64 {
        self.share.saturating_sub(self.taken.load(Ordering::Relaxed))
    }

    /// Takes one, if there is one left.
    pub(super) fn take(&self) -> bool {
        let more = |taken| (taken < self.share).then_some(taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    pub(super) fn give_back(&self, count: u64) {
        self.taken.fetch_sub(count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_limit_is_everybody_elses() {
        let budget = Budget::new(5);
        assert!(budget.take() && budget.take() && !budget.take());
        assert_eq!(budget.left(), 0);
        budget.give_back(1);
        assert!(budget.take());
        assert_eq!(Budget::new(4_000_000).left(), MOST);
    }
}
