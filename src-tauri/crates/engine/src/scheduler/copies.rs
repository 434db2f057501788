//! Copies that are due to a place that is there: after an archive was made, when a drive appears, and now and then for
//! what failed before.
use super::seat::{Around, Seat};
use super::{Event, Said, Trouble, Work};
use crate::deployment::{Destination as Setting, Profile};
use crate::error::Result;
use crate::operations::copy::{self, CopyReport, CopyRequest};
use crate::operations::destinations;
use holdfast_domain::{Code, Outcome};
use jiff::SignedDuration;

/// A place that fails, and a cloud, which nobody sees coming, is tried again after this.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// What is plugged in is seen when it comes; this is only to be sure.
const TO_BE_SURE: SignedDuration = SignedDuration::from_hours(6);
const BUSY: SignedDuration = SignedDuration::from_mins(1);

impl Seat {
    /// Says whether anything was done.
    pub(super) fn copy(&mut self, profile: &Profile, around: &Around<'_>, said: &mut Said) -> Result<bool> {
        let context = around.context;
        let now = context.clock.now();
        let lacking = lacking(profile, around)?;
        let wait = if lacking == Lacking::Nothing { TO_BE_SURE } else { AGAIN };
        self.copies_at = now.checked_add(wait).ok();
        if lacking != Lacking::Here {
            return Ok(false);
        }
        let mut copied: Option<Result<CopyReport>> = None;
        let ran = around.outside.run(Work::Copy, profile, &mut |job| {
            let result = copy::plan(context, profile, &CopyRequest::default(), job)
                .and_then(|plan| copy::run(context, plan, job));
            let outcome = result.as_ref().map_or(Outcome::Failed, |report| report.outcome);
            copied = Some(result);
            outcome
        });
        said.now = context.clock.now();
        match ran.and_then(|()| copied.transpose()) {
            Ok(Some(report)) => self.copied(profile, around, &report, said),
            Ok(None) => return Ok(false),
            Err(e) if e.code() == Code::Locked => self.copies_at = said.now.checked_add(BUSY).ok(),
            Err(e) if e.is_cancelled() => {
                said.tell(Event::Cancelled { deployment: profile.name.clone(), work: Work::Copy });
            }
            Err(e) => {
                self.trouble(profile, Trouble::Copies, &e.to_problem(), around.outside, said);
                let (deployment, problem) = (Some(profile.name.clone()), e.to_problem());
                said.tell(Event::Failed { deployment, work: Work::Copy, problem, again: self.copies_at });
            }
        }
        Ok(true)
    }

    fn copied(&mut self, profile: &Profile, around: &Around<'_>, report: &CopyReport, said: &mut Said) {
        let mut still = Vec::new();
        for to in report.destinations.iter().filter(|to| to.there) {
            if !to.copied.is_empty() {
                said.tell(Event::Copied {
                    deployment: profile.name.clone(),
                    destination: to.name.clone(),
                    archives: to.copied.len() as u64,
                    bytes: to.bytes,
                    due: to.due,
                    safe_to_unplug: to.safe_to_unplug,
                });
            }
            let Some(problem) = &to.failed else { continue };
            still.push(problem.code);
            self.trouble(profile, Trouble::Copies, problem, around.outside, said);
            let (deployment, problem) = (Some(profile.name.clone()), problem.clone());
            said.tell(Event::Failed { deployment, work: Work::Copy, problem, again: self.copies_at });
        }
        // A drive that is away says nothing about what was wrong with it.
        if report.outcome != Outcome::Cancelled && report.destinations.iter().all(|to| to.there) {
            self.is_over(&[Trouble::Copies], &still);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lacking {
    Nothing,
    /// A cloud does, and cannot be reached.
    Cloud,
    /// A place that is there does.
    Here,
}

/// As far as the catalog knows: what lacks nothing is not woken up.
fn lacking(profile: &Profile, around: &Around<'_>) -> Result<Lacking> {
    let context = around.context;
    let (catalog, _) = context.catalog()?;
    let rows = catalog.archives().list(Some(&profile.id))?;
    let mut found = Lacking::Nothing;
    for setting in destinations::for_copies(profile) {
        let copies = catalog.copies().list(&profile.id, Some(&setting.id()))?;
        if copy::due(context, &catalog, profile, &rows, &copies)?.rows.is_empty() {
            continue;
        }
        if destinations::open(context, profile, setting).require().is_ok() {
            return Ok(Lacking::Here);
        }
        if matches!(setting, Setting::Cloud { .. }) {
            found = Lacking::Cloud;
        }
    }
    Ok(found)
}
