use super::call::{Args, Here, Shown, Task, ask, free_task, run, task};
use holdfast_api::requests::{DeploymentArgs, PlanArgs, Planned, SalvageArgs, UnlockArgs};
use holdfast_api::{
    AppEvent, ArchiveList, BackupAnswer, BackupArgs, BrowseAnswer, BrowseArgs, DeleteAnswer, DeleteArgs, DeletePreview,
    DiffAnswer, DiffArgs, JobKind, Keys, PinAnswer, PinArgs, PlannedDelete, PlannedPrune, Progress, PruneAnswer,
    PrunePreview, RebuildAnswer, SalvageAnswer, SearchAnswer, SearchArgs, SettleAnswer, SettleArgs, SettledAnswer,
    ShowAnswer, ShowArgs, TextAnswer, TextArgs, VerifyAnswer, VerifyArgs,
};
use tauri::ipc::Channel;

#[tauri::command]
pub async fn archives(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<ArchiveList> {
    ask(&desk, move |desk| desk.service.archives(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn show(desk: Here<'_>, args: Args<ShowArgs>) -> Shown<ShowAnswer> {
    ask(&desk, move |desk| Ok(desk.service.open(&args)?.answer)).await
}

#[tauri::command]
pub async fn backup(
    desk: Here<'_>,
    args: Args<BackupArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<BackupAnswer> {
    let at = Task { id: job, progress };
    task(&desk, at, JobKind::Backup, args.deployment.clone(), move |service, job| service.backup(&args, job)).await
}

#[tauri::command]
pub async fn verify(
    desk: Here<'_>,
    mut args: Args<VerifyArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<VerifyAnswer> {
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
) -> Shown<DiffAnswer> {
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
) -> Shown<Planned<PrunePreview>> {
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
) -> Shown<PruneAnswer> {
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
) -> Shown<RebuildAnswer> {
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
) -> Shown<SalvageAnswer> {
    free_task(&desk, Task { id: job, progress }, JobKind::Salvage, move |desk, job| {
        let SalvageArgs { deployment, archive, into, keys } = args.0;
        desk.service.salvage(deployment.as_deref(), &archive, &into, &keys.into(), job)
    })
    .await
}

#[tauri::command]
pub async fn browse(desk: Here<'_>, args: Args<BrowseArgs>) -> Shown<BrowseAnswer> {
    ask(&desk, move |desk| desk.service.browse(&args)).await
}

#[tauri::command]
pub async fn search_archive(desk: Here<'_>, args: Args<SearchArgs>) -> Shown<SearchAnswer> {
    ask(&desk, move |desk| desk.service.search_archive(&args)).await
}

#[tauri::command]
pub async fn preview_text(desk: Here<'_>, args: Args<TextArgs>) -> Shown<TextAnswer> {
    ask(&desk, move |desk| desk.service.preview_text(&args)).await
}

#[tauri::command]
pub async fn pin(desk: Here<'_>, args: Args<PinArgs>) -> Shown<PinAnswer> {
    ask(&desk, move |desk| {
        let answer = desk.service.pin(&args)?;
        desk.tell(AppEvent::ArchivesChanged { deployment: Some(answer.deployment.clone()) });
        Ok(answer)
    })
    .await
}

/// Settles or takes back the losses that the person was shown by name, and no other.
#[tauri::command]
pub async fn settle(desk: Here<'_>, args: Args<SettleArgs>) -> Shown<SettleAnswer> {
    ask(&desk, move |desk| {
        let planned = desk.service.plan_settle(&args)?;
        let answer = desk.service.settle_losses(planned)?;
        desk.tell(AppEvent::ArchivesChanged { deployment: Some(answer.deployment.clone()) });
        Ok(answer)
    })
    .await
}

/// What was settled, and can be taken back.
#[tauri::command]
pub async fn settled(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<SettledAnswer> {
    ask(&desk, move |desk| desk.service.settled(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn plan_delete(desk: Here<'_>, args: Args<DeleteArgs>) -> Shown<Planned<DeletePreview>> {
    ask(&desk, move |desk| {
        let planned = desk.service.plan_delete(&args)?;
        let preview = planned.preview.clone();
        Ok(desk.hold(planned, preview))
    })
    .await
}

#[tauri::command]
pub async fn delete_archive(
    desk: Here<'_>,
    args: Args<PlanArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<DeleteAnswer> {
    ask(&desk, move |desk| {
        let planned: PlannedDelete = desk.plans.take(&args.plan)?;
        let archive = planned.preview.archive.clone();
        let of = Some(archive.deployment().to_string());
        run(desk, Task { id: job, progress }, JobKind::Prune, of, |service, job| service.delete_archive(planned, job))
    })
    .await
}
