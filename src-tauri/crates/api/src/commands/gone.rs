//! Files that the last backup found gone and should not be, in words, and where they are.
use super::archives::ArchiveInfo;
use super::captured::Whole;
use super::overview::{ActKind, MatterAct};
use crate::words::quoted;
use crate::{Answer, Note, Service, words};
use holdfast_domain::{ArchiveName, Class, Kind, Problem};
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::backup::{Lost, NAMED, code_of, some_of};
use holdfast_engine::operations::{captured, pick};

/// Those of one class that are still gone.
#[derive(Debug, Clone)]
pub(super) struct Gone {
    pub class: Class,
    pub problem: Problem,
    /// `ROOT/...`; empty where the catalog does not know them.
    pub paths: Vec<String>,
    /// When it was seen, in words.
    pub seen: String,
    /// The newest archive that holds them.
    pub whole: Option<Whole>,
}

/// So many are typed in one command.
const TYPED: usize = 5;

impl Gone {
    /// `Configuration or keys gone: data/.env.`
    pub fn title(&self) -> String {
        words::of(self.problem.code).title(&self.problem.subject)
    }

    pub fn act(&self) -> Option<MatterAct> {
        let whole = self.whole.as_ref()?;
        let effect = if self.paths.is_empty() {
            "The newest in which it is. Nothing is changed yet."
        } else {
            "The newest in which it is, with that picked. Nothing is changed yet."
        };
        let act = MatterAct::new(ActKind::ShowArchive, &format!("Open the archive of {}", whole.at), effect);
        Some(MatterAct { archive: Some(whole.archive.clone()), paths: self.paths.clone(), ..act })
    }

    /// For who types.
    pub fn step(&self, name: &str) -> String {
        let meant = format!("If it was meant, a full archive settles it: holdfast backup {name} --level full");
        let Some(whole) = &self.whole else { return meant };
        if self.paths.is_empty() || self.paths.len() > TYPED {
            let archive = &whole.archive;
            return format!(
                "holdfast diff {archive} --deployment {name} names them; restore them with holdfast restore {name} --at {archive} --path \
                 PATH. {meant}"
            );
        }
        let paths: Vec<String> = self.paths.iter().map(|path| format!("--path {}", quoted(path))).collect();
        format!("Restore it from there: holdfast restore {name} --at {} {}. {meant}", whole.archive, paths.join(" "))
    }
}

impl Service {
    /// What the newest backup tells of, as far as it is still so. `archives` newest first.
    pub(super) fn gone(&self, profile: &Profile, archives: &[ArchiveInfo]) -> Answer<Vec<Gone>> {
        let horizon = pick::horizon(self.clock().now());
        let Some(newest) = archives.iter().find(|a| a.restorable && a.kind.is_regular() && a.created <= horizon) else {
            return Ok(Vec::new());
        };
        if newest.lost.is_empty() {
            return Ok(Vec::new());
        }
        let catalog = self.context().catalog()?.0;
        let row = catalog.archives().get(&profile.id, &newest.name)?;
        let problems = row.map_or_else(|| Ok(Vec::new()), |row| captured::problems(&catalog, &row))?;
        let told = captured::told_lost(&catalog, profile)?;
        let seen = self.moment(newest.created);
        let mut found = Vec::new();
        for mut problem in problems {
            let Some(class) = captured::lost_class(problem.code) else { continue };
            let still: Option<Vec<&Lost>> =
                told.as_ref().map(|told| told.iter().filter(|lost| lost.class == class).collect());
            let since = still.as_ref().and_then(|still| still.first()).map(|lost| &lost.since);
            let whole = self.holding(archives, newest, class, since);
            let paths = match &still {
                Some(still) if still.is_empty() => continue,
                Some(still) if still.len() < NAMED => {
                    problem.subject = some_of(still, still.len());
                    still.iter().map(|lost| lost.path.clone()).collect()
                }
                Some(still) => still.iter().map(|lost| lost.path.clone()).collect(),
                None => Vec::new(),
            };
            found.push(Gone { class, problem, paths, seen: seen.clone(), whole });
        }
        Ok(found)
    }

    /// The newest archive that does not say that any of the class are lost. Of other files some may be gone without a word, as
    /// long as they are few: there it is the one that was compared with.
    fn holding(
        &self,
        archives: &[ArchiveInfo],
        newest: &ArchiveInfo,
        class: Class,
        since: Option<&ArchiveName>,
    ) -> Option<Whole> {
        let older = || archives.iter().filter(|a| a.restorable && a.kind != Kind::Export && a.created < newest.created);
        let compared = older().find(|a| Some(&a.name) == since);
        let silent = || older().find(|a| !a.lost.contains(&class));
        let found = if class == Class::Files { compared.or_else(silent) } else { silent().or(compared) };
        found.map(|a| Whole { archive: a.name.clone(), at: self.moment(a.created), path: None })
    }

    /// Says of notes that something is gone in which archive it is.
    pub(super) fn point_to_gone(&self, profile: &Profile, archives: &[ArchiveInfo], notes: &mut [Note]) -> Answer<()> {
        let gone = self.gone(profile, archives)?;
        for note in notes.iter_mut() {
            let Some(gone) = gone.iter().find(|gone| code_of(gone.class) == Some(note.code)) else { continue };
            note.act = gone.act();
            note.next_step = gone.step(profile.name.as_str());
        }
        Ok(())
    }
}
