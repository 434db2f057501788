use std::path::PathBuf;

/// How changes of one root are noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootStanding {
    pub root: String,
    pub path: PathBuf,
    pub by: By,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// It is being looked through for the first time, or again.
    Starting,
    /// The system tells of each change at once.
    Events { folders: u64 },
    /// All of it is looked through again and again; a change is noticed at the next look.
    Scanning { why: Why, every_seconds: u64 },
    /// There is nothing at its path now. When something is there, that is a change.
    Missing,
}

/// Why the system does not tell of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It has more folders than may be watched. `limit` is the system's, for all programs of a user together; 0 where it does
    /// not say.
    WatchLimit { limit: u64 },
    /// The system gives no watches at all.
    NoWatches { cause: String },
    /// It lies, or a part of it, on another computer, which tells nobody here what others change.
    Network { kind: String, at: PathBuf },
    /// Another program shows these files, and may change them behind the system's back.
    Fuse { kind: String, at: PathBuf },
}
