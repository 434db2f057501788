use super::call::{Args, Here, Shown, Task, ask, free_task, run};
use holdfast_api::requests::{
    PlanArgs, Planned, RecoverFindAnswer, RecoverFindArgs, RecoverOpenArgs, RecoverPlanArgs, RecoverTrustArgs,
};
use holdfast_api::{
    AppEvent, JobKind, MomentsAnswer, PlannedRecover, Progress, RecoverAnswer, RecoverOpened, RecoverPreview,
};
use std::sync::Arc;
use tauri::ipc::Channel;

/// Archives that were opened, and what would be done with them.
type Recovery = (Arc<RecoverOpened>, PlannedRecover);

#[tauri::command]
pub async fn recover_find(desk: Here<'_>, args: Args<RecoverFindArgs>) -> Shown<RecoverFindAnswer> {
    ask(&desk, move |desk| {
        let found = desk.service.recover_find(&args.from)?;
        Ok(RecoverFindAnswer { deployments: found.deployments })
    })
    .await
}

#[tauri::command]
pub async fn recover_open(
    desk: Here<'_>,
    args: Args<RecoverOpenArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<Planned<MomentsAnswer>> {
    free_task(&desk, Task { id: job, progress }, JobKind::Look, move |desk, job| {
        let found = desk.service.recover_find(&args.folder)?;
        let mut keys = args.keys();
        keys.keys.job = Some(job.clone());
        let name = args.deployment.as_ref().map(ToString::to_string);
        let opened = Arc::new(desk.service.recover_open(&found, name.as_deref(), &keys, job)?);
        let preview = opened.answer.clone();
        Ok(desk.hold(opened, preview))
    })
    .await
}

/// Takes the place of what was opened; where it fails, that stays as it was.
#[tauri::command]
pub async fn recover_trust(
    desk: Here<'_>,
    args: Args<RecoverTrustArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<Planned<MomentsAnswer>> {
    free_task(&desk, Task { id: job, progress }, JobKind::Look, move |desk, job| {
        let RecoverTrustArgs { opened: before, signed_by, accept_unverified } = args.0;
        let opened: Arc<RecoverOpened> = desk.plans.share(&before)?;
        let opened = desk.service.recover_trusting(&opened, signed_by.as_deref(), accept_unverified, job)?;
        let preview = opened.answer.clone();
        desk.plans.drop_plan(&before);
        Ok(desk.hold(Arc::new(opened), preview))
    })
    .await
}

#[tauri::command]
pub async fn plan_recover(
    desk: Here<'_>,
    args: Args<RecoverPlanArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<Planned<RecoverPreview>> {
    free_task(&desk, Task { id: job, progress }, JobKind::Look, move |desk, job| {
        let (opened, args) = args.0.split()?;
        let opened: Arc<RecoverOpened> = desk.plans.share(&opened)?;
        let planned = desk.service.plan_recover(&opened, &args, job)?;
        let preview = planned.preview.clone();
        let recovery: Recovery = (opened, planned);
        Ok(desk.hold(recovery, preview))
    })
    .await
}

#[tauri::command]
pub async fn recover(
    desk: Here<'_>,
    args: Args<PlanArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<RecoverAnswer> {
    ask(&desk, move |desk| {
        let (opened, planned): Recovery = desk.plans.take(&args.plan)?;
        let of = Some(planned.preview.restore.deployment.clone());
        let answer = run(desk, Task { id: job, progress }, JobKind::Recover, of, |service, job| {
            service.recover(&opened, planned, job)
        })?;
        desk.tell(AppEvent::SettingsChanged { deployment: Some(answer.restored.deployment.clone()) });
        Ok(answer)
    })
    .await
}
