//! What other programs do with the archives, such as a timer's backup, comes without a word: while the window is shown
//! it is looked for every few seconds, and the window looks again at once.
use crate::desk::{Desk, Poke};
use crate::window;
use holdfast_api::{AppEvent, Marks};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tauri::AppHandle;

const LOOK_EVERY: Duration = Duration::from_secs(3);

pub fn watch(app: AppHandle, desk: &Arc<Desk>) {
    // Before the window asks for anything: what changes after that is a change.
    let mut seen = Marks::default();
    desk.service.look_outside(&mut seen);
    let desk = Arc::downgrade(desk);
    std::thread::spawn(move || look_on(&app, &desk, seen));
}

fn look_on(app: &AppHandle, desk: &Weak<Desk>, mut seen: Marks) {
    loop {
        std::thread::sleep(LOOK_EVERY);
        let Some(desk) = desk.upgrade() else { return };
        // What happens meanwhile is seen by the first look after it.
        if !window::is_there(app) || desk.hidden_since().is_some() {
            continue;
        }
        let changes = desk.service.look_outside(&mut seen);
        if changes.settings {
            desk.tell(AppEvent::SettingsChanged { deployment: None });
        }
        if changes.archives {
            desk.tell(AppEvent::ArchivesChanged { deployment: None });
        }
        if changes.archives || changes.settings {
            desk.poke(Poke::Look);
        }
    }
}
