use super::call::{Args, Here, ask};
use crate::autostart::Autostart;
use crate::desk::Desk;
use holdfast_api::{Answer, AppEvent, AppSettings, AppSettingsArgs, Closing};
use std::sync::atomic::Ordering;

#[tauri::command]
pub async fn app_settings(desk: Here<'_>) -> Answer<AppSettings> {
    ask(&desk, |desk| present(desk)).await
}

#[tauri::command]
pub async fn write_app_settings(desk: Here<'_>, args: Args<AppSettingsArgs>) -> Answer<AppSettings> {
    ask(&desk, move |desk| {
        desk.service.set_notify(args.notify)?;
        Autostart::of_this_user()?.set(args.start_at_login)?;
        desk.tell(AppEvent::SettingsChanged { deployment: None });
        present(desk)
    })
    .await
}

fn present(desk: &Desk) -> Answer<AppSettings> {
    Ok(AppSettings {
        start_at_login: Autostart::of_this_user()?.is_on(),
        notify: desk.service.notifies(),
        log_folder: desk.service.home().join("logs"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        closing: if desk.in_tray.load(Ordering::Relaxed) { Closing::Hides } else { Closing::Ends },
    })
}
