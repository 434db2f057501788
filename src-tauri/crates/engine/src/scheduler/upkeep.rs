//! Reading again what lies at the places, when nothing else is to be done. It paces itself; this only asks now and then.
use super::seat::{Around, Seat};
use super::{Event, Said, Trouble, Work};
use crate::deployment::Profile;
use crate::error::Result;
use crate::operations::upkeep::{self, Limits, UpkeepReport};
use holdfast_domain::{Code, Outcome, Severity};
use jiff::SignedDuration;

/// Between two shares of a large reading.
const NEXT_SHARE: SignedDuration = SignedDuration::from_hours(1);
const LOOK_EVERY: SignedDuration = SignedDuration::from_hours(6);

impl Seat {
    /// Says whether anything was done.
    pub(super) fn keep_up(&mut self, profile: &Profile, around: &Around<'_>, said: &mut Said) -> Result<bool> {
        let context = around.context;
        let now = context.clock.now();
        self.upkeep_at = now.checked_add(LOOK_EVERY).ok();
        if upkeep::due(context, profile, now)?.is_none() {
            return Ok(false);
        }
        let mut done: Option<Result<UpkeepReport>> = None;
        let ran = around.outside.run(Work::Upkeep, profile, &mut |job| {
            let reading = upkeep::keyring_reading(context, profile);
            let result = upkeep::plan(context, profile, Limits::default())
                .and_then(|plan| upkeep::run(context, plan, reading.as_ref(), job));
            let outcome = result.as_ref().map_or(Outcome::Failed, |report| report.outcome);
            done = Some(result);
            outcome
        });
        said.now = context.clock.now();
        match ran.and_then(|()| done.transpose()) {
            Ok(Some(report)) => self.kept_up(profile, around, report, said),
            Ok(None) => return Ok(false),
            Err(e) if matches!(e.code(), Code::Locked | Code::Cancelled) => {
                tracing::debug!(deployment = %profile.name, error = %e, "what is there is read again later");
            }
            Err(e) => {
                self.trouble(profile, Trouble::Upkeep, &e.to_problem(), around.outside, said);
                let (deployment, problem) = (Some(profile.name.clone()), e.to_problem());
                said.tell(Event::Failed { deployment, work: Work::Upkeep, problem, again: self.upkeep_at });
            }
        }
        Ok(true)
    }

    fn kept_up(&mut self, profile: &Profile, around: &Around<'_>, report: UpkeepReport, said: &mut Said) {
        let grave: Vec<_> = report.problems.iter().filter(|it| it.severity() == Severity::Problem).collect();
        // Only a look at everything says that damage is over: what was told of it stays told until then.
        if report.places.iter().any(|place| place.left > 0) {
            self.upkeep_at = said.now.checked_add(NEXT_SHARE).ok();
        }
        let clean = report.outcome == Outcome::Done && report.places.iter().all(|place| place.left == 0);
        if clean {
            self.is_over(&[Trouble::Upkeep], &[]);
        }
        if let Some(problem) = grave.first().filter(|_| report.outcome == Outcome::Failed) {
            self.trouble(profile, Trouble::Upkeep, problem, around.outside, said);
        }
        said.tell(Event::Upkept {
            deployment: profile.name.clone(),
            outcome: report.outcome,
            archives: report.places.iter().map(|place| place.archives).sum(),
            bytes: report.places.iter().map(|place| place.bytes).sum(),
            sample: report.sample.map(|sample| sample.result),
            repaired: report.repaired.len() as u64,
            problems: report.problems,
        });
    }
}
