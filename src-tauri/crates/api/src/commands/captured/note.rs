use crate::words::count_words;
use holdfast_domain::{Code, Problem};
use holdfast_engine::operations::captured;
use serde::Serialize;

/// What an archive holds badly, or lacks: it was so when it was captured. That the archive is what was written is
/// another question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct CapturedNote {
    /// A restore of everything would not bring back a sound chatbot.
    pub matters: bool,
    /// The worst of it in two words: `damaged database`.
    pub word: String,
    /// The same in a sentence.
    pub said: String,
    pub problems: u64,
}

impl CapturedNote {
    /// `None` for what was captured as it should be. The worst has to come first.
    pub(crate) fn of(problems: &[Problem]) -> Option<Self> {
        let first = problems.first()?;
        let others = problems.len() as u64 - 1;
        let more = if others == 0 {
            String::new()
        } else {
            format!(
                ", and {} more",
                count_words(others, "thing is not as it should be", "things are not as they should be")
            )
        };
        let clause = clause(first.code, &first.subject);
        Some(Self {
            matters: captured::matters(first.code),
            word: word(first.code).to_owned(),
            said: format!("{} in it{more}.", capital(&clause)),
            problems: problems.len() as u64,
        })
    }
}

fn word(code: Code) -> &'static str {
    match code {
        Code::DatabaseDamaged => "damaged database",
        Code::DatabaseUnreadable => "database no consistent copy",
        Code::DatabaseLost => "database gone",
        Code::LeftOutByPattern => "database left out",
        Code::VectorStoreChanging | Code::VectorStoreIncomplete | Code::VectorsLost => "vectors incomplete",
        Code::RootMissing | Code::RootEmpty | Code::RootShrunk => "folder gone",
        Code::ConfigLost => "configuration gone",
        Code::FilesLost => "files gone",
        Code::FilesCutShort => "files cut short",
        Code::FilesScrambled => "noise in place of files",
        Code::MostFilesChanged => "most files changed",
        Code::DatabaseEmptied => "database emptied",
        Code::UnusualSize => "unusual size",
        Code::SourceUnreadable => "files unreadable",
        _ => "with problems",
    }
}

/// `the database data/chat.db is damaged`
pub(crate) fn clause(code: Code, subject: &str) -> String {
    match code {
        Code::DatabaseDamaged => format!("the database {subject} is damaged"),
        Code::DatabaseUnreadable => format!("the database {subject} is no consistent copy"),
        Code::DatabaseLost => format!("the database {subject} is gone"),
        Code::LeftOutByPattern => format!("the database {subject}, which a pattern leaves out, is not"),
        Code::VectorStoreIncomplete => format!("the vector store {subject} lacks some of its parts"),
        Code::VectorStoreChanging => format!("the vector store {subject} is no consistent copy"),
        Code::RootMissing => format!("{subject} is missing"),
        Code::RootEmpty => format!("the folder {subject} is empty"),
        Code::RootShrunk => format!("most files of {subject} are gone"),
        Code::ConfigLost => format!("the configuration {subject} is not"),
        Code::VectorsLost => format!("the part {subject} of a vector store is not whole"),
        Code::FilesLost => format!("the files {subject} are not"),
        Code::FilesCutShort => format!("{subject}, cut short before that, is not whole"),
        Code::FilesScrambled => format!("the files {subject} are noise"),
        Code::MostFilesChanged => format!("most files of {subject} are others than before"),
        Code::DatabaseEmptied => format!("the database {subject} lacks most of its rows"),
        Code::UnusualSize => format!("the size of {subject} is far from what it was"),
        Code::SourceUnreadable => {
            format!("many files of {subject} are as they were before, for they could not be read")
        }
        Code::FileUnreadable => format!("{subject} is not"),
        Code::FileVanished => format!("{subject}, which went while the backup ran, is not"),
        _ => format!("{subject} is not as it should be"),
    }
}

pub(crate) fn capital(text: &str) -> String {
    match text.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => text.to_owned(),
    }
}
