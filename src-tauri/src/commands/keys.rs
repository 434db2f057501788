use super::call::{Args, Here, Shown, ask};
use crate::desk::broken;
use crate::kit as kit_window;
use holdfast_api::requests::{
    AddPersonArgs, CheckKitArgs, DeploymentArgs, KitArgs, PassphraseArgs, Planned, RemovePersonArgs, RotationArgs,
    SetupRunArgs,
};
use holdfast_api::{
    CheckAnswer, KeyAnswer, KitAnswer, KitGroups, KitPlace, PassphraseAnswer, PeopleAnswer, PlannedRotation,
    RotateAnswer, RotationPreview, SecretText,
};
use tauri::AppHandle;

#[tauri::command]
pub async fn key(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<KeyAnswer> {
    ask(&desk, move |desk| desk.service.key(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn change_passphrase(desk: Here<'_>, args: Args<PassphraseArgs>) -> Shown<PassphraseAnswer> {
    ask(&desk, move |desk| {
        let PassphraseArgs { deployment, old, new } = args.0;
        let (old, new) = (old.into_passphrase()?, new.into_passphrase()?);
        desk.service.change_passphrase(deployment.as_deref(), &old, &new)
    })
    .await
}

/// Into a file, or into a window of its own to be printed.
#[tauri::command]
pub async fn kit(app: AppHandle, desk: Here<'_>, args: Args<KitArgs>) -> Shown<KitAnswer> {
    ask(&desk, move |desk| {
        let KitArgs { deployment, file, keys } = args.0;
        let place = file.map_or(KitPlace::Hand, KitPlace::File);
        let (answer, page) = desk.service.kit(deployment.as_deref(), &place, &keys.into())?;
        if let Some(page) = page {
            kit_window::show(&app, SecretText::from(page)).map_err(broken)?;
        }
        Ok(answer)
    })
    .await
}

#[tauri::command]
pub async fn check_kit(desk: Here<'_>, args: Args<CheckKitArgs>) -> Shown<CheckAnswer> {
    ask(&desk, move |desk| desk.service.check_kit(&args.0.into())).await
}

#[tauri::command]
pub async fn people(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<PeopleAnswer> {
    ask(&desk, move |desk| desk.service.people(args.deployment.as_deref())).await
}

#[tauri::command]
pub async fn add_person(desk: Here<'_>, args: Args<AddPersonArgs>) -> Shown<PeopleAnswer> {
    ask(&desk, move |desk| desk.service.add_person(args.deployment.as_deref(), &args.name, &args.recipient)).await
}

#[tauri::command]
pub async fn remove_person(desk: Here<'_>, args: Args<RemovePersonArgs>) -> Shown<PeopleAnswer> {
    ask(&desk, move |desk| desk.service.remove_person(args.deployment.as_deref(), &args.who)).await
}

#[tauri::command]
pub async fn plan_rotation(desk: Here<'_>, args: Args<RotationArgs>) -> Shown<Planned<RotationPreview>> {
    ask(&desk, move |desk| {
        let planned = desk.service.plan_rotation(args.deployment.as_deref(), args.signing)?;
        let preview = planned.preview.clone();
        Ok(desk.hold(planned, preview))
    })
    .await
}

#[tauri::command]
pub async fn rotate(desk: Here<'_>, args: Args<SetupRunArgs>) -> Shown<RotateAnswer> {
    ask(&desk, move |desk| {
        let passphrase = args.0.passphrase.into_passphrase()?;
        let planned: PlannedRotation = desk.plans.take(&args.0.plan)?;
        desk.service.rotate(planned, &passphrase)
    })
    .await
}

#[tauri::command]
pub async fn kit_groups(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<KitGroups> {
    ask(&desk, move |desk| desk.service.kit_groups(args.deployment.as_deref())).await
}
