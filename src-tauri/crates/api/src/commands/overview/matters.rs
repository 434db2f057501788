use super::super::comes_out::ComesOut;
use super::super::verdict::Uncopied;
use super::{ArchiveInfo, Facts, Level, Run, SafetyState, is_backup, level_of};
use super::{alarms, losses, nothing};
use crate::AlarmInfo;
use crate::words::{ago_words, count_words, duration_words, size_words};
use crate::{Failure, Note};
use holdfast_domain::{ArchiveName, Code};
use jiff::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// Something that needs the person.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Matter {
    /// Stays the same as long as it is the same matter.
    pub id: String,
    pub state: SafetyState,
    pub said: Failure,
    /// What was found, and what still works.
    pub text: String,
    /// What it concerns.
    pub about: About,
    /// What puts it right with one press.
    pub act: Option<MatterAct>,
    /// A second way, for who does not want the first.
    pub also: Option<MatterAct>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The chatbot's own files, as they were last seen.
    Chatbot,
    Archives,
    Copies,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct MatterAct {
    pub act: ActKind,
    /// On the button.
    pub label: String,
    /// Under it: how long, and what it does.
    pub effect: String,
    /// The archive that it opens.
    pub archive: Option<ArchiveName>,
    /// What is picked in it, `ROOT/...`; or the folder that is opened.
    pub paths: Vec<String>,
}

impl MatterAct {
    pub(crate) fn new(act: ActKind, label: &str, effect: impl Into<String>) -> Self {
        Self { act, label: label.to_owned(), effect: effect.into(), archive: None, paths: Vec::new() }
    }

    /// Leads to the patterns in the settings.
    pub(crate) fn patterns() -> Self {
        Self::new(
            ActKind::ShowPatterns,
            "Open what is left out",
            "The patterns in the settings. Nothing is changed yet.",
        )
    }

    /// Leads to the places in the settings.
    pub(crate) fn places() -> Self {
        let effect = "Another place can be added there. Nothing is changed yet.";
        Self::new(ActKind::ShowPlaces, "Open the places", effect)
    }

    /// Leads to what an undo would bring back.
    pub(crate) fn undo() -> Self {
        let effect = "What undoing the restore would bring back. Nothing is changed yet.";
        Self::new(ActKind::ShowUndo, "See the state before", effect)
    }

    pub(crate) fn now(effect: &str) -> Self {
        Self::new(ActKind::BackUpNow, "Back up now", effect)
    }

    /// Opens what brings the undamaged part of an archive out of it.
    pub(crate) fn salvage(archive: &ArchiveName) -> Self {
        let effect = "Into a folder of your choice. The archive is not changed.";
        let act = Self::new(ActKind::Salvage, "Bring out what is undamaged…", effect);
        Self { archive: Some(archive.clone()), ..act }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum ActKind {
    RepairCopies,
    BackUpNow,
    FullBackup,
    /// Says of losses that they were meant, once the person has seen each by its name: those in `paths`.
    Settle,
    RebuildCatalog,
    MakeRoom,
    RestoreRoot,
    ProveKit,
    /// Opens the settings, at the places.
    ShowPlaces,
    /// Opens the settings, at what the person's patterns leave out.
    ShowPatterns,
    /// Opens an archive, with something picked in it.
    ShowArchive,
    /// Opens an archive, to bring out what is undamaged.
    Salvage,
    /// Leads to the undo of the last restore, and to what can be let go of.
    ShowUndo,
    /// Opens a folder of this computer.
    OpenFolder,
    /// Says of an alarm that it was meant, with a note if the person likes: the one whose number is in `paths`.
    Acknowledge,
}

/// How long a full archive took the last time, and how large it was.
pub(super) struct Cost(Option<(Duration, u64)>);

impl Cost {
    pub fn of(runs: &[Run], archives: &[ArchiveInfo]) -> Self {
        let full =
            |run: &&Run| is_backup(run) && run.archive.as_ref().is_some_and(|name| level_of(name) == Level::Full);
        let run = runs.iter().find(full);
        let known = archives.iter().find(|archive| archive.level == Level::Full);
        Self(run.map(|run| {
            let took = Duration::try_from(run.ended.duration_since(run.started)).unwrap_or_default();
            (took, known.map_or(run.stored_bytes, |known| known.stored_bytes))
        }))
    }

    fn words(&self) -> String {
        match self.0 {
            Some((took, bytes)) => format!("About {}, {}.", duration_words(took), size_words(bytes)),
            None => "Makes an archive of everything.".to_owned(),
        }
    }
}

pub(super) struct List(Vec<Matter>);

impl List {
    pub fn add(&mut self, id: &str, said: Failure, text: impl Into<String>, act: Option<(ActKind, &str, String)>) {
        // What is worse says so.
        let state = SafetyState::Attention;
        let act = act.map(|(act, label, effect)| MatterAct::new(act, label, effect));
        self.0.push(Matter { id: id.to_owned(), state, said, text: text.into(), about: about(id), act, also: None });
    }

    /// More of the one that was added last.
    pub fn last(&mut self, change: impl FnOnce(&mut Matter)) {
        if let Some(matter) = self.0.last_mut() {
            change(matter);
        }
    }

    /// The first of those that are about what is lost.
    pub fn first_loss(&mut self, change: impl FnOnce(&mut Matter)) {
        let is_loss = |matter: &&mut Matter| matter.id == "data-lost" || matter.id.starts_with("files-gone");
        if let Some(matter) = self.0.iter_mut().find(is_loss) {
            change(matter);
        }
    }
}

/// By the first word of its id.
fn about(id: &str) -> About {
    match id.split(' ').next().unwrap_or_default() {
        "alarm" | "root-missing" | "data-lost" | "data-left-out" | "files-gone" | "flawed" => About::Chatbot,
        "damaged-copies" | "uncopied" | "drive-overdue" | "place-missing" => About::Copies,
        _ => About::Archives,
    }
}

pub(super) fn said(code: Code, subject: &str, cause: impl std::fmt::Display, title: &str, next_step: &str) -> Failure {
    let mut said = Failure::new(code, subject, cause).then(next_step);
    title.clone_into(&mut said.title);
    said
}

/// The worst first.
pub(super) fn of(facts: &Facts, cost: &Cost, now: Timestamp) -> Vec<Matter> {
    let mut list = List(Vec::new());
    let name = facts.deployment.as_str();
    let full = || Some((ActKind::FullBackup, "Make a full backup", cost.words()));
    let now_act = |effect: &str| Some((ActKind::BackUpNow, "Back up now", effect.to_owned()));
    let rebuild = || {
        let effect = "Reads every archive at its place. Nothing of them is changed.".to_owned();
        Some((ActKind::RebuildCatalog, "Build the catalog again", effect))
    };
    if facts.read_only {
        let title = "Nothing can be written where its archives are made.";
        let next_step = "Take the write protection off: a switch on the drive, or how it is mounted. Then back up.";
        let said = said(Code::ReadOnly, name, "it is read-only", title, next_step);
        list.add("read-only", said, "What is there can be restored. No backup can be made now.", None);
    }
    if facts.latest.is_none() && facts.exported.is_some() && facts.destination_there {
        let title = "Only an export can be restored.";
        let said =
            said(Code::NothingToRestore, name, "no archive was made here", title, "Make the first archive here.");
        list.add("export-only", said, "The export holds its moment and nothing newer.", full());
        return list.0;
    }
    if facts.latest.is_none() && !facts.read_only {
        nothing::none(facts, &mut list, full(), rebuild());
        // How the chatbot was when it was last looked at, though that archive cannot be had.
        if facts.missing_root.is_none() && facts.destination_there {
            facts.lacking.iter().for_each(|lacking| losses::data_lost(lacking, facts, &mut list));
            facts.gone.iter().for_each(|gone| losses::files_gone(gone, &mut list));
        }
        for matter in &mut list.0 {
            matter.state = SafetyState::AtRisk;
        }
        return list.0;
    }
    // What was encrypted is told before what went with it; what else looks wrong, after what is gone.
    let (attacks, others): (Vec<&AlarmInfo>, Vec<&AlarmInfo>) =
        facts.alarms.iter().partition(|alarm| alarm.is_attack());
    for alarm in attacks {
        alarms::looks_wrong(alarm, facts, &mut list);
    }
    if let Some(root) = &facts.missing_root {
        losses::root_missing(root, facts.salvage.as_ref(), &mut list);
    }
    let failed_act = |failed: &Note| match failed.code {
        Code::DestinationFull => {
            let effect = "Shows what the rules would let go of.".to_owned();
            Some((ActKind::MakeRoom, "Make room", effect))
        }
        _ => now_act("Tries it again."),
    };
    let failed_words = |failed: &Note| format!("The last backup failed. {}", failed.title);
    // Nothing is left of what was protected: graver than what was lost of it before.
    let emptied = facts.last_failed.as_ref().filter(|failed| failed.code == Code::RootEmpty);
    if let Some(failed) = emptied {
        list.add("backup-failed", failure_of(failed.clone()), failed_words(failed), failed_act(failed));
        list.last(|matter| (matter.state, matter.about) = (SafetyState::AtRisk, About::Chatbot));
    }
    if let Some(lacking) = &facts.lacking {
        losses::data_lost(lacking, facts, &mut list);
    }
    for gone in facts.gone.iter().filter(|_| facts.missing_root.is_none()) {
        losses::files_gone(gone, &mut list);
    }
    if let Some(together) = facts.together.as_ref().filter(|all| all.losses > 1 && facts.missing_root.is_none()) {
        losses::all_back(together, &mut list);
    }
    for alarm in others {
        alarms::looks_wrong(alarm, facts, &mut list);
    }
    if let Some(aside) = facts.written_aside.as_ref().filter(|_| facts.writes_aside.is_none()) {
        losses::written_aside(aside, &mut list);
    }
    if let Some(programs) = &facts.writes_aside {
        let title = format!("{programs} still writes into the state before a restore.");
        let cause = "it was not started again after the restore";
        let said = said(Code::StillInUse, programs, cause, &title, "Stop it and start it again.");
        let text =
            "What it writes is in no backup and not in the restored state. Undoing the restore would bring it back.";
        list.add("writes-aside", said, text, None);
    }
    if facts.damaged > 0 && facts.outlived.is_none() {
        let count = count_words(facts.damaged, "archive was", "archives were");
        let said = said(
            Code::ArchiveDamaged,
            name,
            &count,
            &format!("{count} found damaged."),
            "Make a full backup: it needs none of them.",
        );
        let act = if facts.copies_at.is_some() {
            let effect = "Brings them back from good copies, compared byte by byte.".to_owned();
            Some((ActKind::RepairCopies, "Repair from the copies", effect))
        } else {
            full()
        };
        let needing = match facts.need_damaged {
            0 => String::new(),
            count => format!("{} it. ", count_words(count, "other archive needs", "other archives need")),
        };
        let out = facts.salvage.as_ref();
        let better = out.map(|out| format!(" {}", out.sentence())).unwrap_or_default();
        let text = format!("{needing}Nothing is pruned until that is settled.{better}");
        list.add("archive-damaged", said, text, act);
        list.last(|matter| matter.also = out.map(ComesOut::act));
    }
    // That what was to be backed up is gone is said above, and is why the backup failed.
    let told = |failed: &&Note| failed.code == Code::RootMissing && facts.missing_root.is_some();
    if let Some(failed) = facts.last_failed.as_ref().filter(|failed| emptied.is_none() && !told(failed)) {
        list.add("backup-failed", failure_of(failed.clone()), failed_words(failed), failed_act(failed));
    }
    if facts.overdue
        && let Some(newest) = &facts.latest
    {
        let title = format!("The newest archive was made {}.", ago_words(newest.created, now));
        let said = said(Code::Interrupted, name, "the schedule asks for a newer one", &title, "Back up now.");
        list.add(
            "overdue",
            said,
            "What changed since then is in no archive.",
            now_act("Takes what changed since then."),
        );
    }
    if facts.flawed
        && let Some(newest) = &facts.newest
    {
        let title = "The newest archive was made with problems.";
        let said = said(
            Code::NotChecked,
            newest.name.as_str(),
            "some things could not be captured",
            title,
            "What it lacks stands above its files.",
        );
        let text = newest.captured.as_ref().map_or_else(|| "All else is in it.".to_owned(), |it| it.said.clone());
        list.add("flawed", said, text, None);
        let act = MatterAct::new(ActKind::ShowArchive, "Open the archive", "Shows what it holds, and what it lacks.");
        list.last(|matter| matter.act = Some(MatterAct { archive: Some(newest.name.clone()), ..act }));
    }
    if let Some(words) = &facts.unknown {
        let said = said(
            Code::CatalogIncomplete,
            name,
            words,
            "The catalog is incomplete.",
            "Build it again from the archives.",
        );
        list.add("catalog-incomplete", said, format!("{words}."), rebuild());
    }
    if facts.ahead > 0 {
        let title = format!("{} dated after now.", count_words(facts.ahead, "archive is", "archives are"));
        let said = said(
            Code::OriginDiffers,
            name,
            "the clock was wrong once, or is now",
            &title,
            "Set the clock right. If it is right, move those archives elsewhere.",
        );
        list.add("dated-ahead", said, "They are passed over until then.", None);
    }
    if let Some(outlived) = &facts.outlived {
        losses::outlived_damage(facts, outlived, &mut list);
    }
    for (place, count) in &facts.damaged_copies {
        let count = count_words(*count, "copy", "copies");
        let said = said(
            Code::ArchiveDamaged,
            place,
            format!("{count} not as written"),
            &format!("{count} at {place} found damaged."),
            "Copy them again.",
        );
        let effect = "Copies them again, and compares them.".to_owned();
        let act = (ActKind::RepairCopies, "Repair the damaged copies", effect);
        list.add(&format!("damaged-copies {place}"), said, "The archives themselves are good.", Some(act));
    }
    if let Some((server, cause)) = &facts.server {
        let title = format!("The database server {server} is not captured.");
        let next_step = "Let it write dumps into a protected folder, or say that it is saved otherwise.";
        let said = said(Code::ServerNotCaptured, server, cause, &title, next_step);
        let text = format!("Conversations of {name} may be in it, and would be in no archive.");
        list.add(&format!("server {server}"), said, text, None);
    }
    for Uncopied { place, said, helps, failed } in &facts.uncopied {
        let full = failed.code == Code::DestinationFull;
        let (title, next_step) = if full {
            let helps = helps.as_deref().unwrap_or("Make room on it, or add another place.");
            (format!("{place} has no room for the copies."), helps)
        } else {
            (format!("The last copy to {place} failed."), crate::words::window::next_step(failed.code))
        };
        let text = format!("{place}: {said}. The archives themselves are where they were made.");
        list.add(
            &format!("uncopied {place}"),
            self::said(failed.code, place, &failed.cause, &title, next_step),
            text,
            None,
        );
        if full {
            list.last(|matter| matter.act = Some(MatterAct::places()));
        }
    }
    for filling in &facts.filling {
        let title = format!("{} will be full {}.", filling.place, ago_words(filling.full_at, now));
        let next_step = "Make room on it, keep fewer archives, or add another place.";
        let said = said(Code::PlaceFilling, &filling.place, "as it grew until now", &title, next_step);
        list.add(&format!("filling {}", filling.place), said, "Where there is no room, no archive can be made.", None);
        list.last(|matter| matter.act = Some(MatterAct::places()));
    }
    if let Some((drive, at)) = &facts.drive_overdue {
        let title = format!("The drive {drive} is overdue.");
        let said = said(
            Code::CopyDue,
            drive,
            format!("last seen {}", ago_words(*at, now)),
            &title,
            "Plug it in. The rest happens by itself, then it says “safe to unplug”.",
        );
        list.add("drive-overdue", said, format!("It was here {}.", ago_words(*at, now)), None);
    }
    list.0
}

fn failure_of(note: Note) -> Failure {
    let Note { code, severity, subject, cause, title, next_step, .. } = note;
    Failure { code, severity, subject, cause, title, next_step }
}
