use std::collections::BTreeMap;

/// What is known of a new archive beside the newest one before it. Program code, logs and what can be made again are
/// left aside: they change as a whole in everyday life.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Of the whole moment.
    pub files: u64,
    pub bytes: u64,
    /// Earlier archives of the state that goes on, newest first. Empty for the first one.
    pub past: Vec<Past>,
    /// A restore or an undo put something else in place since the archive before: what differs from that is its doing.
    pub restored: bool,
    /// Files of the one before that count here.
    pub of: u64,
    /// Those of them that hold something else now, by their content.
    pub changed: u64,
    /// Those that are not there any more.
    pub gone: u64,
    /// Files that were not there before.
    pub new: u64,
    /// Bytes that came and went with the few files that differ most in size.
    pub rose_with_few: u64,
    pub fell_with_few: u64,
    pub scrambled: Scrambled,
    pub databases: Vec<DatabaseChange>,
    /// Files that could not be read, though they are in the archive before.
    pub unreadable: u64,
    /// That most files of a folder went is told by name as a loss.
    pub losses_told: bool,
}

/// Files that hold noise where they held something else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scrambled {
    pub files: u64,
    /// Of files that changed or came, those that promise a form by their name, and were looked at.
    pub judged: u64,
    /// Those of `files` that bear a new ending.
    pub renamed: u64,
    /// New files of no form at all, in place of others that are gone.
    pub strange: u64,
    /// Databases that are none any more, and noise.
    pub databases: u64,
    /// The first of them, `ROOT/...`
    pub paths: Vec<String>,
}

/// How large an earlier archive's moment was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    pub files: u64,
    pub bytes: u64,
}

/// A database that was captured now and before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseChange {
    /// `ROOT/...`
    pub path: String,
    pub before: Counts,
    pub now: Counts,
}

/// What a database holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub bytes: u64,
    /// Rows of each table; `None` where they were not counted.
    pub tables: Option<BTreeMap<String, u64>>,
}

impl Counts {
    /// Of all tables but those that programs empty as they go.
    pub fn rows(&self) -> Option<u64> {
        let tables = self.tables.as_ref()?.iter();
        Some(tables.filter(|(name, _)| !comes_and_goes(name)).map(|(_, count)| *count).sum())
    }
}

/// Tables that programs empty as they go.
pub(super) fn comes_and_goes(table: &str) -> bool {
    const WORDS: [&str; 13] = [
        "cache",
        "session",
        "log",
        "queue",
        "job",
        "task",
        "tmp",
        "temp",
        "event",
        "trace",
        "migration",
        "token",
        "fts",
    ];
    let table = table.to_ascii_lowercase();
    WORDS.iter().any(|word| table.contains(word))
}
