//! The ways on where an archive was found damaged: another that does, and what comes out of those that are.
use super::RecoverOpened;
use crate::commands::archives::given_up_words;
use crate::commands::pointing::NONE_WHOLE;
use crate::words::quoted;
use crate::{Answer, Failure, Note, Service};
use holdfast_domain::{ArchiveName, Code, Problem, Severity};
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::recover::{self, Candidate};
use holdfast_engine::operations::{captured, verify};
use std::cmp::Reverse;

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
            let said = self.best_of(opened).map(|best| format!(" {}", best.said)).unwrap_or_default();
            let step = format!("{NONE_WHOLE}{said}");
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

    /// Of the archives that are damaged, or need one that is, the one whose databases were whole, and come out whole as far
    /// as a verification on this machine knows: what `status` names there. Where they are known not to, the newest that
    /// was whole when it was made: all else is in it.
    pub(super) fn best_of<'a>(&self, opened: &'a RecoverOpened) -> Option<Best<'a>> {
        let damaged =
            |one: &&Candidate| one.fault().is_some_and(|fault| is_damage(fault.code)) && one.lacks().is_empty();
        let mut found: Vec<&Candidate> = opened.opened.candidates.iter().filter(damaged).collect();
        found.retain(|one| one.manifest.is_some());
        found.sort_by_key(|one| one.rank());
        let mut perhaps = None;
        for one in &found {
            match self.known_to_come_out(one) {
                Some(true) => return self.best(one, Some(true)),
                Some(false) => {}
                None => perhaps = perhaps.or(Some(*one)),
            }
        }
        match perhaps {
            Some(one) => self.best(one, None),
            None => self.best(found.first()?, Some(false)),
        }
    }

    /// `known`: whether the database comes out whole.
    fn best<'a>(&self, one: &'a Candidate, known: Option<bool>) -> Option<Best<'a>> {
        let at = self.moment(one.at()?);
        let command = salvage(one);
        let said = match known {
            Some(true) => {
                format!("The database comes out whole as of {at}, of an archive that is damaged elsewhere ({command}).")
            }
            Some(false) => {
                format!("Of the archive of {at} all comes out but what is damaged, part of its database ({command}).")
            }
            None => format!(
                "The database was whole at {at}, in an archive that is damaged in part: what is undamaged may hold it \
                 ({command})."
            ),
        };
        Some(Best { one, said })
    }

    /// What a verification on this machine found of the databases of an archive. Makes no catalog.
    fn known_to_come_out(&self, one: &Candidate) -> Option<bool> {
        let manifest = one.manifest.as_ref()?;
        let catalog = self.context().known_catalog().ok()??;
        let rows = catalog.archives().list(Some(&manifest.deployment_id)).ok()?;
        let row = rows.iter().find(|row| row.name == one.archive)?;
        let mut known = None;
        for name in &manifest.archives {
            let manifest = captured::manifest(&catalog, &manifest.deployment_id, name).ok()??;
            for note in manifest.databases.iter().filter(|note| !note.path.ends_with("/chroma.sqlite3")) {
                match verify::whole_in_rest(&catalog, &rows, row, &note.path).ok()? {
                    Some(false) => return Some(false),
                    whole => known = known.or(whole),
                }
            }
        }
        known
    }

    /// What comes out of a damaged archive, where that is newer or of a state that goes on, beside the one that was chosen.
    pub(super) fn beside(&self, opened: &RecoverOpened, chosen: &Candidate) -> Option<Note> {
        let best = self.best_of(opened)?;
        let order = |one: &Candidate| (one.rank(), Reverse(one.at()));
        if chosen.is_whole() && order(chosen) < order(best.one) {
            return None;
        }
        let fault = best.one.fault()?;
        let cause = format!("{}, but what is undamaged of it comes out", fault.cause);
        let failure = Failure::new(fault.code, best.one.archive.as_str(), cause);
        let title = match given_up_words(chosen.branch) {
            "" => "A better state comes out of an archive that is damaged.".to_owned(),
            words => format!("What is taken was {words}; a better state comes out of an archive that is damaged."),
        };
        Some(Note { severity: Severity::Notice, title, next_step: best.said, ..Note::from(failure) })
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
        // Of the best, and not of the newest, which may be that of a wreck.
        let out = match self.best_of(opened) {
            Some(best) if best.one.archive != one.archive => best.said,
            _ => format!("What is undamaged of this one comes out all the same ({}).", salvage(one)),
        };
        failure.then(format!("{other} {out}"))
    }
}

/// The damaged archive of which most comes out.
pub(super) struct Best<'a> {
    pub one: &'a Candidate,
    /// In a sentence, with the command in brackets.
    pub said: String,
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
