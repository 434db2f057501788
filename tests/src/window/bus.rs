use super::child::Owned;
use crate::World;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// A session bus that nobody else is on.
#[derive(Debug)]
pub struct Bus {
    pub address: String,
    _daemon: Owned,
}

impl Bus {
    pub fn start(world: &World) -> Self {
        let socket = world.path().join("runtime/bus");
        let mut command = Command::new("dbus-daemon");
        world.surround(&mut command);
        command.args(["--session", "--nofork", "--nopidfile", "--print-address"]);
        command.arg(format!("--address=unix:path={}", socket.display())).stdout(Stdio::piped());
        let mut daemon = Owned::start(&mut command);
        let mut address = String::new();
        BufReader::new(daemon.0.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(address.starts_with("unix:"), "the bus has no address: {address}");
        Self { address: address.trim().to_owned(), _daemon: daemon }
    }
}
