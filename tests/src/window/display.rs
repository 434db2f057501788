use super::child::Owned;
use super::{until, wait_for};
use crate::World;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A window that was closed is gone by then.
const GOES: Duration = Duration::from_secs(5);
const TRIES: usize = 4;

/// A screen that nobody sees, with a window manager, so that windows come forward and close as they do elsewhere.
#[derive(Debug)]
pub struct Display {
    pub name: String,
    _manager: Owned,
    _screen: Owned,
}

impl Display {
    pub fn start(world: &World) -> Self {
        let mut command = Command::new("Xvfb");
        world.surround(&mut command);
        command.args(["-displayfd", "1", "-screen", "0", "1400x960x24", "-nolisten", "tcp", "-noreset"]);
        let mut screen = Owned::start(command.stdout(Stdio::piped()));
        let mut number = String::new();
        BufReader::new(screen.0.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let name = format!(":{}", number.trim());
        let mut manager = Command::new("openbox");
        world.surround(&mut manager);
        manager.env("DISPLAY", &name).env("XDG_RUNTIME_DIR", world.path().join("runtime")).stdout(Stdio::null());
        let display = Self { name, _manager: Owned::start(&mut manager), _screen: screen };
        wait_for("the window manager is there", || display.tool(&["getactivewindow"]).is_some() || display.managed());
        display
    }

    pub fn windows(&self) -> Vec<String> {
        let found = self.tool(&["search", "--onlyvisible", "--name", ".*"]).unwrap_or_default();
        let titles = found.lines().filter_map(|window| self.tool(&["getwindowname", window]));
        titles.map(|title| title.trim().to_owned()).filter(|title| title.contains("Holdfast")).collect()
    }

    pub fn in_front(&self) -> Option<String> {
        self.tool(&["getactivewindow", "getwindowname"]).map(|title| title.trim().to_owned())
    }

    pub fn close(&self, title: &str) {
        let found = self.tool(&["search", "--onlyvisible", "--name", title]).unwrap_or_default();
        let window = found.lines().next().unwrap_or_else(|| panic!("no window {title}"));
        let seen = || self.windows().iter().any(|shown| shown.contains(title));
        // A key that comes while the window is still being put in front is lost.
        for _ in 0..TRIES {
            self.tool(&["windowactivate", "--sync", window]);
            // Openbox closes what is in front with these.
            self.tool(&["key", "--clearmodifiers", "alt+F4"]);
            if until(GOES, || (!seen()).then_some(())).is_some() {
                return;
            }
        }
    }

    pub fn resize(&self, title: &str, width: u32, height: u32) {
        let found = self.tool(&["search", "--onlyvisible", "--name", title]).unwrap_or_default();
        let window = found.lines().next().unwrap_or_else(|| panic!("no window {title}"));
        self.tool(&["windowsize", "--sync", window, &width.to_string(), &height.to_string()]);
    }

    pub fn picture(&self, path: &Path) {
        let mut command = Command::new("import");
        let done = command.args(["-display", &self.name, "-window", "root"]).arg(path).status();
        assert!(done.unwrap().success(), "no picture could be taken");
    }

    /// The desktop's own ground, which no window has.
    pub fn ground(&self, colour: &str) {
        let mut command = Command::new("xsetroot");
        let done = command.args(["-display", &self.name, "-solid", colour]).status();
        assert!(done.unwrap().success(), "the desktop has no ground");
    }

    /// Red, green and blue of one point of the screen.
    pub fn colour_at(&self, x: u32, y: u32) -> [u8; 3] {
        let point = format!("1x1+{x}+{y}");
        let mut command = Command::new("import");
        let shot = command.args(["-display", &self.name, "-window", "root", "-crop", &point, "+repage"]);
        let output = shot.args(["-depth", "8", "rgb:-"]).output().unwrap();
        <[u8; 3]>::try_from(output.stdout.as_slice()).expect("no picture could be taken")
    }

    /// Whether a window manager has announced itself.
    fn managed(&self) -> bool {
        self.tool(&["get_desktop"]).is_some()
    }

    fn tool(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new("xdotool").args(arguments).env("DISPLAY", &self.name).output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
