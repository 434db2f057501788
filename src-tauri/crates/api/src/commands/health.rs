//! Whether a chatbot is well: its own checks, and what Holdfast rests on for it, in one list with one scale.
use super::doctor::{CheckState, Checkup};
use crate::words::count_words;
use crate::{Answer, Keys, Service};
use holdfast_domain::Outcome;
use holdfast_domain::health::{About as CheckAbout, CheckId, Finding, Turn, worst};
use holdfast_engine::deployment::Profile;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::health::fixes::{self, Fix, FixPlan};
use holdfast_engine::operations::health::{HealthReport, HealthRequest, Point, look, trend};
use holdfast_engine::service::Maintenance;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct HealthArgs {
    pub deployment: Option<String>,
    /// Ids or kinds of checks; all where it is empty.
    pub checks: Vec<String>,
    /// It is looked at again and again: what reads much only once an hour.
    pub watched: bool,
    /// To count the rows of archives with; nobody is asked for them.
    #[ts(as = "crate::KeysGiven")]
    pub keys: Keys,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct HealthAnswer {
    /// `problems` where a check warns or fails.
    pub outcome: Outcome,
    pub deployment: String,
    pub at: Timestamp,
    /// The worst of all.
    pub state: CheckState,
    /// In one sentence without its full stop.
    pub headline: String,
    /// It was stopped on purpose.
    pub maintenance: Option<Maintenance>,
    /// In the order in which people read them.
    pub checks: Vec<Checkup>,
    /// What came out otherwise than the last time that it was looked at.
    pub turns: Vec<Turn>,
}

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct HealthTrendArgs {
    pub deployment: Option<String>,
    /// The id of a check.
    pub check: String,
    /// At most 30.
    pub days: u32,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct HealthTrendAnswer {
    pub check: String,
    /// Oldest first.
    pub points: Vec<Point>,
}

/// What would be put right, and was shown.
#[derive(Debug)]
pub struct PlannedFixes {
    plan: FixPlan,
    pub preview: FixesPreview,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct FixesPreview {
    pub deployment: String,
    pub fixes: Vec<Fix>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct FixesAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    /// What was changed.
    pub changed: Vec<Fix>,
}

/// How a chatbot was before and after a restore.
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
pub struct HealthCompared {
    pub before: CheckState,
    pub after: CheckState,
    /// In one sentence.
    pub said: String,
    pub turns: Vec<Turn>,
    /// What is not well after it.
    pub bad: Vec<Finding>,
}

/// Beside a restore nobody waits for more than this of one check.
const BESIDE_RESTORE: Duration = Duration::from_secs(30);
/// Longer trends are not kept.
const DAYS: u32 = 30;
/// What the checks of the chatbot say themselves.
const SAID_ALREADY: [&str; 3] = ["destination", "archives", "free space"];

impl Service {
    /// Looks at a deployment. Changes nothing of it; what was seen is kept as history.
    pub fn health(&self, args: &HealthArgs, job: &Job) -> Answer<HealthAnswer> {
        let profile = self.profile(args.deployment.as_deref())?;
        let keys = if args.keys.is_given() {
            Some(self.reading(Some(&profile), None, &args.keys)?.keys().clone())
        } else {
            None
        };
        let request =
            HealthRequest { only: args.checks.clone(), keys, watched: args.watched, ..HealthRequest::default() };
        let report = look(self.context(), &profile, &request, self.checks(), job)?;
        let mut checks: Vec<Checkup> = report.findings.iter().map(|found| checkup(found, &profile)).collect();
        if args.checks.is_empty() && !args.watched {
            let own = self.doctor_of(&profile).into_iter().filter(|own| !SAID_ALREADY.contains(&own.name.as_str()));
            checks.extend(own.map(|own| Checkup { about: Some(CheckAbout::Holdfast), ..own }));
        }
        Ok(answer(&profile, report, checks))
    }

    /// How a check went lately.
    pub fn health_trend(&self, args: &HealthTrendArgs) -> Answer<HealthTrendAnswer> {
        let profile = self.profile(args.deployment.as_deref())?;
        let bad = |e| crate::Failure::new(holdfast_domain::Code::BadRequest, &args.check, e);
        let id = CheckId::new(args.check.as_str()).map_err(bad)?;
        let points = trend(self.context(), &profile, &id, args.days.min(DAYS))?;
        Ok(HealthTrendAnswer { check: args.check.clone(), points })
    }

    /// What Holdfast can put right by itself, each file with what becomes of it. Changes nothing.
    pub fn plan_fixes(&self, deployment: Option<&str>) -> Answer<PlannedFixes> {
        let profile = self.profile(deployment)?;
        let plan = fixes::plan(self.context(), &profile)?;
        let preview = FixesPreview { deployment: profile.name.to_string(), fixes: plan.fixes.clone() };
        Ok(PlannedFixes { plan, preview })
    }

    /// Does what was shown.
    pub fn fix(&self, planned: PlannedFixes) -> Answer<FixesAnswer> {
        let changed = fixes::run(self.context(), &planned.plan)?;
        Ok(FixesAnswer { outcome: Outcome::Done, deployment: planned.preview.deployment, changed })
    }

    /// Takes back what was put right.
    pub fn undo_fixes(&self, deployment: Option<&str>) -> Answer<FixesAnswer> {
        let profile = self.profile(deployment)?;
        let changed = fixes::undo(self.context(), &profile)?;
        Ok(FixesAnswer { outcome: Outcome::Done, deployment: profile.name.to_string(), changed })
    }

    /// Before or after a restore, kept with its id. What keeps it from being looked at keeps no restore up.
    pub(super) fn health_beside(&self, profile: &Profile, occasion: String, job: &Job) -> Option<Vec<Finding>> {
        let about = vec![CheckAbout::Chatbot, CheckAbout::Data, CheckAbout::Config];
        // A restore may well bring back fewer rows than the last archive has: that is what it is for.
        let without = vec!["rows".to_owned()];
        let longest = Some(BESIDE_RESTORE);
        let request = HealthRequest { about, without, occasion, longest, ..HealthRequest::default() };
        let found = look(self.context(), profile, &request, self.checks(), job);
        found.inspect_err(|e| tracing::warn!(error = %e, "health was not looked at")).ok().map(|report| report.findings)
    }
}

fn answer(profile: &Profile, report: HealthReport, checks: Vec<Checkup>) -> HealthAnswer {
    let state = checks.iter().map(|check| check.state).max().unwrap_or_default();
    let count = |of: CheckState| checks.iter().filter(|check| check.state == of).count() as u64;
    let (failing, warning) = (count(CheckState::Failing), count(CheckState::Warning));
    let name = &profile.name;
    let headline = match (failing, warning) {
        (0, _) if report.maintenance.is_some() => format!("{name} was stopped on purpose"),
        (failing, _) if report.maintenance.is_some() => {
            format!("{name} was stopped on purpose, and {}", count_words(failing, "check fails", "checks fail"))
        }
        _ if !checks.is_empty() && checks.iter().all(|check| check.state == CheckState::Unknown) => {
            format!("{name} could not be looked at")
        }
        (0, 0) => format!("{name} is well"),
        (0, warning) => format!("{name} is well but for {}", count_words(warning, "warning", "warnings")),
        (failing, 0) => format!("{name} is not well: {}", count_words(failing, "check fails", "checks fail")),
        (failing, warning) => format!(
            "{name} is not well: {}, {}",
            count_words(failing, "check fails", "checks fail"),
            count_words(warning, "warns", "warn")
        ),
    };
    HealthAnswer {
        outcome: if state.is_bad() { Outcome::Problems } else { Outcome::Done },
        deployment: name.to_string(),
        at: report.at,
        state,
        headline,
        maintenance: report.maintenance,
        checks,
        turns: report.turns,
    }
}

fn checkup(found: &Finding, profile: &Profile) -> Checkup {
    Checkup {
        deployment: Some(profile.name.to_string()),
        next_step: found.what_to_do.clone(),
        id: Some(found.check.to_string()),
        about: Some(found.about),
        expected: Some(found.expected.clone()),
        took_ms: Some(found.took_ms),
        value: found.value,
        fixable: found.fixable,
        ..Checkup::new(found.name.clone(), found.state, found.seen.clone())
    }
}

/// What a restore did to how the chatbot is.
pub(super) fn compared(before: &[Finding], after: Vec<Finding>) -> HealthCompared {
    let turns = holdfast_domain::health::turns(before, &after);
    let (was, is) = (worst(before), worst(&after));
    let worse = turns.iter().filter(|turn| turn.is_worse()).count() as u64;
    let better =
        turns.iter().filter(|turn| turn.after < turn.before && turn.before.is_some_and(CheckState::is_bad)).count();
    let bad: Vec<Finding> = after.into_iter().filter(|finding| finding.state.is_bad()).collect();
    let said = match (bad.len(), worse) {
        (0, _) if better > 0 => {
            format!("{} now.", count_words(better as u64, "check that failed is well", "checks that failed are well"))
        }
        (0, _) => "Every check is as well as before.".to_owned(),
        (left, 0) => {
            let left = count_words(left as u64, "check does not pass", "checks do not pass");
            format!("{left}, as before the restore.")
        }
        (_, worse) => format!("{} since the restore.", count_words(worse, "check does not pass", "checks do not pass")),
    };
    HealthCompared { before: was, after: is, said, turns, bad }
}
