use holdfast_domain::{Code, Outcome, Problem, Severity};
use std::sync::Mutex;

/// The problems of one run, gathered from all of its threads.
///
/// Kept to a bounded number of each code; the rest is counted, so that a drive full of unreadable
/// files does not fill the memory and is not told as thousands of lines.
#[derive(Debug, Default)]
pub struct Problems {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    list: Vec<Problem>,
    counts: std::collections::BTreeMap<Code, u64>,
}

const KEPT_OF_EACH: u64 = 200;

impl Problems {
    pub fn add(&self, problem: Problem) {
        tracing::warn!(code = %problem.code.as_str(), subject = %problem.subject, cause = %problem.cause, "problem");
        let mut inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = inner.counts.entry(problem.code).or_default();
        *count += 1;
        if *count <= KEPT_OF_EACH {
            inner.list.push(problem);
        }
    }

    pub fn report(&self, code: Code, subject: impl Into<String>, cause: impl std::fmt::Display) {
        self.add(Problem::new(code, subject, cause));
    }

    /// Takes back what was said of a thing that is captured anew. What is beyond the list stays counted.
    pub fn withdraw(&self, code: Code, subject: &str) {
        let mut inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = inner.list.len();
        inner.list.retain(|problem| problem.code != code || problem.subject != subject);
        let gone = (before - inner.list.len()) as u64;
        if let Some(count) = inner.counts.get_mut(&code) {
            *count = count.saturating_sub(gone);
            if *count == 0 {
                inner.counts.remove(&code);
            }
        }
    }

    /// How often one was reported, and not taken back.
    pub fn count(&self, code: Code) -> u64 {
        let inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        inner.counts.get(&code).copied().unwrap_or(0)
    }

    /// The list in the order of arrival, with a line for what was only counted.
    pub fn into_list(self) -> Vec<Problem> {
        let inner = self.inner.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut list = inner.list;
        for (code, count) in inner.counts {
            if count > KEPT_OF_EACH {
                list.push(Problem::new(code, format!("{} more", count - KEPT_OF_EACH), "the same problem"));
            }
        }
        list
    }

    pub fn outcome(&self) -> Outcome {
        let inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if inner.counts.keys().any(|code| code.severity() == Severity::Problem) {
            Outcome::Problems
        } else {
            Outcome::Done
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_withdrawn_was_never_said() {
        let problems = Problems::default();
        problems.report(Code::FileChanged, "data/a", "twice");
        problems.report(Code::FileChanged, "data/b", "once");
        problems.withdraw(Code::FileChanged, "data/a");
        problems.withdraw(Code::FileVanished, "data/b");
        assert_eq!(problems.outcome(), Outcome::Problems);
        problems.withdraw(Code::FileChanged, "data/b");
        assert_eq!((problems.outcome(), problems.into_list()), (Outcome::Done, Vec::new()));
    }

    #[test]
    fn a_flood_is_counted_and_not_kept() {
        let problems = Problems::default();
        for index in 0..1000 {
            problems.report(Code::FileUnreadable, format!("{index}"), "no");
        }
        assert_eq!(problems.outcome(), Outcome::Problems);
        let list = problems.into_list();
        assert_eq!(list.len(), 201);
        assert_eq!(list[200].subject, "800 more");
    }

    #[test]
    fn a_notice_leaves_the_outcome_alone() {
        let problems = Problems::default();
        problems.report(Code::SpecialFileLeftOut, "socket", "a socket");
        assert_eq!(problems.outcome(), Outcome::Done);
    }
}
