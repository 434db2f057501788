use super::call::{Args, Here, Shown, ask};
use holdfast_api::requests::DeploymentArgs;
use holdfast_api::{
    DiagnosticsAnswer, DoctorAnswer, HistoryAnswer, OverviewAnswer, PauseAnswer, PauseArgs, ResumeAnswer, StatusAnswer,
    StorageAnswer, StorageArgs,
};
use std::sync::atomic::Ordering;

#[tauri::command]
pub async fn status(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<StatusAnswer> {
    ask(&desk, move |desk| desk.service.status(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn doctor(desk: Here<'_>) -> Shown<DoctorAnswer> {
    ask(&desk, |desk| desk.service.doctor()).await
}

/// Nothing is made by itself until then; what the person asks for is.
#[tauri::command]
pub async fn pause(desk: Here<'_>, args: Args<PauseArgs>) -> Shown<PauseAnswer> {
    ask(&desk, move |desk| {
        let paused = desk.service.pause(&args)?;
        desk.status_changed();
        Ok(paused)
    })
    .await
}

#[tauri::command]
pub async fn resume(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<ResumeAnswer> {
    ask(&desk, move |desk| {
        let resumed = desk.service.resume(args.deployment.as_deref())?;
        desk.status_changed();
        Ok(resumed)
    })
    .await
}

/// For a report; holds no name, path or address.
#[tauri::command]
pub async fn diagnostics(desk: Here<'_>) -> Shown<DiagnosticsAnswer> {
    ask(&desk, |desk| desk.service.diagnostics(Some(desk.in_tray.load(Ordering::Relaxed)))).await
}

#[tauri::command]
pub async fn overview(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<OverviewAnswer> {
    ask(&desk, move |desk| {
        let overview = desk.service.overview(args.deployment.as_deref())?;
        desk.compare(overview.deployment.as_str(), overview.state);
        Ok(overview)
    })
    .await
}

#[tauri::command]
pub async fn history(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<HistoryAnswer> {
    ask(&desk, move |desk| desk.service.history(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn storage(desk: Here<'_>, args: Args<StorageArgs>) -> Shown<StorageAnswer> {
    ask(&desk, move |desk| desk.service.storage(&args)).await
}
