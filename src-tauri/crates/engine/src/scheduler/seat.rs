//! One deployment: what is due for it, what holds that up, and what was told of it.
use super::state::State;
use super::{Changes, Event, LOOK_EVERY, Notice, Options, Outside, Said, Trouble, Work, keys, pasts, pause};
use crate::Home;
use crate::deployment::Profile;
use crate::error::Result;
use crate::operations::{Context, backup, destinations};
use crate::watch::{By, RootStanding};
use holdfast_domain::schedule::{self, Change, Circumstances, Hold, Past, Verdict, Waited};
use holdfast_domain::{Code, Problem};
use jiff::{SignedDuration, Timestamp};
use std::mem::Discriminant;

pub(super) struct Seat {
    pub(super) state: State,
    saved: State,
    /// Another run was at work.
    pub(super) busy_until: Option<Timestamp>,
    /// When copies are looked at the next time; `None`: now.
    pub(super) copies_at: Option<Timestamp>,
    /// When it is asked the next time what has to be read again.
    pub(super) upkeep_at: Option<Timestamp>,
    config: Option<Change>,
    /// How changes of its roots are noticed, as it was told.
    watched: Vec<RootStanding>,
    /// Since when the keyring was found locked: it is waited for once, and not before each archive.
    locked_since: Option<Timestamp>,
    /// What held up what is due, and since when that is due.
    waited: Option<(Option<Timestamp>, Waited)>,
    told: Option<(Option<Timestamp>, Discriminant<Hold>)>,
    /// Since when this scheduler looks: what was due before, nobody was there to make.
    began: Option<Timestamp>,
    /// Somebody was told by this program when the next try is.
    said_again: bool,
}

/// What a seat works with.
pub(super) struct Around<'a> {
    pub context: &'a Context,
    pub outside: &'a dyn Outside,
    pub changes: &'a mut dyn Changes,
    pub options: Options,
    pub awake_from: Timestamp,
}

/// An archive that is not signed is better than none, but one that is signed is better than that.
const KEYRING_PATIENCE: SignedDuration = SignedDuration::from_mins(30);

impl Seat {
    pub fn new(home: &Home, deployment_id: &str) -> Self {
        let state = State::load(home, deployment_id);
        Self {
            saved: state.clone(),
            state,
            busy_until: None,
            copies_at: None,
            upkeep_at: None,
            config: None,
            watched: Vec::new(),
            locked_since: None,
            waited: None,
            told: None,
            began: None,
            said_again: false,
        }
    }

    pub fn look_for_copies(&mut self) {
        self.copies_at = None;
    }

    /// What was due before is late for a reason, and drives may have come.
    pub fn computer_woke(&mut self) {
        (self.began, self.copies_at) = (None, None);
    }

    /// Times that were noted by the other clock mean nothing any more.
    pub fn clock_was_set(&mut self) {
        (self.busy_until, self.copies_at, self.locked_since, self.began) = (None, None, None, None);
        self.upkeep_at = None;
    }

    /// Does what is due, if anything is and nothing holds it. Says when to look again.
    pub fn step(&mut self, profile: &Profile, mut around: Around<'_>, said: &mut Said) -> Result<Option<Timestamp>> {
        let result = self.look_and_do(profile, &mut around, said);
        self.tell_watched(profile, around.changes.standing(&profile.id), said);
        if self.state != self.saved {
            self.state.save(&around.context.home, &profile.id)?;
            self.saved = self.state.clone();
        }
        result
    }

    fn look_and_do(
        &mut self,
        profile: &Profile,
        around: &mut Around<'_>,
        said: &mut Said,
    ) -> Result<Option<Timestamp>> {
        let context = around.context;
        let now = context.clock.now();
        destinations::follow(context, profile)?;
        let history = self.history(context, profile)?;
        self.see_changes(profile, around, &history, now);
        let verdict = self.verdict(profile, around, &history, now)?;
        self.note_wait(profile, &verdict, now, said);
        if verdict.run().is_some() {
            let reason = self.reason(&verdict, &context.clock.zone(), now);
            self.back_up(profile, around, &history, &reason, said);
        } else if !self.others(profile, around, &verdict, said)? {
            let others = [self.copies_at, self.upkeep_at].into_iter().flatten().filter(|at| *at > now);
            return Ok(others.chain([verdict.again.unwrap_or(now + LOOK_EVERY)]).min());
        }
        // The clock went on meanwhile.
        let now = context.clock.now();
        Ok(Some(if around.outside.stops() { now + LOOK_EVERY } else { now }))
    }

    fn history(&mut self, context: &Context, profile: &Profile) -> Result<Vec<Past>> {
        let rows = context.catalog()?.0.archives().list(Some(&profile.id))?;
        let history = pasts(&rows);
        self.state.note_ahead(history.iter().map(|past| past.at), context.clock.now());
        Ok(history)
    }

    /// A change stays noted until an archive is dated after it, whatever happens to this program.
    fn see_changes(&mut self, profile: &Profile, around: &mut Around<'_>, history: &[Past], now: Timestamp) {
        let holds =
            |since: Timestamp| history.iter().any(|past| past.kind.is_regular() && past.at > since && past.at <= now);
        // First, or what is seen now would count as old as what an archive holds by now.
        if self.state.config_changed.is_some_and(holds) {
            (self.config, self.state.config_changed) = (None, None);
        }
        if let Some(change) = around.changes.config(profile, now)
            && !holds(change.since)
        {
            let since = self.state.config_changed.map_or(change.since, |noted| noted.min(change.since)).min(now);
            self.config = Some(Change { since, settled: change.settled });
            self.state.config_changed = Some(since);
        }
        if let (Some(since), None) = (self.state.config_changed, self.config) {
            // From before the program was started.
            self.config = Some(Change { since, settled: true });
        }
    }

    /// Each once, and nothing of what is as it should be.
    fn tell_watched(&mut self, profile: &Profile, roots: Vec<RootStanding>, said: &mut Said) {
        for root in roots.into_iter().filter(|root| root.by != By::Starting) {
            let before = self.watched.iter_mut().find(|before| before.root == root.root);
            let usual = matches!(root.by, By::Events { .. });
            let news = match &before {
                Some(before) => std::mem::discriminant(&before.by) != std::mem::discriminant(&root.by),
                None => !usual,
            };
            match before {
                Some(before) => *before = root.clone(),
                None => self.watched.push(root.clone()),
            }
            if news {
                said.tell(Event::Watched { deployment: profile.name.clone(), root });
            }
        }
    }

    pub(super) fn done_waiting(&mut self) {
        (self.waited, self.told, self.busy_until) = (None, None, None);
    }

    /// What costs nothing to know is asked first; the disk and the keyring only where all else lets it begin.
    pub(super) fn verdict(
        &mut self,
        profile: &Profile,
        around: &Around<'_>,
        history: &[Past],
        now: Timestamp,
    ) -> Result<Verdict> {
        let context = around.context;
        let policy = &profile.schedule;
        let mut circumstances = Circumstances {
            config: self.config,
            ahead: self.state.ahead.clone(),
            paused_until: pause::paused_until(&context.home, &profile.id, now),
            battery: if policy.min_battery_percent > 0 { around.outside.battery() } else { None },
            awake_from: Some(around.awake_from),
            failed: self.state.failed(),
            busy_until: self.busy_until,
            jitter: if around.options.jitter { schedule::jitter(&profile.id, policy) } else { SignedDuration::ZERO },
            ..Circumstances::default()
        };
        let zone = context.clock.zone();
        let first = schedule::verdict(policy, history, &circumstances, now, &zone);
        if first.run().is_none() {
            return Ok(first);
        }
        circumstances.place_away = is_away(profile)?;
        circumstances.locked_until = self.locked_until(around, profile, now);
        Ok(schedule::verdict(policy, history, &circumstances, now, &zone))
    }

    fn locked_until(&mut self, around: &Around<'_>, profile: &Profile, now: Timestamp) -> Option<Timestamp> {
        if !keys::is_locked(around.context, &profile.id) {
            self.locked_since = None;
            return None;
        }
        let since = *self.locked_since.get_or_insert(now);
        since.checked_add(KEYRING_PATIENCE).ok()
    }

    /// Remembers for what the thing that is due waits, and tells it once.
    fn note_wait(&mut self, profile: &Profile, verdict: &Verdict, now: Timestamp, said: &mut Said) {
        let since = verdict.due.since;
        let began = *self.began.get_or_insert(now);
        let Some(level) = verdict.due.level else {
            (self.waited, self.told) = (None, None);
            // Someone is there from now on.
            self.began = Some(now);
            return;
        };
        if let Some(waited) = verdict.held.and_then(Hold::waited) {
            self.waited = Some((since, waited));
        } else if self.waited.is_none_or(|(of, _)| of != since)
            && since.is_some_and(|since| now.duration_since(since) > LATE && began > since)
        {
            self.waited = Some((since, Waited::Off));
        }
        let Some(hold) = verdict.held else { return };
        let told = (since, std::mem::discriminant(&hold));
        let known = matches!(hold, Hold::Failed { .. }) && self.said_again;
        if hold.waited().is_some() && self.told != Some(told) && !known {
            self.told = Some(told);
            said.tell(Event::Waits { deployment: profile.name.clone(), level, since, hold });
        }
    }

    /// For the archive's record: why it is made, and what it waited for.
    fn reason(&self, verdict: &Verdict, zone: &jiff::tz::TimeZone, now: Timestamp) -> String {
        let due = &verdict.due;
        let waited = self.waited.filter(|(of, _)| *of == due.since).map(|(_, waited)| waited.words());
        match (due.since, waited) {
            (Some(since), Some(waited)) => {
                format!("due since {}, {waited}; {}", schedule::local(since, now, zone), due.reason)
            }
            _ => due.reason.to_string(),
        }
    }

    /// What may be done while no archive is made: copies, then reading again what is there. Says whether anything was.
    fn others(&mut self, profile: &Profile, around: &Around<'_>, verdict: &Verdict, said: &mut Said) -> Result<bool> {
        let now = around.context.clock.now();
        let paused = || pause::paused_until(&around.context.home, &profile.id, now).is_some();
        let least = profile.schedule.min_battery_percent;
        let low = least > 0 && around.outside.battery().is_some_and(|percent| percent < least);
        // A place that is away or a key that is locked holds archives up, and nothing else.
        let held = low || matches!(verdict.held, Some(Hold::Busy { .. }));
        if !profile.schedule.enabled || held || now < around.awake_from || paused() {
            return Ok(false);
        }
        let is_due = |at: Option<Timestamp>| at.is_none_or(|at| at <= now);
        if profile.destinations.len() > 1 && is_due(self.copies_at) && self.copy(profile, around, said)? {
            return Ok(true);
        }
        Ok(is_due(self.upkeep_at) && self.keep_up(profile, around, said)?)
    }

    /// Tells the person, unless that was told and is not over.
    pub(super) fn trouble(
        &mut self,
        profile: &Profile,
        trouble: Trouble,
        problem: &Problem,
        outside: &dyn Outside,
        said: &mut Said,
    ) {
        let key = format!("{} {}", trouble.as_str(), problem.code.as_str());
        if self.state.troubles.contains_key(&key) {
            return;
        }
        self.state.troubles.insert(key, said.now);
        outside.notify(&Notice { deployment: Some(profile.name.clone()), trouble, problem: problem.clone() });
    }

    /// What was told of these kinds is over, but for the codes that are still so.
    pub(super) fn is_over(&mut self, troubles: &[Trouble], still: &[Code]) {
        let over = |key: &str| {
            let (kind, code) = key.split_once(' ').unwrap_or((key, ""));
            troubles.iter().any(|trouble| trouble.as_str() == kind) && !still.iter().any(|still| still.as_str() == code)
        };
        self.state.troubles.retain(|key, _| !over(key));
    }

    /// It did not come off; the next try is later.
    pub(super) fn failed(
        &mut self,
        profile: &Profile,
        (work, trouble): (Work, Trouble),
        problem: Problem,
        outside: &dyn Outside,
        said: &mut Said,
    ) {
        self.state.fails(said.now, 1);
        self.said_again = true;
        let wait = self.state.failed().map(|failed| schedule::back_off(&profile.schedule, failed.times));
        let again = wait.and_then(|wait| said.now.checked_add(wait).ok());
        self.trouble(profile, trouble, &problem, outside, said);
        said.tell(Event::Failed { deployment: Some(profile.name.clone()), work, problem, again });
    }
}

/// Later than this, somebody wonders why.
const LATE: SignedDuration = SignedDuration::from_mins(5);

fn is_away(profile: &Profile) -> Result<bool> {
    let folder = backup::destination(profile)?;
    Ok(folder.require().is_err_and(|e| e.code() == Code::DestinationMissing))
}
