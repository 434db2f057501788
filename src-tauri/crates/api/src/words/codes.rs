use super::table::{archives, capture, keys, places, runs};
use holdfast_domain::Code;

/// What a code says to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// One sentence, with `{}` where the thing's name goes.
    pub pattern: &'static str,
    /// What to do next.
    pub next_step: &'static str,
}

impl Words {
    pub fn title(&self, subject: &str) -> String {
        sentence(self.pattern.replacen("{}", subject, 1))
    }
}

/// What stands over a step that was not begun.
pub fn not_begun(what: &str) -> String {
    sentence(format!("{what} was not begun."))
}

/// Begins with a capital letter; names of files and archives stay as they are.
fn sentence(text: String) -> String {
    match text.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => text,
    }
}

pub(super) const fn say(pattern: &'static str, next_step: &'static str) -> Words {
    Words { pattern, next_step }
}

/// For a machine on which nothing is protected yet.
pub(crate) const NO_DEPLOYMENT: Words = say(
    "No deployment is set up on this machine.",
    "Begin with holdfast setup; after the loss of a machine, with holdfast recover --from DRIVE.",
);

/// For a machine, or a session, that offers none.
pub(crate) const NO_KEYRING: Words = say(
    "This computer has no keyring that Holdfast can use.",
    "Backups run all the same. Restores and full checks ask for the passphrase.",
);

/// For a key that was typed and shall be kept.
pub(crate) const NO_KEYRING_FOR_KEY: Words = say(
    "There is no keyring to keep the account's key in, and it is kept nowhere else.",
    "Write it into a file that only you can read, and name that file instead; or unlock the keyring, then try again.",
);

/// The one table: each code has its sentence and its next step there, and nowhere else.
pub fn of(code: Code) -> Words {
    match code {
        Code::FileChanged
        | Code::FileVanished
        | Code::FileUnreadable
        | Code::SpecialFileLeftOut
        | Code::DatabaseDamaged
        | Code::DatabaseWasDamaged
        | Code::DatabaseUnreadable
        | Code::VectorStoreChanging
        | Code::VectorStoreIncomplete
        | Code::RootMissing
        | Code::RootEmpty
        | Code::RootShrunk
        | Code::DatabaseLost
        | Code::ConfigLost
        | Code::VectorsLost
        | Code::FilesLost
        | Code::FilesCutShort
        | Code::FilesScrambled
        | Code::MostFilesChanged
        | Code::DatabaseEmptied
        | Code::UnusualSize
        | Code::SourceUnreadable
        | Code::LeftOutByPattern
        | Code::SecretNotFound
        | Code::ServerNotCaptured
        | Code::LiveElsewhere
        | Code::NotLookedInto => capture(code),
        Code::NotAnArchive
        | Code::ArchiveTruncated
        | Code::ArchiveDamaged
        | Code::ArchiveMissing
        | Code::ParentMissing
        | Code::ParentDamaged
        | Code::NotChecked
        | Code::NewerFormat
        | Code::Unsigned
        | Code::SignedByOther
        | Code::ChecksumMismatch
        | Code::SizeOutOfRange
        | Code::NothingToRestore => archives(code),
        Code::WrongPassphrase
        | Code::WrongKey
        | Code::KeyNeeded
        | Code::Mistyped
        | Code::KeyringUnavailable
        | Code::SigningKeyUnavailable
        | Code::KeyFromBefore => keys(code),
        Code::DestinationMissing
        | Code::CloudUnreachable
        | Code::BucketMissing
        | Code::AccessRefused
        | Code::BadDestination
        | Code::DestinationFull
        | Code::ReadOnly
        | Code::TargetNotEmpty
        | Code::NotExchangeable
        | Code::NotEnoughSpace
        | Code::PermissionDenied
        | Code::InputOutput
        | Code::UnsafePath
        | Code::MetadataNotRestored
        | Code::OwnerUnknown
        | Code::FilesInUse
        | Code::StillInUse
        | Code::WrittenAside
        | Code::OriginDiffers
        | Code::CopyDue
        | Code::SameDisk
        | Code::PlaceTooSmall
        | Code::PlaceFilling
        | Code::TrayMissing => places(code),
        Code::Locked
        | Code::Cancelled
        | Code::Interrupted
        | Code::NothingToUndo
        | Code::ChangedSincePreview
        | Code::UnknownDeployment
        | Code::NotProtected
        | Code::DeploymentExists
        | Code::AmbiguousDeployment
        | Code::BadSettings
        | Code::CatalogDamaged
        | Code::CatalogIncomplete
        | Code::EmergencyFailed
        | Code::BadRunbook
        | Code::UnknownIncident
        | Code::IncidentDamaged
        | Code::CutShort
        | Code::ServiceUnknown
        | Code::ServiceNotStarted
        | Code::StillRunning
        | Code::BadRequest
        | Code::Internal => runs(code),
    }
}
