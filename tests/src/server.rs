//! The sample's chatbot server, running while something is tested.
use crate::programs;
use crate::world::World;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Killed when it goes.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Answers when this returns. Writes so many chats a second by itself.
    #[track_caller]
    pub fn start(world: &World, folder: &Path, write_rate: u32, journal: Option<&Path>) -> Self {
        let port_file = world.path().join("port");
        let _ = std::fs::remove_file(&port_file);
        let mut command = std::process::Command::new(programs::sample());
        world.surround(&mut command);
        command.arg("serve").arg(folder).args(["--port", "0", "--seconds", "600", "--port-file"]).arg(&port_file);
        command.args(["--write-rate", &write_rate.to_string()]);
        if let Some(journal) = journal {
            command.arg("--journal").arg(journal);
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let mut server = Self { child, port: 0 };
        let begun = Instant::now();
        while server.port == 0 {
            assert!(begun.elapsed() < Duration::from_secs(30), "the server did not start");
            assert!(server.child.try_wait().unwrap().is_none(), "the server ended");
            std::thread::sleep(Duration::from_millis(20));
            let text = std::fs::read_to_string(&port_file).unwrap_or_default();
            server.port = text.trim().parse().unwrap_or(0);
        }
        server
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Status and body.
    #[track_caller]
    pub fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path)
    }

    fn ask(&self, method: &str, path: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(stream, "{method} {path} HTTP/1.1\r\nContent-Length: 0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// Ends it as its user would.
    #[track_caller]
    pub fn stop(mut self) {
        assert_eq!(self.ask("POST", "/shutdown").0, 200);
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the server did not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
