use super::call::{Args, Here, Shown, Task, ask, free_task, shown};
use holdfast_api::requests::{PassphraseText, Planned, SetupRunArgs, StrengthAnswer};
use holdfast_api::{
    AppEvent, FindAnswer, JobKind, PlaceFacts, PlannedSetup, Progress, ProposePlaceArgs, SetupAnswer, SetupArgs,
    SetupCheck, SetupCheckArgs, SetupPreview, this_machine,
};
use tauri::ipc::Channel;

#[tauri::command]
pub async fn find(desk: Here<'_>, job: String, progress: Channel<Progress>) -> Shown<FindAnswer> {
    free_task(&desk, Task { id: job, progress }, JobKind::Look, |desk, job| desk.service.find(&this_machine()?, job))
        .await
}

#[tauri::command]
pub async fn passphrase_strength(args: Args<PassphraseText>) -> Shown<StrengthAnswer> {
    shown(StrengthAnswer::of(args.0))
}

#[tauri::command]
pub async fn check_setup(desk: Here<'_>, args: Args<SetupCheckArgs>) -> Shown<SetupCheck> {
    ask(&desk, move |desk| desk.service.check_setup(&args.0)).await
}

#[tauri::command]
pub async fn propose_place(desk: Here<'_>, args: Args<ProposePlaceArgs>) -> Shown<Option<PlaceFacts>> {
    ask(&desk, move |desk| Ok(desk.service.propose_place(&this_machine()?, &args))).await
}

#[tauri::command]
pub async fn plan_setup(
    desk: Here<'_>,
    args: Args<SetupArgs>,
    job: String,
    progress: Channel<Progress>,
) -> Shown<Planned<SetupPreview>> {
    free_task(&desk, Task { id: job, progress }, JobKind::Look, move |desk, job| {
        let args = SetupArgs { machine: this_machine().ok(), ..args.0 };
        let planned = desk.service.plan_setup(args, job)?;
        let preview = planned.preview.clone();
        Ok(desk.hold(planned, preview))
    })
    .await
}

#[tauri::command]
pub async fn setup(desk: Here<'_>, args: Args<SetupRunArgs>) -> Shown<SetupAnswer> {
    ask(&desk, move |desk| {
        let passphrase = args.0.passphrase.into_passphrase()?;
        let planned: PlannedSetup = desk.plans.take(&args.0.plan)?;
        let answer = desk.service.setup(planned, &passphrase)?;
        desk.tell(AppEvent::SettingsChanged { deployment: Some(answer.deployment.to_string()) });
        desk.poke(crate::desk::Poke::Look);
        Ok(answer)
    })
    .await
}
