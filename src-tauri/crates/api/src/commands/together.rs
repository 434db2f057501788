//! One archive to bring back from all that is lost, where one holds all of it.
use super::archives::{ArchiveInfo, to_go_back};
use super::captured::{Lacking, Whole};
use super::gone::Gone;
use super::overview::{ActKind, MatterAct};
use super::verdict::meant;
use crate::words::{count_words, quoted};
use crate::{Answer, Failure, Service};
use holdfast_domain::{ArchiveName, Class, Code, Problem};
use holdfast_engine::catalog::Catalog;
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::{browse, captured, moments};
use std::collections::HashMap;

/// What is lost, as the last backup saw it, and what brings it back.
#[derive(Debug, Clone, Default)]
pub(super) struct LossesNow {
    /// What of the newest backup, or of the newest that can be restored, was not sound when it was captured.
    pub lacking: Option<Lacking>,
    /// Files that the newest backup found gone and should not be.
    pub gone: Vec<Gone>,
    pub together: Option<Together>,
}

/// Where all that is lost can be brought back from.
#[derive(Debug, Clone)]
pub(super) struct Together {
    pub archive: ArchiveName,
    /// In words.
    pub at: String,
    /// `ROOT/...`
    pub paths: Vec<String>,
    /// Kinds of losses.
    pub losses: usize,
}

/// So many are typed in one command.
pub(super) const TYPED: usize = 5;

/// Archives that are looked into for what is lost: their lists are read.
const LOOKED_INTO: usize = 8;

impl Together {
    pub fn act(&self) -> MatterAct {
        let count = count_words(self.paths.len() as u64, "thing", "things");
        let effect = format!(
            "From the archive of {}, the newest that holds all of it, with the {count} picked. Nothing is changed yet.",
            self.at
        );
        let act = MatterAct::new(ActKind::ShowArchive, "Bring all of it back…", effect);
        MatterAct { archive: Some(self.archive.clone()), paths: self.paths.clone(), ..act }
    }

    /// Several things come back by it, or more than somebody would type.
    pub fn is_of_use(&self) -> bool {
        self.losses > 1 || self.paths.len() > TYPED
    }

    /// What to do, for who types.
    pub fn step(&self, name: &str) -> String {
        let (at, command) = (&self.at, self.command(name));
        format!("All of it is in the archive of {at}. Stop the chatbot, then bring it back: {command}. {}", meant(name))
    }

    /// For who types.
    pub fn command(&self, name: &str) -> String {
        if self.paths.len() > TYPED {
            return format!("holdfast restore {name} --lost");
        }
        let paths: Vec<String> = self.paths.iter().map(|path| format!("--path {}", quoted(path))).collect();
        format!("holdfast restore {name} --at {} {}", self.archive, paths.join(" "))
    }
}

impl Service {
    /// What is lost now, and where it is. `archives` newest first.
    pub(super) fn losses_now(&self, profile: &Profile, archives: &[ArchiveInfo]) -> Answer<LossesNow> {
        let mut found = LossesNow {
            lacking: self.lacking(profile, archives)?,
            gone: self.gone(profile, archives)?,
            together: None,
        };
        let catalog = self.context().catalog()?.0;
        // What a pattern leaves out is there; what a restore put in place is looked at by the next backup.
        let damaged = found.lacking.as_mut().filter(|one| one.restored.is_none() && one.left_out.is_none());
        let problems: Vec<Problem> = damaged.iter().flat_map(|one| one.all.clone()).collect();
        let losses = problems.len() + found.gone.len();
        let by_path = problems.iter().all(|problem| captured::lacking(problem.code) != Some(Class::Files));
        if losses == 0 || !by_path || found.gone.iter().any(|gone| gone.lost.is_empty()) {
            return Ok(found);
        }
        let files = found.gone.iter().flat_map(|gone| &gone.lost);
        let files: HashMap<&str, Option<u64>> = files.map(|lost| (lost.path.as_str(), lost.size)).collect();
        let classes: Vec<Class> = found.gone.iter().map(|gone| gone.class).collect();
        let silent = |a: &&&ArchiveInfo| classes.iter().all(|class| !a.lost.contains(class));
        let ordered = to_go_back(archives, self.clock().now());
        // Of those that tell of a loss themselves, the ones that are known to hold it.
        let known = found.gone.iter().filter_map(|gone| gone.whole.as_ref());
        let known = known.filter_map(|whole| ordered.iter().find(|a| a.name == whole.archive));
        let candidates: Vec<&ArchiveInfo> =
            ordered.iter().filter(silent).take(LOOKED_INTO).chain(known).copied().collect();
        for archive in candidates {
            if !holds_sound(&catalog, archive, &problems)? || !holds(&catalog, archive, &files)? {
                continue;
            }
            let whole = Whole { archive: archive.name.clone(), at: self.moment(archive.created), path: None };
            let mut paths: Vec<String> = problems.iter().map(|problem| problem.subject.clone()).collect();
            paths.extend(found.gone.iter().flat_map(|gone| gone.paths.iter().cloned()));
            paths.dedup();
            if let Some(damaged) = damaged {
                damaged.whole = Some(Whole { path: Some(damaged.problem.subject.clone()), ..whole.clone() });
            }
            for gone in &mut found.gone {
                gone.whole = Some(whole.clone());
            }
            found.together = Some(Together { archive: whole.archive, at: whole.at, paths, losses });
            break;
        }
        Ok(found)
    }

    /// The archive that holds all that is lost, and where that is in it.
    pub fn lost_in_one(&self, deployment: Option<&str>) -> Answer<(ArchiveName, Vec<String>)> {
        let profile = self.profile(deployment)?;
        let archives = self.infos(browse::archives(self.context(), Some(&profile.id))?)?;
        let losses = self.losses_now(&profile, &archives)?;
        match losses.together {
            Some(together) => Ok((together.archive, together.paths)),
            None if losses.lacking.is_none() && losses.gone.is_empty() => {
                let failure =
                    Failure::new(Code::NothingToRestore, profile.name.as_str(), "nothing is known to be lost");
                Err(failure.then("A backup looks for losses: make one, or name what is to come back (--path)."))
            }
            None => {
                let cause = "no single archive that can be restored holds all that is lost";
                let failure = Failure::new(Code::NothingToRestore, profile.name.as_str(), cause);
                Err(failure.then(format!("holdfast backup {} says of each loss where it is.", profile.name)))
            }
        }
    }
}

/// Whether everything that was not sound is so in an archive.
fn holds_sound(catalog: &Catalog, archive: &ArchiveInfo, problems: &[Problem]) -> Answer<bool> {
    for problem in problems {
        let sound = match captured::lacking(problem.code) {
            Some(Class::Database) => {
                captured::holds_whole(catalog, &archive.deployment_id, &archive.name, &archive.needs, &problem.subject)?
            }
            Some(class) => !archive.lacks.contains(&class),
            None => true,
        };
        if !sound {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether all files are in an archive's list, and as long as they were.
fn holds(catalog: &Catalog, archive: &ArchiveInfo, files: &HashMap<&str, Option<u64>>) -> Answer<bool> {
    if files.is_empty() {
        return Ok(true);
    }
    let Some(row) = catalog.archives().get(&archive.deployment_id, &archive.name)? else { return Ok(false) };
    // A list that the catalog lacks is said elsewhere.
    let Ok(entries) = moments::from_catalog(catalog, &row, false).and_then(|moment| moment.entries()) else {
        return Ok(false);
    };
    let mut found = 0;
    for entry in entries {
        let Ok(entry) = entry else { return Ok(false) };
        let wanted = std::str::from_utf8(&entry.path).ok().and_then(|path| files.get(path));
        found += usize::from(wanted.is_some_and(|size| size.is_none_or(|size| entry.size >= size)));
    }
    Ok(found == files.len())
}
