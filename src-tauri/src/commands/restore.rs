use super::call::{Args, Here, Shown, Task, ask, free_task, run, task};
use holdfast_api::requests::{DeploymentArgs, PlanArgs, Planned};
use holdfast_api::{
    ForgetAnswer, ForgetArgs, JobKind, PlannedRestore, PlannedUndo, Progress, RestoreAnswer, RestoreArgs,
    RestorePreview, SetAside, UndoAnswer, UndoPreview,
};
use tauri::ipc::Channel;

#[tauri::command]
pub async fn plan_restore(
    desk: Here<'_>,
    mut args: Args<RestoreArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<Planned<RestorePreview>> {
    free_task(&desk, Task { id: job, progress }, JobKind::Look, move |desk, job| {
        args.0.keys.job = Some(job.clone());
        let planned = desk.service.plan_restore(&args, job)?;
        let preview = planned.preview.clone();
        Ok(desk.hold(planned, preview))
    })
    .await
}

#[tauri::command]
pub async fn restore(
    desk: Here<'_>,
    args: Args<PlanArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<RestoreAnswer> {
    ask(&desk, move |desk| {
        let planned: PlannedRestore = desk.plans.take(&args.plan)?;
        let of = Some(planned.preview.deployment.clone());
        run(desk, Task { id: job, progress }, JobKind::Restore, of, |service, job| service.restore(planned, job))
    })
    .await
}

#[tauri::command]
pub async fn plan_undo(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<Planned<UndoPreview>> {
    ask(&desk, move |desk| {
        let planned = desk.service.plan_undo(args.deployment.as_deref(), true)?;
        let preview = planned.preview.clone();
        Ok(desk.hold(planned, preview))
    })
    .await
}

#[tauri::command]
pub async fn undo(desk: Here<'_>, args: Args<PlanArgs>, job: String, progress: Channel<Progress>) -> Shown<UndoAnswer> {
    ask(&desk, move |desk| {
        let planned: PlannedUndo = desk.plans.take(&args.plan)?;
        let of = Some(planned.preview.deployment.clone());
        run(desk, Task { id: job, progress }, JobKind::Undo, of, |service, job| {
            // The page names who has the folder open, and what that means.
            let planned = if planned.preview.in_use.is_empty() { planned } else { planned.despite_use() };
            service.undo(planned, job)
        })
    })
    .await
}

#[tauri::command]
pub async fn preserved(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<Vec<SetAside>> {
    ask(&desk, move |desk| desk.service.preserved(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn forget(
    desk: Here<'_>,
    args: Args<ForgetArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<ForgetAnswer> {
    let (at, of) = (Task { id: job, progress }, args.deployment.clone());
    task(&desk, at, JobKind::Forget, of, move |service, job| service.forget(&args, job)).await
}
