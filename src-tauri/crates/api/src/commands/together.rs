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
use holdfast_engine::operations::backup::Lost;
use holdfast_engine::operations::{browse, captured, moments};
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

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
    /// Files that older archives hold, and this one does not: they are told again once the rest is back.
    pub left: usize,
}

/// So many are typed in one command.
pub(super) const TYPED: usize = 5;

/// Archives that are looked into for what is lost: their lists are read.
const LOOKED_INTO: usize = 8;

/// What the lists of archives lack of certain files, as it was found the last time. A list is long and never changes,
/// and the face looks often.
#[derive(Debug, Default)]
pub(crate) struct HeldLists(Mutex<HashMap<(String, ArchiveName), Held>>);

#[derive(Debug)]
struct Held {
    /// Digest of the files that were asked for.
    files: u64,
    missing: Vec<String>,
}

impl HeldLists {
    pub(super) fn of(
        &self,
        key: (String, ArchiveName),
        files: u64,
        look: impl FnOnce() -> Answer<Option<Vec<String>>>,
    ) -> Answer<Option<Vec<String>>> {
        let known = |held: &&Held| held.files == files;
        if let Some(held) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).filter(known) {
            return Ok(Some(held.missing.clone()));
        }
        let Some(missing) = look()? else { return Ok(None) };
        let held = Held { files, missing: missing.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, held);
        Ok(Some(missing))
    }
}

impl Together {
    pub fn act(&self) -> MatterAct {
        let (label, effect) = if self.left == 0 {
            let effect =
                format!("From the archive of {}, the newest that holds all of it, with all of it picked.", self.at);
            ("Bring all of it back…", effect)
        } else {
            let effect = format!("From the archive of {}, with what it holds of it picked; {}.", self.at, self.older());
            ("Bring most of it back…", effect)
        };
        let act = MatterAct::new(ActKind::ShowArchive, label, format!("{effect} Nothing is changed yet."));
        MatterAct { archive: Some(self.archive.clone()), paths: self.paths.clone(), ..act }
    }

    /// Several things come back by it, or more than somebody would type.
    pub fn is_of_use(&self) -> bool {
        self.losses > 1 || self.paths.len() > TYPED
    }

    /// What to do, for who types.
    pub fn step(&self, name: &str) -> String {
        let (at, command) = (&self.at, self.command(name));
        let what = match self.left {
            0 => format!("All of it is in the archive of {at}."),
            _ => format!("Most of it is in the archive of {at}; {}.", self.older()),
        };
        format!("{what} Stop the chatbot, then bring it back: {command}. {}", meant(name))
    }

    /// What it does not hold.
    pub fn older(&self) -> String {
        let (count, are) = (count_words(self.left as u64, "file", "files"), if self.left == 1 { "is" } else { "are" });
        format!("{count} {are} in an older one alone, and told again after that")
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
        let by_path = problems.iter().all(|problem| captured::lacking(problem.code) != Some(Class::Files));
        let none = problems.is_empty() && found.gone.is_empty();
        let away = profile.roots.iter().any(|root| !root.is_there());
        if none || away || !by_path || found.gone.iter().any(|gone| gone.lost.is_empty()) {
            return Ok(found);
        }
        let files = found.gone.iter().flat_map(|gone| &gone.lost);
        let files: BTreeMap<&str, Option<u64>> = files.map(|lost| (lost.path.as_str(), lost.size)).collect();
        let digest = digest_of(&files);
        let classes: Vec<Class> = found.gone.iter().map(|gone| gone.class).collect();
        let silent = |a: &&&ArchiveInfo| classes.iter().all(|class| !a.lost.contains(class));
        let ordered = to_go_back(archives, self.clock().now());
        // Of those that tell of a loss themselves, the ones that are known to hold it.
        let known = found.gone.iter().filter_map(|gone| gone.whole.as_ref());
        let known = known.filter_map(|whole| ordered.iter().find(|a| a.name == whole.archive));
        // No conversations go back further than they must, for the sake of a file that an older archive holds.
        let database = problems.iter().any(|problem| captured::lacking(problem.code) == Some(Class::Database));
        let newest = damaged.as_ref().and_then(|one| one.whole.as_ref()).map(|whole| whole.archive.clone());
        let candidates: Vec<&ArchiveInfo> = if database {
            ordered.iter().filter(|a| Some(&a.name) == newest.as_ref()).copied().collect()
        } else {
            ordered.iter().filter(silent).take(LOOKED_INTO).chain(known).copied().collect()
        };
        let held = |archive: &ArchiveInfo| {
            let key = (archive.deployment_id.clone(), archive.name.clone());
            self.held_lists().of(key, digest, || lacked(&catalog, archive, &files))
        };
        let newest_of_each = newest_of_each(&found.gone, &ordered, held)?;
        for archive in candidates {
            if !holds_sound(&catalog, archive, &problems)? {
                continue;
            }
            let Some(missing) = held(archive)?.filter(|missing| database || missing.is_empty()) else { continue };
            let whole = Whole::of(archive, self.moment(archive.created), None);
            let mut paths: Vec<String> = problems.iter().map(|problem| problem.subject.clone()).collect();
            let mut losses = problems.len();
            for gone in &found.gone {
                let (held, lacked): (Vec<&Lost>, Vec<&Lost>) =
                    gone.lost.iter().partition(|lost| !missing.contains(&lost.path));
                if lacked.is_empty() {
                    losses += 1;
                    paths.extend(gone.picks());
                } else if gone.class != Class::Vectors && !held.is_empty() {
                    losses += 1;
                    paths.extend(held.into_iter().map(|lost| lost.path.clone()));
                }
            }
            if let Some(damaged) = damaged {
                damaged.whole = Some(Whole { path: Some(damaged.problem.subject.clone()), ..whole.clone() });
            }
            let left = missing.len();
            if left == 0 || losses > 1 {
                let at = whole.said();
                found.together = Some(Together { archive: whole.archive, at, paths, losses, left });
            }
            break;
        }
        for (gone, newest) in found.gone.iter_mut().zip(newest_of_each) {
            if let Some(archive) = newest {
                gone.whole = Some(Whole::of(archive, self.moment(archive.created), None));
            }
        }
        Ok(found)
    }

    /// The archive that holds what is lost, where that is in it, and what it does not hold, in words.
    pub fn lost_in_one(&self, deployment: Option<&str>) -> Answer<(ArchiveName, Vec<String>, Option<String>)> {
        let profile = self.profile(deployment)?;
        let archives = self.infos(browse::archives(self.context(), Some(&profile.id))?)?;
        let losses = self.losses_now(&profile, &archives)?;
        match losses.together {
            Some(together) => {
                let older = (together.left > 0).then(|| together.older());
                Ok((together.archive, together.paths, older))
            }
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

/// Of files with their sizes, for the lists that are held.
pub(super) fn digest_of(files: &BTreeMap<&str, Option<u64>>) -> u64 {
    let mut digest = DefaultHasher::new();
    files.hash(&mut digest);
    digest.finish()
}

/// Of each loss the newest archive that holds all of it, of those that are gone back to first.
fn newest_of_each<'a>(
    losses: &[Gone],
    ordered: &[&'a ArchiveInfo],
    missing: impl Fn(&ArchiveInfo) -> Answer<Option<Vec<String>>>,
) -> Answer<Vec<Option<&'a ArchiveInfo>>> {
    let mut found = vec![None; losses.len()];
    let mut looked_into = 0;
    for archive in ordered.iter().copied() {
        let open = || losses.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(gone, _)| gone);
        let since = |gone: &Gone| gone.lost.iter().any(|lost| lost.since == archive.name);
        // What an archive tells of, it lacks, or some of it.
        let silent = open().any(|gone| !archive.lost.contains(&gone.class));
        if !open().any(since) && (!silent || looked_into >= LOOKED_INTO) {
            continue;
        }
        looked_into += 1;
        let Some(missing) = missing(archive)? else { continue };
        for (gone, found) in losses.iter().zip(&mut found) {
            if found.is_none() && gone.lost.iter().all(|lost| !missing.contains(&lost.path)) {
                *found = Some(archive);
            }
        }
    }
    Ok(found)
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

/// Of the files, those that are not in an archive's list, or not as long as they were; `None` where the list cannot be
/// read.
pub(super) fn lacked(
    catalog: &Catalog,
    archive: &ArchiveInfo,
    files: &BTreeMap<&str, Option<u64>>,
) -> Answer<Option<Vec<String>>> {
    let mut left = files.clone();
    if left.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let Some(row) = catalog.archives().get(&archive.deployment_id, &archive.name)? else { return Ok(None) };
    // A list that the catalog lacks is said elsewhere.
    let Ok(entries) = moments::from_catalog(catalog, &row, false).and_then(|moment| moment.entries()) else {
        return Ok(None);
    };
    for entry in entries {
        let Ok(entry) = entry else { return Ok(None) };
        let Ok(path) = std::str::from_utf8(&entry.path) else { continue };
        if left.get(path).is_some_and(|size| size.is_none_or(|size| entry.size >= size)) {
            left.remove(path);
        }
    }
    Ok(Some(left.into_keys().map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_once_for_the_same_files_and_again_where_it_could_not_be() {
        let lists = HeldLists::default();
        let name = ArchiveName::parse("bot_2026-11-21T020000Z_manual-full").unwrap();
        let ask = |files, answer: Option<&str>| {
            let mut read = false;
            let look = || {
                read = true;
                Ok(answer.map(|path| vec![path.to_owned()]))
            };
            let missing = lists.of(("one".to_owned(), name.clone()), files, look).unwrap();
            (missing.map(|paths| paths.concat()), read)
        };
        assert_eq!(ask(1, None), (None, true));
        assert_eq!(ask(1, Some("a")), (Some("a".to_owned()), true));
        assert_eq!(ask(1, Some("b")), (Some("a".to_owned()), false));
        assert_eq!(ask(2, Some("b")), (Some("b".to_owned()), true));
        assert_eq!(ask(1, Some("c")), (Some("c".to_owned()), true));
    }
}
