//! Which archive a restore takes where nobody says one, and why that is not the newest.
use super::archives::{ArchiveInfo, given_up_words, to_go_back};
use crate::{Answer, Failure, Note, Service};
use holdfast_domain::{ArchiveName, Class, Code, Kind, Severity};
use holdfast_engine::catalog::Catalog;
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::{browse, pick};

pub(super) struct Taken {
    pub archive: ArchiveName,
    /// Why it is not the newest.
    pub why: Option<Note>,
}

impl Service {
    /// The archive to go back to; `None` where none is whole. `components`: what is to come back, or all where there are none.
    pub(super) fn to_take(&self, catalog: &Catalog, profile: &Profile, components: &[Class]) -> Answer<Option<Taken>> {
        let archives = self.infos(browse::archives(self.context(), Some(&profile.id))?)?;
        let wanted = |class: &Class| components.is_empty() || components.contains(class);
        let whole = |archive: &&ArchiveInfo| !archive.lacks.iter().any(wanted);
        let now = self.clock().now();
        let Some(taken) = to_go_back(&archives, now).into_iter().find(whole) else { return Ok(None) };
        let horizon = pick::horizon(now);
        let newest = archives.iter().find(|a| a.kind != Kind::Export && a.state == "present" && a.created <= horizon);
        let newer = newest.filter(|newest| newest.created > taken.created);
        let mut why = newer.map(|newest| self.passed_by(newest, taken));
        let salvage = self.best_salvage(catalog, &archives, Some(taken))?.filter(|_| components.is_empty());
        if let (Some(why), Some(out)) = (&mut why, salvage) {
            why.next_step = format!("{} {}", out.typed(), why.next_step);
        }
        Ok(Some(Taken { archive: taken.name.clone(), why }))
    }

    fn passed_by(&self, newest: &ArchiveInfo, taken: &ArchiveInfo) -> Note {
        let (at, of) = (self.moment(newest.created), self.moment(taken.created));
        let all = format!("To take it all the same, name it (--at {}).", newest.name);
        let (said, code, next_step) = match (&newest.captured, given_up_words(newest.branch)) {
            _ if !newest.restorable => (
                "cannot be restored: it is damaged, or needs one that is".to_owned(),
                Code::ArchiveDamaged,
                "What is undamaged of it comes out by a salvage.".to_owned(),
            ),
            (Some(captured), _) if captured.matters => {
                (format!("is not whole: {}", captured.word), Code::NotChecked, all)
            }
            (_, "") => ("was made before a restore or an undo".to_owned(), Code::OriginDiffers, all),
            (_, words) => (format!("was {words}"), Code::OriginDiffers, all),
        };
        let title = format!("The archive of {of} is taken, and not the newest: that of {at} {said}.");
        let failure = Failure::new(code, newest.name.as_str(), said);
        Note { severity: Severity::Notice, title, next_step, ..Note::from(failure) }
    }
}
