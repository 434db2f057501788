mod alarms;
mod filling;
mod history;
mod losses;
mod matters;
mod nothing;
mod proven;
mod storage;

pub use filling::Filling;
pub use history::{DayState, HistoryAnswer, HistoryDay};
pub use matters::{About, ActKind, Matter, MatterAct};
pub use proven::{BroughtBack, ProvenRestore};
pub use storage::{StorageAnswer, StorageArgs};

use super::archives::ArchiveInfo;
use super::points::RecoveryPoint;
use super::scheduler::ScheduleStanding;
use super::standing::{DiskLoss, Place, disk_loss};
use super::status::{Gathered, SafetyState, due_at};
use super::upkeep::ReadAgain;
use super::verdict::{Facts, judge};
use crate::{Answer, Service};
use holdfast_domain::{DeploymentName, Kind, Level, Outcome};
use holdfast_engine::catalog::{Operation, Run};
use holdfast_engine::store::disk_space;
use jiff::Timestamp;
use serde::Serialize;
use std::os::unix::fs::MetadataExt;

/// All that an overview says, of one moment, so that its parts never contradict each other.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct OverviewAnswer {
    pub deployment: DeploymentName,
    pub state: SafetyState,
    /// One sentence without commands to type.
    pub reason: String,
    /// The newest moment from which everything that matters comes back.
    pub restorable_as_of: Option<Timestamp>,
    /// Why its state is none that goes on, in words: `given up by an undo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub restorable_given_up: Option<&'static str>,
    /// A newer one, from which not all of it comes back whole.
    pub partly_as_of: Option<Timestamp>,
    pub next: Option<NextBackup>,
    /// What is due now and what holds it, a pause, and who makes it.
    pub schedule: ScheduleStanding,
    /// In the order of classes; those that the deployment does not have are left away.
    pub points: Vec<RecoveryPoint>,
    /// How long what lies at the places has not been read.
    pub read: ReadAgain,
    pub places: Vec<PlaceStanding>,
    /// What goes with the disk of the chatbot, where not all of it lies elsewhere too.
    pub disk_loss: Option<DiskLoss>,
    pub proven: Option<ProvenRestore>,
    /// The last restore, where it proves nothing of the whole and is newer than what does.
    pub brought_back: Option<BroughtBack>,
    /// What needs the person, the worst first.
    pub matters: Vec<Matter>,
    pub archives: u64,
    pub stored_bytes: u64,
    /// Of the oldest archive that can be restored.
    pub since: Option<Timestamp>,
    /// Of the last backup, however it ended.
    pub last: Option<LastBackup>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct NextBackup {
    pub at: Timestamp,
    pub level: Level,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct PlaceStanding {
    pub standing: Place,
    /// It is on the disk that Holdfast itself is on.
    pub this_computer: bool,
    pub disk_bytes: Option<u64>,
    /// Copies that were found damaged; of the first place archives that cannot be restored because of damage.
    pub damaged: u64,
    /// Of a drive that is away.
    pub last_here: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct LastBackup {
    pub at: Timestamp,
    pub level: Level,
    pub outcome: Outcome,
    pub problems: u64,
}

/// Runs that are looked through for the last of their kind.
const RUNS: usize = 500;

impl Service {
    /// How one deployment stands. Reads no archive.
    pub fn overview(&self, deployment: Option<&str>) -> Answer<OverviewAnswer> {
        let profile = self.profile(deployment)?;
        let now = self.clock().now();
        let gathered = self.gather(&profile)?;
        let runs = self.context().catalog()?.0.runs().recent(Some(&profile.id), RUNS)?;
        let runs: Vec<Run> = runs.into_iter().map(|row| row.run).collect();
        let Gathered { facts, archives, due, .. } = &gathered;
        let (state, reason, _) = judge(facts, now);
        let usable: Vec<&ArchiveInfo> =
            archives.iter().filter(|archive| archive.restorable && archive.kind != Kind::Export).collect();
        let level = |at: Timestamp| {
            let past = archives.iter().map(|a| holdfast_domain::schedule::Past {
                level: a.level,
                at: a.created,
                kind: a.kind,
            });
            let past: Vec<_> = past.collect();
            holdfast_domain::schedule::due(&profile.schedule, &past, at, &self.clock().zone()).level
        };
        let next = match due.level {
            Some(level) => Some(NextBackup { at: now, level }),
            None => due.next.map(|at| NextBackup { at, level: level(at).unwrap_or(Level::Hourly) }),
        };
        Ok(OverviewAnswer {
            state,
            reason,
            restorable_as_of: facts.whole,
            restorable_given_up: facts.given_up(),
            partly_as_of: facts.partly(),
            next,
            schedule: gathered.schedule.clone(),
            points: self.points(&profile, &gathered)?,
            read: self.read_standing(&profile)?,
            proven: proven::proven(&runs),
            brought_back: proven::brought_back(&runs),
            places: self.places(&gathered),
            disk_loss: disk_loss(&gathered.places, now),
            matters: matters::of(facts, &matters::Cost::of(&runs, archives), now),
            archives: archives.len() as u64,
            stored_bytes: archives.iter().map(|archive| archive.stored_bytes).sum(),
            since: usable.last().map(|archive| archive.created),
            last: last(&runs, archives),
            deployment: profile.name,
        })
    }

    fn places(&self, gathered: &Gathered) -> Vec<PlaceStanding> {
        let own = std::fs::metadata(self.home()).map(|meta| meta.dev()).ok();
        let places = gathered.places.iter().cloned().enumerate().map(|(number, standing)| {
            // The first gets no copies.
            let copy = number.checked_sub(1);
            let last_here = copy.and_then(|at| gathered.last_here.get(at).copied().flatten());
            let local = standing.there && standing.kind != "cloud";
            let device = std::fs::metadata(&standing.path).map(|meta| meta.dev()).ok();
            let of = |name: &String| gathered.facts.damaged_copies.iter().find(|(place, _)| place == name);
            PlaceStanding {
                this_computer: local && standing.kind == "folder" && device.is_some() && device == own,
                disk_bytes: local.then(|| disk_space(&standing.path).ok()).flatten().map(|space| space.total_bytes),
                damaged: if standing.first {
                    gathered.facts.damaged + gathered.facts.need_damaged
                } else {
                    of(&standing.name).map_or(0, |(_, n)| *n)
                },
                due_at: due_at(&standing, last_here),
                last_here: last_here.filter(|_| !standing.there),
                standing,
            }
        });
        places.collect()
    }
}

fn last(runs: &[Run], archives: &[ArchiveInfo]) -> Option<LastBackup> {
    let Some(run) = runs.iter().find(|run| is_backup(run)) else {
        // A catalog that was built again knows no runs.
        let newest = archives.iter().find(|archive| archive.kind.is_regular())?;
        return Some(LastBackup { at: newest.created, level: newest.level, outcome: newest.made, problems: 0 });
    };
    let level = run.archive.as_ref().map_or(Level::Hourly, level_of);
    Some(LastBackup { at: run.started, level, outcome: run.outcome, problems: run.problems.len() as u64 })
}

/// A state kept before a restore is none of the backups that somebody or the schedule asked for.
pub(super) fn is_backup(run: &Run) -> bool {
    let emergency = |name: &holdfast_domain::ArchiveName| name.as_str().contains("_emergency-");
    run.operation == Operation::Backup && !run.archive.as_ref().is_some_and(emergency)
}

/// As the end of its name says.
pub(super) fn level_of(archive: &holdfast_domain::ArchiveName) -> Level {
    let name = archive.as_str();
    if name.ends_with("full") {
        Level::Full
    } else if name.ends_with("daily") {
        Level::Daily
    } else {
        Level::Hourly
    }
}
