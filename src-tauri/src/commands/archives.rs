use super::call::{Args, Here, Task, ask, free_task, run, task};
use holdfast_api::requests::{DeploymentArgs, PlanArgs, Planned, SalvageArgs, UnlockArgs};
use holdfast_api::{
    Answer, ArchiveList, BackupAnswer, BackupArgs, DiffAnswer, DiffArgs, JobKind, Keys, PlannedPrune, Progress,
    PruneAnswer, PrunePreview, RebuildAnswer, SalvageAnswer, ShowAnswer, ShowArgs, VerifyAnswer, VerifyArgs,
};
use tauri::ipc::Channel;

#[tauri::command]
pub async fn archives(desk: Here<'_>, args: Args<DeploymentArgs>) -> Answer<ArchiveList> {
    ask(&desk, move |desk| desk.service.archives(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn show(desk: Here<'_>, args: Args<ShowArgs>) -> Answer<ShowAnswer> {
    ask(&desk, move |desk| Ok(desk.service.open(&args)?.answer)).await
}

#[tauri::command]
pub async fn backup(
    desk: Here<'_>,
    args: Args<BackupArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Answer<BackupAnswer> {
    let at = Task { id: job, progress };
    task(&desk, at, JobKind::Backup, args.deployment.clone(), move |service, job| service.backup(&args, job)).await
}

#[tauri::command]
pub async fn verify(
    desk: Here<'_>,
    mut args: Args<VerifyArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Answer<VerifyAnswer> {
    let at = Task { id: job, progress };
    free_task(&desk, at, JobKind::Verify, move |desk, job| {
        args.0.keys.job = Some(job.clone());
        desk.service.verify(&args, job)
    })
    .await
}

#[tauri::command]
pub async fn diff(
    desk: Here<'_>,
    mut args: Args<DiffArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Answer<DiffAnswer> {
    let at = Task { id: job, progress };
    free_task(&desk, at, JobKind::Look, move |desk, job| {
        args.0.keys.job = Some(job.clone());
        desk.service.diff(&args, job)
    })
    .await
}

#[tauri::command]
pub async fn plan_prune(
    desk: Here<'_>,
    args: Args<DeploymentArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Answer<Planned<PrunePreview>> {
    free_task(&desk, Task { id: job, progress }, JobKind::Look, move |desk, job| {
        let planned = desk.service.plan_prune(args.deployment.as_deref(), job)?;
        let preview = planned.preview.clone();
        Ok(desk.hold(planned, preview))
    })
    .await
}

#[tauri::command]
pub async fn prune(
    desk: Here<'_>,
    args: Args<PlanArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Answer<PruneAnswer> {
    ask(&desk, move |desk| {
        let planned: PlannedPrune = desk.plans.take(&args.plan)?;
        let of = Some(planned.preview.deployment.clone());
        run(desk, Task { id: job, progress }, JobKind::Prune, of, |service, job| service.prune(planned, job))
    })
    .await
}

#[tauri::command]
pub async fn rebuild_catalog(
    desk: Here<'_>,
    args: Args<UnlockArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Answer<RebuildAnswer> {
    let at = Task { id: job, progress };
    task(&desk, at, JobKind::Rebuild, args.deployment.clone(), move |service, job| {
        let keys = Keys { job: Some(job.clone()), ..args.0.keys.into() };
        service.rebuild_catalog(args.0.deployment.as_deref(), &keys, job)
    })
    .await
}

#[tauri::command]
pub async fn salvage(
    desk: Here<'_>,
    args: Args<SalvageArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Answer<SalvageAnswer> {
    free_task(&desk, Task { id: job, progress }, JobKind::Salvage, move |desk, job| {
        let SalvageArgs { deployment, archive, into, keys } = args.0;
        desk.service.salvage(deployment.as_deref(), &archive, &into, &keys.into(), job)
    })
    .await
}
