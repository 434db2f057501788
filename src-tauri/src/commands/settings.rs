use super::call::{Args, Here, Shown, ask};
use crate::autostart::Autostart;
use crate::desk::Desk;
use holdfast_api::requests::DeploymentArgs;
use holdfast_api::{
    Answer, AppEvent, AppSettings, AppSettingsArgs, Closing, DeploymentSettings, SettingsAnswer, SettingsArgs,
    SettingsCheck, Silent,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[tauri::command]
pub async fn app_settings(desk: Here<'_>) -> Shown<AppSettings> {
    ask(&desk, |desk| present(desk)).await
}

#[tauri::command]
pub async fn write_app_settings(desk: Here<'_>, args: Args<AppSettingsArgs>) -> Shown<AppSettings> {
    ask(&desk, move |desk| {
        desk.service.set_notify(args.notify)?;
        Autostart::of_this_user()?.set(args.start_at_login)?;
        desk.tell(AppEvent::SettingsChanged { deployment: None });
        present(desk)
    })
    .await
}

fn present(desk: &Desk) -> Answer<AppSettings> {
    let in_tray = desk.in_tray.load(Ordering::Relaxed);
    Ok(AppSettings {
        start_at_login: Autostart::of_this_user()?.is_on(),
        notify: desk.service.notifies(),
        log_folder: desk.service.home().join("logs"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        closing: if in_tray { Closing::Hides } else { Closing::Ends },
        without: desk.service.without(in_tray),
    })
}

#[tauri::command]
pub async fn settings(desk: Here<'_>, args: Args<DeploymentArgs>) -> Shown<SettingsAnswer> {
    ask(&desk, move |desk| {
        let job = desk.service.job(Arc::new(Silent));
        whole(desk, desk.service.settings(args.deployment.as_deref(), &job)?)
    })
    .await
}

#[tauri::command]
pub async fn check_settings(desk: Here<'_>, args: Args<SettingsArgs>) -> Shown<SettingsCheck> {
    ask(&desk, move |desk| desk.service.check_settings(&args)).await
}

#[tauri::command]
pub async fn write_settings(desk: Here<'_>, args: Args<SettingsArgs>) -> Shown<SettingsAnswer> {
    ask(&desk, move |desk| {
        let job = desk.service.job(Arc::new(Silent));
        let written = desk.service.write_settings(&args, &job)?;
        desk.tell(AppEvent::SettingsChanged { deployment: Some(written.settings.deployment.clone()) });
        whole(desk, written)
    })
    .await
}

fn whole(desk: &Desk, deployment: DeploymentSettings) -> Answer<SettingsAnswer> {
    Ok(SettingsAnswer { deployment, application: present(desk)? })
}
