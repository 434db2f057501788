use crate::desk::{Desk, Poke};
use crate::kit;
use holdfast_api::words::desk::APPLICATION;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tauri::window::Color;
use tauri::{
    AppHandle, Manager, RunEvent, Theme, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Window, WindowEvent,
};

pub const LABEL: &str = "main";

/// Who closed it by mistake finds all as it was; after this, its memory counts for more.
const KEPT_HIDDEN: Duration = Duration::from_mins(10);

/// A page takes one second, on a loaded machine several.
const PAGE_WITHIN: Duration = Duration::from_secs(8);

/// What stands there while the page is loading: the grounds of its two sets of colours, and never black.
const LIGHT: Color = Color(0xf7, 0xf9, 0xf8, 0xff);
const DARK: Color = Color(0x11, 0x18, 0x19, 0xff);

/// Brings the window forward; makes it where it is not there yet, or not any more.
pub fn show(app: &AppHandle) {
    let handle = app.clone();
    // Windows are made and moved by the main thread; this may be called by any.
    let shown = app.run_on_main_thread(move || {
        if let Err(e) = bring_forward(&handle) {
            tracing::error!(error = %e, "the window could not be shown");
        }
    });
    if let Err(e) = shown {
        tracing::error!(error = %e, "the window could not be asked for");
    }
}

pub fn is_there(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some()
}

/// Whether the person looks at it.
pub fn is_in_front(app: &AppHandle) -> bool {
    app.get_webview_window(LABEL).is_some_and(|window| window.is_focused().unwrap_or(false))
}

fn bring_forward(app: &AppHandle) -> tauri::Result<()> {
    let desk = app.state::<Arc<Desk>>();
    desk.ending.store(false, Ordering::Relaxed);
    desk.window_is_hidden(None);
    if let Some(window) = app.get_webview_window(LABEL) {
        // Where its page is not there yet, it comes with it.
        if desk.page_is_drawn.load(Ordering::Relaxed) {
            come(&window)?;
        }
    } else {
        desk.page_is_drawn.store(false, Ordering::Relaxed);
        let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
            .title(APPLICATION)
            .inner_size(1280.0, 800.0)
            .min_inner_size(900.0, 600.0)
            .background_color(LIGHT)
            // A window without its page is black for as long as that takes.
            .visible(false)
            .center()
            .data_directory(desk.service.home().join("window"))
            // Nothing leads out of the pages that came with the program.
            .on_navigation(|url| url.scheme() == "tauri" || url.host_str() == Some("localhost"))
            .build()?;
        if window.theme().is_ok_and(|theme| theme == Theme::Dark) {
            window.set_background_color(Some(DARK))?;
        }
        come_without_its_page(app.clone());
    }
    desk.poke(Poke::Look);
    Ok(())
}

fn come(window: &WebviewWindow) -> tauri::Result<()> {
    window.show()?;
    window.unminimize()?;
    window.set_focus()
}

/// The page stands in its window: what was made unseen is shown now. A view that is not shown draws no frames, so this is
/// as late as a page can say it; the ground that it stands on is there before its first frame.
pub fn page_is_drawn(app: &AppHandle, dark: bool) {
    let handle = app.clone();
    let shown = app.run_on_main_thread(move || {
        let Some(window) = handle.get_webview_window(LABEL) else { return };
        if let Err(e) = window.set_background_color(Some(if dark { DARK } else { LIGHT })) {
            tracing::warn!(error = %e, "the window keeps another ground than its page");
        }
        come_first(&handle, &window);
    });
    if let Err(e) = shown {
        tracing::error!(error = %e, "the window could not be shown");
    }
}

/// Once for each window: whoever has put it into the tray since does not get it back by a page that was loaded anew.
fn come_first(app: &AppHandle, window: &WebviewWindow) {
    if !app.state::<Arc<Desk>>().page_is_drawn.swap(true, Ordering::Relaxed)
        && let Err(e) = come(window)
    {
        tracing::error!(error = %e, "the window could not be shown");
    }
}

/// A page that fails must not leave a program that nobody sees.
fn come_without_its_page(app: AppHandle) {
    std::thread::spawn(move || {
        std::thread::sleep(PAGE_WITHIN);
        let handle = app.clone();
        // There is no main thread any more only when the program has ended.
        let _ = app.run_on_main_thread(move || {
            if let Some(window) = handle.get_webview_window(LABEL) {
                come_first(&handle, &window);
            }
        });
    });
}

/// Gives back the memory of a window that nobody opened again for a while. What it showed is read anew by the next one.
pub fn let_go_when_forgotten(app: &AppHandle, desk: &Desk) {
    if !is_forgotten(desk.hidden_since(), Instant::now()) || desk.jobs.any_running() {
        return;
    }
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(e) = window.destroy()
    {
        tracing::warn!(error = %e, "the hidden window keeps its memory");
    }
    desk.window_is_hidden(None);
}

fn is_forgotten(hidden_since: Option<Instant>, now: Instant) -> bool {
    hidden_since.is_some_and(|since| now.saturating_duration_since(since) >= KEPT_HIDDEN)
}

/// Closing hides the window where a tray brings it back. Without one the program ends, once what runs is done.
pub fn on_event(window: &Window, event: &WindowEvent) {
    let app = window.app_handle();
    if window.label() == kit::LABEL {
        if matches!(event, WindowEvent::Destroyed) {
            app.state::<kit::Page>().forget();
        }
        return;
    }
    let desk = app.state::<Arc<Desk>>();
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            let in_tray = desk.in_tray.load(Ordering::Relaxed);
            if in_tray || desk.jobs.any_running() {
                api.prevent_close();
                if let Err(e) = window.hide() {
                    tracing::warn!(error = %e, "the window could not be hidden");
                }
                desk.ending.store(!in_tray, Ordering::Relaxed);
                desk.window_is_hidden(Some(Instant::now()));
            }
        }
        WindowEvent::Destroyed => desk.stop_listening(),
        _ => {}
    }
}

pub fn on_run_event(app: &AppHandle, event: RunEvent) {
    // Without a code it is the last window that went; with a tray, or before the first window, the program stays.
    if let RunEvent::ExitRequested { code: None, api, .. } = event
        && app.state::<Arc<Desk>>().in_tray.load(Ordering::Relaxed)
    {
        api.prevent_exit();
    }
}

/// Ends the program. What runs is cancelled first, at its next safe point.
pub fn quit(app: &AppHandle, desk: &Arc<Desk>) {
    const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);
    let (app, desk) = (app.clone(), desk.clone());
    desk.quitting.store(true, Ordering::Relaxed);
    std::thread::spawn(move || {
        desk.jobs.cancel_all();
        if !desk.jobs.wait_idle(PATIENCE) {
            tracing::warn!("ended while something was still running; the next start clears what it left");
        }
        app.exit(0);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_forgotten_after_its_time_in_the_tray_and_never_while_it_is_shown() {
        let hidden = Instant::now();
        let almost = hidden + KEPT_HIDDEN.saturating_sub(Duration::from_secs(1));
        assert!(!is_forgotten(Some(hidden), almost));
        assert!(is_forgotten(Some(hidden), hidden + KEPT_HIDDEN));
        assert!(!is_forgotten(None, hidden + KEPT_HIDDEN));
    }
}
