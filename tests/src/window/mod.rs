//! The real window: a desktop of its own for a test, with display, window manager, bus, keyring, tray and notifications,
//! and the program on it, driven as a person would.
mod axe;
mod bus;
mod child;
mod display;
mod driver;
mod first_run;
mod hand;
mod keyring;
mod looks;
// What the bus asks for is not all of use here, but has to be there.
#[allow(clippy::unused_self, clippy::used_underscore_binding)]
mod notifications;
// Here too.
#[allow(clippy::unused_self, clippy::used_underscore_binding)]
mod portal;
mod smooth;
// What the bus asks for is not all of use here, but has to be there.
#[allow(clippy::unused_self, clippy::used_underscore_binding)]
mod tray;
mod tree;

pub use driver::Page;
pub use looks::{LARGE, LOOKS, Look, looks};
pub use notifications::Notified;
pub use tray::{MenuLine, Tray};

use crate::World;
use bus::Bus;
use child::{Owned, missing};
use display::Display;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

/// Generous: a loaded machine with two cores starts a web view, too.
pub const SOON: Duration = Duration::from_mins(1);

/// What a desktop has besides its display.
#[derive(Debug, Clone, Copy, Default)]
pub struct Has {
    pub tray: bool,
    pub keyring: bool,
    /// Without it there is neither of them.
    pub no_bus: bool,
}

impl Has {
    pub const ALL: Self = Self { tray: true, keyring: true, no_bus: false };
    pub const TRAY: Self = Self { tray: true, keyring: false, no_bus: false };
    pub const NOTHING: Self = Self { tray: false, keyring: false, no_bus: true };
}

pub struct Desktop {
    pub world: World,
    pub tray: Option<Tray>,
    notifications: Option<notifications::Notifications>,
    portal: Option<portal::Portal>,
    _keyring: Option<Owned>,
    bus: Option<Bus>,
    display: Display,
}

/// What a real window needs and this machine does not have.
pub fn cannot_be_shown() -> Option<&'static str> {
    missing(&[
        "Xvfb",
        "openbox",
        "xdotool",
        "xsetroot",
        "import",
        "dbus-daemon",
        "gnome-keyring-daemon",
        "WebKitWebDriver",
    ])
}

impl Desktop {
    /// With this on it; where there can be none, that is said of `what`.
    pub fn or_skip(what: &str, world: impl FnOnce() -> World, has: Has) -> Option<Self> {
        if let Some(program) = cannot_be_shown() {
            crate::mode::skipped(what, &format!("there is no {program}"));
            return None;
        }
        Some(Self::new(world(), has))
    }

    pub fn new(world: World, has: Has) -> Self {
        std::fs::create_dir_all(world.path().join("runtime")).unwrap();
        let display = Display::start(&world);
        let bus = (!has.no_bus).then(|| Bus::start(&world));
        let address = bus.as_ref().map(|bus| bus.address.clone());
        let keyring = address.as_ref().filter(|_| has.keyring).map(|address| keyring::start_unlocked(&world, address));
        let tray = address.as_ref().filter(|_| has.tray).map(|address| Tray::listen(address));
        let notifications = address.as_ref().map(|address| notifications::Notifications::listen(address));
        let portal = address.as_ref().map(|address| portal::Portal::listen(address));
        Self { world, tray, notifications, portal, _keyring: keyring, bus, display }
    }

    /// The program, with this desktop's environment and nothing else.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(crate::programs::desktop());
        self.surround(&mut command);
        command.args(arguments);
        command
    }

    pub fn surround(&self, command: &mut Command) {
        self.world.surround(command);
        // What a test does not ask for is not made amid it.
        command.env("HOLDFAST_SETTLE_SECONDS", "86400");
        command.env("DISPLAY", &self.display.name).env("XDG_RUNTIME_DIR", self.world.path().join("runtime"));
        match &self.bus {
            Some(bus) => command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address),
            None => command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"),
        };
        command.env("NO_AT_BRIDGE", "1").env("GDK_BACKEND", "x11");
        if self.portal.is_some() {
            command.env("GTK_USE_PORTAL", "1");
        }
    }

    /// Starts it without a driver.
    pub fn start(&self, arguments: &[&str]) -> Program {
        self.start_command(&mut self.command(arguments))
    }

    pub fn start_command(&self, command: &mut Command) -> Program {
        Program(crate::start(command))
    }

    /// Starts it with a driver; its page is there when this comes back.
    pub fn open(&self) -> Page {
        Page::open(self, &[])
    }

    /// With more in its environment.
    pub fn open_with(&self, more: &[(&str, &str)]) -> Page {
        Page::open(self, more)
    }

    /// As somebody has it who reads large text: the desktop's own setting, in percent.
    pub fn open_with_text(&self, percent: u32) -> Page {
        Page::open(self, &[("GDK_DPI_SCALE", &(f64::from(percent) / 100.0).to_string())])
    }

    /// A program on this desktop's bus that has the name, and answers to nothing.
    pub fn take_name(&self, name: &str) -> zbus::blocking::Connection {
        let bus = self.bus.as_ref().unwrap();
        zbus::blocking::connection::Builder::address(bus.address.as_str())
            .unwrap()
            .name(name.to_owned())
            .unwrap()
            .build()
            .unwrap()
    }

    pub fn tray(&self) -> &Tray {
        self.tray.as_ref().unwrap()
    }

    /// What was told so far.
    pub fn notified(&self) -> Vec<Notified> {
        self.notifications.as_ref().map(notifications::Notifications::told).unwrap_or_default()
    }

    /// What the person chooses in the next dialog for files.
    pub fn will_choose(&self, path: &Path) {
        self.portal.as_ref().unwrap().will_choose(path);
    }

    /// Titles of the dialogs for files that came up.
    pub fn dialogs(&self) -> Vec<String> {
        self.portal.as_ref().map(portal::Portal::shown).unwrap_or_default()
    }

    /// Titles of the windows that can be seen.
    pub fn windows(&self) -> Vec<String> {
        self.display.windows()
    }

    /// The title of the window in front.
    pub fn in_front(&self) -> Option<String> {
        self.display.in_front()
    }

    /// The window's size, without its frame.
    pub fn resize(&self, width: u32, height: u32) {
        self.display.resize("Holdfast", width, height);
    }

    /// As by the button of its frame.
    pub fn close_window(&self, title: &str) {
        self.display.close(title);
    }

    /// What is seen of the desktop where no window is.
    pub fn ground(&self, colour: &str) {
        self.display.ground(colour);
    }

    /// Red, green and blue of a point of the page's own row of places, where a window is that was just opened.
    pub fn rail(&self) -> [u8; 3] {
        self.display.colour_at(100, 600)
    }

    /// The whole screen, among the test's pictures.
    pub fn picture(&self, name: &str) -> PathBuf {
        let path = crate::programs::pictures().join(format!("{name}.png"));
        self.display.picture(&path);
        path
    }
}

/// The program without a driver; it ends with the test.
pub struct Program(Child);

impl Program {
    /// How it ended, when it does within a while.
    pub fn ending(&mut self) -> Option<i32> {
        until(SOON, || self.0.try_wait().unwrap()).map(|status| status.code().unwrap_or(-1))
    }

    pub fn goes_on(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Program {
    /// The process that draws the page.
    pub fn page(&self) -> u32 {
        let found = until(SOON, || {
            let all = std::fs::read_dir("/proc").unwrap().flatten();
            let mut all = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
            all.find(|process| {
                let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
                // `NUMBER (NAME) STATE PARENT`
                let parent = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)).unwrap_or_default();
                stat.contains("(WebKitWebProces") && parent == self.0.id().to_string()
            })
        });
        found.expect("nothing draws the page")
    }
}

/// As by `kill`.
pub fn signal(process: u32, signal: &str) {
    let sent = Command::new("kill").args([format!("-{signal}"), process.to_string()]).status().unwrap();
    assert!(sent.success(), "{signal} was not sent to {process}");
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks again until there is an answer, or the time is over.
pub fn until<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if begun.elapsed() > limit {
            return None;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Waits for what must come true.
#[track_caller]
pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    assert!(until(SOON, || is_so().then_some(())).is_some(), "within {SOON:?} this did not happen: {what}");
}
