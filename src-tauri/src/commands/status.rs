use super::call::{Args, Here, ask};
use holdfast_api::requests::DeploymentArgs;
use holdfast_api::{Answer, DoctorAnswer, StatusAnswer};

#[tauri::command]
pub async fn status(desk: Here<'_>, args: Args<DeploymentArgs>) -> Answer<StatusAnswer> {
    ask(&desk, move |desk| desk.service.status(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn doctor(desk: Here<'_>) -> Answer<DoctorAnswer> {
    ask(&desk, |desk| desk.service.doctor()).await
}
