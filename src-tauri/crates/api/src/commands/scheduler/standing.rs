use crate::words::moment_words;
use holdfast_domain::Level;
use holdfast_domain::schedule::{Policy, Reason};
use holdfast_engine::scheduler::Standing;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// When the next archive comes, why, and who makes it.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ScheduleStanding {
    /// Off: nothing is made by itself.
    pub enabled: bool,
    /// Due now: its level.
    pub due: Option<Level>,
    pub due_since: Option<Timestamp>,
    /// Of what is due now: since when, why, and what holds it, in one line.
    pub said: Option<String>,
    pub paused_until: Option<Timestamp>,
    /// The program that makes what is due, as it calls itself. `null`: nobody does.
    pub by: Option<String>,
}

impl ScheduleStanding {
    pub(crate) fn of(standing: &Standing, policy: &Policy, now: Timestamp, zone: &TimeZone) -> Self {
        let due = &standing.verdict.due;
        let when = |at: Timestamp| moment_words(at, now, zone, false);
        let said = due.level.map(|level| {
            let since = due.since.map(|since| format!("due since {}", when(since)));
            let since = since.unwrap_or_else(|| "due now".to_owned());
            match (standing.verdict.held, due.reason) {
                (Some(hold), _) => format!("{level}, {since}, {}", hold.words(when)),
                (None, Reason::NoFullYet | Reason::ConfigChanged) => format!("{level}, {since}: {}", due.reason),
                (None, _) => format!("{level}, {since}"),
            }
        });
        Self {
            enabled: policy.enabled,
            due: due.level,
            due_since: due.since,
            said,
            paused_until: standing.paused_until,
            by: standing.owner.clone(),
        }
    }
}
