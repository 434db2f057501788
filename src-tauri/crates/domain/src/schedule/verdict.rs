use super::due::due_in;
use super::{Due, Hold, Past, Policy};
use crate::Level;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// What matters beside the policy and the archives there are.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// A change of configuration that was seen.
    pub config: Option<Change>,
    /// Archives made before the clock was set back, dated after the time it was set to.
    pub ahead: Vec<Timestamp>,
    pub paused_until: Option<Timestamp>,
    /// Nothing is there to make archives on.
    pub place_away: bool,
    /// Charge in percent, while on battery.
    pub battery: Option<u32>,
    /// Nothing begins before this: a little after waking and login.
    pub awake_from: Option<Timestamp>,
    /// The keyring is locked, and this is how long it is waited for.
    pub locked_until: Option<Timestamp>,
    pub failed: Option<Failed>,
    /// Another run was at work; looked at again then.
    pub busy_until: Option<Timestamp>,
    /// By how much this deployment begins later than its windows open.
    pub jitter: SignedDuration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub since: Timestamp,
    /// Nothing more was written for a while.
    pub settled: bool,
}

/// Tries that failed since the last success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed {
    pub at: Timestamp,
    pub times: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub due: Due,
    /// Why what is due is not made now.
    pub held: Option<Hold>,
    /// When to ask again at the latest; a hold without an end is looked at as often as one likes.
    pub again: Option<Timestamp>,
}

impl Verdict {
    /// What to make now.
    pub fn run(&self) -> Option<Level> {
        self.due.level.filter(|_| self.held.is_none())
    }
}

/// What is to be done at `now`: what is due, since when and why, and what holds it up.
pub fn verdict(
    policy: &Policy,
    history: &[Past],
    circumstances: &Circumstances,
    now: Timestamp,
    zone: &TimeZone,
) -> Verdict {
    let due = due_in(policy, history, circumstances, now, zone);
    let held = due.level.and_then(|_| held(policy, circumstances, &due, now));
    let again = match (due.level, held) {
        (None, _) => due.next,
        (Some(_), None) => Some(now),
        (Some(_), Some(hold)) => hold.until(),
    };
    Verdict { due, held, again }
}

fn held(policy: &Policy, circumstances: &Circumstances, due: &Due, now: Timestamp) -> Option<Hold> {
    let future = |at: Option<Timestamp>| at.filter(|at| now < *at);
    if let Some(until) = future(circumstances.paused_until) {
        return Some(Hold::Paused { until });
    }
    if circumstances.place_away {
        return Some(Hold::PlaceAway);
    }
    let least = policy.min_battery_percent;
    if let Some(percent) = circumstances.battery.filter(|percent| *percent < least) {
        return Some(Hold::Battery { percent, least });
    }
    if let Some(until) = future(circumstances.awake_from) {
        return Some(Hold::JustAwake { until });
    }
    if let Some(until) = future(circumstances.locked_until) {
        return Some(Hold::KeyringLocked { until });
    }
    // A clock that was set back since must not make of minutes years.
    if let Some(failed) = circumstances.failed.filter(|failed| failed.at <= now)
        && let Some(until) = future(failed.at.checked_add(back_off(policy, failed.times)).ok())
    {
        return Some(Hold::Failed { until, times: failed.times });
    }
    if let Some(until) = future(circumstances.busy_until) {
        return Some(Hold::Busy { until });
    }
    let turn = due.since.and_then(|since| since.checked_add(circumstances.jitter).ok());
    future(turn).map(|until| Hold::Turn { until })
}

const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(5);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// How long after a failure the next try is: longer each time, but never longer than an hour or the interval.
pub fn back_off(policy: &Policy, times: u32) -> SignedDuration {
    let longest = policy.interval().unwrap_or(LONGEST_WAIT).clamp(FIRST_WAIT, LONGEST_WAIT);
    let doubled = FIRST_WAIT.saturating_mul(1 << times.saturating_sub(1).min(6));
    doubled.min(longest)
}

/// A little, and always the same for a deployment: several on one machine, or many machines at one server, do not begin
/// in the same second.
pub fn jitter(deployment_id: &str, policy: &Policy) -> SignedDuration {
    // FNV-1a: it has to stay the same in every version.
    let hash = deployment_id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let most = policy.interval().map_or(60, |interval| (interval.as_secs() / 20).clamp(1, 60));
    SignedDuration::from_secs((hash % most.unsigned_abs()) as i64)
}
