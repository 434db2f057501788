//! What is told of the moments that were not taken.
use super::RecoverOpened;
use crate::commands::captured::CapturedNote;
use crate::{Failure, Note, Service};
use holdfast_domain::{Code, Problem, Severity};
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

    /// That what a restore put aside later than the chosen moment is there too, whole, and how it is taken.
    pub(super) fn put_aside(&self, opened: &RecoverOpened, chosen: &Candidate) -> Option<Note> {
        let newer = opened.opened.candidates.iter().take_while(|one| one.archive != chosen.archive);
        let aside =
            newer.filter(|one| one.is_emergency()).find(|one| one.is_whole()).filter(|_| !chosen.is_emergency())?;
        let title = format!("What a restore put aside at {} is newer, and whole too.", self.moment(aside.at()?));
        let failure =
            Failure::new(Code::OriginDiffers, aside.archive.as_str(), "a restore or an undo archived it first");
        let next_step =
            format!("It was given up for an older state. To take it all the same, choose it (--at {}).", aside.archive);
        Some(Note { severity: Severity::Notice, title, next_step, ..Note::from(failure) })
    }
}
