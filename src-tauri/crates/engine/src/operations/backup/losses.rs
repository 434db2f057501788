//! What went since the last archive in a way that somebody ought to hear of: a folder that holds nothing any more (its
//! drive is not mounted, or somebody deleted it), a database that is none any more. A backup of that looks like any
//! other, and soon it would be the newest there is to go back to.
use super::gone::{Beside, Gone, Sides, Told};
use super::is_unchanged;
use super::lost::Lost;
use super::plan::{begins_as_database, on_disk};
use crate::archive::{Entry, EntryKind, Moment};
use crate::deployment::{Classifier, Profile};
use crate::error::{Error, Result};
use crate::jobs::Problems;
use crate::operations::pairs::Pair;
use holdfast_domain::{ArchiveName, Class, Code, Problem};
use std::collections::{BTreeMap, HashMap};

/// Fewer files than these may come and go.
const FEW: u64 = 10;

pub(super) struct Losses<'a> {
    profile: &'a Profile,
    /// The archives that are compared with.
    sides: Sides,
    roots: Vec<Root<'a>>,
    /// By path.
    databases: BTreeMap<Vec<u8>, (Problem, Option<ArchiveName>)>,
    gone: Gone,
    /// What a pattern leaves out is not gone.
    classifier: &'a Classifier,
    /// Nor is what went on purpose, or was cut to less than this.
    settled: HashMap<&'a [u8], Option<u64>>,
}

struct Root<'a> {
    name: &'a str,
    /// Anything in it now.
    entries: u64,
    files: u64,
    /// Without what patterns leave out now.
    files_before: u64,
    /// The same of the newest archive, where it is another.
    files_newest: u64,
    left_out: u64,
}

impl<'a> Losses<'a> {
    pub fn new(
        profile: &'a Profile,
        classifier: &'a Classifier,
        (first, newest): (Option<&Moment>, Option<&Moment>),
        stores: &[Vec<u8>],
        settled: &'a [Lost],
    ) -> Self {
        let root = |name| Root { name, entries: 0, files: 0, files_before: 0, files_newest: 0, left_out: 0 };
        let named = |moment: &Moment| moment.manifest().archive.clone();
        Self {
            profile,
            sides: Sides { first: first.map(named), newest: newest.map(named) },
            // That a single file is gone the walk has said.
            roots: profile.roots.iter().filter(|r| !r.file).map(|r| root(r.name.as_str())).collect(),
            databases: BTreeMap::new(),
            gone: Gone::new(stores),
            classifier,
            settled: settled.iter().map(|lost| (lost.path.as_bytes(), lost.size)).collect(),
        }
    }

    /// The person's pattern that leaves out what was captured.
    fn pattern(&self, held: &Entry) -> Option<&'a str> {
        if self.profile.exclude.is_empty() {
            return None;
        }
        let below = held.path.get(held.root().len() + 1..)?;
        let line = self.classifier.excluded_by(below, held.kind == EntryKind::Dir)?;
        self.profile.exclude.get(line).map(String::as_str)
    }

    /// Everything beside the first archive, and then, where there is one, beside the newest.
    pub fn see(&mut self, pair: &Pair, beside: Beside) {
        let (now, before) = match pair {
            Pair::Left(found) => (Some(found), None),
            Pair::Both(found, held) => (Some(found), Some(held)),
            Pair::Right(held) => (None, Some(held)),
        };
        let before = before.filter(|held| match self.settled.get(&held.path[..]) {
            None => true,
            Some(size) => size.is_some_and(|size| held.size < size),
        });
        let Some(either) = now.or(before) else { return };
        let pattern = before.filter(|_| now.is_none()).and_then(|held| self.pattern(held));
        if let Some(root) = self.roots.iter_mut().find(|root| root.name.as_bytes() == either.root()) {
            let is_file = |e: &Entry| matches!(e.kind, EntryKind::File | EntryKind::Hardlink);
            let held = u64::from(pattern.is_none() && before.is_some_and(is_file));
            if beside == Beside::First {
                root.entries += u64::from(now.is_some_and(|found| found.path.len() > root.name.len()));
                root.files += u64::from(now.is_some_and(is_file));
                root.files_before += held;
                root.left_out += u64::from(pattern.is_some());
            } else {
                root.files_newest += held;
            }
        }
        self.gone.see(now, before.filter(|_| pattern.is_none()), beside);
        let Some(held) = before.filter(|held| held.database) else { return };
        if let Some(pattern) = pattern {
            let problem = Problem::new(Code::LeftOutByPattern, held.display(), pattern);
            self.databases.insert(held.path.clone(), (problem, None));
            return;
        }
        let what = match now {
            None => "its file is gone",
            Some(found) if is_unchanged(found, held) => return,
            Some(found) if found.kind == EntryKind::File && found.size == 0 => "its file is empty",
            Some(found) if found.kind == EntryKind::File && !begins_as_database(self.profile, &found.path) => {
                "its file does not begin as one"
            }
            Some(_) => return,
        };
        let Some(since) = self.sides.of(beside) else { return };
        let problem = Problem::new(Code::DatabaseLost, held.display(), format!("it was one in {since}, and {what}"));
        self.databases.insert(held.path.clone(), (problem, Some(since.clone())));
    }

    /// Reports what went, and gives the files that are lost by name, with those of `earlier` that still are. A root
    /// that lost everything is an error, unless that is allowed: then it is a problem.
    pub fn judge(self, problems: &Problems, allow_empty: bool, mut earlier: Vec<Lost>) -> Result<Vec<Lost>> {
        earlier.retain(|lost| {
            let below = lost.path.split_once('/').map(|(_, below)| below.as_bytes());
            below.is_none_or(|below| self.classifier.excluded_by(below, false).is_none())
        });
        let mut told = Told { database: false, empty: Vec::new(), shrunk: Vec::new() };
        for root in &self.roots {
            let path = on_disk(self.profile, root.name.as_bytes()).display().to_string();
            let (held, beside) = match root.files_before {
                0 => (root.files_newest, Beside::Newest),
                held => (held, Beside::First),
            };
            let since = self.sides.of(beside).map_or("the last archive", ArchiveName::as_str);
            if root.entries == 0 {
                told.empty.push(root.name.as_bytes());
            }
            if root.entries == 0 && held > 0 {
                let cause = format!("it held {held} files in {since}");
                if !allow_empty {
                    return Err(Error::new(Code::RootEmpty, path, cause));
                }
                problems.report(Code::RootEmpty, path, cause);
            } else if root.entries == 0 && root.left_out > 0 {
                problems.report(Code::RootEmpty, path, "the patterns of the settings leave out all that is in it");
            } else if root.entries == 0 {
                problems.report(Code::RootEmpty, path, "there is nothing in it to protect");
            } else if root.files_before >= FEW && root.files * 10 <= root.files_before {
                let cause = format!("it held {} files in {since}, and {} are left", root.files_before, root.files);
                problems.report(Code::RootShrunk, path, cause);
                told.shrunk.push(root.name.as_bytes());
            }
        }
        let mut databases: Vec<Lost> = Vec::new();
        for (problem, since) in self.databases.into_values() {
            if let Some(since) = since {
                databases.push(Lost::new(problem.subject.clone(), Class::Database, None, since));
            }
            problems.add(problem);
        }
        // Of one that the last archive did not hold either, the one before that knows.
        let (still, earlier): (Vec<Lost>, Vec<Lost>) =
            earlier.into_iter().partition(|lost| lost.class == Class::Database);
        for lost in still.into_iter().filter(|lost| lost.is_lost(self.profile)) {
            if databases.iter().all(|told| told.path != lost.path) {
                let cause = format!("it was one in {}, and is none any more", lost.since);
                problems.report(Code::DatabaseLost, &lost.path, cause);
                databases.push(lost);
            }
        }
        told.database = !databases.is_empty();
        let mut lost = self.gone.judge(self.profile, &self.sides, earlier, &told, problems);
        lost.extend(databases);
        Ok(lost)
    }
}
