use super::call::{Args, Here, Shown, ask};
use holdfast_api::requests::DeploymentArgs;
use holdfast_api::{DoctorAnswer, HistoryAnswer, OverviewAnswer, StatusAnswer, StorageAnswer, StorageArgs};

#[tauri::command]
pub async fn status(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<StatusAnswer> {
    ask(&desk, move |desk| desk.service.status(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn doctor(desk: Here<'_>) -> Shown<DoctorAnswer> {
    ask(&desk, |desk| desk.service.doctor()).await
}

#[tauri::command]
pub async fn overview(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<OverviewAnswer> {
    ask(&desk, move |desk| desk.service.overview(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn history(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<HistoryAnswer> {
    ask(&desk, move |desk| desk.service.history(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn storage(desk: Here<'_>, args: Args<StorageArgs>) -> Shown<StorageAnswer> {
    ask(&desk, move |desk| desk.service.storage(&args)).await
}
