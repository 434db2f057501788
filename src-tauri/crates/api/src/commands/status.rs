use super::alarm::{AlarmInfo, is_alarm};
use super::archives::{ArchiveInfo, given_up_words, to_go_back, unknown_words};
use super::captured::capital;
use super::comes_out::ComesOut;
use super::gone::Gone;
use super::overview::is_backup;
use super::points::RecoveryPoint;
use super::scheduler::ScheduleStanding;
use super::standing::{DiskLoss, Place, PlaceState, disk_loss, no_room_words};
use super::together::LossesNow;
use super::undo::Preserved;
use super::upkeep::ReadAgain;
use super::verdict::{Facts, MissingRoot, Outlived, Uncopied, judge};
use crate::{Answer, Failure, Note, Service};
use holdfast_domain::{ArchiveName, Code, DeploymentName, Kind, Outcome, Problem, Severity, schedule};
use holdfast_engine::catalog::Operation;
use holdfast_engine::deployment::{self, Profile};
use holdfast_engine::operations::branches::Branch;
use holdfast_engine::operations::destinations::Standing;
use holdfast_engine::operations::restore::in_use_aside;
use holdfast_engine::operations::soundness::Soundness;
use holdfast_engine::operations::{browse, captured, in_use, pick, servers, undo};
use holdfast_engine::scheduler;
use holdfast_engine::store::{Folder, free_space};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct StatusAnswer {
    /// `problems` where any deployment is not protected.
    pub outcome: Outcome,
    pub deployments: Vec<DeploymentStatus>,
    pub problems: Vec<Note>,
}

/// The one word that window, tray and command line show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum SafetyState {
    Protected,
    Attention,
    AtRisk,
}

impl SafetyState {
    pub fn words(self) -> &'static str {
        match self {
            Self::Protected => "Protected",
            Self::Attention => "Attention",
            Self::AtRisk => "At risk",
        }
    }
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct DeploymentStatus {
    pub deployment: DeploymentName,
    pub state: SafetyState,
    /// Why, in one sentence.
    pub reason: String,
    pub next_step: Option<String>,
    /// What the newest backup found missing, damaged or cut short and still is, each with its names, where that is more
    /// than one thing: the reason says all of it in short.
    pub losses: Vec<String>,
    /// What looked wrong in a backup, and is open, newest first.
    pub alarms: Vec<AlarmInfo>,
    /// The newest moment from which a restore brings back everything that matters, as far as the catalog knows.
    pub restorable_as_of: Option<Timestamp>,
    /// Why its state is none that goes on, in words: `given up by an undo`.
    pub restorable_given_up: Option<&'static str>,
    /// What comes out of a damaged archive, where one would rather have that, with the command for it.
    pub salvage: Option<String>,
    /// A newer one, from which not all of it comes back whole.
    pub partly_as_of: Option<Timestamp>,
    /// A state that was archived before a restore is one too, where it is whole.
    pub newest: Option<ArchiveInfo>,
    /// Where they are made; exports are counted apart, each is somewhere else.
    pub archives: u64,
    /// Those of them that cannot be restored because of damage.
    pub unusable: u64,
    pub stored_bytes: u64,
    pub exports: u64,
    pub next_due: Option<Timestamp>,
    pub schedule: ScheduleStanding,
    pub roots: Vec<PathBuf>,
    /// The folder that archives lie in.
    pub destination: PathBuf,
    pub destination_there: bool,
    pub free_bytes: Option<u64>,
    /// The destinations that get copies.
    pub copies: Vec<Place>,
    /// What goes with the disk of the chatbot, where not all of it lies elsewhere too.
    pub disk_loss: Option<DiskLoss>,
    /// How far each part is behind what it may lose, in the order of classes.
    pub points: Vec<RecoveryPoint>,
    /// How long what lies at the places has not been read.
    pub read: ReadAgain,
    /// States before restores that can still be brought back.
    pub preserved: Vec<Preserved>,
    /// When the recovery kit of the present key was typed back; `None`: never.
    pub kit_proven: Option<Timestamp>,
    /// Trusted people who can open new archives too.
    pub people: Vec<String>,
}

/// What was looked at for it.
pub(super) struct Gathered {
    pub facts: Facts,
    /// Newest first.
    pub archives: Vec<ArchiveInfo>,
    /// The newest export that can be restored.
    pub exported: Option<ArchiveInfo>,
    pub due: schedule::Due,
    pub schedule: ScheduleStanding,
    /// The folder that archives lie in.
    pub destination: PathBuf,
    /// All destinations, the first first.
    pub places: Vec<Place>,
    /// When each of those that get copies of them was at hand last, as far as its copies tell.
    pub last_here: Vec<Option<Timestamp>>,
}

impl Service {
    /// How safe the deployments are, as far as this machine can see now. Reads no archive.
    pub fn status(&self, name: Option<&str>) -> Answer<StatusAnswer> {
        let (mut profiles, mut problems) = (Vec::new(), Vec::new());
        if let Some(name) = name {
            profiles.push(self.profile(Some(name))?);
        } else {
            let loaded = deployment::load_all(&self.context().home)?;
            profiles = loaded.profiles;
            problems.extend(loaded.broken.iter().map(|e| Note::from(e.to_problem())));
        }
        drop(self.catalog(&mut problems)?);
        let deployments =
            profiles.iter().map(|profile| self.status_of(profile)).collect::<Result<Vec<_>, Failure>>()?;
        let calm = problems.is_empty() && deployments.iter().all(|d| d.state == SafetyState::Protected);
        let outcome = if calm { Outcome::Done } else { Outcome::Problems };
        Ok(StatusAnswer { outcome, deployments, problems })
    }

    pub(super) fn gather(&self, profile: &Profile) -> Answer<Gathered> {
        let now = self.clock().now();
        let rows = browse::archives(self.context(), Some(&profile.id))?;
        let planned = scheduler::standing(self.context(), profile, &rows);
        let schedule = ScheduleStanding::of(&planned, &profile.schedule, now, &self.clock().zone());
        let due = planned.verdict.due;
        let unknown = pick::unknown(profile, &rows).len() as u64;
        let archives = self.infos(rows)?;
        let horizon = pick::horizon(now);
        let usable = |a: &&ArchiveInfo| a.restorable && a.created <= horizon;
        let regular = archives.iter().filter(usable).find(|a| a.kind.is_regular());
        let newest = regular.or_else(|| archives.iter().filter(usable).find(|a| a.kind != Kind::Export));
        // What was archived before a restore may be what was to be got rid of: it counts where it is whole. What an
        // undo gave up is no state of now.
        let kept = |a: &ArchiveInfo| a.kind == Kind::Emergency && a.is_whole() && a.branch != Branch::GivenUp;
        let counts = |a: &&ArchiveInfo| a.kind.is_regular() || kept(a);
        let latest = archives.iter().filter(usable).find(counts).or(newest);
        // An export is somewhere else, but brings its moment back as well.
        let exported = archives.iter().filter(usable).find(|a| a.kind == Kind::Export);
        let there = || archives.iter().filter(|a| a.state == "present");
        let damaged = || there().filter(|a| a.soundness == Soundness::Damaged);
        // What needs a damaged one is as old as its damage.
        let hit = there().filter(|a| matches!(a.soundness, Soundness::Damaged | Soundness::NeedsDamaged));
        let need_damaged = there().filter(|a| a.soundness == Soundness::NeedsDamaged).count() as u64;
        let outlived = |a: &ArchiveInfo| Outlived {
            archive: a.name.clone(),
            path: a.path.clone(),
            needed_by: there().filter(|other| other.needs.contains(&a.name)).count() as u64,
        };
        let last_hit = hit.filter(|a| a.created <= horizon).map(|a| a.created).max();
        let renewed = newest.zip(last_hit).is_some_and(|(newest, hit)| newest.created > hit);
        let folder = profile.destinations.first().map(|d| Folder::of(d, &profile.name));
        let destination = folder.as_ref().map(|f| f.dir().to_owned()).unwrap_or_default();
        let destination_there = folder.as_ref().is_some_and(|f| f.require().is_ok());
        let places = self.standings(profile)?;
        let copies = places.get(1..).unwrap_or_default();
        let (damaged_copies, last_here) = self.copies_of(profile, copies)?;
        let open = servers::problems(self.context(), profile)?;
        let LossesNow { lacking, gone, together } = self.losses_now(profile, &archives)?;
        let writes_aside = writers(in_use_aside(self.context(), &profile.id)?);
        let whole = |a: &&ArchiveInfo| a.is_whole();
        let restorable = to_go_back(&archives, now).into_iter().find(whole).or(exported.filter(whole));
        // What is lost names its own; else it is what would be gone back to.
        let salvage = match lacking.as_ref().and_then(|lacking| lacking.comes_out.clone()) {
            Some(out) => Some(out),
            None => self.best_salvage(&self.context().catalog()?.0, &archives, restorable)?,
        };
        let missing = profile.roots.iter().filter(|root| !root.is_there());
        let missing = missing.map(|root| MissingRoot { path: root.path.clone(), file: root.file });
        let uncopied = uncopied(copies, now);
        let mut alarms = self.alarm_infos(profile)?;
        alarms.retain(|alarm| alarm.open);
        let moments = self.moments_of(&alarms);
        let facts = Facts {
            alarms,
            moments,
            filling: self.filling(profile),
            deployment: profile.name.to_string(),
            newest: newest.cloned(),
            latest: latest.cloned(),
            whole: restorable.map(|a| a.created),
            whole_given_up: restorable.map_or("", |a| given_up_words(a.branch)),
            salvage,
            take: restorable.filter(|a| newest.is_none_or(|newest| newest.name != a.name)).map(|a| a.name.clone()),
            exported: exported.map(|a| a.created).filter(|_| newest.is_none()),
            any: !archives.is_empty(),
            destination_there,
            // The folder of the whole chatbot before a single file.
            missing_root: missing.min_by_key(|root| root.file),
            kept: self.kept_state(profile)?,
            whole_away: self.whole_away(copies),
            written_aside: self.written_aside(profile, writes_aside.is_some())?,
            writes_aside,
            gone,
            together,
            overdue: latest.is_some_and(|latest| due.level.is_some() && late(profile, latest.created, now)),
            flawed: lacking.is_none()
                && newest.is_some_and(|newest| newest.made == Outcome::Problems)
                && !self.only_told_apart(profile, newest)?,
            server: open.into_iter().next().map(|problem| (problem.subject, problem.cause)),
            damaged: damaged().count() as u64,
            outlived: damaged().next().filter(|_| renewed).map(outlived),
            most_left: self.most_left(&archives).map(|a| a.name.clone()),
            need_damaged,
            ahead: there().filter(|a| a.created > horizon).count() as u64,
            unknown: (unknown > 0).then(|| unknown_words(profile, unknown)),
            last_failed: self.last_failure(profile)?,
            copies_at: copies.iter().find(|at| at.there && at.archives > 0).map(|at| at.name.clone()),
            read_only: destination_there && folder.as_ref().is_some_and(|f| f.unwritable().is_some()),
            damaged_copies,
            drive_overdue: drive_overdue(copies, &last_here, &uncopied, now),
            uncopied,
            lacking,
        };
        let exported = exported.cloned();
        Ok(Gathered { facts, archives, exported, due, schedule, destination, places, last_here })
    }

    /// What the catalog knows of the copies at each destination: those that were found damaged, and when any was looked
    /// at last.
    #[allow(clippy::type_complexity)]
    fn copies_of(&self, profile: &Profile, copies: &[Place]) -> Answer<(Vec<(String, u64)>, Vec<Option<Timestamp>>)> {
        let (mut damaged, mut last_here) = (Vec::new(), Vec::new());
        if copies.is_empty() {
            return Ok((damaged, last_here));
        }
        let catalog = self.context().catalog()?.0;
        for standing in copies {
            let rows = catalog.copies().list(&profile.id, Some(&standing.id))?;
            let bad = rows.iter().filter(|row| row.verified.is_some_and(|(_, _, ok)| !ok)).count() as u64;
            if bad > 0 {
                damaged.push((standing.name.clone(), bad));
            }
            last_here.push(rows.iter().filter_map(|row| row.verified.map(|(at, _, _)| at)).max());
        }
        Ok((damaged, last_here))
    }

    fn status_of(&self, profile: &Profile) -> Answer<DeploymentStatus> {
        let gathered = self.gather(profile)?;
        let points = self.points(profile, &gathered)?;
        let Gathered { facts, archives, exported, due, schedule, destination, places, .. } = gathered;
        let here = || archives.iter().filter(|a| a.kind != Kind::Export);
        let (state, reason, next_step) = judge(&facts, self.clock().now());
        let preserved = undo::preserved(self.context(), profile)?;
        let vault = self.context().vault(&profile.id)?;
        let people = vault.public().map(|public| public.people).unwrap_or_default();
        Ok(DeploymentStatus {
            deployment: profile.name.clone(),
            state,
            reason,
            next_step,
            losses: losses(&facts),
            alarms: facts.alarms.clone(),
            restorable_as_of: facts.whole,
            restorable_given_up: facts.given_up(),
            salvage: facts.salvage.as_ref().map(ComesOut::typed),
            partly_as_of: facts.partly(),
            archives: here().count() as u64,
            unusable: facts.damaged + facts.need_damaged,
            stored_bytes: here().map(|a| a.stored_bytes).sum(),
            exports: archives.iter().filter(|a| a.kind == Kind::Export).count() as u64,
            newest: facts.latest.or(exported),
            next_due: due.next,
            schedule,
            roots: profile.roots.iter().map(|r| r.path.clone()).collect(),
            free_bytes: free_space(&destination).ok(),
            destination,
            destination_there: facts.destination_there,
            disk_loss: disk_loss(&places, self.clock().now()),
            copies: places.into_iter().skip(1).collect(),
            kit_proven: vault.kit_record().ok().and_then(|record| record.proven),
            people: people.into_iter().map(|person| person.name).collect(),
            points,
            read: self.read_standing(profile)?,
            preserved: preserved.into_iter().map(Preserved::from).collect(),
        })
    }

    /// Whether servers and lost files are all that the newest archive was made with problems for: how those stand now
    /// is told apart.
    fn only_told_apart(&self, profile: &Profile, newest: Option<&ArchiveInfo>) -> Answer<bool> {
        let Some(newest) = newest else { return Ok(false) };
        let catalog = self.context().catalog()?.0;
        let Some(manifest) = captured::manifest(&catalog, &profile.id, &newest.name)? else { return Ok(false) };
        let mut grave = manifest.problems.iter().filter(|problem| problem.severity() == Severity::Problem);
        // That a database is lost is told unless it was meant; so are alarms.
        let apart = [Code::ServerNotCaptured, Code::DatabaseLost];
        Ok(grave.all(|problem| {
            apart.contains(&problem.code) || is_alarm(problem.code) || captured::lost_class(problem.code).is_some()
        }))
    }

    fn moments_of(&self, alarms: &[AlarmInfo]) -> HashMap<ArchiveName, String> {
        let named = alarms.iter().flat_map(|alarm| {
            [Some((&alarm.archive, alarm.since)), alarm.good.as_ref().zip(alarm.good_at)].into_iter().flatten()
        });
        named.map(|(archive, at)| (archive.clone(), self.moment(at))).collect()
    }

    /// Why the last backup failed, if it did and what it failed for is still so.
    pub(super) fn last_failure(&self, profile: &Profile) -> Answer<Option<Note>> {
        let runs = self.context().catalog()?.0.runs().recent_of(&profile.id, Operation::Backup, 20)?;
        let last = runs.into_iter().map(|row| row.run).find(is_backup);
        let failed = last.filter(|run| run.outcome == Outcome::Failed);
        let unsaid = || Problem::new(Code::Interrupted, "the backup", "nothing says why");
        let why = failed.map(|run| run.problems.into_iter().next().unwrap_or_else(unsaid));
        let still = |problem: &Problem| match problem.code {
            Code::RootMissing => !Path::new(&problem.subject).exists(),
            // It is back with something in it. How much of it, the next backup compares.
            Code::RootEmpty => std::fs::read_dir(&problem.subject).is_ok_and(|mut inside| inside.next().is_none()),
            Code::DestinationMissing => {
                profile.destinations.first().is_none_or(|first| Folder::of(first, &profile.name).require().is_err())
            }
            _ => true,
        };
        Ok(why.filter(still).map(Note::from))
    }
}

fn losses(facts: &Facts) -> Vec<String> {
    if facts.gone.is_empty() || facts.missing_root.is_some() {
        return Vec::new();
    }
    let damaged = facts.lacking.as_ref().map(|lacking| format!("{}.", capital(&lacking.clause())));
    let all: Vec<String> = damaged.into_iter().chain(facts.gone.iter().map(Gone::title)).collect();
    if all.len() == 1 && facts.gone[0].paths.len() == 1 { Vec::new() } else { all }
}

/// Those that may write, in one line.
fn writers(mut holders: Vec<in_use::Holder>) -> Option<String> {
    holders.retain(|holder| holder.writes);
    (!holders.is_empty()).then(|| in_use::named(&holders))
}

/// Twice the interval that the schedule promises has passed.
fn late(profile: &Profile, newest: Timestamp, now: Timestamp) -> bool {
    profile.schedule.interval().is_some_and(|promised| now.duration_since(newest) > promised * 2)
}

/// When a drive that is away should be plugged in again.
pub(super) fn due_at(standing: &Standing, last_here: Option<Timestamp>) -> Option<Timestamp> {
    let away = standing.kind == "drive" && !standing.there;
    last_here.filter(|_| away).and_then(|at| at.checked_add(schedule::DRIVE_INTERVAL).ok())
}

fn uncopied(copies: &[Place], now: Timestamp) -> Vec<Uncopied> {
    let failed = copies.iter().filter_map(|place| {
        let failed = Note::from(place.failed.as_ref()?.problem.clone());
        let helps = (place.state == PlaceState::TooSmall).then(|| no_room_words(place, now));
        Some(Uncopied { place: place.name.clone(), said: place.said.clone(), helps, failed })
    });
    failed.collect()
}

/// Where the last copy failed, plugging it in is not all that it takes: that is told by itself.
fn drive_overdue(
    copies: &[Place],
    last_here: &[Option<Timestamp>],
    uncopied: &[Uncopied],
    now: Timestamp,
) -> Option<(String, Timestamp)> {
    let overdue = copies
        .iter()
        .zip(last_here)
        .filter(|(standing, _)| !uncopied.iter().any(|uncopied| uncopied.place == standing.name))
        .filter(|(standing, at)| standing.due > 0 && due_at(standing, **at).is_some_and(|due| due < now));
    overdue.filter_map(|(standing, at)| Some((standing.name.clone(), (*at)?))).min_by_key(|(_, at)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_writes_into_what_was_set_aside_needs_the_person() {
        let mut list = Vec::new();
        assert_eq!(writers(list.clone()), None);
        let holder = |writes| in_use::Holder {
            name: "bot".to_owned(),
            pid: 7,
            since: None,
            program: None,
            opens: true,
            file: None,
            writes,
            run_by: in_use::RunBy::Unknown,
        };
        list.push(holder(false));
        assert_eq!(writers(list.clone()), None, "a reader loses nothing");
        list.push(holder(true));
        assert_eq!(writers(list).as_deref(), Some("bot (7)"));
    }
}
