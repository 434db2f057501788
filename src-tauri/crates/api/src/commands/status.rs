use super::archives::{ArchiveInfo, infos};
use super::undo::Preserved;
use crate::words::{ago_words, count_words};
use crate::{Answer, Failure, Note, Service};
use holdfast_domain::{DeploymentName, Kind, Outcome, schedule};
use holdfast_engine::deployment::{self, Profile};
use holdfast_engine::operations::{browse, undo};
use holdfast_engine::store::{Folder, free_space};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, Clone, Serialize)]
pub struct StatusAnswer {
    /// `problems` where any deployment is not protected.
    pub outcome: Outcome,
    pub deployments: Vec<DeploymentStatus>,
    pub problems: Vec<Note>,
}

/// The one word that window, tray and command line show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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

#[derive(Debug, Clone, Serialize)]
pub struct DeploymentStatus {
    pub deployment: DeploymentName,
    pub state: SafetyState,
    /// Why, in one sentence.
    pub reason: String,
    pub next_step: Option<String>,
    /// The moment that a restore would bring back.
    pub restorable_as_of: Option<Timestamp>,
    pub newest: Option<ArchiveInfo>,
    pub archives: u64,
    pub stored_bytes: u64,
    pub next_due: Option<Timestamp>,
    pub roots: Vec<PathBuf>,
    /// The folder that archives lie in.
    pub destination: PathBuf,
    pub destination_there: bool,
    pub free_bytes: Option<u64>,
    /// States before restores that can still be brought back.
    pub preserved: Vec<Preserved>,
}

/// What the verdict rests on.
struct Facts<'a> {
    newest: Option<&'a ArchiveInfo>,
    any: bool,
    destination_there: bool,
    missing_root: Option<PathBuf>,
    overdue: bool,
    /// The newest archive was made with problems.
    flawed: bool,
    damaged: u64,
    last_failed: Option<String>,
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

    fn status_of(&self, profile: &Profile) -> Answer<DeploymentStatus> {
        let now = self.clock().now();
        let rows = browse::archives(self.context(), Some(&profile.id))?;
        let history: Vec<schedule::Past> =
            rows.iter().map(|row| schedule::Past { level: row.level, at: row.created, kind: row.kind }).collect();
        let due = schedule::due(&profile.schedule, &history, now, &self.clock().zone());
        let archives = infos(rows);
        let sound = |a: &&ArchiveInfo| a.verified.is_none_or(|v| v.ok);
        let newest = archives.iter().filter(|a| a.restorable && a.kind != Kind::Emergency).find(sound);
        let folder = profile.destinations.first().map(|d| Folder::new(d.path(), &profile.name));
        let destination = folder.as_ref().map(|f| f.dir().to_owned()).unwrap_or_default();
        let destination_there = folder.as_ref().is_some_and(|f| f.require().is_ok());
        let facts = Facts {
            newest,
            any: !archives.is_empty(),
            destination_there,
            missing_root: profile.roots.iter().map(|r| &r.path).find(|path| !path.is_dir()).cloned(),
            overdue: newest.is_some_and(|newest| due.level.is_some() && late(profile, newest.created, now)),
            flawed: newest.is_some_and(|newest| newest.made == Outcome::Problems),
            damaged: archives.iter().filter(|a| a.verified.is_some_and(|v| !v.ok)).count() as u64,
            last_failed: self.last_failure(profile)?,
        };
        let (state, reason, next_step) = judge(&facts, now);
        let preserved = undo::preserved(self.context(), profile)?;
        Ok(DeploymentStatus {
            deployment: profile.name.clone(),
            state,
            reason,
            next_step,
            restorable_as_of: newest.map(|a| a.created),
            newest: newest.cloned(),
            archives: archives.len() as u64,
            stored_bytes: archives.iter().map(|a| a.stored_bytes).sum(),
            next_due: due.next,
            roots: profile.roots.iter().map(|r| r.path.clone()).collect(),
            free_bytes: free_space(&destination).ok(),
            destination,
            destination_there,
            preserved: preserved.into_iter().map(|(archive, at, paths)| Preserved { archive, at, paths }).collect(),
        })
    }

    /// Why the last backup failed, if it did.
    fn last_failure(&self, profile: &Profile) -> Answer<Option<String>> {
        use holdfast_engine::catalog::Operation;
        let runs = self.context().catalog()?.0.runs().recent(Some(&profile.id), 20)?;
        let last = runs.into_iter().map(|row| row.run).find(|run| run.operation == Operation::Backup);
        let failed = last.filter(|run| run.outcome == Outcome::Failed);
        Ok(failed.map(|run| run.problems.first().map_or_else(String::new, |p| Note::from(p.clone()).title)))
    }
}

/// Twice the interval that the schedule promises has passed.
fn late(profile: &Profile, newest: Timestamp, now: Timestamp) -> bool {
    let promised = match profile.schedule.hourly_minutes {
        0 if profile.schedule.daily => SignedDuration::from_hours(24),
        0 => SignedDuration::from_hours(24 * i64::from(profile.schedule.full_every_days)),
        minutes => SignedDuration::from_mins(i64::from(minutes)),
    };
    now.duration_since(newest) > promised * 2
}

/// The worst thing that is true decides.
fn judge(facts: &Facts<'_>, now: Timestamp) -> (SafetyState, String, Option<String>) {
    use SafetyState::{AtRisk, Attention, Protected};
    let Some(newest) = facts.newest else {
        let (reason, step) = if !facts.destination_there {
            ("The place for the archives is not there.", "Plug the drive in or mount the folder.")
        } else if facts.any {
            ("None of its archives can be restored as they are.", "Make a new one: holdfast backup --level full")
        } else {
            ("There is no archive yet.", "Make the first one: holdfast backup")
        };
        return (AtRisk, reason.to_owned(), Some(step.to_owned()));
    };
    let attention = |reason: String, step: &str| (Attention, reason, Some(step.to_owned()));
    if let Some(root) = &facts.missing_root {
        let reason = format!("The folder {} is not there.", root.display());
        return attention(reason, "Bring it back, or restore it: holdfast restore");
    }
    if facts.damaged > 0 {
        let reason = format!("{} found damaged.", count_words(facts.damaged, "archive was", "archives were"));
        return attention(reason, "Make a new one: holdfast backup --level full");
    }
    if let Some(title) = &facts.last_failed {
        return attention(
            format!("The last backup failed. {title}"),
            "Run holdfast backup again and read what it says.",
        );
    }
    if facts.overdue {
        let reason = format!("The newest archive was made {}.", ago_words(newest.created, now));
        return attention(reason, "Make one now: holdfast backup");
    }
    if facts.flawed {
        let reason = "The newest archive was made with problems.".to_owned();
        return attention(reason, "holdfast show latest says which.");
    }
    (Protected, format!("The newest archive was made {}.", ago_words(newest.created, now)), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts<'static> {
        Facts {
            newest: None,
            any: false,
            destination_there: true,
            missing_root: None,
            overdue: false,
            flawed: false,
            damaged: 0,
            last_failed: None,
        }
    }

    #[test]
    fn without_an_archive_nothing_is_protected() {
        let now = Timestamp::UNIX_EPOCH;
        let (state, reason, step) = judge(&facts(), now);
        assert_eq!((state, reason.as_str()), (SafetyState::AtRisk, "There is no archive yet."));
        assert!(step.is_some_and(|step| step.contains("holdfast backup")));
        let away = judge(&Facts { destination_there: false, any: true, ..facts() }, now);
        assert_eq!(away.1, "The place for the archives is not there.");
    }
}
