//! A backup and what follows it.
use super::seat::{Around, Seat};
use super::{Event, Said, Trouble, Work};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::backup::{self, BackupReport, BackupRequest};
use crate::operations::{Context, prune, restore};
use holdfast_domain::schedule::Past;
use holdfast_domain::{Code, Outcome, Severity};
use jiff::SignedDuration;
use std::sync::Arc;

/// Another run is looked at again after this.
const BUSY: SignedDuration = SignedDuration::from_mins(1);
/// As many tries as this had failed: a person who cancels does not want it again in five minutes.
const CANCELLED: u32 = 4;

impl Seat {
    pub(super) fn back_up(
        &mut self,
        profile: &Profile,
        around: &Around<'_>,
        history: &[Past],
        reason: &str,
        said: &mut Said,
    ) {
        let context = around.context;
        let mut made: Option<Result<Option<BackupReport>>> = None;
        let mut removed = None;
        let ran = around.outside.run(Work::Backup, profile, &mut |job| {
            let result = self.make(profile, around, history, reason, job, said);
            if let Ok(Some(report)) = &result {
                self.made(profile, around, report, said);
                removed = Some(remove(context, profile, job));
            }
            let outcome = match &result {
                Ok(report) => report.as_ref().map_or(Outcome::Done, |report| report.outcome),
                Err(e) if e.is_cancelled() => Outcome::Cancelled,
                Err(_) => Outcome::Failed,
            };
            made = Some(result);
            outcome
        });
        match (ran, made) {
            (Err(e), _) | (Ok(()), Some(Err(e))) => return self.not_made(profile, around, &e, said),
            // Somebody else made it meanwhile.
            (Ok(()), Some(Ok(None)) | None) => return,
            (Ok(()), Some(Ok(Some(_)))) => {}
        }
        match removed {
            Some(Ok((archives, bytes))) if archives > 0 => {
                said.tell(Event::Removed { deployment: profile.name.clone(), archives, bytes });
            }
            Some(Err(e)) if !matches!(e.code(), Code::Locked | Code::Cancelled) => {
                tracing::warn!(deployment = %profile.name, error = %e, "old archives stay for now");
            }
            _ => {}
        }
        // Places that are there get it at once.
        self.look_for_copies();
    }

    /// `None` where nothing is due any more, now that nobody else can make anything.
    fn make(
        &mut self,
        profile: &Profile,
        around: &Around<'_>,
        history: &[Past],
        reason: &str,
        job: &Arc<Job>,
        said: &mut Said,
    ) -> Result<Option<BackupReport>> {
        let context = around.context;
        let lock = Arc::new(context.lock(profile.name.as_str(), "a scheduled backup")?);
        if let Some(problem) = restore::recover_interrupted(context, &profile.id)? {
            tracing::info!(deployment = %profile.name, cause = %problem.cause, "an interrupted run was brought to an end");
        }
        let now = context.clock.now();
        let rows = context.catalog()?.0.archives().list(Some(&profile.id))?;
        let present = super::pasts(&rows);
        let level = if present == history {
            self.verdict(profile, around, history, now)?.run()
        } else {
            self.verdict(profile, around, &present, now)?.run()
        };
        let Some(level) = level else { return Ok(None) };
        said.tell(Event::Begins {
            deployment: profile.name.clone(),
            work: Work::Backup,
            level: Some(level),
            reason: reason.to_owned(),
        });
        let request = BackupRequest { level: Some(level), reason: Some(reason.to_owned()), ..BackupRequest::default() };
        let started = context.clock.now();
        let plan = backup::plan_locked(context, profile, request, job, lock);
        let plan = plan.inspect_err(|e| backup::note_failed(context, profile, started, e))?;
        backup::run(context, plan, job).map(Some)
    }

    fn made(&mut self, profile: &Profile, around: &Around<'_>, report: &BackupReport, said: &mut Said) {
        said.now = around.context.clock.now();
        self.state.succeeds();
        self.done_waiting();
        let grave: Vec<_> = report.problems.iter().filter(|it| it.severity() == Severity::Problem).collect();
        let codes: Vec<Code> = grave.iter().map(|problem| problem.code).collect();
        self.is_over(&[Trouble::Backup, Trouble::Schedule], &[]);
        self.is_over(&[Trouble::Problems], &codes);
        // One run, one notice: of the first that was not told yet. The others are told with it, where it leads.
        let known = |code: Code| self.state.troubles.contains_key(&format!("problems {}", code.as_str()));
        let new = grave.iter().find(|problem| !known(problem.code));
        if let Some(problem) = new.filter(|_| report.outcome != Outcome::Done) {
            self.trouble(profile, Trouble::Problems, problem, around.outside, said);
        }
        for code in codes {
            self.state.troubles.entry(format!("problems {}", code.as_str())).or_insert(said.now);
        }
        said.tell(Event::Made {
            deployment: profile.name.clone(),
            archive: report.archive.clone(),
            level: report.level,
            outcome: report.outcome,
            reason: report.reason.clone(),
            stored_bytes: report.stored_bytes,
            problems: report.problems.clone(),
        });
    }

    fn not_made(&mut self, profile: &Profile, around: &Around<'_>, error: &Error, said: &mut Said) {
        said.now = around.context.clock.now();
        match error.code() {
            // Whoever is at work has it in hand.
            Code::Locked => {
                self.busy_until = said.now.checked_add(BUSY).ok();
                tracing::debug!(deployment = %profile.name, error = %error, "the schedule waits");
            }
            Code::Cancelled => {
                if !around.outside.stops() {
                    self.state.fails(said.now, CANCELLED);
                }
                said.tell(Event::Cancelled { deployment: profile.name.clone(), work: Work::Backup });
            }
            _ => self.failed(profile, (Work::Backup, Trouble::Backup), error.to_problem(), around.outside, said),
        }
    }
}

/// What no rule keeps any more goes. How many archives, and their bytes.
fn remove(context: &Context, profile: &Profile, job: &Job) -> Result<(u64, u64)> {
    let pruned = prune::after_success(context, profile, job)?;
    let copies = pruned.copies.iter().map(|copies| copies.removed.len() as u64).sum::<u64>();
    Ok((pruned.removed.len() as u64 + copies, pruned.freed_bytes))
}
