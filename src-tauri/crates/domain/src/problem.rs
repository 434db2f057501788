use serde::{Deserialize, Serialize};

/// A stable word for each thing that can go wrong or needs saying. The words for people live in
/// one table beside the command surface; scripts and the window match on these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    // Capture
    FileChanged,
    FileVanished,
    FileUnreadable,
    SpecialFileLeftOut,
    DatabaseDamaged,
    DatabaseWasDamaged,
    DatabaseUnreadable,
    VectorStoreChanging,
    VectorStoreIncomplete,
    RootMissing,
    RootEmpty,
    RootShrunk,
    DatabaseLost,
    ConfigLost,
    VectorsLost,
    FilesLost,
    FilesCutShort,
    FilesScrambled,
    MostFilesChanged,
    DatabaseEmptied,
    UnusualSize,
    SourceUnreadable,
    LeftOutByPattern,
    SecretNotFound,
    ServerNotCaptured,
    LiveElsewhere,
    NotLookedInto,
    // Archives
    NotAnArchive,
    ArchiveTruncated,
    ArchiveDamaged,
    ArchiveMissing,
    ParentMissing,
    ParentDamaged,
    NotChecked,
    NewerFormat,
    Unsigned,
    SignedByOther,
    ChecksumMismatch,
    SizeOutOfRange,
    NothingToRestore,
    // Keys
    WrongPassphrase,
    WrongKey,
    KeyNeeded,
    Mistyped,
    KeyringUnavailable,
    SigningKeyUnavailable,
    KeyFromBefore,
    // Places
    DestinationMissing,
    BadDestination,
    CloudUnreachable,
    BucketMissing,
    AccessRefused,
    DestinationFull,
    ReadOnly,
    TargetNotEmpty,
    NotExchangeable,
    NotEnoughSpace,
    PermissionDenied,
    InputOutput,
    UnsafePath,
    MetadataNotRestored,
    OwnerUnknown,
    FilesInUse,
    StillInUse,
    WrittenAside,
    OriginDiffers,
    CopyDue,
    SameDisk,
    PlaceTooSmall,
    PlaceFilling,
    TrayMissing,
    // Runs
    Locked,
    Cancelled,
    Interrupted,
    NothingToUndo,
    ChangedSincePreview,
    UnknownDeployment,
    NotProtected,
    DeploymentExists,
    AmbiguousDeployment,
    BadSettings,
    CatalogDamaged,
    CatalogIncomplete,
    EmergencyFailed,
    BadRunbook,
    UnknownIncident,
    IncidentDamaged,
    CutShort,
    // The chatbot's own programs
    ServiceUnknown,
    ServiceNotStarted,
    StillRunning,
    BadRequest,
    Internal,
}

impl Code {
    /// The stable word, as in JSON.
    pub fn as_str(self) -> String {
        // One source for the word: the serialised form.
        let debug = format!("{self:?}");
        let mut word = String::with_capacity(debug.len() + 4);
        for (index, letter) in debug.char_indices() {
            if letter.is_ascii_uppercase() && index > 0 {
                word.push('-');
            }
            word.push(letter.to_ascii_lowercase());
        }
        word
    }

    /// How much it matters where it is reported beside a result.
    pub fn severity(self) -> Severity {
        match self {
            Self::SpecialFileLeftOut
            | Self::DatabaseWasDamaged
            | Self::FilesInUse
            | Self::OriginDiffers
            | Self::OwnerUnknown
            | Self::SecretNotFound
            | Self::NotLookedInto
            | Self::CopyDue
            | Self::SameDisk
            | Self::PlaceTooSmall
            | Self::PlaceFilling
            | Self::TrayMissing => Severity::Notice,
            _ => Severity::Problem,
        }
    }

    /// Whether it is of what was captured. That an archive could not be signed, say, does not concern its export.
    pub fn concerns_contents(self) -> bool {
        matches!(
            self,
            Self::FileChanged
                | Self::FileVanished
                | Self::FileUnreadable
                | Self::SpecialFileLeftOut
                | Self::DatabaseDamaged
                | Self::DatabaseWasDamaged
                | Self::DatabaseUnreadable
                | Self::VectorStoreChanging
                | Self::VectorStoreIncomplete
                | Self::RootMissing
                | Self::RootEmpty
                | Self::RootShrunk
                | Self::DatabaseLost
                | Self::ConfigLost
                | Self::VectorsLost
                | Self::FilesLost
                | Self::FilesCutShort
                | Self::FilesScrambled
                | Self::MostFilesChanged
                | Self::DatabaseEmptied
                | Self::UnusualSize
                | Self::SourceUnreadable
                | Self::LeftOutByPattern
        )
    }
}

/// A notice is said and changes nothing; a problem turns "done" into "done with problems".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Notice,
    Problem,
}

/// One thing that was not as it should be, beside a result that stands all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Problem {
    pub code: Code,
    /// The path, archive or key that it concerns, as the person knows it.
    pub subject: String,
    /// The technical cause, in one line.
    pub cause: String,
}

impl Problem {
    pub fn new(code: Code, subject: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        Self { code, subject: subject.into(), cause: one_line(&cause.to_string()) }
    }

    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

/// Lines joined by semicolons: an integrity check says one thing a line, and a cause is told in one.
pub fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_one_line() {
        let said = "*** in database main ***\nTree 4 page 9: never used\n\nrow 3 missing from index x";
        let problem = Problem::new(Code::DatabaseDamaged, "data/chat.db", said);
        let joined = "*** in database main ***; Tree 4 page 9: never used; row 3 missing from index x";
        assert_eq!(problem.cause, joined);
        assert_eq!(one_line("one alone"), "one alone");
    }
}
