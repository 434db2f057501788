//! How far each part of a chatbot is behind what it may lose, and when that is worth a word: pure functions of
//! (components, what was told, now).
//!
//! The age of a part's newest recoverable state goes up to its target and back with every archive, and a little beyond while
//! one is made. So it is overdue only some way past the target, and in order again only within it: between the two it stays
//! what it was. What is overdue is told once, after it was seen so for a while: a computer that wakes up after a night catches
//! up first, and nobody needs to hear of that.
use crate::Class;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A part of a deployment, as its archives stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    pub class: Class,
    /// Its newest recoverable state; `None` where there were some and none is.
    pub at: Option<Timestamp>,
    pub target: SignedDuration,
}

/// Since when a part is behind its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Overdue {
    pub class: Class,
    /// When its target was passed; `None` where nothing of it comes back at all.
    pub since: Option<Timestamp>,
    /// Its newest recoverable state.
    pub at: Option<Timestamp>,
}

impl Overdue {
    /// By how much it is behind.
    pub fn by(&self, now: Timestamp) -> Option<SignedDuration> {
        self.since.map(|since| now.duration_since(since))
    }
}

/// Beyond the target: an archive takes its time, and a schedule is not to the second.
fn slack(target: SignedDuration) -> SignedDuration {
    (target / 2).clamp(SignedDuration::from_mins(10), SignedDuration::from_hours(2))
}

/// Whether a part is overdue.
pub fn overdue(component: &Component, now: Timestamp) -> Option<Overdue> {
    let Component { class, at, target } = *component;
    let Some(made) = at else { return Some(Overdue { class, since: None, at }) };
    let late = now.duration_since(made) > target + slack(target);
    late.then(|| Overdue { class, since: made.checked_add(target).ok(), at })
}

/// What was seen and told of one deployment; to be kept between looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    seen: Vec<Seen>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    class: Class,
    /// Since when it was seen overdue, without a pause in looking.
    first: Timestamp,
    last: Timestamp,
    told: bool,
}

/// So long a part must be seen overdue before it is told.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// Nobody looked for so long: the computer slept, or nothing ran. Patience begins anew.
const PAUSE: SignedDuration = SignedDuration::from_mins(90);

impl Told {
    /// What is to be told now: each part once, until it was in order again.
    pub fn look(&mut self, components: &[Component], now: Timestamp) -> Vec<Overdue> {
        let is_calm = |component: &Component| component.at.is_some_and(|at| now.duration_since(at) <= component.target);
        let behind = |class| components.iter().any(|one| one.class == class && !is_calm(one));
        self.seen.retain(|seen| behind(seen.class));
        let mut news = Vec::new();
        for found in components.iter().filter_map(|component| overdue(component, now)) {
            let known = self.seen.iter().position(|seen| seen.class == found.class);
            let place = known.unwrap_or_else(|| {
                self.seen.push(Seen { class: found.class, first: now, last: now, told: false });
                self.seen.len() - 1
            });
            let seen = &mut self.seen[place];
            // A clock that was set back begins anew too.
            if now.duration_since(seen.last) > PAUSE || now < seen.last {
                seen.first = now;
            }
            seen.last = now;
            if !seen.told && now.duration_since(seen.first) >= PATIENCE {
                seen.told = true;
                news.push(found);
            }
        }
        news
    }

    /// Whether it is worth keeping what changed since: that somebody looked again is so now and then.
    pub fn differs(&self, before: &Self) -> bool {
        let same = |a: &Seen, b: &Seen| {
            (a.class, a.first, a.told) == (b.class, b.first, b.told)
                && a.last.duration_since(b.last).abs() < SignedDuration::from_mins(10)
        };
        self.seen.len() != before.seen.len() || !self.seen.iter().zip(&before.seen).all(|(a, b)| same(a, b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn at(minutes: i64) -> Timestamp {
        "2026-11-21T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    /// Of which the newest state was made at this minute.
    fn database(made: i64) -> [Component; 1] {
        [Component { class: Class::Database, at: Some(at(made)), target: HOUR }]
    }

    /// Looks every five minutes, and gives the minutes at which something was told.
    fn watched(told: &mut Told, made: i64, from: i64, to: i64) -> Vec<i64> {
        let looks = (from..=to).step_by(5);
        looks.filter(|minute| !told.look(&database(made), at(*minute)).is_empty()).collect()
    }

    #[test]
    fn overdue_is_what_is_some_way_past_its_target() {
        assert_eq!(overdue(&database(0)[0], at(90)), None);
        let found = overdue(&database(0)[0], at(91)).unwrap();
        assert_eq!((found.since, found.by(at(91))), (Some(at(60)), Some(SignedDuration::from_mins(31))));
        let quick = Component { class: Class::Database, at: Some(at(0)), target: SignedDuration::from_mins(15) };
        assert!(overdue(&quick, at(25)).is_none() && overdue(&quick, at(26)).is_some());
        let daily = Component { class: Class::Logs, at: Some(at(0)), target: HOUR * 24 };
        assert!(overdue(&daily, at(26 * 60)).is_none() && overdue(&daily, at(26 * 60 + 1)).is_some());
        let none = Component { class: Class::Database, at: None, target: HOUR };
        assert_eq!(overdue(&none, at(0)).unwrap().since, None);
    }

    #[test]
    fn it_is_told_once_and_again_only_after_it_was_in_order() {
        let mut told = Told::default();
        assert_eq!(watched(&mut told, 0, 0, 600), [110], "seen from 95 on, told a quarter of an hour later");
        // A state that is within the tolerance but not within the target changes nothing.
        assert_eq!(watched(&mut told, 530, 605, 700), [] as [i64; 0]);
        assert_eq!(watched(&mut told, 700, 705, 900), [810]);
    }

    #[test]
    fn what_a_catch_up_after_a_night_mends_is_not_told() {
        let mut told = Told::default();
        // Already seen as overdue when the lid was closed.
        assert_eq!(watched(&mut told, 0, 0, 100), [] as [i64; 0]);
        assert!(told.look(&database(0), at(600)).is_empty());
        assert!(told.look(&database(603), at(605)).is_empty());
        assert_eq!(told, Told::default());
    }

    #[test]
    fn each_part_is_told_by_itself_and_what_is_gone_says_nothing() {
        let mut told = Told::default();
        let both = [database(0)[0], Component { class: Class::Logs, at: Some(at(0)), target: HOUR * 24 }];
        told.look(&both, at(100));
        let news = told.look(&both, at(120));
        assert_eq!(news.iter().map(|one| one.class).collect::<Vec<_>>(), [Class::Database]);
        assert!(told.look(&both[1..], at(130)).is_empty());
        assert_eq!(told, Told::default());
    }

    #[test]
    fn a_clock_that_is_set_back_only_makes_it_wait() {
        let mut told = Told::default();
        told.look(&database(-600), at(0));
        assert!(told.look(&database(-600), at(-120)).is_empty());
        assert_eq!(told.look(&database(-600), at(-100)).len(), 1);
    }

    #[test]
    fn looking_again_is_kept_now_and_then() {
        let mut told = Told::default();
        told.look(&database(0), at(100));
        let before = told.clone();
        told.look(&database(0), at(105));
        assert!(!told.differs(&before) && told != before);
        told.look(&database(0), at(112));
        assert!(told.differs(&before) && told.differs(&Told::default()));
    }
}
