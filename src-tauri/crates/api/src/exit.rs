use crate::{Failure, Note};
use holdfast_domain::{Code, Outcome};

/// How the command line ends; documented, and kept stable for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    /// It is done, and something in it was not as it should be.
    Problems = 3,
    /// Another run is at work on the deployment.
    Locked = 4,
    /// The key does not fit or is not there, or an archive is damaged.
    KeyOrDamage = 5,
}

impl Exit {
    pub fn number(self) -> u8 {
        self as u8
    }

    pub fn of_code(code: Code) -> Self {
        match code {
            Code::BadRequest | Code::AmbiguousDeployment => Self::Usage,
            Code::Locked => Self::Locked,
            Code::WrongPassphrase
            | Code::WrongKey
            | Code::KeyNeeded
            | Code::Mistyped
            | Code::NotAnArchive
            | Code::ArchiveTruncated
            | Code::ArchiveDamaged
            | Code::ParentDamaged
            | Code::ChecksumMismatch
            | Code::Unsigned
            | Code::SignedByOther => Self::KeyOrDamage,
            _ => Self::Failed,
        }
    }

    pub fn of_failure(failure: &Failure) -> Self {
        Self::of_code(failure.code)
    }

    /// Of a result that stands; one that failed takes its reason from the worst problem in it.
    pub fn of_outcome<'a>(outcome: Outcome, problems: impl IntoIterator<Item = &'a Note>) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Problems => Self::Problems,
            Outcome::Cancelled => Self::Failed,
            Outcome::Failed => {
                let damage = problems.into_iter().any(|note| Self::of_code(note.code) == Self::KeyOrDamage);
                if damage { Self::KeyOrDamage } else { Self::Failed }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_domain::Problem;

    #[test]
    fn the_numbers_are_those_that_are_documented() {
        for (code, number) in [
            (Code::DestinationMissing, 1),
            (Code::Cancelled, 1),
            (Code::BadRequest, 2),
            (Code::Locked, 4),
            (Code::WrongPassphrase, 5),
            (Code::ArchiveTruncated, 5),
        ] {
            assert_eq!(Exit::of_code(code).number(), number, "{code:?}");
        }
        assert_eq!(Exit::of_outcome(Outcome::Done, []).number(), 0);
        assert_eq!(Exit::of_outcome(Outcome::Problems, []).number(), 3);
    }

    #[test]
    fn a_failed_check_tells_damage_from_absence() {
        let note = |code| Note::from(Problem::new(code, "x", "y"));
        assert_eq!(Exit::of_outcome(Outcome::Failed, &[note(Code::ArchiveMissing)]), Exit::Failed);
        let both = [note(Code::ArchiveMissing), note(Code::ChecksumMismatch)];
        assert_eq!(Exit::of_outcome(Outcome::Failed, &both), Exit::KeyOrDamage);
    }
}
