use super::child::Owned;
use super::wait_for;
use crate::World;
use std::io::Write;
use std::process::{Command, Stdio};
use zbus::blocking::connection::Builder;
use zbus::blocking::fdo::DBusProxy;

/// A real keyring, whose files lie in the test's world.
pub fn start_unlocked(world: &World, bus: &str) -> Owned {
    let mut command = Command::new("gnome-keyring-daemon");
    world.surround(&mut command);
    command.env("DBUS_SESSION_BUS_ADDRESS", bus).env("XDG_RUNTIME_DIR", world.path().join("runtime"));
    command.args(["--foreground", "--unlock", "--components=secrets"]);
    let mut daemon = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // The end of its input is the end of the password.
    daemon.stdin.take().unwrap().write_all(b"tide").unwrap();
    let daemon = Owned(daemon);
    let connection = Builder::address(bus).unwrap().build().unwrap();
    let names = DBusProxy::new(&connection).unwrap();
    wait_for("the keyring is on the bus", || {
        names.name_has_owner("org.freedesktop.secrets".try_into().unwrap()).unwrap_or(false)
    });
    daemon
}
