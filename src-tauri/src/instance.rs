//! One program in a person's session: a second start brings the first one's window forward, and ends before it has opened
//! a display. (A program that ends while its toolkit is still starting threads can crash in its last moment.)
use crate::window;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tauri::AppHandle;
use zbus::blocking::fdo::DBusProxy;
use zbus::blocking::{Connection, connection};
use zbus::fdo::{RequestNameFlags, RequestNameReply};
use zbus::names::WellKnownName;
use zbus::zvariant::OwnedValue;

/// Name, path and interface are those that the Desktop Entry Specification gives a program that can be started over the bus.
const NAME: WellKnownName<'static> = WellKnownName::from_static_str_unchecked("app.holdfast.desktop");
const PATH: &str = "/app/holdfast/desktop";
const INTERFACE: &str = "org.freedesktop.Application";

/// Longer, and the first one hangs.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

pub enum Start {
    /// There is no other, as far as the session's bus knows. Without a bus nobody knows.
    First(Instance),
    /// Another one runs, and did what was asked.
    HandedOver,
}

/// This program's place in the session, given up when it is dropped.
pub struct Instance {
    pub asked: Asked,
    bus: Option<Connection>,
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(bus) = &self.bus {
            let _ = bus.release_name(NAME);
        }
    }
}

/// Another one has the place, and does not answer.
#[derive(Debug)]
pub struct Unanswered {
    process: Option<u32>,
    cause: zbus::Error,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let which = self.process.map_or_else(String::new, |number| format!(" (process {number})"));
        write!(f, "It runs already{which}, but does not answer: {}. End it, then start it again.", self.cause)
    }
}

impl std::error::Error for Unanswered {}

/// Whether somebody asked for the window, and whom to ask for it.
#[derive(Clone, Default)]
pub struct Asked {
    app: Arc<OnceLock<AppHandle>>,
    early: Arc<AtomicBool>,
}

impl Asked {
    /// From here on, who asks for the window gets it.
    ///
    /// Returns whether it was asked for before.
    pub fn serve(&self, app: AppHandle) -> bool {
        let _ = self.app.set(app);
        self.early.load(Ordering::SeqCst)
    }
}

/// Asks for the place of the only one; where it is taken, and `visible`, asks who has it for the window.
///
/// # Errors
/// Another one runs and does not answer within ten seconds.
pub fn start(visible: bool) -> Result<Start, Unanswered> {
    let asked = Asked::default();
    match connect(&asked) {
        Ok((bus, true)) => Ok(Start::First(Instance { asked, bus: Some(bus) })),
        Ok((bus, false)) => {
            if visible {
                hand_over(&bus).map_err(|cause| Unanswered { process: owner(&bus), cause })?;
            }
            Ok(Start::HandedOver)
        }
        Err(e) => {
            tracing::info!(error = %e, "there is no session bus: nobody knows whether another one runs");
            Ok(Start::First(Instance { asked, bus: None }))
        }
    }
}

fn connect(asked: &Asked) -> zbus::Result<(Connection, bool)> {
    // What answers is there before the name: nobody can ask in between.
    let bus = connection::Builder::session()?
        .serve_at(PATH, Application(asked.clone()))?
        .method_timeout(ANSWERS_WITHIN)
        .build()?;
    let first = match bus.request_name_with_flags(NAME, RequestNameFlags::DoNotQueue.into()) {
        Ok(reply) => matches!(reply, RequestNameReply::PrimaryOwner | RequestNameReply::AlreadyOwner),
        Err(zbus::Error::NameTaken) => false,
        Err(e) => return Err(e),
    };
    Ok((bus, first))
}

fn hand_over(bus: &Connection) -> zbus::Result<()> {
    let nothing = HashMap::<String, OwnedValue>::new();
    bus.call_method(Some(NAME), PATH, Some(INTERFACE), "Activate", &(nothing,)).map(|_| ())
}

/// The process that has the place.
fn owner(bus: &Connection) -> Option<u32> {
    DBusProxy::new(bus).ok()?.get_connection_unix_process_id(NAME.into()).ok()
}

struct Application(Asked);

#[zbus::interface(name = "org.freedesktop.Application")]
impl Application {
    fn activate(&self, platform: HashMap<String, OwnedValue>) {
        tracing::debug!(details = platform.len(), "somebody asks for the window");
        self.0.early.store(true, Ordering::SeqCst);
        if let Some(app) = self.0.app.get() {
            window::show(app);
        }
    }
}
