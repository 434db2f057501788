//! The ways on where an archive was found damaged: another that does, and what comes out of this one.
use super::RecoverOpened;
use crate::commands::captured::NONE_WHOLE;
use crate::words::quoted;
use crate::{Answer, Failure, Note, Service};
use holdfast_domain::{ArchiveName, Code, Problem};
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::captured;
use holdfast_engine::operations::recover::{self, Candidate};

impl Service {
    /// Reads every archive whole, and says of each whether it is what was written.
    pub fn recover_read_through(&self, opened: RecoverOpened, job: &Job) -> Answer<RecoverOpened> {
        let RecoverOpened { opened, signer_given, .. } = opened;
        Ok(self.opened(opened.read_through(self.context(), job)?, signer_given))
    }

    /// Of what is not whole in the moment that was chosen: which one is.
    pub(super) fn point_to_offered(&self, opened: &RecoverOpened, chosen: &Candidate, notes: &mut [Note]) {
        let grave = |note: &&mut Note| captured::matters(note.code);
        let Some(whole) = self.chosen(&opened.opened, None).ok().filter(|one| one.is_whole()) else {
            let step = match self.whole_but_damaged(opened) {
                Some(said) => format!("{NONE_WHOLE} {said}"),
                None => NONE_WHOLE.to_owned(),
            };
            notes.iter_mut().filter(grave).for_each(|note| step.clone_into(&mut note.next_step));
            return;
        };
        if whole.archive == chosen.archive {
            return;
        }
        let Some(at) = whole.at().map(|at| self.moment(at)) else { return };
        for note in notes.iter_mut().filter(grave) {
            note.next_step =
                format!("Everything is whole in the archive of {at}: choose that one (--at {}).", whole.archive);
        }
    }

    /// The newest that captured everything whole, and is damaged itself or needs one that is.
    fn whole_but_damaged(&self, opened: &RecoverOpened) -> Option<String> {
        let captured_whole =
            |one: &&Candidate| one.problem.is_none() && one.damaged.is_some() && one.lacks().is_empty();
        let mut found = opened.opened.candidates.iter().filter(captured_whole);
        let one = found.clone().find(|one| !one.is_emergency()).or_else(|| found.next())?;
        Some(format!(
            "It was whole at {}, in an archive that is damaged in part: what is undamaged may hold it ({}).",
            self.moment(one.at()?),
            salvage(one)
        ))
    }

    /// What to do after a failure because of damage: which other moment does, if only in part, and how the undamaged rest of
    /// this one comes out.
    pub(super) fn with_ways_out(&self, opened: &RecoverOpened, chosen: &ArchiveName, failure: Failure) -> Failure {
        let Some(one) = opened.opened.candidates.iter().find(|one| one.archive == *chosen) else { return failure };
        if !is_damage(failure.code) {
            return failure;
        }
        let other = match opened.alternative(chosen, &failure) {
            None => {
                "No other archive here does without what is damaged: look for another copy of the drive.".to_owned()
            }
            Some(next) => {
                let at = next.at().map(|at| self.moment(at)).unwrap_or_default();
                let lacks = next.lacks();
                let lacks: Vec<String> = lacks.iter().map(Problem::clone).map(|p| Note::from(p).title).collect();
                let (how, name) =
                    (if lacks.is_empty() { "does without it" } else { "does without it, in part" }, &next.archive);
                let lacks = lacks.first().map(|title| format!(" There: {title}")).unwrap_or_default();
                format!("The archive of {at} {how}: {name} (repeat with --at {name}).{lacks}")
            }
        };
        failure.then(format!("{other} What is undamaged of this one comes out all the same ({}).", salvage(one)))
    }
}

impl RecoverOpened {
    /// The archive to take where a recovery from `chosen` failed because one was damaged.
    pub fn instead_of(&self, chosen: &ArchiveName, failure: &Failure) -> Option<ArchiveName> {
        self.alternative(chosen, failure).map(|next| next.archive.clone())
    }

    fn alternative(&self, chosen: &ArchiveName, failure: &Failure) -> Option<&Candidate> {
        if !is_damage(failure.code) {
            return None;
        }
        // The file that is damaged, where the failure names it; otherwise all that this moment needs is suspect.
        let named = failure.subject.rsplit('/').next().and_then(ArchiveName::parse);
        let damaged = named.unwrap_or_else(|| chosen.clone());
        recover::next_good(&self.opened.candidates, chosen, &damaged)
    }
}

/// By its file: nothing here knows its name yet.
fn salvage(one: &Candidate) -> String {
    format!("holdfast salvage {} --into DIR", quoted(&one.path.display().to_string()))
}

fn is_damage(code: Code) -> bool {
    matches!(code, Code::ArchiveDamaged | Code::ArchiveTruncated | Code::ParentDamaged)
}
