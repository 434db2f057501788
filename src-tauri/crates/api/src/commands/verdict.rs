//! How safe a deployment is, as one verdict on what is known of it.
mod nothing;

use super::alarm::AlarmInfo;
use super::archives::ArchiveInfo;
use super::aside::WrittenAside;
use super::captured::{KeptState, Lacking};
use super::comes_out::ComesOut;
use super::gone::{Gone, in_short};
use super::pointing::NONE_WHOLE;
use super::status::SafetyState;
use super::together::Together;
use crate::words::{ago_words, count_words, quoted};
use crate::{Filling, Note};
use holdfast_domain::{ArchiveName, Code};
use jiff::Timestamp;
use std::collections::HashMap;
use std::path::PathBuf;

/// What the verdict rests on.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub deployment: String,
    /// The newest backup that can be restored.
    pub newest: Option<ArchiveInfo>,
    /// The same, or a whole state from before a restore that is newer.
    pub latest: Option<ArchiveInfo>,
    /// The newest moment from which everything that matters comes back, of an export where there is nothing else.
    pub whole: Option<Timestamp>,
    /// Why that is a state that does not go on; empty where it is one.
    pub whole_given_up: &'static str,
    /// The archive of that moment, where the newest backup is not whole and so has to be passed over by name.
    pub take: Option<ArchiveName>,
    /// What of the newest backup, or of the newest that can be restored, was not sound when it was captured.
    pub lacking: Option<Lacking>,
    /// There are exports alone; the newest moment of theirs.
    pub exported: Option<Timestamp>,
    pub any: bool,
    pub destination_there: bool,
    pub missing_root: Option<MissingRoot>,
    /// What looked wrong in a backup, and is open.
    pub alarms: Vec<AlarmInfo>,
    /// When the archives that alarms name were made, in words.
    pub moments: HashMap<ArchiveName, String>,
    /// Places that will be full soon.
    pub filling: Vec<Filling>,
    /// What an undo would bring back.
    pub kept: Option<KeptState>,
    /// A place that is away and holds a copy that is whole, and of when, in words.
    pub whole_away: Option<(String, String)>,
    /// Programs that write into a state that a restore set aside.
    pub writes_aside: Option<String>,
    /// One of those states holds what is nowhere else, and nobody writes there now.
    pub written_aside: Option<WrittenAside>,
    /// Files that the newest backup found gone and should not be.
    pub gone: Vec<Gone>,
    /// One archive that holds all that is lost.
    pub together: Option<Together>,
    pub overdue: bool,
    /// The newest archive was made with problems, others than those that `server` and `gone` tell.
    pub flawed: bool,
    /// A database server whose data is in no archive, and why.
    pub server: Option<(String, String)>,
    pub damaged: u64,
    /// The first of them, where the newest archive was made after all of them and needs none.
    pub outlived: Option<Outlived>,
    /// The damaged one of which most comes out.
    pub most_left: Option<ArchiveName>,
    /// What comes out of a damaged archive whole, or may, where one would rather go back to that than to the whole one.
    pub salvage: Option<ComesOut>,
    /// Archives that cannot be restored because they need one of them.
    pub need_damaged: u64,
    /// Archives that are dated after now.
    pub ahead: u64,
    /// Archives at its place that the catalog does not know, in words.
    pub unknown: Option<String>,
    pub last_failed: Option<Note>,
    /// A destination that is there and holds copies.
    pub copies_at: Option<String>,
    /// Destinations that lack archives because the last copy to them failed, also while they are away.
    pub uncopied: Vec<Uncopied>,
    /// Nothing can be written where archives are made.
    pub read_only: bool,
    /// Destinations with copies that were found damaged, and how many.
    pub damaged_copies: Vec<(String, u64)>,
    /// A drive that should have been plugged in again by now, and when it was last. None that is among the `uncopied`.
    pub drive_overdue: Option<(String, Timestamp)>,
}

#[derive(Debug, Clone)]
pub(super) struct Uncopied {
    pub place: String,
    /// What is said of the place as a whole.
    pub said: String,
    /// Where it has no room: what helps.
    pub helps: Option<String>,
    /// Why the last copy to it failed.
    pub failed: Note,
}

#[derive(Debug, Clone)]
pub(super) struct MissingRoot {
    pub path: PathBuf,
    /// A single file that is gone leaves the chatbot there.
    pub file: bool,
}

/// A damaged archive that newer ones do without.
#[derive(Debug, Clone)]
pub(super) struct Outlived {
    pub archive: ArchiveName,
    pub path: PathBuf,
    /// Older archives that need it.
    pub needed_by: u64,
}

impl Facts {
    /// Of when the database that no archive brings back by a restore is known to come out whole by a salvage.
    pub fn comes_out(&self) -> Option<Timestamp> {
        let out = self.lacking.as_ref()?.comes_out.as_ref()?;
        out.known.then_some(out.created)
    }

    /// Why the state that can be restored is none that goes on.
    pub fn given_up(&self) -> Option<&'static str> {
        Some(self.whole_given_up).filter(|words| !words.is_empty())
    }

    /// Something of the chatbot is known to be gone or damaged, so that an archive of what is there now saves little.
    pub fn is_wreck(&self) -> bool {
        let damaged = self.lacking.as_ref().is_some_and(|one| one.restored.is_none() && one.left_out.is_none());
        damaged || !self.gone.is_empty() || self.missing_root.is_some()
    }

    /// Begins with a comma, or is empty.
    fn needing(&self) -> String {
        match self.need_damaged {
            0 => String::new(),
            count => {
                let of = if self.damaged == 1 { "it" } else { "one of them" };
                format!(", and {} {of}", count_words(count, "more needs", "more need"))
            }
        }
    }

    /// What comes out of a damaged archive, for who types, beside one that can be restored. Begins with a blank, or is empty.
    fn beside(&self) -> String {
        self.salvage.as_ref().map(|out| format!(" {}", out.typed())).unwrap_or_default()
    }

    /// What there is still where no archive helps. Begins with a blank, or is empty.
    pub fn remains(&self) -> String {
        remains(self.kept.as_ref(), self.whole_away.as_ref())
    }

    /// The newest moment that comes back in part, where it is newer than the whole one.
    pub fn partly(&self) -> Option<Timestamp> {
        let newest = self.newest.as_ref().map(|a| a.created).or(self.exported);
        newest.filter(|at| self.whole.is_none_or(|whole| whole < *at))
    }
}

pub(super) fn remains(kept: Option<&KeptState>, away: Option<&(String, String)>) -> String {
    let away =
        away.map(|(place, at)| format!(" {place} is away; it holds a copy of {at} that is whole: bring it back."));
    format!("{}{}", KeptState::words(kept), away.unwrap_or_default())
}

/// The worst thing that is true decides.
pub(super) fn judge(facts: &Facts, now: Timestamp) -> (SafetyState, String, Option<String>) {
    use SafetyState::{AtRisk, Attention, Protected};
    let name = &facts.deployment;
    let attention = |reason: String, step: String| (Attention, reason, Some(step));
    if facts.read_only {
        let reason = "Nothing can be written where its archives are made: no backup can be made now.".to_owned();
        let step =
            "Take the write protection off (a switch on the drive, or how it is mounted), or let this user write there.".to_owned();
        return attention(reason, step);
    }
    let Some(newest) = &facts.latest else {
        return nothing::judge(facts, now);
    };
    if let Some(attack) = facts.alarms.iter().find(|alarm| alarm.is_attack()) {
        return looks_wrong(attack, facts, AtRisk);
    }
    if let Some(root) = &facts.missing_root {
        let what = if root.file { "file" } else { "folder" };
        // Who has the folder elsewhere and puts it back gets what was found in it.
        let found = facts.lacking.as_ref().filter(|lacking| lacking.restored.is_none() && lacking.left_out.is_none());
        let found = found.map(|it| format!(" The backup of {} found that {}.", it.seen, it.clause()));
        let reason = format!("The {what} {} is not there.{}", root.path.display(), found.unwrap_or_default());
        let state = if root.file { Attention } else { AtRisk };
        let at = facts.take.as_ref().map(|archive| format!(" --at {archive}")).unwrap_or_default();
        let step = format!("Bring it back, or restore it: holdfast restore {name}{at}");
        return (state, reason, Some(and(step, &facts.beside())));
    }
    // Nothing is left of what was protected: graver than what was lost of it before.
    if let Some(failed) = facts.last_failed.as_ref().filter(|failed| failed.code == Code::RootEmpty) {
        return (AtRisk, failed.title.clone(), Some(failed.next_step.clone()));
    }
    let lacking = facts.lacking.as_ref().map(|lacking| lost(lacking, facts.kept.as_ref(), name));
    let lacking = lacking.map(|(state, reason, step)| match &facts.lacking {
        _ if facts.gone.is_empty() => (state, reason, step),
        // Since when, and where it is whole, is said with each of them.
        Some(lacking) if lacking.is_plain() => (state, in_short(Some(lacking.brief()), &facts.gone), step),
        _ => (state, format!("{reason} {}", in_short(None, &facts.gone)), step),
    });
    let all_back = facts.together.as_ref().filter(|together| together.is_of_use());
    let all_back = all_back.map(|together| together.step(name));
    let better = facts.lacking.as_ref().filter(|one| one.whole.is_some() && one.comes_out.is_some());
    let better = better.map(|_| facts.beside()).unwrap_or_default();
    let lacking = lacking.map(|(state, reason, step)| {
        let step = all_back.clone().or(step);
        (state, reason, step.map(|step| and(step, &better)))
    });
    if let Some(gravest) = lacking.as_ref().filter(|(state, ..)| *state == AtRisk) {
        return gravest.clone();
    }
    if let Some(programs) = &facts.writes_aside {
        let reason = format!("{programs} still writes into the state before a restore: that is in no backup.");
        return attention(reason, "Stop it and start it again.".to_owned());
    }
    if let Some(lacking) = lacking {
        return lacking;
    }
    if let Some(aside) = &facts.written_aside {
        return attention(aside.title(), aside.typed(name));
    }
    if let Some((first, rest)) = facts.gone.split_first() {
        let one = rest.is_empty() && first.paths.len() == 1;
        let step = all_back.unwrap_or_else(|| first.step(name));
        return attention(if one { first.title() } else { in_short(None, &facts.gone) }, step);
    }
    if let Some(alarm) = facts.alarms.first() {
        return looks_wrong(alarm, facts, Attention);
    }
    if facts.damaged > 0 && facts.outlived.is_none() {
        let reason =
            format!("{} found damaged{}.", count_words(facts.damaged, "archive was", "archives were"), facts.needing());
        return attention(reason, format!("Make a new one: holdfast backup {name} --level full"));
    }
    if let Some(failed) = &facts.last_failed {
        let step = format!("Run holdfast backup {name} again and read what it says.");
        return attention(format!("The last backup failed. {}", failed.title), step);
    }
    if facts.overdue {
        let reason = format!("The newest archive was made {}.", ago_words(newest.created, now));
        let step = format!("Make one now: holdfast backup {name}. Cron or a timer can do it every hour (README)");
        return attention(reason, step);
    }
    if let Some((server, cause)) = &facts.server {
        let reason =
            format!("Conversations of {name} may be in the database server {server}, which is not captured: {cause}.");
        let step = format!(
            "Let it write dumps into a protected folder and say which: holdfast server dump {server} --in FOLDER \
             --deployment {name}. If it is saved otherwise or not used: holdfast server settle {server} --deployment {name}"
        );
        return attention(reason, step);
    }
    if let Some(Uncopied { place, said, helps, .. }) = facts.uncopied.first() {
        let again = || format!("Run holdfast copy {name} and read what it says.");
        return attention(format!("{place}: {said}."), helps.clone().unwrap_or_else(again));
    }
    if facts.flawed {
        let reason = "The newest archive was made with problems.".to_owned();
        return attention(reason, format!("holdfast show latest --deployment {name} says which."));
    }
    if let Some(words) = &facts.unknown {
        return incomplete(words, name);
    }
    if facts.ahead > 0 {
        let reason = format!("{} dated after now.", count_words(facts.ahead, "archive is", "archives are"));
        let step = "Set the clock right. If it is right, move those files elsewhere: holdfast list shows them.";
        return attention(reason, step.to_owned());
    }
    if let Some(outlived) = &facts.outlived {
        let count = count_words(facts.damaged, "older archive was", "older archives were");
        let reason = format!("{count} found damaged{}; the newest one needs none of them.", facts.needing());
        return attention(reason, outlived.step());
    }
    if let Some((place, count)) = facts.damaged_copies.first() {
        let count = count_words(*count, "copy", "copies");
        let reason = format!("{count} at {place} found damaged; the archives themselves are good.");
        return attention(reason, format!("Copy them again: holdfast copy {name}"));
    }
    if let Some((drive, at)) = &facts.drive_overdue {
        let reason = format!("The drive {drive} was here {}.", ago_words(*at, now));
        return attention(reason, "Plug it in: it is to get copies.".to_owned());
    }
    if let Some(filling) = facts.filling.first() {
        let reason = format!("{} will be full {}, as it grows now.", filling.place, ago_words(filling.full_at, now));
        let step = "Make room on it, keep fewer archives, or add another place: holdfast destination add";
        return attention(reason, step.to_owned());
    }
    (Protected, format!("The newest archive was made {}.", ago_words(newest.created, now)), None)
}

fn looks_wrong(alarm: &AlarmInfo, facts: &Facts, state: SafetyState) -> (SafetyState, String, Option<String>) {
    let seen = facts.moments.get(&alarm.archive).map(|at| format!(" Seen at the backup of {at}.")).unwrap_or_default();
    let over = if alarm.stands() { "" } else { " It is no longer so." };
    let good = alarm.good.as_ref().and_then(|good| facts.moments.get(good));
    let good = good.map(|at| format!(" The last good archive is that of {at}.")).unwrap_or_default();
    (state, format!("{}{seen}{over}{good}", alarm.title), Some(alarm.next_step.clone()))
}

fn incomplete(words: &str, name: &str) -> (SafetyState, String, Option<String>) {
    let step = format!("Build it again: holdfast catalog rebuild {name}");
    (SafetyState::Attention, format!("The catalog is incomplete: {words}."), Some(step))
}

/// `more` begins with a blank, or is empty.
fn and(step: String, more: &str) -> String {
    if more.is_empty() { step } else { format!("{}.{more}", step.trim_end_matches('.')) }
}

/// Where some of it went on purpose.
pub(super) fn meant(name: &str) -> String {
    format!("What of it was meant: holdfast settle {name} names each and asks.")
}

fn undo_words(kept: Option<&KeptState>, name: &str) -> String {
    let command = kept.map(|_| format!(" (holdfast undo {name} asks before it does)")).unwrap_or_default();
    format!("{}{command}", KeptState::words(kept))
}

/// What was captured is not sound.
fn lost(lacking: &Lacking, kept: Option<&KeptState>, name: &str) -> (SafetyState, String, Option<String>) {
    if let Some(left_out) = &lacking.left_out {
        let step = if left_out.lifted {
            format!("Make a backup now: holdfast backup {name}")
        } else {
            format!("If that is not intended, take the pattern out of the settings, then: holdfast backup {name}")
        };
        return (SafetyState::Attention, lacking.reason(), Some(step));
    }
    if lacking.restored.is_some() {
        return (SafetyState::Attention, lacking.reason(), Some(format!("Make a backup now: holdfast backup {name}")));
    }
    let Some(whole) = &lacking.whole else {
        let out =
            lacking.comes_out.as_ref().map(|out| format!(" Bring it out: {}.", out.command())).unwrap_or_default();
        let step = format!("{NONE_WHOLE}{out}{}", undo_words(kept, name));
        return (SafetyState::AtRisk, lacking.reason(), Some(step));
    };
    let path = whole.path.as_ref().map(|path| format!(" --path {}", quoted(path))).unwrap_or_default();
    let step =
        format!("Stop the chatbot, then restore it from there: holdfast restore {name} --at {}{path}", whole.archive);
    (SafetyState::Attention, lacking.reason(), Some(step))
}

impl Outlived {
    /// Never to delete it while others need it.
    fn step(&self) -> String {
        let salvage = format!("Bring out what is undamaged: holdfast salvage {} --into DIR.", self.archive);
        match self.needed_by {
            0 => format!("{salvage} When you need nothing of it: rm {}", quoted(&self.path.display().to_string())),
            needed_by => {
                let count = count_words(needed_by, "older archive needs", "older archives need");
                format!("{count} it. {salvage} Nothing of them is pruned.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            deployment: "bot".to_owned(),
            newest: None,
            latest: None,
            whole: None,
            whole_given_up: "",
            take: None,
            lacking: None,
            exported: None,
            any: false,
            destination_there: true,
            missing_root: None,
            alarms: Vec::new(),
            moments: HashMap::new(),
            filling: Vec::new(),
            kept: None,
            whole_away: None,
            writes_aside: None,
            written_aside: None,
            gone: Vec::new(),
            together: None,
            overdue: false,
            flawed: false,
            server: None,
            damaged: 0,
            outlived: None,
            most_left: None,
            salvage: None,
            need_damaged: 0,
            ahead: 0,
            unknown: None,
            last_failed: None,
            copies_at: None,
            uncopied: Vec::new(),
            read_only: false,
            damaged_copies: Vec::new(),
            drive_overdue: None,
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
