//! Jobs shared out over the processors, the first of them first.

use std::sync::Mutex;

use crate::error::Result;

pub(crate) type Job<'a> = Box<dyn FnOnce() -> Result<()> + Send + 'a>;

/// Runs all jobs. After the first failure no further job is begun, and that failure is returned.
pub(crate) fn run(jobs: Vec<Job<'_>>) -> Result<()> {
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(2, 8);
    let queue = Mutex::new((jobs.into_iter(), Ok(())));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let job = match queue.lock() {
                        Ok(mut queue) if queue.1.is_ok() => queue.0.next(),
                        _ => None,
                    };
                    let Some(job) = job else { return };
                    if let Err(error) = job()
                        && let Ok(mut queue) = queue.lock()
                    {
                        queue.1 = Err(error);
                    }
                }
            });
        }
    });
    match queue.into_inner() {
        Ok((_, outcome)) => outcome,
        Err(poisoned) => poisoned.into_inner().1,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::error::Error;

    #[test]
    fn every_job_runs() {
        let ran = AtomicUsize::new(0);
        let job = || {
            Box::new(|| {
                ran.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }) as Job<'_>
        };
        run((0..100).map(|_| job()).collect()).unwrap();
        assert_eq!(ran.into_inner(), 100);
    }

    #[test]
    fn a_failure_is_returned() {
        let jobs: Vec<Job<'_>> = vec![Box::new(|| Ok(())), Box::new(|| Err(Error::invalid("job", "failed")))];
        assert!(run(jobs).is_err());
    }
}
