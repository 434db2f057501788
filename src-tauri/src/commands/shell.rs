use super::call::{Args, Here, Shown, ask, shown};
use crate::desk::broken;
use crate::dialogs::{self, Wanted};
use crate::{reveal, window};
use rfd::AsyncFileDialog;
use serde::Deserialize;
use std::path::PathBuf;
use tauri::{AppHandle, WebviewWindow};

/// In percent: what stands in a setting that somebody wrote by hand leaves the window usable.
const LEAST_TEXT: u16 = 50;
const MOST_TEXT: u16 = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PickArgs {
    title: String,
    start: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaveArgs {
    title: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathArgs {
    path: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextArgs {
    percent: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawnArgs {
    dark: bool,
}

impl PickArgs {
    fn dialog(self) -> AsyncFileDialog {
        let dialog = AsyncFileDialog::new().set_title(self.title);
        match self.start.filter(|start| start.is_dir()) {
            Some(start) => dialog.set_directory(start),
            None => dialog,
        }
    }
}

#[tauri::command]
pub async fn pick_folder(app: AppHandle, args: Args<PickArgs>) -> Shown<Option<PathBuf>> {
    shown(dialogs::ask(&app, Wanted::Folder, args.0.dialog()).await)
}

#[tauri::command]
pub async fn pick_file(app: AppHandle, args: Args<PickArgs>) -> Shown<Option<PathBuf>> {
    shown(dialogs::ask(&app, Wanted::File, args.0.dialog()).await)
}

#[tauri::command]
pub async fn pick_save(app: AppHandle, args: Args<SaveArgs>) -> Shown<Option<PathBuf>> {
    let SaveArgs { title, name } = args.0;
    shown(dialogs::ask(&app, Wanted::Save, AsyncFileDialog::new().set_title(title).set_file_name(name)).await)
}

#[tauri::command]
pub async fn open_path(desk: Here<'_>, args: Args<PathArgs>) -> Shown<()> {
    ask(&desk, move |desk| reveal::show(&desk.service, &args.path)).await
}

/// By the window's own scale, so that the page knows how much of its width remains.
#[tauri::command]
pub async fn text_size(window: WebviewWindow, args: Args<TextArgs>) -> Shown<()> {
    let percent = f64::from(args.percent.clamp(LEAST_TEXT, MOST_TEXT));
    shown(window.set_zoom(percent / 100.0).map_err(broken))
}

/// The page stands in the window, in its light or its dark colours.
#[tauri::command]
pub async fn drawn(app: AppHandle, args: Args<DrawnArgs>) -> Shown<()> {
    window::page_is_drawn(&app, args.0.dark);
    shown(Ok(()))
}
