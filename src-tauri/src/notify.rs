//! Notifications: only of what needs the person, only when they do not look at the window, each once.
use crate::desk::Desk;
use crate::window;
use holdfast_api::words::desk::{APPLICATION, OPEN};
use std::collections::HashMap;
use tauri::AppHandle;
use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::Value;

const SERVICE: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const ICON: &str = "holdfast";

/// Tells the person unless they see it anyway, or do not want to be told.
pub fn when_away(app: &AppHandle, desk: &Desk, title: String, text: String) {
    if window::is_in_front(app) || !desk.service.notifies() {
        return;
    }
    let app = app.clone();
    // It waits for the person: on a thread of its own.
    std::thread::spawn(move || {
        if let Err(e) = tell(&app, &title, &text) {
            tracing::info!(error = %e, "nobody shows notifications");
        }
    });
}

fn tell(app: &AppHandle, title: &str, text: &str) -> zbus::Result<()> {
    let bus = Connection::session()?;
    let proxy = Proxy::new(&bus, SERVICE, PATH, SERVICE)?;
    // Before it is shown, or a quick answer is lost.
    let signals = proxy.receive_all_signals()?;
    let actions = ["default", OPEN];
    let hints: HashMap<&str, Value<'_>> =
        HashMap::from([("desktop-entry", Value::from(ICON)), ("urgency", Value::from(1_u8))]);
    let number: u32 = proxy.call("Notify", &(APPLICATION, 0_u32, ICON, title, text, &actions[..], hints, -1_i32))?;
    for signal in signals {
        match signal.header().member().map(zbus::names::MemberName::as_str) {
            Some("ActionInvoked") => {
                let (of, _): (u32, String) = signal.body().deserialize()?;
                if of == number {
                    window::show(app);
                    return Ok(());
                }
            }
            Some("NotificationClosed") => {
                let (of, _): (u32, u32) = signal.body().deserialize()?;
                if of == number {
                    return Ok(());
                }
            }
            _ => {}
        }
    }
    Ok(())
}
