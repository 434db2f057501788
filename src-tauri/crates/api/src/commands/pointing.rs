//! Says of what a command found not whole in which archive it is, or how it comes out of a damaged one.
use super::overview::MatterAct;
use super::together::Together;
use crate::{Answer, Note, Service};
use holdfast_domain::{Class, Code};
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::{browse, captured};

pub(crate) const NONE_WHOLE: &str =
    "No archive that can be restored holds it whole. Delete none of them: what is left of it is in them.";

impl Service {
    /// Says of databases that are not whole in which archive they are: the step after that is concrete, or there is none.
    pub(super) fn point_to_whole(&self, profile: &Profile, notes: &mut [Note]) -> Answer<()> {
        for note in notes.iter_mut().filter(|note| note.code == Code::LeftOutByPattern) {
            note.act = Some(MatterAct::patterns());
        }
        let of_database = |note: &Note| {
            if note.code == Code::LeftOutByPattern {
                return false;
            }
            note.code == Code::DatabaseWasDamaged || captured::lacking(note.code) == Some(Class::Database)
        };
        let of_gone = |note: &Note| captured::lost_class(note.code).is_some();
        if !notes.iter().any(|note| of_database(note) || of_gone(note)) {
            return Ok(());
        }
        let archives = self.infos(browse::archives(self.context(), Some(&profile.id))?)?;
        let together = self.point_to_gone(profile, &archives, notes)?;
        let together = together.as_ref().filter(|together| together.is_of_use());
        let catalog = self.context().catalog()?.0;
        for note in notes.iter_mut().filter(|note| of_database(note)) {
            let whole = self.whole(&catalog, &archives, Code::DatabaseDamaged, &note.subject)?;
            let of = whole.as_ref().map(|whole| &whole.archive);
            let out = self.better_than(&catalog, &archives, &note.subject, of)?;
            let Some(whole) = whole else {
                NONE_WHOLE.clone_into(&mut note.next_step);
                if let Some(out) = out {
                    note.next_step = format!("{NONE_WHOLE} {} Bring it out ({}).", out.sentence(), out.command());
                    note.act = Some(out.act());
                }
                continue;
            };
            let beside = out.map(|out| format!(" {}", out.typed())).unwrap_or_default();
            if let Some(together) = together.filter(|together: &&Together| together.paths.contains(&note.subject)) {
                note.next_step = format!("{}{beside}", together.step(profile.name.as_str()));
                note.act = Some(together.act());
                continue;
            }
            note.next_step = format!(
                "It is whole in the archive of {}: stop the chatbot and restore it from there (holdfast restore {} --at {} \
                 --path {}).{beside}",
                whole.said(),
                profile.name,
                whole.archive,
                note.subject
            );
            note.act = Some(whole.act());
        }
        Ok(())
    }
}
