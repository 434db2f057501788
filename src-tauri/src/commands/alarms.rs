use super::call::{Args, Here, Shown, ask};
use holdfast_api::{AcknowledgeAnswer, AcknowledgeArgs, AlarmList, AlarmsArgs};

/// What looked wrong in backups.
#[tauri::command]
pub async fn alarms(desk: Here<'_>, args: Args<AlarmsArgs>) -> Shown<AlarmList> {
    ask(&desk, move |desk| desk.service.alarms(&args)).await
}

/// That it was meant; also takes that back.
#[tauri::command]
pub async fn acknowledge(desk: Here<'_>, args: Args<AcknowledgeArgs>) -> Shown<AcknowledgeAnswer> {
    ask(&desk, move |desk| {
        let answer = desk.service.acknowledge(&args)?;
        desk.status_changed();
        Ok(answer)
    })
    .await
}
