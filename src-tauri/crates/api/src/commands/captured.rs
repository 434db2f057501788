//! What archives say of what they captured, in words: for the list, the headline, and for where a whole one is.
mod note;

use super::alarm::is_alarm;
use super::archives::{ArchiveInfo, given_up_words, to_go_back};
use super::comes_out::ComesOut;
use super::overview::{ActKind, MatterAct};
use super::standing::Place;
use crate::words::moment_words;
use crate::{Answer, Service};
use holdfast_domain::{ArchiveName, Class, Code, Outcome, Problem};
use holdfast_engine::catalog::{Catalog, Operation, Run};
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::backup::Lost;
use holdfast_engine::operations::{captured, pick, settle, undo};
use jiff::Timestamp;
pub use note::CapturedNote;
pub(super) use note::{capital, clause};

/// What the newest backup says of what it captured, where that is not sound, and what is.
#[derive(Debug, Clone)]
pub(super) struct Lacking {
    pub problem: Problem,
    /// Others that matter.
    pub more: u64,
    /// It and those.
    pub all: Vec<Problem>,
    /// Databases of them that a person can say were meant to go, `ROOT/...`
    pub open: Vec<String>,
    /// When it was seen, in words.
    pub seen: String,
    /// The newest archive in which that is whole.
    pub whole: Option<Whole>,
    /// Of which damaged archive it comes out, or may, where none is whole, or one that one would rather not go back to.
    pub comes_out: Option<ComesOut>,
    /// A restore has put other files in place since, at this time in words.
    pub restored: Option<String>,
    /// A pattern leaves it out: it is there, and as it was.
    pub left_out: Option<LeftOut>,
}

/// A state that a restore set aside: of when, in words.
#[derive(Debug, Clone)]
pub(super) struct KeptState(pub String);

impl KeptState {
    /// Begins with a blank: it follows what is said of the archives. Nobody has looked whether it is sound.
    pub fn words(kept: Option<&Self>) -> String {
        kept.map_or_else(String::new, |Self(at)| {
            format!(
                " The state before the restore of {at} is still there: undoing that restore brings it back as it was."
            )
        })
    }
}

#[derive(Debug, Clone)]
pub(super) struct LeftOut {
    pub pattern: String,
    /// It is no longer in the settings; the next backup takes in what it left out.
    pub lifted: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Whole {
    pub archive: ArchiveName,
    /// In words.
    pub at: String,
    /// Why its state is none that goes on; empty where it is one.
    pub given_up: &'static str,
    /// In the archive; `None` where it is no single thing.
    pub path: Option<String>,
}

impl Lacking {
    pub fn clause(&self) -> String {
        if let Some(left_out) = &self.left_out {
            let verb = if left_out.lifted { "was" } else { "is" };
            return format!("{} {verb} left out by the pattern {}", self.problem.subject, left_out.pattern);
        }
        clause(self.problem.code, &self.problem.subject)
    }

    /// The same for a line that names several things: `the database webui.db is damaged`.
    pub fn brief(&self) -> String {
        let subject = &self.problem.subject;
        match captured::lacking(self.problem.code) {
            Some(Class::Database) => clause(self.problem.code, subject.rsplit('/').next().unwrap_or(subject)),
            _ => clause(self.problem.code, subject),
        }
    }

    /// What a person calls the component.
    pub fn component(&self) -> &'static str {
        match captured::lacking(self.problem.code) {
            Some(Class::Database) => "Conversations",
            Some(Class::Vectors) => "Vectors",
            _ => "Files",
        }
    }

    /// It is damaged or gone, and whole in an archive: no pattern, restore or loss of all archives has to be told with
    /// it.
    pub fn is_plain(&self) -> bool {
        self.left_out.is_none() && self.restored.is_none() && self.whole.is_some()
    }

    /// What is told of something that a pattern leaves out.
    pub fn left_out_words(&self) -> Option<String> {
        let left_out = self.left_out.as_ref()?;
        let said = capital(&self.clause());
        if left_out.lifted {
            return Some(format!("{said}, which is gone from the settings: the next backup takes it in."));
        }
        Some(match &self.whole {
            Some(whole) => format!("{said}; it is in no archive since that of {}.", whole.at),
            None => format!("{said}; it is in no archive."),
        })
    }

    /// The headline: up to when, and what is wrong with the newest.
    pub fn reason(&self) -> String {
        if let Some(said) = self.left_out_words() {
            return said;
        }
        if let Some(restored) = &self.restored {
            return format!(
                "In the newest backup, of {}, {}. A restore at {restored} put other files in place; the next backup looks at them.",
                self.seen,
                self.clause()
            );
        }
        if let Some(whole) = &self.whole {
            let (component, clause) = (self.component(), self.clause());
            return format!("{component}: as of {}; {clause} in the newest archive, of {}.", whole.said(), self.seen);
        }
        let out = self.comes_out.as_ref().map(|out| format!(" {}", out.sentence())).unwrap_or_default();
        format!("{} in every archive that can be restored.{out}", capital(&self.clause()))
    }

    /// Where no archive brings it back by a restore: what is known to do comes first.
    pub fn ways_out(&self, kept: Option<&KeptState>) -> (Option<MatterAct>, Option<MatterAct>) {
        let out = self.comes_out.as_ref().map(ComesOut::act);
        let undo = kept.map(|_| MatterAct::undo());
        let known = self.comes_out.as_ref().is_some_and(|out| out.known);
        match (out, undo) {
            (Some(out), undo) if known => (Some(out), undo),
            (out, Some(undo)) => (Some(undo), out),
            (out, None) => (out, None),
        }
    }

    pub fn act(&self) -> Option<MatterAct> {
        if let Some(left_out) = &self.left_out {
            return Some(if left_out.lifted {
                MatterAct::now("Takes in what was left out.")
            } else {
                MatterAct::patterns()
            });
        }
        self.whole.as_ref().map(Whole::act)
    }
}

impl Whole {
    /// `at`: its time in words. `path`: where it is a single thing.
    pub fn of(archive: &ArchiveInfo, at: String, path: Option<String>) -> Self {
        Self { archive: archive.name.clone(), at, given_up: given_up_words(archive.branch), path }
    }

    /// Its time, and that its state was given up: `06:54, given up by an undo`.
    pub fn said(&self) -> String {
        if self.given_up.is_empty() { self.at.clone() } else { format!("{}, {}", self.at, self.given_up) }
    }

    pub fn act(&self) -> MatterAct {
        MatterAct {
            act: ActKind::ShowArchive,
            label: format!("Open the archive of {}", self.at),
            effect: "The newest in which it is whole, with it picked. Nothing is changed yet.".to_owned(),
            archive: Some(self.archive.clone()),
            paths: self.path.iter().cloned().collect(),
        }
    }
}

impl Service {
    /// In words; an archive's own time with seconds, where another was made in that minute.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        // Without a catalog nothing says which archives there are.
        let known = self.context().known_catalog();
        let shared = known.and_then(|known| known.map_or(Ok(false), |catalog| catalog.archives().share_minute(at)));
        moment_words(at, self.clock().now(), &self.clock().zone(), shared.unwrap_or(false))
    }

    /// `archives` newest first.
    pub(super) fn lacking(&self, profile: &Profile, archives: &[ArchiveInfo]) -> Answer<Option<Lacking>> {
        let horizon = pick::horizon(self.clock().now());
        let made = || archives.iter().filter(|a| a.kind.is_regular() && a.created <= horizon);
        // The last one tells how the chatbot was, whether or not it can be restored.
        for archive in [made().next(), made().find(|a| a.restorable)].into_iter().flatten() {
            if let Some(lacking) = self.lacking_in(profile, archives, archive)? {
                return Ok(Some(lacking));
            }
        }
        Ok(None)
    }

    fn lacking_in(&self, profile: &Profile, archives: &[ArchiveInfo], newest: &ArchiveInfo) -> Answer<Option<Lacking>> {
        let catalog = self.context().catalog()?.0;
        let told = captured::told_lost(&catalog, profile)?.unwrap_or_default();
        let databases: Vec<Lost> = told.into_iter().filter(|lost| lost.class == Class::Database).collect();
        // That it was meant was taken back after that archive was made.
        let taken_back = |lost: &&Lost| lost.taken_back;
        if !newest.lacks_what_matters() && !databases.iter().any(|lost| taken_back(&lost)) {
            return Ok(None);
        }
        let row = catalog.archives().get(&profile.id, &newest.name)?;
        let problems = row.map_or_else(|| Ok(Vec::new()), |row| captured::problems(&catalog, &row))?;
        let settled = settle::said(&catalog, profile)?.meant;
        let was_meant = |problem: &Problem| {
            problem.code == Code::DatabaseLost && settled.iter().any(|one| one.lost.path == problem.subject)
        };
        // An alarm tells of it already, and of what went with it.
        let alarms = self.alarm_infos(profile)?;
        let is_told =
            |problem: &Problem| is_alarm(problem.code) || alarms.iter().any(|alarm| alarm.tells_of(&problem.subject));
        let grave = problems.into_iter();
        let grave = grave.filter(|problem| captured::matters(problem.code) && !was_meant(problem) && !is_told(problem));
        let mut all: Vec<Problem> = grave.collect();
        for lost in databases.iter().filter(taken_back) {
            if all.iter().all(|problem| problem.subject != lost.path) {
                let cause = format!("it was one in {}, and is none any more", lost.since);
                all.push(Problem::new(Code::DatabaseLost, &lost.path, cause));
            }
        }
        let Some(problem) = all.first().cloned() else { return Ok(None) };
        let open = databases.into_iter().map(|lost| lost.path).collect();
        let mut runs = catalog.runs().recent(Some(&profile.id), 20)?.into_iter().map(|row| row.run);
        let changed = runs.find(|run| {
            matches!(run.operation, Operation::Restore | Operation::Undo)
                && matches!(run.outcome, Outcome::Done | Outcome::Problems)
        });
        let restored = changed.filter(|run| run.started > newest.created && brought_back(run, problem.code));
        let whole = self.whole(&catalog, archives, problem.code, &problem.subject)?;
        let database = captured::lacking(problem.code) == Some(Class::Database);
        let comes_out = if database {
            let whole = whole.as_ref().map(|whole| &whole.archive);
            self.better_than(&catalog, archives, &problem.subject, whole)?
        } else {
            None
        };
        Ok(Some(Lacking {
            more: all.len() as u64 - 1,
            all,
            open,
            seen: self.moment(newest.created),
            whole,
            comes_out,
            restored: restored.map(|run| self.moment(run.ended)),
            left_out: (problem.code == Code::LeftOutByPattern)
                .then(|| LeftOut { pattern: problem.cause.clone(), lifted: !profile.exclude.contains(&problem.cause) }),
            problem,
        }))
    }

    pub(super) fn kept_state(&self, profile: &Profile) -> Answer<Option<KeptState>> {
        let newest = undo::preserved(self.context(), profile)?.into_iter().map(|state| state.at).max();
        Ok(newest.map(|at| KeptState(self.moment(at))))
    }

    /// Of places that are away and hold a copy that is whole, the one with the newest.
    pub(super) fn whole_away(&self, copies: &[Place]) -> Option<(String, String)> {
        let away = copies.iter().filter(|place| !place.there);
        let newest = away.filter_map(|place| Some((place.whole_as_of?, &place.name))).max()?;
        Some((newest.1.clone(), self.moment(newest.0)))
    }

    /// The newest archive that brings something back whole; exports lie elsewhere and are not meant.
    pub(super) fn whole(
        &self,
        catalog: &Catalog,
        archives: &[ArchiveInfo],
        code: Code,
        subject: &str,
    ) -> Answer<Option<Whole>> {
        let Some(class) = captured::lacking(code) else { return Ok(None) };
        for archive in to_go_back(archives, self.clock().now()) {
            let whole = if class == Class::Database {
                captured::holds_whole(catalog, &archive.deployment_id, &archive.name, &archive.needs, subject)?
            } else {
                !archive.lacks.contains(&class)
            };
            if whole {
                let path = (class != Class::Files).then(|| subject.to_owned());
                return Ok(Some(Whole::of(archive, self.moment(archive.created), path)));
            }
        }
        Ok(None)
    }
}

/// Whether a restore put in place what an archive says was not sound.
fn brought_back(run: &Run, code: Code) -> bool {
    let databases = || run.summary["databases"].as_u64().unwrap_or(0) > 0;
    let everything = run.summary["everything"] == true;
    run.operation == Operation::Restore
        && (everything || (captured::lacking(code) == Some(Class::Database) && databases()))
}
