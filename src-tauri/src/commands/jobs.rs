use super::call::{Args, Here, Shown, ask, shown};
use holdfast_api::requests::PlanArgs;
use holdfast_api::words::window::InWindow;
use holdfast_api::{AppEvent, Progress, RunningJob};
use serde_json::Value;
use tauri::ipc::Channel;

/// Those that go on, and those whose end nobody has seen.
#[tauri::command]
pub async fn jobs(desk: Here<'_>) -> Shown<Vec<RunningJob>> {
    shown(Ok(desk.jobs.list()))
}

#[tauri::command]
pub async fn join_job(desk: Here<'_>, job: String, progress: Channel<Progress>) -> Shown<Value> {
    ask(&desk, move |desk| desk.jobs.join(&job, Some(desk.watcher(Some(progress))))).await
}

#[tauri::command]
pub async fn cancel_job(desk: Here<'_>, job: String) -> Shown<()> {
    desk.jobs.cancel(&job);
    shown(Ok(()))
}

/// Where the window hears of what happens.
#[tauri::command]
pub async fn watch(desk: Here<'_>, events: Channel<InWindow<AppEvent>>) -> Shown<()> {
    desk.listen(events);
    shown(Ok(()))
}

#[tauri::command]
pub async fn drop_plan(desk: Here<'_>, args: Args<PlanArgs>) -> Shown<()> {
    desk.plans.drop_plan(&args.plan);
    shown(Ok(()))
}
