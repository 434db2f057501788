use super::captured::CapturedNote;
use crate::words::count_words;
use crate::{Answer, Note, Service};
use holdfast_domain::{ArchiveName, Class, Code, Kind, Level, Outcome, Problem, Severity};
use holdfast_engine::archive::Act;
use holdfast_engine::catalog::{ArchiveRow, State, Verification, VerifyKind};
use holdfast_engine::deployment::{self, Profile};
use holdfast_engine::operations::branches::{self, Branch, Branches};
use holdfast_engine::operations::pick::{self, path_of};
use holdfast_engine::operations::soundness::{Archives, Soundness};
use holdfast_engine::operations::{browse, captured};
use holdfast_engine::store::Folder;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;
use std::path::PathBuf;

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ArchiveList {
    pub outcome: Outcome,
    /// Newest first.
    pub archives: Vec<ArchiveInfo>,
    /// The one to go back to where nobody says another, as `status` has it; `None` where none is whole, and where those
    /// of several chatbots are listed.
    pub offered: Option<ArchiveName>,
    /// Chatbots that are set up on this machine.
    pub deployments: usize,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct ArchiveInfo {
    pub name: ArchiveName,
    pub deployment_id: String,
    pub path: PathBuf,
    pub level: Level,
    pub kind: Kind,
    pub created: Timestamp,
    /// Another of the same deployment was made in the same minute: only the seconds tell which is meant.
    pub shares_minute: bool,
    /// Of the whole moment.
    pub files: u64,
    pub bytes: u64,
    /// Of the archive's file.
    pub stored_bytes: u64,
    pub sha256: String,
    /// The archives that a restore needs besides this one, parent first.
    pub needs: Vec<ArchiveName>,
    /// Of an archive of what was about to be replaced, by what, where that is known.
    pub before: Option<Act>,
    /// Whether its state goes on, or was put aside by a restore, or given up by an undo.
    pub branch: Branch,
    /// How the backup ended that made it.
    pub made: Outcome,
    pub signed: bool,
    pub pinned: bool,
    /// `None` only where nothing is known of it, as in a catalog that was built again.
    pub verified: Option<Verified>,
    /// What it holds badly, or lacks: it was so when it was captured.
    pub captured: Option<CapturedNote>,
    /// The components that cannot be brought back whole from it.
    #[serde(skip)]
    #[ts(skip)]
    pub lacks: Vec<Class>,
    /// Those of which files were lost when it was made.
    #[serde(skip)]
    #[ts(skip)]
    pub lost: Vec<Class>,
    /// `present`, `missing` or `removing`.
    #[ts(type = r#""present" | "missing" | "removing""#)]
    pub state: &'static str,
    /// It and all that it needs are at their places, and none of them was found damaged.
    pub restorable: bool,
    /// What keeps it from being restored.
    pub soundness: Soundness,
    /// It is missing because its place is not there, as a drive that is not plugged in.
    pub away: bool,
    /// Where else it lies, as far as the catalog knows.
    pub copies: Vec<CopyPlace>,
}

/// A copy of an archive.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct CopyPlace {
    /// The destination, as the person calls it.
    pub destination: String,
    /// When it was last compared with what was written.
    pub verified: Option<Timestamp>,
}

impl ArchiveInfo {
    /// It brings back less than a sound chatbot, however often it is verified.
    pub(super) fn lacks_what_matters(&self) -> bool {
        self.captured.as_ref().is_some_and(|captured| captured.matters)
    }

    /// Everything that matters comes back from it.
    pub(super) fn is_whole(&self) -> bool {
        self.restorable && !self.lacks_what_matters()
    }
}

/// The last time that it was compared with what was written.
#[derive(Debug, Clone, Copy, Serialize, ts_rs::TS)]
pub struct Verified {
    pub at: Timestamp,
    /// Byte by byte when it was made, and not again since.
    pub read_back: bool,
    /// Byte by byte, and not by hash alone.
    pub full: bool,
    pub ok: bool,
}

impl From<Verification> for Verified {
    fn from(verification: Verification) -> Self {
        let kind = verification.kind;
        let read_back = kind == VerifyKind::ReadBack;
        Self { at: verification.at, read_back, full: kind == VerifyKind::Full, ok: verification.ok }
    }
}

impl Service {
    /// The archives of a deployment, or of all.
    pub fn archives(&self, deployment: Option<&str>) -> Answer<ArchiveList> {
        let mut problems = Vec::new();
        let profiles = match deployment {
            Some(name) => vec![self.profile(Some(name))?],
            None => deployment::load_all(&self.context().home)?.profiles,
        };
        // Opened first for its note: a catalog that was set aside is an empty one.
        drop(self.catalog(&mut problems)?);
        let rows = browse::archives(self.context(), deployment.and(profiles.first()).map(|p| p.id.as_str()))?;
        problems.extend(profiles.iter().filter_map(|profile| unlisted(profile, &rows)));
        let outcome = crate::note::outcome_of(&problems);
        let mut archives = self.infos(rows)?;
        self.add_copies(&mut archives)?;
        let whole = to_go_back(&archives, self.clock().now()).into_iter().find(|archive| archive.is_whole());
        let offered = whole.filter(|_| profiles.len() == 1).map(|archive| archive.name.clone());
        Ok(ArchiveList { outcome, archives, offered, deployments: profiles.len(), problems })
    }

    pub(super) fn infos(&self, rows: Vec<ArchiveRow>) -> Answer<Vec<ArchiveInfo>> {
        let catalog = self.context().catalog()?.0;
        let archives = Archives::of(&rows);
        let found: Vec<Soundness> = rows.iter().map(|row| archives.soundness(row)).collect();
        let said = rows.iter().map(|row| captured::problems(&catalog, row)).collect::<Result<Vec<_>, _>>()?;
        let mut branches: HashMap<String, Branches> = HashMap::new();
        for row in &rows {
            if !branches.contains_key(&row.deployment_id) {
                let of = Branches::from_catalog(&catalog, &row.deployment_id, &rows)?;
                branches.insert(row.deployment_id.clone(), of);
            }
        }
        let mut made: HashMap<(String, i64), usize> = HashMap::new();
        let minute = |row: &ArchiveRow| (row.deployment_id.clone(), row.created.as_second().div_euclid(60));
        for row in &rows {
            *made.entry(minute(row)).or_default() += 1;
        }
        let infos = rows.into_iter().zip(found).zip(said).map(|((row, soundness), said)| {
            let of = branches.get(&row.deployment_id);
            let before = of.and_then(|of| of.before(&row.name, row.kind, row.created));
            let branch = of.map_or(Branch::Living, |of| of.branch(&row.name, row.kind, row.created));
            let shares_minute = made.get(&minute(&row)).is_some_and(|count| *count > 1);
            ArchiveInfo { shares_minute, before, branch, ..info(row, soundness, &said) }
        });
        Ok(infos.collect())
    }

    /// Says of each archive where its copies are.
    fn add_copies(&self, archives: &mut [ArchiveInfo]) -> Answer<()> {
        let catalog = self.context().catalog()?.0;
        for profile in deployment::load_all(&self.context().home)?.profiles {
            let names: HashMap<String, String> =
                profile.destinations.iter().map(|setting| (setting.id(), setting.name())).collect();
            let copies = catalog.copies().list(&profile.id, None)?;
            for archive in archives.iter_mut().filter(|archive| archive.deployment_id == profile.id) {
                let of_it = copies.iter().filter(|copy| copy.archive == archive.name);
                archive.copies = of_it
                    .filter_map(|copy| {
                        let destination = names.get(&copy.destination_id)?.clone();
                        Some(CopyPlace { destination, verified: copy.verified.map(|(at, _, _)| at) })
                    })
                    .collect();
            }
        }
        Ok(())
    }
}

/// Those that can be restored from and are not dated after now, in the order in which one goes back to them. Exports
/// lie elsewhere and are not meant. `archives` newest first.
pub(super) fn to_go_back(archives: &[ArchiveInfo], now: Timestamp) -> Vec<&ArchiveInfo> {
    let horizon = pick::horizon(now);
    let there = archives.iter().filter(|a| a.restorable && a.kind != Kind::Export && a.created <= horizon);
    let mut found: Vec<&ArchiveInfo> = there.collect();
    // Stable: the newest first of those that stand alike.
    found.sort_by_key(|archive| branches::rank(archive.kind, archive.branch));
    found
}

/// Why an archive's state is none to go back to; empty where it is one.
pub(crate) fn given_up_words(branch: Branch) -> &'static str {
    match branch {
        Branch::Aside => "put aside by a restore",
        Branch::GivenUp => "given up by an undo",
        Branch::Living => "",
    }
}

/// What an archive is called by why it was made.
pub fn kind_words(kind: Kind, before: Option<Act>) -> String {
    match before {
        Some(Act::Restore) => "before restore".to_owned(),
        Some(Act::Undo) => "before undo".to_owned(),
        None => kind.to_string(),
    }
}

/// That archives lie at a deployment's place that the catalog does not know, or that the place is not there.
fn unlisted(profile: &Profile, rows: &[ArchiveRow]) -> Option<Note> {
    let rows: Vec<ArchiveRow> = rows.iter().filter(|row| row.deployment_id == profile.id).cloned().collect();
    if let Err(e) = require_place(profile) {
        let mut note = Note::from(Problem::new(e.code, e.subject, e.cause));
        // The list is complete all the same.
        note.severity = Severity::Notice;
        return (!rows.is_empty()).then_some(note);
    }
    let unknown = pick::unknown(profile, &rows).len() as u64;
    (unknown > 0).then(|| {
        let mut note =
            Note::from(Problem::new(Code::CatalogIncomplete, profile.name.as_str(), unknown_words(profile, unknown)));
        note.next_step = format!("Build it again from the archives: holdfast catalog rebuild {}", profile.name);
        note
    })
}

/// `3 archives lie in /media/drive/Holdfast/chatbot that it does not know`
pub(crate) fn unknown_words(profile: &Profile, count: u64) -> String {
    let folder = profile.destinations.first().map(|d| Folder::of(d, &profile.name).dir().to_owned());
    let count = count_words(count, "archive lies", "archives lie");
    format!("{count} in {} that it does not know", folder.unwrap_or_default().display())
}

/// Fails where the place for a deployment's archives is not there.
pub(crate) fn require_place(profile: &Profile) -> Answer<()> {
    match profile.destinations.first() {
        Some(destination) => Ok(Folder::of(destination, &profile.name).require()?),
        None => Ok(()),
    }
}

fn info(row: ArchiveRow, soundness: Soundness, said: &[Problem]) -> ArchiveInfo {
    ArchiveInfo {
        restorable: soundness == Soundness::Sound,
        soundness,
        away: row.state == State::Missing && !row.folder.is_dir(),
        path: path_of(&row),
        name: row.name,
        deployment_id: row.deployment_id,
        level: row.level,
        kind: row.kind,
        created: row.created,
        shares_minute: false,
        files: row.files,
        bytes: row.bytes,
        stored_bytes: row.stored_bytes,
        sha256: row.sha256,
        needs: row.needs,
        before: None,
        branch: Branch::Living,
        made: row.outcome,
        signed: row.signed,
        pinned: row.pinned,
        verified: row.verified.map(Verified::from),
        captured: CapturedNote::of(said),
        lost: said.iter().filter_map(|problem| captured::lost_class(problem.code)).collect(),
        lacks: said.iter().filter_map(|problem| captured::lacking(problem.code)).collect(),
        state: row.state.as_str(),
        copies: Vec::new(),
    }
}
