use super::standing::CopiedTo;
use crate::{Answer, Note, Service};
use holdfast_domain::{ArchiveName, Code, Outcome, Problem};
use holdfast_engine::deployment::Profile;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::copy::{self, Checked, CopyRequest};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct CopyArgs {
    pub deployment: Option<String>,
    /// Only to the destination of this name.
    pub to: Option<String>,
}

/// What is due where.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct CopyPreview {
    pub outcome: Outcome,
    pub deployment: String,
    pub dry_run: bool,
    pub destinations: Vec<CopyDue>,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct CopyDue {
    pub name: String,
    /// `folder`, `drive` or `cloud`.
    #[ts(type = r#""folder" | "drive" | "cloud""#)]
    pub kind: &'static str,
    pub there: bool,
    /// Why it is not.
    pub away: Option<String>,
    /// In the order in which they will be copied.
    pub due: Vec<ArchiveName>,
    pub bytes: u64,
    pub free_bytes: Option<u64>,
    /// All of it fits, as far as anybody knows.
    pub fits: bool,
    /// Those for which there is no room, and their bytes. The others are copied all the same.
    pub waits: u64,
    pub waits_bytes: u64,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct CopyAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub dry_run: bool,
    pub destinations: Vec<CopiedTo>,
    pub problems: Vec<Note>,
}

/// What was found of the copies.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct CopyCheckAnswer {
    /// `failed` where any copy is not what was written.
    pub outcome: Outcome,
    pub deployment: String,
    pub destinations: Vec<Checked>,
    pub problems: Vec<Note>,
}

impl Service {
    /// Reads every copy again where it lies. One that is damaged is due again.
    pub fn check_copies(&self, args: &CopyArgs, job: &Job) -> Answer<CopyCheckAnswer> {
        let profile = self.profile(args.deployment.as_deref())?;
        let report = copy::check(self.context(), &profile, &CopyRequest { to: args.to.clone() }, job)?;
        Ok(CopyCheckAnswer {
            outcome: report.outcome,
            deployment: profile.name.to_string(),
            destinations: report.destinations,
            problems: Note::all(report.problems),
        })
    }

    /// What is due where. Copies nothing.
    pub fn plan_copy(&self, args: &CopyArgs, job: &Job) -> Answer<CopyPreview> {
        let profile = self.profile(args.deployment.as_deref())?;
        let plan = copy::plan(self.context(), &profile, &CopyRequest { to: args.to.clone() }, job)?;
        let destinations = plan.destinations.iter().map(|due| CopyDue {
            name: due.name.clone(),
            kind: due.kind,
            there: due.away.is_none(),
            away: due.away.as_ref().map(|e| e.cause().to_owned()),
            due: due.archives().map(|(name, _)| name.clone()).collect(),
            bytes: due.bytes,
            free_bytes: due.free_bytes,
            fits: due.fits(),
            waits: due.waits,
            waits_bytes: due.waits_bytes,
        });
        let destinations = destinations.collect();
        let problems = Note::all(plan.problems);
        let outcome = crate::note::outcome_of(&problems);
        Ok(CopyPreview { outcome, deployment: profile.name.to_string(), dry_run: true, destinations, problems })
    }

    /// Waits until a destination is there that archives are due to (or the one that was named). At once where nothing is
    /// due.
    pub fn await_drive(&self, args: &CopyArgs, job: &Job) -> Answer<()> {
        let profile = self.profile(args.deployment.as_deref())?;
        Ok(copy::wait(self.context(), &profile, args.to.as_deref(), job)?)
    }

    /// Brings to each destination that is there what it lacks. One that was named and is not there is a failure.
    pub fn copy(&self, args: &CopyArgs, job: &Job) -> Answer<CopyAnswer> {
        let profile = self.profile(args.deployment.as_deref())?;
        let plan = copy::plan(self.context(), &profile, &CopyRequest { to: args.to.clone() }, job)?;
        if args.to.is_some()
            && let Some(away) = plan.destinations.iter().find_map(|due| due.away.as_ref())
        {
            return Err(holdfast_engine::Error::new(away.code(), away.subject(), away.cause()).into());
        }
        let report = copy::run(self.context(), plan, job)?;
        Ok(CopyAnswer {
            outcome: report.outcome,
            deployment: profile.name.to_string(),
            dry_run: false,
            destinations: report.destinations.into_iter().map(CopiedTo::from).collect(),
            problems: Note::all(report.problems),
        })
    }

    /// Brings what was found damaged back from good copies: archives at their own place, then copies.
    pub fn repair_copies(&self, deployment: Option<&str>, job: &Job) -> Answer<CopyAnswer> {
        let profile = self.profile(deployment)?;
        let report = copy::repair(self.context(), &profile, job)?;
        Ok(CopyAnswer {
            outcome: report.outcome,
            deployment: profile.name.to_string(),
            dry_run: false,
            destinations: report.destinations.into_iter().map(CopiedTo::from).collect(),
            problems: Note::all(report.problems),
        })
    }

    /// What follows a backup. That a copy could not be made never makes the backup a failure: it is a problem beside it.
    pub(crate) fn copies_after(&self, profile: &Profile, job: &Job, notes: &mut Vec<Note>) -> Vec<CopiedTo> {
        if profile.destinations.len() < 2 {
            return Vec::new();
        }
        let made = copy::plan(self.context(), profile, &CopyRequest::default(), job)
            .and_then(|plan| copy::run(self.context(), plan, job));
        match made {
            Ok(report) => {
                notes.extend(Note::all(report.problems));
                if report.outcome == Outcome::Cancelled {
                    notes.extend(Note::all([Problem::new(
                        Code::CopyDue,
                        "the other destinations",
                        "it was cancelled",
                    )]));
                }
                report.destinations.into_iter().map(CopiedTo::from).collect()
            }
            // They are being made by another run.
            Err(e) if matches!(e.code(), Code::Locked | Code::Cancelled) => {
                notes.push(Note::from(Problem::new(Code::CopyDue, "the other destinations", e.cause())));
                Vec::new()
            }
            Err(e) => {
                notes.push(Note::from(e.to_problem()));
                Vec::new()
            }
        }
    }
}
