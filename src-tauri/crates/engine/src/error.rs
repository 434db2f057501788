use holdfast_domain::{Code, Problem};
use std::fmt;
use std::path::Path;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation could not be done: a stable code, the thing it concerns, and the cause.
///
/// What to do next belongs to the code; its words live beside the command surface. Holds no
/// secret: subjects are paths, names and key identifiers.
#[derive(Debug)]
pub struct Error {
    code: Code,
    subject: String,
    cause: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub fn new(code: Code, subject: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Self { code, subject: subject.to_string(), cause: cause.to_string(), source: None }
    }

    /// An error of the system on a path, with the code that its kind asks for.
    pub fn io(path: impl AsRef<Path>, error: impl Into<std::io::Error>) -> Self {
        let error = error.into();
        // What comes from the cloud was explained where it arose.
        if let Some(ours) = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            return Self::new(ours.code, &ours.subject, &ours.cause);
        }
        let code = code_of(&error, Code::InputOutput);
        Self {
            code,
            subject: path.as_ref().display().to_string(),
            cause: error.to_string(),
            source: Some(Box::new(error)),
        }
    }

    pub fn cancelled() -> Self {
        Self::new(Code::Cancelled, "the run", "cancelled")
    }

    /// Keeps the system's error, under a code that the caller knows better.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    /// Keeps all else, told of a thing that the person knows better.
    #[must_use]
    pub fn with_subject(mut self, subject: impl fmt::Display) -> Self {
        self.subject = subject.to_string();
        self
    }

    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The same error about a place that people know by another path.
    #[must_use]
    pub fn moved(mut self, from: &Path, to: &Path) -> Self {
        let (from, to) = (from.display().to_string(), to.display().to_string());
        if from != to {
            self.subject = self.subject.replace(&from, &to);
            self.cause = self.cause.replace(&from, &to);
        }
        self
    }

    pub fn code(&self) -> Code {
        self.code
    }

    pub fn subject(&self) -> &str {
        &self.subject
    }

    pub fn cause(&self) -> &str {
        &self.cause
    }

    pub fn is_cancelled(&self) -> bool {
        self.code == Code::Cancelled
    }

    pub fn to_problem(&self) -> Problem {
        Problem::new(self.code, self.subject.clone(), &self.cause)
    }
}

/// What kind of trouble a system error is; `otherwise` where its kind says nothing.
pub fn code_of(error: &std::io::Error, otherwise: Code) -> Code {
    use std::io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => Code::DestinationFull,
        Kind::ReadOnlyFilesystem => Code::ReadOnly,
        Kind::PermissionDenied => Code::PermissionDenied,
        _ => otherwise,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.cause)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}
