//! The system's dialogs for files. They are begun by the main thread and waited for elsewhere.
use crate::desk::broken;
use holdfast_api::Answer;
use rfd::{AsyncFileDialog, FileHandle};
use std::path::PathBuf;
use tauri::async_runtime::{channel, spawn};
use tauri::{AppHandle, Manager};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Folder,
    File,
    Save,
}

/// `None` where the person went back.
pub async fn ask(app: &AppHandle, wanted: Wanted, dialog: AsyncFileDialog) -> Answer<Option<PathBuf>> {
    let (told, mut hears) = channel(1);
    let parent = app.get_webview_window(crate::window::LABEL);
    app.run_on_main_thread(move || {
        let dialog = match &parent {
            Some(window) => dialog.set_parent(window),
            None => dialog,
        };
        match wanted {
            Wanted::Folder => hand_over(dialog.pick_folder(), told),
            Wanted::File => hand_over(dialog.pick_file(), told),
            Wanted::Save => hand_over(dialog.save_file(), told),
        }
    })
    .map_err(broken)?;
    Ok(hears.recv().await.flatten())
}

fn hand_over(
    dialog: impl Future<Output = Option<FileHandle>> + Send + 'static,
    told: tauri::async_runtime::Sender<Option<PathBuf>>,
) {
    spawn(async move {
        let chosen = dialog.await.map(|file| file.path().to_owned());
        // Who asked may be gone.
        let _ = told.send(chosen).await;
    });
}
