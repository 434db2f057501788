use super::archives::{ArchiveInfo, infos, unknown_words};
use super::undo::Preserved;
use crate::words::{ago_words, count_words};
use crate::{Answer, Failure, Note, Service};
use holdfast_domain::{DeploymentName, Outcome, schedule};
use holdfast_engine::deployment::{self, Profile};
use holdfast_engine::operations::destinations::{self, Standing};
use holdfast_engine::operations::soundness::Soundness;
use holdfast_engine::operations::{browse, pick, undo};
use holdfast_engine::store::{Folder, free_space};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::path::{Path, PathBuf};

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
    /// The newest moment that a restore can bring back, as far as the catalog knows.
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
    /// The destinations that get copies.
    pub copies: Vec<Standing>,
    /// States before restores that can still be brought back.
    pub preserved: Vec<Preserved>,
    /// When the recovery kit of the present key was typed back; `None`: never.
    pub kit_proven: Option<Timestamp>,
    /// Trusted people who can open new archives too.
    pub people: Vec<String>,
}

/// What the verdict rests on.
struct Facts<'a> {
    deployment: &'a str,
    newest: Option<&'a ArchiveInfo>,
    any: bool,
    destination_there: bool,
    missing_root: Option<PathBuf>,
    overdue: bool,
    /// The newest archive was made with problems.
    flawed: bool,
    damaged: u64,
    /// The file of the first of them, where the newest archive was made after all of them and needs none.
    outlived: Option<PathBuf>,
    /// Archives that are dated after now.
    ahead: u64,
    /// Archives at its place that the catalog does not know, in words.
    unknown: Option<String>,
    last_failed: Option<String>,
    /// A destination that is there and holds copies.
    copies_at: Option<String>,
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
        let unknown = pick::unknown(profile, &rows).len() as u64;
        let archives = infos(rows);
        let horizon = pick::horizon(now);
        let newest = archives.iter().find(|a| a.restorable && a.kind.is_regular() && a.created <= horizon);
        let there = || archives.iter().filter(|a| a.state == "present");
        let damaged = || there().filter(|a| a.soundness == Soundness::Damaged);
        // What needs a damaged one is as old as its damage.
        let hit = there().filter(|a| matches!(a.soundness, Soundness::Damaged | Soundness::NeedsDamaged));
        let last_hit = hit.filter(|a| a.created <= horizon).map(|a| a.created).max();
        let renewed = newest.zip(last_hit).is_some_and(|(newest, hit)| newest.created > hit);
        let folder = profile.destinations.first().map(|d| Folder::of(d, &profile.name));
        let destination = folder.as_ref().map(|f| f.dir().to_owned()).unwrap_or_default();
        let destination_there = folder.as_ref().is_some_and(|f| f.require().is_ok());
        let copies = match profile.destinations.len() {
            0 | 1 => Vec::new(),
            _ => destinations::list(self.context(), profile)?.into_iter().skip(1).collect(),
        };
        let facts = Facts {
            deployment: profile.name.as_str(),
            newest,
            any: !archives.is_empty(),
            destination_there,
            missing_root: profile.roots.iter().find(|root| !root.is_there()).map(|root| root.path.clone()),
            overdue: newest.is_some_and(|newest| due.level.is_some() && late(profile, newest.created, now)),
            flawed: newest.is_some_and(|newest| newest.made == Outcome::Problems),
            damaged: damaged().count() as u64,
            outlived: damaged().next().filter(|_| renewed).map(|a| a.path.clone()),
            ahead: there().filter(|a| a.created > horizon).count() as u64,
            unknown: (unknown > 0).then(|| unknown_words(profile, unknown)),
            last_failed: self.last_failure(profile)?,
            copies_at: copies.iter().find(|at| at.there && at.archives > 0).map(|at| at.name.clone()),
        };
        let (state, reason, next_step) = judge(&facts, now);
        let preserved = undo::preserved(self.context(), profile)?;
        let vault = self.context().vault(&profile.id)?;
        let people = vault.public().map(|public| public.people).unwrap_or_default();
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
            copies,
            kit_proven: vault.kit_record().ok().and_then(|record| record.proven),
            people: people.into_iter().map(|person| person.name).collect(),
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
    let name = facts.deployment;
    let attention = |reason: String, step: String| (Attention, reason, Some(step));
    let unknown = |words: &String| {
        attention(
            format!("The catalog is incomplete: {words}."),
            format!("Build it again: holdfast catalog rebuild {name}"),
        )
    };
    let Some(newest) = facts.newest else {
        if let Some(at) = &facts.copies_at {
            let reason = format!("No archive is where it was made. Copies lie at {at}.");
            let step = "holdfast restore takes the copies. To go on backing up, bring the first place back.";
            return (AtRisk, reason, Some(step.to_owned()));
        }
        let (reason, step) = if !facts.destination_there {
            ("The place for the archives is not there.", "Plug the drive in or mount the folder.".to_owned())
        } else if let Some(words) = &facts.unknown {
            return unknown(words);
        } else if facts.ahead > 0 {
            ("All its archives are dated after now.", format!("Set the clock right; then: holdfast backup {name}"))
        } else if facts.any {
            let step = format!("Make a new one: holdfast backup {name} --level full");
            ("None of its archives can be restored as they are.", step)
        } else {
            ("There is no archive yet.", format!("Make the first one: holdfast backup {name}"))
        };
        return (AtRisk, reason.to_owned(), Some(step));
    };
    if let Some(root) = &facts.missing_root {
        let reason = format!("The folder {} is not there.", root.display());
        return attention(reason, format!("Bring it back, or restore it: holdfast restore {name}"));
    }
    if facts.damaged > 0 && facts.outlived.is_none() {
        let reason = format!("{} found damaged.", count_words(facts.damaged, "archive was", "archives were"));
        return attention(reason, format!("Make a new one: holdfast backup {name} --level full"));
    }
    if let Some(title) = &facts.last_failed {
        let step = format!("Run holdfast backup {name} again and read what it says.");
        return attention(format!("The last backup failed. {title}"), step);
    }
    if facts.overdue {
        let reason = format!("The newest archive was made {}.", ago_words(newest.created, now));
        let step = format!("Make one now: holdfast backup {name}. Cron or a timer can do it every hour (README)");
        return attention(reason, step);
    }
    if facts.flawed {
        let reason = "The newest archive was made with problems.".to_owned();
        return attention(reason, format!("holdfast show latest --deployment {name} says which."));
    }
    if let Some(words) = &facts.unknown {
        return unknown(words);
    }
    if facts.ahead > 0 {
        let reason = format!("{} dated after now.", count_words(facts.ahead, "archive is", "archives are"));
        let step = "Set the clock right. If it is right, move those files elsewhere: holdfast list shows them.";
        return attention(reason, step.to_owned());
    }
    if let Some(path) = &facts.outlived {
        let count = count_words(facts.damaged, "older archive was", "older archives were");
        let reason = format!("{count} found damaged; the newest one needs none of them.");
        let step = format!("Nothing is pruned until that is settled. When you need nothing of it: rm {}", quoted(path));
        return attention(reason, step);
    }
    (Protected, format!("The newest archive was made {}.", ago_words(newest.created, now)), None)
}

/// As it can be typed into a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts<'static> {
        Facts {
            deployment: "bot",
            newest: None,
            any: false,
            destination_there: true,
            missing_root: None,
            overdue: false,
            flawed: false,
            damaged: 0,
            outlived: None,
            ahead: 0,
            unknown: None,
            last_failed: None,
            copies_at: None,
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
        let copied = judge(&Facts { copies_at: Some("Stick".to_owned()), ..facts() }, now);
        assert!(copied.0 == SafetyState::AtRisk && copied.1.contains("Stick"));
    }
}
