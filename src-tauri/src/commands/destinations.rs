use super::call::{Args, Here, Shown, Task, ask, free_task, run, task};
use holdfast_api::requests::{DeploymentArgs, NamedDestination, PlanArgs, Planned, RenameDestination};
use holdfast_api::{
    AddCloudArgs, AddDestinationArgs, AppEvent, CopyAnswer, CopyArgs, CopyCheckAnswer, CopyPreview, DestinationAnswer,
    DestinationInfo, DestinationList, DriveList, ExportAnswer, ExportArgs, ExportPreview, JobKind, PlannedDestination,
    PlannedExport, Progress,
};
use tauri::ipc::Channel;

#[tauri::command]
pub async fn destinations(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<DestinationList> {
    ask(&desk, move |desk| desk.service.destinations(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn plan_destination(desk: Here<'_>, args: Args<AddDestinationArgs>) -> Shown<Planned<DestinationInfo>> {
    ask(&desk, move |desk| {
        let planned = desk.service.plan_destination(args.0)?;
        let preview = planned.preview.clone();
        Ok(desk.hold(planned, preview))
    })
    .await
}

#[tauri::command]
pub async fn add_destination(desk: Here<'_>, args: Args<PlanArgs>) -> Shown<DestinationAnswer> {
    ask(&desk, move |desk| {
        let planned: PlannedDestination = desk.plans.take(&args.plan)?;
        let answer = desk.service.add_destination(planned)?;
        desk.tell(AppEvent::SettingsChanged { deployment: Some(answer.deployment.clone()) });
        Ok(answer)
    })
    .await
}

/// Asks the service, and writes there only what opening the archives-to-be needs.
#[tauri::command]
pub async fn add_cloud(desk: Here<'_>, args: Args<AddCloudArgs>) -> Shown<DestinationAnswer> {
    ask(&desk, move |desk| {
        let answer = desk.service.add_cloud_as_typed(args.0)?;
        desk.tell(AppEvent::SettingsChanged { deployment: Some(answer.deployment.clone()) });
        Ok(answer)
    })
    .await
}

#[tauri::command]
pub async fn rename_destination(desk: Here<'_>, args: Args<RenameDestination>) -> Shown<DestinationAnswer> {
    ask(&desk, move |desk| {
        let answer = desk.service.rename_destination(args.deployment.as_deref(), &args.name, &args.to)?;
        desk.tell(AppEvent::SettingsChanged { deployment: Some(answer.deployment.clone()) });
        Ok(answer)
    })
    .await
}

#[tauri::command]
pub async fn remove_destination(desk: Here<'_>, args: Args<NamedDestination>) -> Shown<DestinationAnswer> {
    ask(&desk, move |desk| {
        let answer = desk.service.remove_destination(args.deployment.as_deref(), &args.name)?;
        desk.tell(AppEvent::SettingsChanged { deployment: Some(answer.deployment.clone()) });
        Ok(answer)
    })
    .await
}

#[tauri::command]
pub async fn copy(desk: Here<'_>, args: Args<CopyArgs>, job: String, progress: Channel<Progress>) -> Shown<CopyAnswer> {
    let at = Task { id: job, progress };
    task(&desk, at, JobKind::Copy, args.deployment.clone(), move |service, job| service.copy(&args, job)).await
}

#[tauri::command]
pub async fn plan_copy(
    desk: Here<'_>,
    args: Args<CopyArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<CopyPreview> {
    free_task(&desk, Task { id: job, progress }, JobKind::Look, move |desk, job| desk.service.plan_copy(&args, job))
        .await
}

#[tauri::command]
pub async fn check_copies(
    desk: Here<'_>,
    args: Args<CopyArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<CopyCheckAnswer> {
    let at = Task { id: job, progress };
    task(&desk, at, JobKind::Verify, args.deployment.clone(), move |service, job| service.check_copies(&args, job))
        .await
}

#[tauri::command]
pub async fn plan_export(
    desk: Here<'_>,
    mut args: Args<ExportArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<Planned<ExportPreview>> {
    free_task(&desk, Task { id: job, progress }, JobKind::Look, move |desk, job| {
        args.0.keys.job = Some(job.clone());
        let planned = desk.service.plan_export(&args, job)?;
        let preview = planned.preview.clone();
        Ok(desk.hold(planned, preview))
    })
    .await
}

#[tauri::command]
pub async fn export(
    desk: Here<'_>,
    args: Args<PlanArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<ExportAnswer> {
    ask(&desk, move |desk| {
        let planned: PlannedExport = desk.plans.take(&args.plan)?;
        let of = Some(planned.preview.deployment.clone());
        run(desk, Task { id: job, progress }, JobKind::Export, of, |service, job| service.export(planned, job))
    })
    .await
}

#[tauri::command]
pub async fn drives(desk: Here<'_>) -> Shown<DriveList> {
    ask(&desk, |desk| desk.service.drives()).await
}

/// Brings damaged archives and copies back from good ones.
#[tauri::command]
pub async fn repair_copies(
    desk: Here<'_>,
    args: Args<DeploymentArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<CopyAnswer> {
    let (at, of) = (Task { id: job, progress }, args.deployment.clone());
    task(&desk, at, JobKind::Copy, of, move |service, job| service.repair_copies(args.deployment.as_deref(), job)).await
}
