use super::call::{Args, Here, ask};
use holdfast_api::requests::PlanArgs;
use holdfast_api::{Answer, AppEvent, Progress, RunningJob};
use serde_json::Value;
use tauri::ipc::Channel;

/// Those that go on, and those whose end nobody has seen.
#[tauri::command]
pub async fn jobs(desk: Here<'_>) -> Answer<Vec<RunningJob>> {
    Ok(desk.jobs.list())
}

#[tauri::command]
pub async fn join_job(desk: Here<'_>, job: String, progress: Channel<Progress>) -> Answer<Value> {
    ask(&desk, move |desk| desk.jobs.join(&job, Some(desk.watcher(Some(progress))))).await
}

#[tauri::command]
pub async fn cancel_job(desk: Here<'_>, job: String) -> Answer<()> {
    desk.jobs.cancel(&job);
    Ok(())
}

/// Where the window hears of what happens.
#[tauri::command]
pub async fn watch(desk: Here<'_>, events: Channel<AppEvent>) -> Answer<()> {
    desk.listen(events);
    Ok(())
}

#[tauri::command]
pub async fn drop_plan(desk: Here<'_>, args: Args<PlanArgs>) -> Answer<()> {
    desk.plans.drop_plan(&args.plan);
    Ok(())
}
