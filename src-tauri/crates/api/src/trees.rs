use holdfast_engine::Clock;
use holdfast_engine::operations::browse::Tree;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Trees of archives that are looked through now, so that going from folder to folder reads nothing anew.
#[derive(Debug, Default)]
pub(crate) struct Trees(Mutex<Vec<Kept>>);

#[derive(Debug)]
struct Kept {
    key: String,
    tree: Arc<Tree>,
    made: Duration,
    used: Duration,
}

/// One that is looked at, and the same compared.
const KEPT: usize = 2;
const UNUSED: Duration = Duration::from_mins(5);

impl Trees {
    /// The tree of this key, made where there is none, or where it was made longer ago than `fresh`. Whoever else asks
    /// meanwhile waits for it and does not make it too.
    pub fn get<E>(
        &self,
        key: &str,
        fresh: Option<Duration>,
        clock: &dyn Clock,
        make: impl FnOnce() -> Result<Tree, E>,
    ) -> Result<Arc<Tree>, E> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock.elapsed();
        kept.retain(|one| now.saturating_sub(one.used) < UNUSED);
        let young = |one: &Kept| fresh.is_none_or(|fresh| now.saturating_sub(one.made) < fresh);
        if let Some(found) = kept.iter_mut().find(|one| one.key == key && young(one)) {
            found.used = now;
            return Ok(found.tree.clone());
        }
        kept.retain(|one| one.key != key);
        if kept.len() >= KEPT {
            kept.sort_by_key(|one| one.used);
            kept.remove(0);
        }
        let tree = Arc::new(make()?);
        let now = clock.elapsed();
        kept.push(Kept { key: key.to_owned(), tree: tree.clone(), made: now, used: now });
        Ok(tree)
    }

    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
