use super::change_words::ChangeWords;
use super::health::{HealthCompared, compared};
use super::in_use::{self, InUse};
use super::paths::inner;
use super::setup::RootInfo;
use crate::{Answer, Failure, Keys, Note, Service};
use holdfast_domain::{ArchiveName, Class, Code, Kind, Outcome};
use holdfast_engine::deployment::Profile;
use holdfast_engine::jobs::Job;
use holdfast_engine::operations::reading::Reading;
use holdfast_engine::operations::restore::{
    self, Change, Needed, Preview, PreviewRoot, RestorePlan, RestoreReport, RestoreRequest, Scope, Tally, Target,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Debug, Clone, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct RestoreArgs {
    pub deployment: Option<String>,
    /// A name, a time, or the path of an archive's file; `latest`: the one to go back to, as `status` has it.
    pub at: String,
    /// These, or all where the list is empty.
    pub components: Vec<Class>,
    /// `ROOT/...`, or paths on this machine; each with what is below it. All where the list is empty.
    pub paths: Vec<PathBuf>,
    /// Left out of them, written likewise. Of all that is in either list, the nearest above a file decides.
    pub except: Vec<PathBuf>,
    /// In place where `None`.
    pub into: Option<PathBuf>,
    /// Make an archive of the present state first (in place only).
    pub emergency: bool,
    #[ts(as = "crate::KeysGiven")]
    pub keys: Keys,
}

/// A restore that was looked at and not yet done. It holds nothing up.
#[derive(Debug)]
pub struct PlannedRestore {
    plan: RestorePlan,
    reading: Reading,
    notes: Vec<Note>,
    /// In place, what is looked at before and after.
    profile: Option<Box<Profile>>,
    pub preview: RestorePreview,
}

/// What a restore will do.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RestorePreview {
    pub archive: ArchiveName,
    pub kind: Kind,
    /// The moment that comes back.
    pub at: Timestamp,
    pub deployment: String,
    /// What it means, in one sentence without its full stop: `Conversations go back to 23:20: webui.db is replaced`.
    pub headline: String,
    /// On the button.
    pub effect: String,
    /// What goes that is newer than the archive, and where it is then.
    pub leaves: Option<String>,
    /// Of what is deleted: whether it is newer than the archive.
    pub deleted_said: String,
    /// All is here as it is in the archive, as far as sizes and times tell.
    pub nothing: bool,
    /// The headline of its result.
    #[serde(skip)]
    #[ts(skip)]
    pub done: String,
    pub in_place: bool,
    pub roots: Vec<PreviewRoot>,
    pub created: Tally,
    pub replaced: Tally,
    pub deleted: Tally,
    pub unchanged: Tally,
    pub kept: Tally,
    pub bytes_to_write: u64,
    /// Of what is kept: what is copied all the same, because programs write to it in place.
    pub bytes_to_copy: u64,
    /// What an archive of the present state, made first, reads at most; `None` where none is made, or it cannot be said.
    pub emergency_bytes: Option<u64>,
    pub free_bytes: u64,
    pub needs: Vec<Needed>,
    pub changes: Vec<Change>,
    pub changes_truncated: bool,
    /// Programs that would go on with the old files: they are to be stopped first.
    pub in_use: Vec<InUse>,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RestoreAnswer {
    pub outcome: Outcome,
    /// Of a restore in place, what `undo` knows it by.
    pub id: Option<String>,
    pub archive: ArchiveName,
    pub at: Timestamp,
    pub deployment: String,
    /// What it meant, in one sentence without its full stop.
    pub said: String,
    pub files: u64,
    pub bytes: u64,
    /// How long it took, as it is recorded: the time that "last proven restore" says.
    pub seconds: f64,
    pub roots: Vec<RootInfo>,
    pub created: Tally,
    pub replaced: Tally,
    pub deleted: Tally,
    /// Where the state before the restore is preserved until it is let go.
    pub preserved: Vec<PathBuf>,
    /// The archive of the state before the restore.
    pub emergency: Option<ArchiveName>,
    /// Programs that still write into the state before, until they are started again.
    pub in_use: Vec<InUse>,
    /// Of a restore in place: how the chatbot was before and after it, as far as that could be looked at.
    pub health: Option<HealthCompared>,
    pub problems: Vec<Note>,
}

impl Service {
    /// Says what a restore would do, and changes nothing, except that in place it first brings to an end what an
    /// interrupted restore left.
    pub fn plan_restore(&self, args: &RestoreArgs, job: &Job) -> Answer<PlannedRestore> {
        let mut notes = Vec::new();
        let catalog = self.catalog(&mut notes)?;
        let mut at = args.at.clone();
        if at.trim().eq_ignore_ascii_case("latest") {
            let profile = self.profile(args.deployment.as_deref())?;
            if let Some(taken) = self.to_take(&catalog, &profile, &args.components)? {
                at = taken.archive.to_string();
                notes.extend(taken.why);
            }
        }
        let chosen = self.choose(&catalog, args.deployment.as_deref(), &at)?;
        drop(catalog);
        let target = args.into.clone().map_or(Target::InPlace, Target::Into);
        let archive = chosen.path();
        let Some(profile) = &chosen.profile else {
            if target == Target::InPlace {
                let cause = "no settings on this machine say where its folders belong";
                let name = archive.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let name = name.split_once('_').map_or(name.as_str(), |(deployment, _)| deployment);
                let failure = Failure::new(Code::UnknownDeployment, name, cause);
                return Err(failure.then(
                    "Bring it back with holdfast recover --from its drive; or restore it into a folder with --into.",
                ));
            }
            return self.plan_chosen(None, archive, args, target, notes, job);
        };
        if target == Target::InPlace {
            self.settle_if_free(profile, &mut notes)?;
        }
        self.plan_chosen(Some(profile), archive, args, target, notes, job)
    }

    fn plan_chosen(
        &self,
        profile: Option<&Profile>,
        archive: PathBuf,
        args: &RestoreArgs,
        target: Target,
        mut notes: Vec<Note>,
        job: &Job,
    ) -> Answer<PlannedRestore> {
        let reading = self.reading(profile, Some(&archive), &args.keys)?;
        let roots = || profile.iter().flat_map(|p| &p.roots).map(|r| (r.name.as_str(), r.path.as_path()));
        let inner = |paths: &[PathBuf]| paths.iter().map(|path| inner(path, roots())).collect();
        let request = RestoreRequest {
            profile: profile.cloned(),
            archive,
            scope: Scope {
                components: args.components.clone(),
                paths: inner(&args.paths),
                except: inner(&args.except),
            },
            target,
            emergency: args.emergency,
        };
        let mut plan = restore::plan(self.context(), &reading, request, job)?;
        let mut notices = Note::all(plan.preview.notices.clone());
        if let Some(profile) = profile {
            self.point_to_whole(profile, &mut notices)?;
        }
        let profile = profile.filter(|_| plan.preview.in_place).cloned().map(Box::new);
        let preview = self.preview(
            &mut plan.preview,
            args.emergency,
            notes.iter().cloned().chain(notices.iter().cloned()).collect(),
        );
        notes.extend(notices);
        Ok(PlannedRestore { plan, reading, notes, profile, preview })
    }

    /// Does what was shown. Failed or cancelled, the target is as it was. `Code::ChangedSincePreview` where what was shown is
    /// no longer so.
    pub fn restore(&self, planned: PlannedRestore, job: &Job) -> Answer<RestoreAnswer> {
        let PlannedRestore { plan, reading, notes, profile, preview } = planned;
        let looked = profile.as_deref().map(|profile| (profile, format!("restore {}", self.clock().now())));
        let before = looked.as_ref().and_then(|(profile, at)| self.health_beside(profile, format!("before {at}"), job));
        let report = restore::run(self.context(), plan, job)?;
        drop(reading);
        let after = looked.as_ref().and_then(|(profile, at)| self.health_beside(profile, format!("after {at}"), job));
        // What was compared with the folder as it was.
        self.trees().clear();
        let health = before.zip(after).map(|(before, after)| compared(&before, after));
        Ok(RestoreAnswer { health, ..answer(report, preview, notes) })
    }

    /// `archived`: the present state is archived first.
    pub(super) fn preview(&self, engine: &mut Preview, archived: bool, problems: Vec<Note>) -> RestorePreview {
        let words = ChangeWords::of(engine, &self.moment(engine.at), archived);
        preview(engine, words, problems)
    }
}

pub(super) fn answer(report: RestoreReport, preview: RestorePreview, notes: Vec<Note>) -> RestoreAnswer {
    let mut problems = notes;
    problems.extend(Note::all(report.problems));
    RestoreAnswer {
        outcome: report.outcome,
        id: report.id,
        archive: report.archive,
        at: preview.at,
        deployment: preview.deployment,
        said: preview.done,
        files: report.files,
        bytes: report.bytes,
        seconds: report.seconds,
        roots: report.roots.into_iter().map(|r| RootInfo { name: r.name, path: r.path }).collect(),
        created: preview.created,
        replaced: preview.replaced,
        deleted: preview.deleted,
        preserved: report.preserved,
        emergency: report.emergency,
        in_use: in_use::all(report.in_use),
        health: None,
        problems,
    }
}

fn preview(engine: &mut Preview, words: ChangeWords, problems: Vec<Note>) -> RestorePreview {
    RestorePreview {
        archive: engine.archive.clone(),
        kind: engine.kind,
        at: engine.at,
        deployment: engine.deployment.clone(),
        headline: words.headline,
        effect: words.effect,
        leaves: words.leaves,
        deleted_said: words.deleted,
        nothing: engine.changes.is_empty(),
        done: words.done,
        in_place: engine.in_place,
        roots: engine.roots.clone(),
        created: engine.created,
        replaced: engine.replaced,
        deleted: engine.deleted,
        unchanged: engine.unchanged,
        kept: engine.kept,
        bytes_to_write: engine.bytes_to_write,
        bytes_to_copy: engine.bytes_to_copy,
        emergency_bytes: engine.emergency_bytes,
        free_bytes: engine.free_bytes,
        needs: engine.needs.clone(),
        changes: std::mem::take(&mut engine.changes),
        changes_truncated: engine.changes_truncated,
        in_use: in_use::all(std::mem::take(&mut engine.in_use)),
        problems,
    }
}
