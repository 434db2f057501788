//! What is told of the moments that were not taken.
use super::RecoverOpened;
use crate::commands::archives::given_up_words;
use crate::commands::captured::CapturedNote;
use crate::{Failure, Note, Service};
use holdfast_domain::{Code, Problem, Severity};
use holdfast_engine::operations::branches::Branch;
use holdfast_engine::operations::recover::Candidate;

/// Newer archives that would have been taken, had they been good: they are not passed over in silence.
pub(super) fn passed_over(opened: &RecoverOpened, chosen: &Candidate) -> Vec<Note> {
    let newer = opened.opened.candidates.iter().take_while(|candidate| candidate.archive != chosen.archive);
    Note::all(newer.filter_map(|candidate| candidate.fault().cloned()))
}

impl Service {
    /// That newer moments can be had too, what those lack, and how one of them is taken.
    pub(super) fn less_whole(&self, opened: &RecoverOpened, chosen: &Candidate) -> Option<Note> {
        let newer = opened.opened.candidates.iter().take_while(|one| one.archive != chosen.archive);
        let lesser: Vec<(&Candidate, Vec<Problem>)> = newer
            .filter(|one| one.is_good())
            .map(|one| (one, one.lacks()))
            .filter(|(_, lacks)| !lacks.is_empty())
            .collect();
        let (newest, lacks) = lesser.first().filter(|_| chosen.is_whole())?;
        let said = CapturedNote::of(lacks)?.said;
        let newest_at = newest.at().map(|at| self.moment(at)).unwrap_or_default();
        let title = match lesser.len() {
            1 => format!("The archive of {newest_at} is newer, and not whole. {said}"),
            count => format!("{count} newer archives are not whole. Of the newest, of {newest_at}: {said}"),
        };
        let failure = Failure::new(lacks.first()?.code, newest.archive.as_str(), "it was so when it was captured");
        let next_step = format!("To take it all the same, choose it (--at {}).", newest.archive);
        Some(Note { severity: Severity::Notice, title, next_step, ..Note::from(failure) })
    }

    /// That newer ones are there too, whole, whose state was given up for another, and how one is taken.
    pub(super) fn put_aside(&self, opened: &RecoverOpened, chosen: &Candidate) -> Option<Note> {
        let newer = opened.opened.candidates.iter().take_while(|one| one.archive != chosen.archive);
        let aside = newer.filter(|one| one.branch != Branch::Living && one.is_whole());
        let aside = aside.max_by_key(|one| one.at()).filter(|_| chosen.branch == Branch::Living)?;
        let at = self.moment(aside.at()?);
        let (title, next_step) = if aside.branch == Branch::GivenUp {
            let title = format!("The archive of {at} is newer, and whole too; an undo gave its state up.");
            (title, "It was given up for the state from before a restore.")
        } else {
            let title = format!("What a restore put aside at {at} is newer, and whole too.");
            (title, "It was given up for an older state.")
        };
        let failure = Failure::new(Code::OriginDiffers, aside.archive.as_str(), given_up_words(aside.branch));
        let next_step = format!("{next_step} To take it all the same, choose it (--at {}).", aside.archive);
        Some(Note { severity: Severity::Notice, title, next_step, ..Note::from(failure) })
    }
}
