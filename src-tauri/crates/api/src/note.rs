use crate::{Failure, MatterAct, words};
use holdfast_domain::{Code, Outcome, Problem, Severity, one_line};
use serde::Serialize;

/// A problem beside a result, in words for people.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Note {
    pub code: Code,
    pub severity: Severity,
    pub subject: String,
    pub cause: String,
    pub title: String,
    pub next_step: String,
    /// What does the next step with one press, where there is such a thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub act: Option<MatterAct>,
}

impl From<Problem> for Note {
    fn from(problem: Problem) -> Self {
        let words = words::of(problem.code);
        Self {
            code: problem.code,
            severity: problem.severity(),
            title: words.title(&problem.subject),
            next_step: words.next_step.to_owned(),
            subject: problem.subject,
            // Manifests of older archives hold causes of several lines.
            cause: one_line(&problem.cause),
            act: None,
        }
    }
}

/// A step at the end of something that stands all the same.
impl From<Failure> for Note {
    fn from(failure: Failure) -> Self {
        let Failure { code, severity, subject, cause, title, next_step } = failure;
        Self { code, severity, subject, cause, title, next_step, act: None }
    }
}

impl Note {
    pub(crate) fn all(problems: impl IntoIterator<Item = Problem>) -> Vec<Self> {
        problems.into_iter().map(Self::from).collect()
    }
}

/// Done, unless one of the notes is more than a notice.
pub(crate) fn outcome_of(notes: &[Note]) -> Outcome {
    if notes.iter().any(|note| note.severity == Severity::Problem) { Outcome::Problems } else { Outcome::Done }
}
