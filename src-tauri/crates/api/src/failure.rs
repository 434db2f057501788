use crate::words;
use holdfast_domain::{Code, Severity, one_line};
use holdfast_engine::Error;
use serde::Serialize;

/// Why a command could not do what it was asked, in words for people. Holds no secret.
#[derive(Debug, Clone, Serialize, thiserror::Error, ts_rs::TS)]
#[error("{title}")]
pub struct Failure {
    pub code: Code,
    pub severity: Severity,
    pub subject: String,
    /// The technical cause, in one line.
    pub cause: String,
    /// One sentence: what happened, to which thing.
    pub title: String,
    pub next_step: String,
}

impl Failure {
    pub fn new(code: Code, subject: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        let subject = subject.into();
        let words = words::of(code);
        Self {
            code,
            severity: code.severity(),
            title: words.title(&subject),
            next_step: words.next_step.to_owned(),
            cause: one_line(&cause.to_string()),
            subject,
        }
    }

    /// A step that was not begun, because something has to come first (`Code::BadRequest`).
    pub fn not_begun(what: &str, cause: impl std::fmt::Display, next_step: impl Into<String>) -> Self {
        let mut failure = Self::new(Code::BadRequest, what, cause).then(next_step);
        failure.title = words::not_begun(what);
        failure
    }

    /// A file that was given with a command, and cannot be read.
    pub fn unread(what: impl Into<String>, error: std::io::Error) -> Self {
        Self::new(Code::InputOutput, what, error).then("Name a file that is there and that this user may read.")
    }

    pub(crate) fn no_deployment() -> Self {
        let mut failure = Self::new(Code::UnknownDeployment, "this machine", "no deployment is set up");
        words::NO_DEPLOYMENT.title("").clone_into(&mut failure.title);
        failure.then(words::NO_DEPLOYMENT.next_step)
    }

    /// With a next step that the caller knows better than the table.
    #[must_use]
    pub fn then(mut self, next_step: impl Into<String>) -> Self {
        self.next_step = next_step.into();
        self
    }

    pub fn is_cancelled(&self) -> bool {
        self.code == Code::Cancelled
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(error.code(), error.subject(), error.cause())
    }
}
