//! A small chatbot server over a deployment, so that there is something alive to back up.

mod chats;
mod http;
mod journal;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chats::Chats;

use crate::error::{At, Error, Result};
use crate::layout::Layout;

/// At most this many requests are answered at a time; others wait in the listener's queue.
const CONNECTIONS: usize = 16;
/// A peer that says nothing holds its place no longer than this.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Default)]
pub struct Serve {
    /// 0 for any free one.
    pub port: u16,
    /// Chats a second that the server writes by itself, each in a transaction of its own.
    pub write_rate: u32,
    /// Gets a line `id nanoseconds` for each chat, after its commit. The time is taken after the
    /// commit too: what it says was committed before a moment, was.
    pub journal: Option<PathBuf>,
}

/// A server that runs until it is stopped, or asked to by `POST /shutdown`. It answers at 127.0.0.1.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    chats: Mutex<Chats>,
    address: SocketAddr,
    stopping: AtomicBool,
    failure: Mutex<Option<Error>>,
}

impl Server {
    /// Listens when this returns.
    pub fn start(dir: &Path, options: &Serve) -> Result<Self> {
        let journal = options.journal.as_deref();
        let chats = Chats::open(&Layout::new(dir).webui_db(), journal)?;
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let subject = PathBuf::from(format!("http://{wanted}"));
        let listener = TcpListener::bind(wanted).at(&subject)?;
        let address = listener.local_addr().at(&subject)?;
        let shared = Arc::new(Shared {
            chats: Mutex::new(chats),
            address,
            stopping: AtomicBool::new(false),
            failure: Mutex::new(None),
        });
        let mut server = Self { address, shared, threads: Vec::new() };
        for _ in 0..CONNECTIONS {
            let listener = listener.try_clone().at(&subject)?;
            let shared = Arc::clone(&server.shared);
            server.threads.push(std::thread::spawn(move || shared.answer(&listener)));
        }
        if options.write_rate > 0 {
            let shared = Arc::clone(&server.shared);
            let rate = options.write_rate;
            server.threads.push(std::thread::spawn(move || shared.write(rate)));
        }
        Ok(server)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Waits until the server was asked to end, or `limit` is over. Fails when writing did.
    pub fn wait(self, limit: Option<Duration>) -> Result<()> {
        let begun = Instant::now();
        while !self.shared.is_stopping() && limit.is_none_or(|limit| begun.elapsed() < limit) {
            std::thread::sleep(Duration::from_millis(50));
        }
        self.stop()
    }

    /// Ends it; requests that are being answered are answered first. Fails when writing did.
    pub fn stop(mut self) -> Result<()> {
        self.end();
        let mut failure = lock(&self.shared.failure);
        failure.take().map_or(Ok(()), Err)
    }

    fn end(&mut self) {
        if self.threads.is_empty() {
            return;
        }
        self.shared.stop();
        for thread in self.threads.drain(..) {
            // One that panicked has ended too.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        for _ in 0..CONNECTIONS {
            // Wakes a thread that waits for a connection.
            let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        }
    }

    fn answer(&self, listener: &TcpListener) {
        while !self.is_stopping() {
            let Ok((stream, _)) = listener.accept() else {
                // Out of handles, or a peer that left: neither lasts.
                std::thread::sleep(Duration::from_millis(20));
                continue;
            };
            if self.is_stopping() {
                return;
            }
            let patient =
                stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
            if patient.is_err() {
                continue;
            }
            // A peer that leaves early is its own loss.
            let _ = http::serve(&stream, |request| self.respond(request));
        }
    }

    fn respond(&self, request: &http::Request) -> http::Response {
        let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        match (request.method.as_str(), path.as_slice()) {
            // Says that there is a server, and nothing about its data; real ones do the same.
            ("GET", ["health" | "ready"]) => http::Response::ok(serde_json::json!({ "status": true })),
            ("GET", ["chats"]) => lock(&self.chats).list().into(),
            ("GET", ["chat", id]) => match lock(&self.chats).get(id) {
                Ok(None) => http::Response::error(404, "no such chat"),
                found => found.map(Option::unwrap_or_default).into(),
            },
            ("POST", ["chat"]) => {
                let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
                match body["message"].as_str() {
                    Some(message) => lock(&self.chats).add(message).into(),
                    None => http::Response::error(400, "the body is {\"message\": \"...\"}"),
                }
            }
            ("POST", ["shutdown"]) => {
                self.stopping.store(true, Ordering::SeqCst);
                http::Response::ok(serde_json::json!({ "stopping": true }))
            }
            _ => http::Response::error(404, "no such thing here"),
        }
    }

    fn write(&self, rate: u32) {
        let begun = Instant::now();
        for count in 0u32.. {
            let due = Duration::from_secs_f64(f64::from(count) / f64::from(rate));
            while let Some(early) = due.checked_sub(begun.elapsed()) {
                if self.is_stopping() {
                    return;
                }
                std::thread::sleep(early.min(Duration::from_millis(50)));
            }
            if self.is_stopping() {
                return;
            }
            if let Err(error) = lock(&self.chats).add(&format!("write load, number {count}")) {
                *lock(&self.failure) = Some(error);
                self.stop();
                return;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
