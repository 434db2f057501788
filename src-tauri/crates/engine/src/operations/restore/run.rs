use super::carry::Carrier;
use super::check::Databases;
use super::extract::{Extracted, Extraction};
use super::journal::{self, Journal, Stage, SwappedRoot};
use super::plan::{RestorePlan, Target, look};
use super::present::Present;
use super::target::TargetRoot;
use super::{check, swap};
use crate::archive::{Act, BeforeNote};
use crate::catalog::{Operation, Run};
use crate::deployment::{Classifier, Profile};
use crate::durable::{self, Lock};
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::operations::backup::{self, BackupReport, BackupRequest};
use crate::operations::context::Context;
use crate::operations::in_use::{self, Holder};
use holdfast_domain::{ArchiveName, Code, Kind, Level, Outcome, Problem};
use serde::Serialize;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a restore did.
#[derive(Debug, Clone, Serialize)]
pub struct RestoreReport {
    pub outcome: Outcome,
    /// Of a restore in place, what `undo` knows it by.
    pub id: Option<String>,
    pub archive: ArchiveName,
    pub files: u64,
    pub bytes: u64,
    /// As it is recorded: from when what was shown had been looked at again. It waits for nobody.
    pub seconds: f64,
    pub roots: Vec<RestoredRoot>,
    /// Where the state before the restore is preserved until it is let go.
    pub preserved: Vec<PathBuf>,
    /// The archive of the state before the restore.
    pub emergency: Option<ArchiveName>,
    /// Programs that still have files of the state before open: what they write goes there.
    pub in_use: Vec<Holder>,
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, Serialize)]
pub struct RestoredRoot {
    pub name: String,
    pub path: PathBuf,
}

/// Does what the plan says. Failed or cancelled, the target is as it was. In place it takes the deployment's lock, and
/// refuses with `Code::ChangedSincePreview` what the plan does not know of.
pub fn run(context: &Context, plan: RestorePlan, job: &Job) -> Result<RestoreReport> {
    match plan.request.target.clone() {
        Target::Into(folder) => {
            let started = context.clock.now();
            let report = into(context, plan, &folder, job)?;
            Ok(RestoreReport { seconds: seconds(started, context.clock.now()), ..report })
        }
        Target::InPlace => in_place(context, plan, job),
    }
}

fn report(plan: &RestorePlan, extracted: Extracted, problems: Problems) -> RestoreReport {
    let roots = plan.roots.iter().map(|r| RestoredRoot { name: r.name.clone(), path: r.path.clone() }).collect();
    RestoreReport {
        outcome: problems.outcome(),
        id: None,
        archive: plan.preview.archive.clone(),
        files: extracted.files,
        bytes: extracted.bytes,
        seconds: 0.0,
        roots,
        preserved: Vec::new(),
        emergency: None,
        in_use: Vec::new(),
        problems: problems.into_list(),
    }
}

/// Writes the roots into staged folders.
fn extract(
    context: &Context,
    plan: &RestorePlan,
    staged: &HashMap<Vec<u8>, PathBuf>,
    problems: &Problems,
    job: &Job,
    between: impl FnOnce() -> Result<()>,
) -> Result<Extracted> {
    job.phase(Phase::Restoring, plan.selection.files, plan.selection.bytes);
    let users = plan.owners.apply(context.users());
    let entries = || plan.selection.entries(&plan.moment);
    let extraction = Extraction {
        entries: &entries,
        readers: &plan.readers,
        roots: staged,
        users: &users,
        workers: context.workers,
        job,
        problems,
        salvage: false,
    };
    extraction.run(between)
}

/// Into another folder: written beside it and given its name when it is complete.
fn into(context: &Context, plan: RestorePlan, folder: &Path, job: &Job) -> Result<RestoreReport> {
    let folder = std::path::absolute(folder).map_err(|e| Error::io(folder, e))?;
    let parent = folder.parent().unwrap_or(Path::new("/"));
    let new_parents = first_missing(parent);
    fs::create_dir_all(parent).map_err(|e| Error::io(parent, e))?;
    let name = format!(".holdfast-restore-{}-{}", std::process::id(), context.clock.now().as_nanosecond());
    // A mount point cannot be given another folder's name: there it is written inside.
    let inside = is_mount_point(&folder, parent);
    let stage = if inside { folder.join(&name) } else { parent.join(&name) };
    let result = (|| {
        durable::create_private_dir(&stage)?;
        let problems = Problems::default();
        let staged = plan.roots.iter().map(|r| (r.name.clone().into_bytes(), stage.join(&r.name))).collect();
        let extracted = extract(context, &plan, &staged, &problems, job, || Ok(()))?;
        job.checkpoint()?;
        if inside {
            for root in &plan.roots {
                fs::rename(stage.join(&root.name), &root.path).map_err(|e| Error::io(&root.path, e))?;
            }
            fs::remove_dir(&stage).map_err(|e| Error::io(&stage, e))?;
        } else {
            let mode =
                fs::metadata(&folder).map_or(0o755, |m| std::os::unix::fs::PermissionsExt::mode(&m.permissions()));
            let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode & 0o7777);
            fs::set_permissions(&stage, permissions).map_err(|e| Error::io(&stage, e))?;
            fs::rename(&stage, &folder).map_err(|e| Error::io(&folder, e))?;
        }
        Ok(report(&plan, extracted, problems))
    })();
    let result = result.map_err(|e| of_target(e, &[(stage.as_path(), folder.as_path())]));
    if result.is_err() {
        let _ = swap::remove_tree(&stage);
        // Only folders that were made here and are still empty.
        if let Some(first) = new_parents {
            for made in parent.ancestors().take_while(|p| p.starts_with(&first)) {
                let _ = fs::remove_dir(made);
            }
        }
    }
    result
}

/// An error from staging, told of the place that the person named: `places` has each staged folder with that place. Space
/// that runs out there is the target's, not the archives'.
fn of_target(error: Error, places: &[(&Path, &Path)]) -> Error {
    let about = Path::new(error.subject()).to_owned();
    let staged = places.iter().find_map(|(staged, named)| Some((*named, about.strip_prefix(staged).ok()?)));
    let full = error.code() == Code::DestinationFull;
    match (staged, places.first()) {
        (Some((named, rest)), _) if full => too_little_space(error, named, &format!(", at {}", rest.display())),
        (None, Some((_, named))) if full => too_little_space(error, named, ""),
        (Some((named, rest)), _) => {
            error.with_subject(named.components().chain(rest.components()).collect::<PathBuf>().display())
        }
        (None, _) => error,
    }
}

fn too_little_space(error: Error, named: &Path, at: &str) -> Error {
    let cause = format!("{}{at}; nothing of it was kept", error.cause());
    Error::new(Code::NotEnoughSpace, named.display(), cause).with_source(error)
}

fn first_missing(path: &Path) -> Option<PathBuf> {
    path.ancestors().take_while(|p| !p.exists()).last().map(Path::to_owned)
}

fn is_mount_point(folder: &Path, parent: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(folder), fs::metadata(parent)) {
        (Ok(folder), Ok(parent)) => folder.dev() != parent.dev(),
        _ => false,
    }
}

/// In place: stage beside, check, exchange, preserve.
fn in_place(context: &Context, plan: RestorePlan, job: &Job) -> Result<RestoreReport> {
    let Some(profile) = plan.request.profile.clone() else {
        return Err(Error::new(Code::UnknownDeployment, &plan.preview.archive, "no settings say where it belongs"));
    };
    let lock = Arc::new(context.lock(profile.name.as_str(), "a restore")?);
    journal::recover_interrupted(context, &profile.id)?;
    job.phase(Phase::Preparing, 0, 0);
    plan.require_unchanged(context, job)?;
    let started = context.clock.now();
    let problems = Problems::default();
    let id = format!("{}-{}", started.strftime("%Y%m%dT%H%M%S%6fZ"), std::process::id());
    let emergency = if plan.request.emergency {
        let before = BeforeNote { act: Act::Restore, restore: id.clone(), part: !plan.request.scope.is_everything() };
        emergency(context, &profile, before, &lock, job, &problems)?
    } else {
        None
    };

    let mut journal = Journal {
        id: id.clone(),
        deployment_id: profile.id.clone(),
        archive: plan.preview.archive.clone(),
        at: started,
        stage: Stage::Staging,
        roots: plan.roots.iter().map(|root| aside(root, &id)).collect(),
    };
    journal.save(context)?;
    let staged = stage(context, &plan, &journal, &problems, job);
    let (extracted, databases) = match staged {
        Ok(staged) => staged,
        Err(e) => {
            // Nothing was exchanged. What cannot be removed now is removed at the next start.
            if journal.remove_aside().is_ok() {
                let _ = journal.forget(context);
            }
            let places: Vec<_> = journal.roots.iter().map(|r| (r.aside.as_path(), r.live.as_path())).collect();
            return Err(of_target(e, &places));
        }
    };
    job.phase(Phase::Swapping, 0, 0);
    for root in &mut journal.roots {
        root.new = Some(swap::identity_of(&root.aside)?);
        root.set_aside = Some(swap::time_there(root.aside.parent().unwrap_or(Path::new("/")))?);
    }
    // From here on it goes through: a kill is completed by the next start, so cancelling comes too late.
    journal.advance(context, Stage::Swapping)?;
    journal.swap()?;
    journal.advance(context, Stage::Done)?;
    journal.remove_empty_folders();
    let in_use = journal::in_use_aside(context, &profile.id)?;
    if !in_use.is_empty() {
        let cause = "what they write goes into the state that was set aside";
        problems.report(Code::StillInUse, in_use::named(&in_use), cause);
    }
    let mut report = report(&plan, extracted, problems);
    report.in_use = in_use;
    report.preserved = journal.roots.iter().filter(|r| r.existed).map(|r| r.aside.clone()).collect();
    report.id = Some(id);
    report.emergency = emergency;
    let ended = context.clock.now();
    report.seconds = seconds(started, ended);
    record(context, &profile.id, (started, ended), &report, plan.request.scope.is_everything(), databases)?;
    Ok(report)
}

fn aside(root: &TargetRoot, id: &str) -> SwappedRoot {
    let parent = root.path.parent().unwrap_or(Path::new("/"));
    let folder = parent.join(format!(".holdfast-{id}"));
    SwappedRoot {
        name: root.name.clone(),
        live: root.path.clone(),
        aside: folder.join(&root.name),
        existed: root.exists,
        new: None,
        file: root.file,
        set_aside: None,
    }
}

/// Writes the new state of every root, with what comes along from the live one, checks it, and makes it durable. With what was
/// found of its databases.
fn stage(
    context: &Context,
    plan: &RestorePlan,
    journal: &Journal,
    problems: &Problems,
    job: &Job,
) -> Result<(Extracted, Databases)> {
    let mut staged = HashMap::new();
    for root in &journal.roots {
        let around = root.aside.parent().unwrap_or(Path::new("/"));
        // Where the whole place is gone, what leads to it must be open to those who use it, as folders usually are.
        let parent = root.live.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(parent).map_err(|e| Error::io(parent, e))?;
        durable::create_private_dir(around)?;
        if !root.file {
            durable::create_private_dir(&root.aside)?;
        }
        staged.insert(root.name.clone().into_bytes(), root.aside.clone());
    }
    let classifier = plan.request.profile.as_ref().map(|p| Classifier::new(p, context.home.path())).transpose()?;
    let mut written = plan.written.clone();
    let result = extract(context, plan, &staged, problems, job, || {
        written.extend(look(context, plan.request.profile.as_ref(), &plan.roots)?.written);
        let present = Present { roots: &plan.roots, classifier: classifier.as_ref(), written: &written };
        // Of a single file nothing comes along: it is the whole root.
        for (root, target) in journal.roots.iter().zip(&plan.roots).filter(|(r, _)| r.existed && !r.file) {
            let mut carrier = Carrier::new(&target.name, &target.path, &root.aside, &written, job);
            present.visit(target, &plan.selection, job, &mut |item| carrier.take(item))?;
            carrier.finish()?;
        }
        Ok(())
    })?;
    let databases = check::staged(plan, &staged, context.workers, job)?;
    for root in &journal.roots {
        let folder = fs::File::open(&root.aside).map_err(|e| Error::io(&root.aside, e))?;
        rustix::fs::syncfs(&folder).map_err(|e| Error::io(&root.aside, e))?;
    }
    job.checkpoint()?;
    Ok((result, databases))
}

/// An archive of the present state, first. That it cannot be made does not stop a restore: the present state is preserved
/// beside the new one in any case.
fn emergency(
    context: &Context,
    profile: &Profile,
    before: BeforeNote,
    lock: &Arc<Lock>,
    job: &Job,
    problems: &Problems,
) -> Result<Option<ArchiveName>> {
    if !profile.roots.iter().all(|root| root.file || root.path.is_dir()) {
        return Ok(None);
    }
    match archive_present(context, profile, before, lock, job) {
        Ok(report) => Ok(Some(report.archive)),
        Err(e) if e.is_cancelled() => Err(e),
        Err(e) => {
            problems.report(Code::EmergencyFailed, profile.name.as_str(), format!("{}: {}", e.subject(), e.cause()));
            Ok(None)
        }
    }
}

/// Makes an archive of the present state. The deployment's lock must be held.
pub(crate) fn archive_present(
    context: &Context,
    profile: &Profile,
    before: BeforeNote,
    lock: &Arc<Lock>,
    job: &Job,
) -> Result<BackupReport> {
    let request = BackupRequest {
        level: Some(Level::Hourly),
        kind: Kind::Emergency,
        allow_empty: true,
        before: Some(before),
        ..BackupRequest::default()
    };
    let plan = backup::plan_locked(context, profile, request, job, lock.clone())?;
    backup::run(context, plan, job)
}

fn seconds(started: jiff::Timestamp, ended: jiff::Timestamp) -> f64 {
    ended.duration_since(started).as_secs_f64().max(0.0)
}

/// `everything` and `databases` tell how much a restore proves.
fn record(
    context: &Context,
    deployment_id: &str,
    (started, ended): (jiff::Timestamp, jiff::Timestamp),
    report: &RestoreReport,
    everything: bool,
    databases: Databases,
) -> Result<()> {
    let (catalog, _) = context.catalog()?;
    let run = Run {
        deployment_id: deployment_id.to_owned(),
        operation: Operation::Restore,
        started,
        ended,
        outcome: report.outcome,
        archive: Some(report.archive.clone()),
        files: report.files,
        bytes: report.bytes,
        stored_bytes: 0,
        summary: serde_json::json!({
            "id": report.id,
            "everything": everything,
            "databases": databases.sound,
            "damaged_databases": databases.damaged,
        }),
        problems: report.problems.clone(),
    };
    catalog.runs().insert(&run).map(|_| ())
}
