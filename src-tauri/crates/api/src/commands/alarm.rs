//! Alarms: what looked wrong in an archive, and what a person says of it.
use super::overview::{ActKind, Filling, MatterAct};
use crate::{Answer, Note, Service, words};
use holdfast_domain::alarm::{Alarm, Finding};
use holdfast_domain::{ArchiveName, Code, Outcome, Severity};
use holdfast_engine::deployment::Profile;
use holdfast_engine::operations::{alarms, browse, prune};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whose alarms, and whether those that were acknowledged too.
#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct AlarmsArgs {
    pub deployment: Option<String>,
    pub all: bool,
}

/// What a person says of one alarm.
#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeArgs {
    pub deployment: Option<String>,
    pub id: u32,
    /// Why; kept with it.
    pub note: Option<String>,
    /// Takes back that it was acknowledged: it is open again.
    pub undo: bool,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct AlarmList {
    /// `problems` where one is open.
    pub outcome: Outcome,
    pub deployment: String,
    /// Newest first.
    pub alarms: Vec<AlarmInfo>,
    /// Why nothing is removed for now, whatever the rules say; not only alarms hold that up.
    pub frozen: Option<String>,
    /// Places that will be full soon, as they grew until now.
    pub filling: Vec<Filling>,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct AcknowledgeAnswer {
    pub outcome: Outcome,
    pub deployment: String,
    pub alarm: AlarmInfo,
    /// Why nothing is removed all the same.
    pub frozen: Option<String>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct AlarmInfo {
    pub id: u32,
    pub finding: Finding,
    pub code: Code,
    /// In one sentence.
    pub title: String,
    pub seen: String,
    pub expected: String,
    /// The archive that raised it.
    pub archive: ArchiveName,
    pub since: Timestamp,
    /// The archive to go back to; `None` where there is none that is whole.
    pub good: Option<ArchiveName>,
    pub good_at: Option<Timestamp>,
    /// The first archive in which it was no longer so.
    pub over: Option<ArchiveName>,
    /// Nothing is removed as long as it is open.
    pub freezes: bool,
    pub open: bool,
    pub acknowledged: Option<Timestamp>,
    pub note: Option<String>,
    pub next_step: String,
}

impl AlarmInfo {
    /// What was seen is still so, as far as the last backup looked.
    pub(super) fn stands(&self) -> bool {
        self.open && self.over.is_none()
    }

    /// Files were encrypted, and still are.
    pub(super) fn is_attack(&self) -> bool {
        self.stands() && matches!(self.finding, Finding::Scrambled { .. })
    }

    /// It says that a file is not what it was: what losses tell of that file is the same fact.
    pub(super) fn tells_of(&self, path: &str) -> bool {
        match &self.finding {
            Finding::Scrambled { paths, .. } => self.stands() && paths.iter().any(|known| known == path),
            Finding::DatabaseEmptied { path: known, .. } => self.stands() && known == path,
            _ => false,
        }
    }

    /// Opens the last good archive, with what it is about picked where that is one thing.
    pub(super) fn look(&self, at: &str) -> Option<MatterAct> {
        let good = self.good.clone()?;
        let effect = "The last good archive, which shows what changed since. Nothing is changed yet.";
        let act = MatterAct::new(ActKind::ShowArchive, &format!("Open the archive of {at}"), effect);
        let paths = match &self.finding {
            Finding::DatabaseEmptied { path, .. } => vec![path.clone()],
            _ => Vec::new(),
        };
        Some(MatterAct { archive: Some(good), paths, ..act })
    }

    /// Says that it was meant.
    pub(super) fn meant(&self) -> MatterAct {
        let effect = "Closes the alarm, and lets old archives go by the rules again. Can be taken back.";
        let act = MatterAct::new(ActKind::Acknowledge, "It was meant…", effect);
        MatterAct { paths: vec![self.id.to_string()], ..act }
    }
}

impl Service {
    /// The alarms that are open, or all.
    pub fn alarms(&self, args: &AlarmsArgs) -> Answer<AlarmList> {
        let profile = self.profile(args.deployment.as_deref())?;
        let mut problems = Vec::new();
        drop(self.catalog(&mut problems)?);
        let mut alarms = self.alarm_infos(&profile)?;
        let open = alarms.iter().any(|alarm| alarm.open);
        alarms.retain(|alarm| args.all || alarm.open);
        let outcome = if open { Outcome::Problems } else { crate::note::outcome_of(&problems) };
        let (frozen, filling) = (self.frozen(&profile), self.filling(&profile));
        Ok(AlarmList { outcome, deployment: profile.name.to_string(), alarms, frozen, filling, problems })
    }

    /// Closes an alarm, or opens it again.
    pub fn acknowledge(&self, args: &AcknowledgeArgs) -> Answer<AcknowledgeAnswer> {
        let profile = self.profile(args.deployment.as_deref())?;
        if args.undo {
            alarms::reopen(self.context(), &profile, args.id)?;
        } else {
            alarms::acknowledge(self.context(), &profile, args.id, args.note.clone())?;
        }
        let found = self.alarm_infos(&profile)?.into_iter().find(|alarm| alarm.id == args.id);
        let gone = || crate::Failure::new(Code::Internal, format!("alarm {}", args.id), "it is gone");
        let alarm = found.ok_or_else(gone)?;
        let frozen = self.frozen(&profile);
        Ok(AcknowledgeAnswer { outcome: Outcome::Done, deployment: profile.name.to_string(), alarm, frozen })
    }

    /// All of them, newest first, with the archive to go back to as things are now.
    pub(super) fn alarm_infos(&self, profile: &Profile) -> Answer<Vec<AlarmInfo>> {
        let known = alarms::list(self.context(), profile)?;
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let rows = browse::archives(self.context(), Some(&profile.id))?;
        let catalog = self.context().catalog()?.0;
        let mut infos = Vec::with_capacity(known.len());
        for alarm in known {
            let good = alarms::last_good(&catalog, &profile.id, &rows, &alarm)?;
            let good_at = rows.iter().find(|row| Some(&row.name) == good.as_ref()).map(|row| row.created);
            infos.push(Self::alarm_info(profile, alarm, good.zip(good_at)));
        }
        Ok(infos)
    }

    fn alarm_info(profile: &Profile, alarm: Alarm, good: Option<(ArchiveName, Timestamp)>) -> AlarmInfo {
        let name = profile.name.as_str();
        let code = alarm.finding.code();
        let (good, good_at) = good.unzip();
        let next_step = match (&good, &alarm.finding) {
            _ if !alarm.is_open() => format!("Take that back with: holdfast alarm acknowledge {} --undo", alarm.id),
            _ if alarm.over.is_some() => {
                format!("It is no longer so. Close it: holdfast alarm acknowledge {}", alarm.id)
            }
            (Some(good), Finding::Scrambled { .. }) => format!(
                "If nobody encrypted that on purpose, disconnect this computer, then restore: holdfast restore {name} --at {good}. \
                 Then, or if it was meant: holdfast alarm acknowledge {}",
                alarm.id
            ),
            (Some(good), Finding::DatabaseEmptied { path, .. }) => format!(
                "See what changed: holdfast diff {good}. To bring it back, stop the chatbot, then: holdfast restore {name} --at \
                 {good} --path {}. Then, or if it was meant: holdfast alarm acknowledge {}",
                words::quoted(path),
                alarm.id
            ),
            (Some(good), _) => format!(
                "See what changed: holdfast diff {good}. If it was meant: holdfast alarm acknowledge {}. If not: holdfast \
                 restore {name} --at {good}",
                alarm.id
            ),
            (None, _) => format!(
                "No archive before it is known to be whole; none is removed. If it was meant: holdfast alarm acknowledge {}",
                alarm.id
            ),
        };
        AlarmInfo {
            id: alarm.id,
            code,
            title: words::of(code).title(&alarm.finding.subject(name)),
            seen: alarm.finding.seen(),
            expected: alarm.finding.expected(),
            freezes: alarm.freezes(),
            open: alarm.is_open(),
            archive: alarm.archive,
            since: alarm.since,
            good,
            good_at,
            over: alarm.over,
            finding: alarm.finding,
            acknowledged: alarm.acknowledged.as_ref().map(|said| said.at),
            note: alarm.acknowledged.and_then(|said| said.note),
            next_step,
        }
    }

    /// Why nothing is removed; `None` also where the place of the archives is away, and nothing is judged.
    fn frozen(&self, profile: &Profile) -> Option<String> {
        prune::held_by(self.context(), profile).ok().flatten()
    }

    /// Says of what a backup found looking wrong which archive is the last good one.
    pub(super) fn point_to_good(&self, profile: &Profile, notes: &mut [Note]) -> Answer<()> {
        if !notes.iter().any(|note| is_alarm(note.code)) {
            return Ok(());
        }
        let open: Vec<AlarmInfo> = self.alarm_infos(profile)?.into_iter().filter(|alarm| alarm.open).collect();
        for note in notes.iter_mut().filter(|note| is_alarm(note.code)) {
            let same = |alarm: &&AlarmInfo| match &alarm.finding {
                Finding::DatabaseEmptied { path, .. } => alarm.code == note.code && *path == note.subject,
                _ => alarm.code == note.code,
            };
            let Some(alarm) = open.iter().find(same) else { continue };
            note.next_step.clone_from(&alarm.next_step);
            note.act = alarm.good_at.and_then(|at| alarm.look(&self.moment(at)));
            note.severity = Severity::Problem;
        }
        Ok(())
    }
}

/// Whether a code tells of an alarm.
pub(super) fn is_alarm(code: Code) -> bool {
    matches!(
        code,
        Code::FilesScrambled
            | Code::MostFilesChanged
            | Code::DatabaseEmptied
            | Code::UnusualSize
            | Code::SourceUnreadable
    )
}
