//! Files that the last backup found gone and should not be, in words, and where they are.
use super::archives::{ArchiveInfo, to_go_back};
use super::captured::Whole;
use super::files_out::FilesOut;
use super::overview::{ActKind, MatterAct};
use super::together::{LossesNow, TYPED, Together};
use super::verdict::meant;
use crate::words::{count_words, number_words, quoted};
use crate::{Answer, Note, Service, words};
use holdfast_domain::{ArchiveName, Class, Code, Problem};
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::backup::{Lost, NAMED, some_of};
use holdfast_engine::operations::{captured, pick};
use std::collections::BTreeSet;

/// Those of one class and code that are still lost.
#[derive(Debug, Clone)]
pub(super) struct Gone {
    pub class: Class,
    pub problem: Problem,
    /// So many of them are still there, and shorter than they were.
    pub short: usize,
    /// `ROOT/...`; empty where the catalog does not know them.
    pub paths: Vec<String>,
    /// The same as the backup keeps them.
    pub lost: Vec<Lost>,
    /// When it was seen, in words.
    pub seen: String,
    /// The newest archive that holds them.
    pub whole: Option<Whole>,
    /// Where there is none that can be restored: of which damaged one they come out, or may.
    pub out: Option<FilesOut>,
}

impl Gone {
    /// `Configuration or keys missing: data/.env.`
    pub fn title(&self) -> String {
        let subject = &self.problem.subject;
        match (self.class, self.short, self.paths.len()) {
            (Class::Vectors, 0, 1..) => format!("Parts of a vector store missing: {subject}."),
            (Class::Vectors, 1, 1) => format!("A part of a vector store is cut short: {subject}."),
            (Class::Vectors, short, all) if short > 0 && short == all => {
                format!("Parts of a vector store are cut short: {subject}.")
            }
            // The same count as in the headline; the subject names some of them.
            (Class::Files, _, all @ 4..NAMED) => format!("{} files missing: {subject}.", number_words(all as u64)),
            _ => words::of(self.problem.code).title(subject),
        }
    }

    /// As a check is called.
    pub fn check(&self) -> &'static str {
        match self.class {
            Class::Config => "configuration",
            Class::Vectors => "vector store",
            _ if self.problem.code == Code::FilesCutShort => "files cut short",
            _ => "missing files",
        }
    }

    /// Those that are not there any more, by name or by number, and whether that is more than one.
    fn missing(&self) -> Option<(String, bool)> {
        let count = self.paths.len() - self.short;
        Some(match (self.class, count) {
            (_, 0) if !self.paths.is_empty() || self.problem.code == Code::FilesCutShort => return None,
            // Which, a catalog that was built again does not know.
            (Class::Config, 0) => ("configuration or keys".to_owned(), true),
            (Class::Vectors, 0) => ("parts of a vector store".to_owned(), true),
            (_, 0) => ("many files".to_owned(), true),
            (_, NAMED..) => (format!("{} files and more", number_words(NAMED as u64)), true),
            (Class::Vectors, _) => (count_words(count as u64, "part", "parts") + " of a vector store", count > 1),
            (_, 1) => (name_of(&self.paths[0]).to_owned(), false),
            (Class::Config, 2) => (format!("{} and {}", name_of(&self.paths[0]), name_of(&self.paths[1])), true),
            (Class::Config, _) => (format!("{count} configuration files"), true),
            _ => (count_words(count as u64, "file", "files"), true),
        })
    }

    fn cut_short(&self) -> Option<String> {
        let is_vectors = self.class == Class::Vectors;
        let what = match (self.short, is_vectors) {
            (0, _) if self.problem.code == Code::FilesCutShort => "files are".to_owned(),
            (0, _) => return None,
            (1, false) => format!("{} is", self.paths.first().map_or("a file", |path| name_of(path))),
            (1, true) => "1 part of a vector store is".to_owned(),
            (short, true) => format!("{short} parts of a vector store are"),
            (short, false) => format!("{} are", count_words(short as u64, "file", "files")),
        };
        Some(format!("{what} cut short"))
    }

    /// What is picked to bring it back: of a vector store all of it, because its parts fit only one another.
    pub fn picks(&self) -> Vec<String> {
        if self.class != Class::Vectors {
            return self.paths.clone();
        }
        let stores = self.paths.iter().map(|path| path.rsplitn(3, '/').last().unwrap_or(path).to_owned());
        stores.collect::<BTreeSet<String>>().into_iter().collect()
    }

    pub fn act(&self) -> Option<MatterAct> {
        let Some(whole) = &self.whole else { return self.out.as_ref().map(FilesOut::act) };
        let effect = if self.paths.is_empty() {
            "The newest in which it is. Nothing is changed yet."
        } else {
            "The newest in which it is, with that picked. Nothing is changed yet."
        };
        let act = MatterAct::new(ActKind::ShowArchive, &format!("Open the archive of {}", whole.at), effect);
        Some(MatterAct { archive: Some(whole.archive.clone()), paths: self.picks(), ..act })
    }

    /// For who types.
    pub fn step(&self, name: &str) -> String {
        let meant = if self.paths.is_empty() || self.paths.len() > TYPED {
            meant(name)
        } else {
            let paths: Vec<String> = self.paths.iter().map(|path| format!("--path {}", quoted(path))).collect();
            format!("If it was meant: holdfast settle {name} {}", paths.join(" "))
        };
        let Some(whole) = &self.whole else {
            let out = self.out.as_ref().map(|out| format!("{} Bring it out: {}. ", out.sentence(), out.command()));
            return format!("{}{meant}", out.unwrap_or_default());
        };
        if self.paths.is_empty() || self.paths.len() > TYPED {
            let archive = &whole.archive;
            return format!(
                "holdfast diff {archive} --deployment {name} names them; restore them with holdfast restore {name} --at {archive} --path \
                 PATH. {meant}"
            );
        }
        let paths: Vec<String> = self.picks().iter().map(|path| format!("--path {}", quoted(path))).collect();
        format!("Restore it from there: holdfast restore {name} --at {} {}. {meant}", whole.archive, paths.join(" "))
    }
}

/// `webui.db is damaged; .env and 70 files are missing; 1 part of a vector store is cut short.` Which they are is said
/// of each for itself.
pub(super) fn in_short(damaged: Option<String>, gone: &[Gone]) -> String {
    let missing: Vec<(String, bool)> = gone.iter().filter_map(Gone::missing).collect();
    let several = missing.len() > 1 || missing.iter().any(|(_, several)| *several);
    let names: Vec<String> = missing.into_iter().map(|(name, _)| name).collect();
    let missing = match names.split_last() {
        None => None,
        Some((last, [])) => Some(last.clone()),
        Some((last, rest)) => Some(format!("{} and {last}", rest.join(", "))),
    };
    let missing = missing.map(|names| format!("{names} {} missing", if several { "are" } else { "is" }));
    let short = gone.iter().filter_map(Gone::cut_short);
    let clauses: Vec<String> = damaged.into_iter().chain(missing).chain(short).collect();
    let line = format!("{}.", clauses.join("; "));
    // A name stays as it is.
    let begins = ["the ", "many ", "configuration or ", "parts of "].iter().any(|words| line.starts_with(words));
    if begins { line[..1].to_uppercase() + &line[1..] } else { line }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

impl Service {
    /// What the newest backup tells of, as far as it is still so. `archives` newest first.
    pub(super) fn gone(&self, profile: &Profile, archives: &[ArchiveInfo]) -> Answer<Vec<Gone>> {
        let horizon = pick::horizon(self.clock().now());
        let made = || archives.iter().filter(|a| a.kind.is_regular() && a.created <= horizon);
        // As of what is damaged: the last one tells how it was, whether or not it can be restored.
        let told = [made().find(|a| a.restorable), made().next()];
        // What was taken back none of them tells.
        let telling = told.into_iter().flatten().find(|newest| !newest.lost.is_empty());
        match telling.or(told.into_iter().flatten().next()) {
            Some(newest) => self.gone_in(profile, archives, newest),
            None => Ok(Vec::new()),
        }
    }

    fn gone_in(&self, profile: &Profile, archives: &[ArchiveInfo], newest: &ArchiveInfo) -> Answer<Vec<Gone>> {
        let catalog = self.context().catalog()?.0;
        let told = captured::told_lost(&catalog, profile)?;
        let row = catalog.archives().get(&profile.id, &newest.name)?;
        let problems = row.map_or_else(|| Ok(Vec::new()), |row| captured::problems(&catalog, &row))?;
        let mut problems: Vec<Problem> =
            problems.into_iter().filter(|problem| captured::lost_class(problem.code).is_some()).collect();
        // That it was meant was taken back after that archive was made.
        for lost in told.iter().flatten().filter(|lost| lost.taken_back) {
            let Some(code) = lost.code().filter(|code| problems.iter().all(|known| known.code != *code)) else {
                continue;
            };
            problems.push(Problem::new(code, &lost.path, format!("it is in {}", lost.since)));
        }
        let seen = self.moment(newest.created);
        let mut found = Vec::new();
        for mut problem in problems {
            let Some(class) = captured::lost_class(problem.code) else { continue };
            let still: Option<Vec<&Lost>> =
                told.as_ref().map(|told| told.iter().filter(|lost| lost.code() == Some(problem.code)).collect());
            let since = still.as_ref().and_then(|still| still.first()).map(|lost| &lost.since);
            let whole = self.holding(archives, newest, class, since);
            let short = still.iter().flatten().filter(|lost| lost.size.is_some()).count();
            let paths = match &still {
                Some(still) if still.is_empty() => continue,
                Some(still) if still.len() < NAMED => {
                    problem.subject = some_of(still, still.len());
                    still.iter().map(|lost| lost.path.clone()).collect()
                }
                Some(still) => still.iter().map(|lost| lost.path.clone()).collect(),
                None => Vec::new(),
            };
            let lost: Vec<Lost> = still.into_iter().flatten().cloned().collect();
            let out = match &whole {
                None => self.files_out(&catalog, archives, class, &lost)?,
                Some(_) => None,
            };
            found.push(Gone { class, problem, short, paths, lost, seen: seen.clone(), whole, out });
        }
        Ok(found)
    }

    /// The archive to go back to that does not say that any of the class are lost. Of other files some may be gone
    /// without a word, as long as they are few: there it is the one that was compared with.
    fn holding(
        &self,
        archives: &[ArchiveInfo],
        newest: &ArchiveInfo,
        class: Class,
        since: Option<&ArchiveName>,
    ) -> Option<Whole> {
        let ordered = to_go_back(archives, self.clock().now());
        let older = || ordered.iter().filter(|a| a.name != newest.name);
        let compared = older().find(|a| Some(&a.name) == since);
        let silent = || older().find(|a| !a.lost.contains(&class));
        let found = if class == Class::Files { compared.or_else(silent) } else { silent().or(compared) };
        found.map(|a| Whole::of(a, self.moment(a.created), None))
    }

    /// Says of notes that something is gone in which archive it is.
    pub(super) fn point_to_gone(
        &self,
        profile: &Profile,
        archives: &[ArchiveInfo],
        notes: &mut [Note],
    ) -> Answer<Option<Together>> {
        let LossesNow { gone, together, .. } = self.losses_now(profile, archives)?;
        for note in notes.iter_mut() {
            let Some(gone) = gone.iter().find(|gone| gone.problem.code == note.code) else { continue };
            note.title = gone.title();
            let all = together.as_ref().filter(|together| together.is_of_use());
            note.act = all.map(Together::act).or_else(|| gone.act());
            note.next_step =
                all.map_or_else(|| gone.step(profile.name.as_str()), |all| all.step(profile.name.as_str()));
        }
        Ok(together)
    }
}
