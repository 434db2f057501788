//! Which archives hold the state that goes on. A restore in place puts a state aside and goes on with another; an undo
//! gives that one up and goes on with the first. So what was archived before a restore that stands was put aside, and
//! once that restore is undone it is the newest of the state that goes on, while all that was archived in between was
//! given up. Where a restore brings back a part alone, the rest goes on, and nothing is put aside.
//!
//! The runs of the catalog tell what was restored and undone; where there are none, as on a machine that knows nothing,
//! the notes that each archive carries.
use crate::archive::{Act, BeforeNote, Manifest, RestoreNote};
use crate::catalog::{ArchiveRow, Catalog, Operation, Run};
use crate::error::Result;
use crate::operations::captured;
use crate::operations::soundness::{Archives, Soundness};
use holdfast_domain::{ArchiveName, Kind, Outcome};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// Where an archive stands among the states that there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Branch {
    /// It holds an earlier moment of the state that goes on.
    Living,
    /// A restore put its state aside.
    Aside,
    /// An undo gave its state up.
    GivenUp,
}

/// The restores in place that are known, by their ids, and whether they stand.
#[derive(Debug, Clone, Default)]
pub struct Branches {
    restores: HashMap<String, RestoreNote>,
    /// Of archives, what they were made before.
    before: HashMap<ArchiveName, BeforeNote>,
}

/// So many restores are noted in an archive, the newest.
const NOTED: usize = 50;

/// Runs of one operation that are looked through.
const RUNS: usize = 200;

/// So much after an undo began its archive of the state that goes is dated, where the archive does not say what it is.
const SECONDS: i64 = 5;

impl Branches {
    /// As manifests tell it, in any order.
    pub fn of<'a>(manifests: impl IntoIterator<Item = &'a Manifest>) -> Self {
        let mut manifests: Vec<&Manifest> = manifests.into_iter().collect();
        // A later one knows better whether an undo came to its end.
        manifests.sort_by_key(|manifest| manifest.created);
        let mut found = Self::default();
        for manifest in manifests {
            found.add(manifest);
        }
        found
    }

    /// As the catalog knows it, of the archives of one deployment, newest first.
    pub fn from_catalog(catalog: &Catalog, deployment_id: &str, rows: &[ArchiveRow]) -> Result<Self> {
        let rows = || rows.iter().filter(|row| row.deployment_id == deployment_id);
        // Each carries what the one before it knew.
        let newest = rows().find(|row| row.kind.is_regular()).into_iter();
        let mut manifests = Vec::new();
        for row in newest.chain(rows().filter(|row| row.kind == Kind::Emergency)) {
            manifests.extend(captured::manifest(catalog, deployment_id, &row.name)?);
        }
        let mut found = Self::of(&manifests);
        let mut runs: Vec<Run> = Vec::new();
        for operation in [Operation::Restore, Operation::Undo] {
            runs.extend(catalog.runs().recent_of(deployment_id, operation, RUNS)?.into_iter().map(|row| row.run));
        }
        runs.retain(|run| matches!(run.outcome, Outcome::Done | Outcome::Problems));
        runs.sort_by_key(|run| (run.ended, run.operation == Operation::Undo));
        for run in &runs {
            let Some(id) = run.summary["id"].as_str() else { continue };
            if run.operation == Operation::Undo {
                found.undo(id, run.started);
            } else {
                let part = run.summary["everything"] == false;
                let note = RestoreNote { id: id.to_owned(), began: run.started, done: run.ended, part, undone: None };
                found.restores.insert(id.to_owned(), note);
            }
        }
        Ok(found)
    }

    fn add(&mut self, manifest: &Manifest) {
        for note in &manifest.restores {
            self.restores.insert(note.id.clone(), note.clone());
        }
        let Some(before) = &manifest.before else { return };
        self.before.insert(manifest.archive.clone(), before.clone());
        match before.act {
            Act::Undo => self.undo(&before.restore, manifest.created),
            // The restore that it was made for, until more is known of that.
            Act::Restore => {
                let at = manifest.created;
                let (id, part) = (before.restore.clone(), before.part);
                let note = RestoreNote { id, began: at, done: at, part, undone: None };
                self.restores.entry(before.restore.clone()).or_insert(note);
            }
        }
    }

    fn undo(&mut self, id: &str, at: Timestamp) {
        if let Some(note) = self.restores.get_mut(id) {
            note.undone = Some(at);
        }
    }

    /// Whether a restore or an undo put anything else in place after a time: what an archive of then held may be gone
    /// by that.
    pub fn changed_since(&self, at: Timestamp) -> bool {
        let later = |done: Timestamp| done.as_second() >= at.as_second();
        self.restores.values().any(|note| later(note.done) || note.undone.is_some_and(later))
    }

    /// What an archive that is made now notes of it, the newest first.
    pub fn notes(&self) -> Vec<RestoreNote> {
        let mut notes: Vec<RestoreNote> = self.restores.values().cloned().collect();
        notes.sort_by(|a, b| (b.began, &b.id).cmp(&(a.began, &a.id)));
        notes.truncate(NOTED);
        notes
    }

    /// What an emergency archive was made before, as it says itself, or as the time tells; `None` where neither does.
    pub fn before(&self, archive: &ArchiveName, kind: Kind, created: Timestamp) -> Option<Act> {
        if kind != Kind::Emergency {
            return None;
        }
        if let Some(before) = self.before.get(archive) {
            return Some(before.act);
        }
        let undo = self.restores.values().any(|note| note.undone.is_some_and(|at| within(created, at, SECONDS)));
        if undo {
            return Some(Act::Undo);
        }
        self.made_for(archive, created).map(|_| Act::Restore)
    }

    /// Where an archive stands.
    pub fn branch(&self, archive: &ArchiveName, kind: Kind, created: Timestamp) -> Branch {
        let at = created.as_second();
        let between = |note: &RestoreNote| {
            note.undone.is_some_and(|undone| note.done.as_second() < at && at < undone.as_second())
        };
        if self.restores.values().any(between) {
            return Branch::GivenUp;
        }
        if kind != Kind::Emergency {
            return Branch::Living;
        }
        match self.before(archive, kind, created) {
            // An undo that was not done gave nothing up.
            Some(Act::Undo) => match self.before.get(archive).and_then(|before| self.restores.get(&before.restore)) {
                Some(note) if note.undone.is_none() => Branch::Living,
                _ => Branch::GivenUp,
            },
            _ => match self.made_for(archive, created) {
                // Of which a part alone was replaced, it is not given up.
                Some(note) if note.part || note.undone.is_some() => Branch::Living,
                _ => Branch::Aside,
            },
        }
    }

    /// The restore that an emergency archive was made for.
    fn made_for(&self, archive: &ArchiveName, created: Timestamp) -> Option<&RestoreNote> {
        if let Some(before) = self.before.get(archive) {
            return self.restores.get(&before.restore);
        }
        let took = |note: &RestoreNote| note.done.as_second() - note.began.as_second();
        self.restores.values().find(|note| within(created, note.began, took(note)))
    }
}

/// The archive to go back to, as far as the catalog knows: the newest from which everything that matters comes back, of
/// those that stand best. `rows`: of one deployment, newest first.
pub fn newest_whole<'a>(
    catalog: &Catalog,
    deployment_id: &str,
    rows: &'a [ArchiveRow],
) -> Result<Option<&'a ArchiveRow>> {
    let branches = Branches::from_catalog(catalog, deployment_id, rows)?;
    let known = Archives::of(rows);
    let sound = rows.iter().filter(|row| row.kind != Kind::Export && known.soundness(row) == Soundness::Sound);
    let mut sound: Vec<&ArchiveRow> = sound.collect();
    sound.sort_by_key(|row| rank(row.kind, branches.branch(&row.name, row.kind, row.created)));
    for row in sound {
        if !captured::problems(catalog, row)?.iter().any(|problem| captured::matters(problem.code)) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Whether one time is at most as many seconds after another; archives are dated to the second.
fn within(at: Timestamp, since: Timestamp, seconds: i64) -> bool {
    (0..=seconds).contains(&(at.as_second() - since.as_second()))
}

/// The order in which archives are gone back to, where they are whole; of those that come alike, the newest first. What
/// goes on comes first; then any regular one, because it is seldom known that what an emergency archive holds is not
/// what somebody wanted to be rid of.
pub fn rank(kind: Kind, branch: Branch) -> u8 {
    match (branch, kind) {
        (Branch::Living, _) => 0,
        (_, Kind::Scheduled | Kind::Manual | Kind::Export) => 1,
        (Branch::Aside | Branch::GivenUp, Kind::Emergency) => 2,
    }
}
