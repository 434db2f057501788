use holdfast_domain::{Code, Outcome, Problem, Severity};
use serde::Serialize;

/// What a verification found of an archive, in one word; the worse the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// It is what was written, and so is all that it needs.
    Ok,
    /// There was nothing to compare it with, and no key to look into it.
    NotChecked,
    /// It is what was written; one that it needs is damaged, not there, or cannot be read.
    Incomplete,
    /// It could not be read: that says nothing of what it holds.
    Unreadable,
    Missing,
    /// Nothing proves that it was made by this deployment.
    Untrusted,
    Damaged,
}

impl Finding {
    /// The worst that the problems tell.
    pub(super) fn of(problems: &[Problem]) -> Self {
        let found = problems.iter().filter(|problem| problem.severity() == Severity::Problem).map(|p| match p.code {
            Code::NotChecked => Self::NotChecked,
            Code::ParentMissing | Code::ParentDamaged => Self::Incomplete,
            Code::PermissionDenied | Code::InputOutput | Code::WrongKey => Self::Unreadable,
            Code::ArchiveMissing => Self::Missing,
            Code::Unsigned | Code::SignedByOther => Self::Untrusted,
            _ => Self::Damaged,
        });
        found.max().unwrap_or(Self::Ok)
    }

    /// Whether it tells anything of what the archive's own file holds.
    pub(super) fn judges_content(self) -> bool {
        matches!(self, Self::Ok | Self::Incomplete | Self::Untrusted | Self::Damaged)
    }

    /// What a verification with such findings comes to.
    pub(super) fn outcome(findings: impl IntoIterator<Item = Self>) -> Outcome {
        match findings.into_iter().max() {
            None | Some(Self::Ok) => Outcome::Done,
            Some(Self::NotChecked) => Outcome::Problems,
            // Damage outweighs everything else: an archive that is not what was written is a failure of the check.
            Some(_) => Outcome::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_decides_and_notices_do_not() {
        let found =
            |codes: &[Code]| Finding::of(&codes.iter().map(|code| Problem::new(*code, "x", "y")).collect::<Vec<_>>());
        assert_eq!(found(&[]), Finding::Ok);
        assert_eq!(found(&[Code::DatabaseWasDamaged]), Finding::Ok);
        assert_eq!(found(&[Code::PermissionDenied]), Finding::Unreadable);
        assert_eq!(found(&[Code::ParentDamaged, Code::ChecksumMismatch]), Finding::Damaged);
        assert_eq!(Finding::outcome([Finding::Ok, Finding::NotChecked]), Outcome::Problems);
        assert_eq!(Finding::outcome([Finding::Missing, Finding::NotChecked]), Outcome::Failed);
    }
}
