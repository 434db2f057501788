use crate::{Code, Problem, size_words};
use serde::{Deserialize, Serialize};

/// What looked wrong, with what was seen and what it was measured by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[ts(rename = "AlarmFinding")]
pub enum Finding {
    /// Files hold noise where they held text, documents, pictures or databases: encrypted, most likely.
    Scrambled { files: u64, renamed: u64, databases: u64, paths: Vec<String> },
    /// Most files hold something else than before.
    MostChanged { changed: u64, gone: u64, of: u64 },
    /// All that is protected is far smaller or larger than it was, and no few files explain it.
    Size { bytes: u64, low: u64, high: u64 },
    /// A database lost most of its rows.
    DatabaseEmptied { path: String, rows: u64, before: u64, tables: Vec<String> },
    /// Many files could be read before, and cannot now.
    Unreadable { files: u64, of: u64 },
}

impl Finding {
    /// The stable word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Scrambled { .. } => "scrambled",
            Self::MostChanged { .. } => "most-changed",
            Self::Size { .. } => "size",
            Self::DatabaseEmptied { .. } => "database-emptied",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    /// Whether old archives are held while it is open. All of these may mean that what comes now is worth less than what
    /// was.
    pub fn freezes(&self) -> bool {
        true
    }

    pub fn code(&self) -> Code {
        match self {
            Self::Scrambled { .. } => Code::FilesScrambled,
            Self::MostChanged { .. } => Code::MostFilesChanged,
            Self::Size { .. } => Code::UnusualSize,
            Self::DatabaseEmptied { .. } => Code::DatabaseEmptied,
            Self::Unreadable { .. } => Code::SourceUnreadable,
        }
    }

    /// Whether it is the same trouble going on: then no second alarm is raised.
    pub fn is_same_trouble(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::DatabaseEmptied { path, .. }, Self::DatabaseEmptied { path: other, .. }) => path == other,
            _ => self.kind() == other.kind(),
        }
    }

    /// What it concerns: a path, or the deployment.
    pub fn subject(&self, deployment: &str) -> String {
        match self {
            Self::Scrambled { files, paths, .. } => some_of(paths, *files),
            Self::DatabaseEmptied { path, .. } => path.clone(),
            _ => deployment.to_owned(),
        }
    }

    /// As an archive tells it of itself.
    pub fn problem(&self, deployment: &str) -> Problem {
        Problem::new(self.code(), self.subject(deployment), format!("{}; {}", self.seen(), self.expected()))
    }

    pub fn seen(&self) -> String {
        match self {
            Self::Scrambled { files, renamed, databases, .. } => {
                let mut more = Vec::new();
                if *databases > 0 {
                    more.push(format!("{} among them", counted(*databases, "database", "databases")));
                }
                if *renamed > 0 {
                    more.push(format!("{renamed} with a new ending"));
                }
                let more = if more.is_empty() { String::new() } else { format!(", {}", more.join(", ")) };
                format!("{} noise{more}", counted(*files, "file holds", "files hold"))
            }
            Self::MostChanged { changed, gone, of } => {
                let gone = if *gone == 0 { String::new() } else { format!(", {gone} are gone") };
                format!("{changed} of {} hold something else{gone}", counted(*of, "file", "files"))
            }
            Self::Size { bytes, .. } => format!("{} in all", size_words(*bytes)),
            Self::DatabaseEmptied { rows, tables, .. } => {
                let of = if tables.is_empty() { String::new() } else { format!(" ({})", tables.join(", ")) };
                format!("{} left{of}", counted(*rows, "row is", "rows are"))
            }
            Self::Unreadable { files, of } => {
                format!("{} of {of} cannot be read now", counted(*files, "file", "files"))
            }
        }
    }

    pub fn expected(&self) -> String {
        match self {
            Self::Scrambled { .. } => "they held text, documents, pictures or databases".to_owned(),
            Self::MostChanged { .. } => "few change from one archive to the next".to_owned(),
            Self::Size { low, high, .. } if low == high => format!("it was {} before", size_words(*low)),
            Self::Size { low, high, .. } => {
                format!("it was between {} and {} before", size_words(*low), size_words(*high))
            }
            Self::DatabaseEmptied { before, .. } => format!("it held {} before", counted(*before, "row", "rows")),
            Self::Unreadable { .. } => "they could be read before".to_owned(),
        }
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `data/a, data/b, data/c and 66 more`
fn some_of(paths: &[String], count: u64) -> String {
    const SHOWN: usize = 3;
    let named: Vec<&str> = paths.iter().take(SHOWN).map(String::as_str).collect();
    match count.saturating_sub(named.len() as u64) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
