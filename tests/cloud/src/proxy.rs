//! Stands between a program and the service, notes what is asked, and fails where it is told to.
//!
//! One request a connection: every request gets a connection of its own to the service, which closes it.
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the program asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The bytes that a `Range` header names.
    pub range: Option<(u64, u64)>,
    pub length: u64,
    /// How many requests came before this one.
    pub number: usize,
}

impl Asked {
    /// A part of an upload; its number.
    pub fn part(&self) -> Option<u64> {
        let query = self.target.split_once('?')?.1;
        let number = query.split('&').find_map(|pair| pair.strip_prefix("partNumber="))?;
        (self.method == "PUT").then(|| number.parse().unwrap())
    }

    pub fn completes(&self) -> bool {
        self.method == "POST" && self.target.contains("uploadId=")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Answers in the service's place.
    Answer { status: u16, body: String },
    /// The connection is cut after so many bytes of the request's content.
    CutRequest { after: u64 },
    /// The service gets the request, but its answer is cut after so many bytes of the whole answer.
    CutAnswer { after: u64 },
    /// The request is taken in and never answered.
    Silence,
    /// The request's content is taken in at that pace.
    Slow { bytes_per_second: u64 },
}

type Rule = dyn FnMut(&Asked) -> Option<Fault> + Send;

pub struct Proxy {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    service: String,
    rule: Mutex<Box<Rule>>,
    asked: Mutex<Vec<Asked>>,
    closed: AtomicBool,
    /// Connections that are held open until the end.
    held: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    pub fn before(service: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            service: service.to_owned(),
            rule: Mutex::new(Box::new(|_| None)),
            asked: Mutex::default(),
            closed: AtomicBool::new(false),
            held: Mutex::default(),
        });
        let acceptor = shared.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if acceptor.closed.load(Ordering::Relaxed) {
                    return;
                }
                let shared = acceptor.clone();
                // What breaks on the way is what the program has to live with.
                std::thread::spawn(move || drop(shared.serve(client)));
            }
        });
        Self { address, shared }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Decides for each request from now on.
    pub fn fail(&self, rule: impl FnMut(&Asked) -> Option<Fault> + Send + 'static) {
        *self.shared.rule.lock().unwrap() = Box::new(rule);
    }

    pub fn heal(&self) {
        self.fail(|_| None);
    }

    /// What was asked since the last call.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.shared.asked.lock().unwrap())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(&self.address);
        for stream in self.shared.held.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Shared {
    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let Some((head, rest)) = read_head(&mut client)? else { return Ok(()) };
        let asked = {
            let mut log = self.asked.lock().unwrap();
            let asked = parse(&head, log.len());
            log.push(asked.clone());
            asked
        };
        let fault = (self.rule.lock().unwrap())(&asked);
        let mut body = rest.as_slice().chain(client.try_clone()?).take(asked.length);
        match fault {
            Some(Fault::Answer { status, body: text }) => {
                io::copy(&mut body, &mut io::sink())?;
                let length = text.len();
                write!(client, "HTTP/1.1 {status} No\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}")?;
                linger(&mut client)
            }
            Some(Fault::Silence) => {
                self.held.lock().unwrap().push(client.try_clone()?);
                io::copy(&mut body, &mut io::sink()).map(drop)
            }
            Some(Fault::CutRequest { after }) => {
                io::copy(&mut body.take(after), &mut io::sink())?;
                client.shutdown(Shutdown::Both)
            }
            Some(Fault::CutAnswer { after }) => {
                let mut service = self.forward(&head, &mut body, None)?;
                io::copy(&mut Read::by_ref(&mut service).take(after), &mut client)?;
                // The service finishes what it does, and nobody hears of it.
                io::copy(&mut service, &mut io::sink())?;
                client.shutdown(Shutdown::Both)
            }
            Some(Fault::Slow { bytes_per_second }) => {
                let mut service = self.forward(&head, &mut body, Some(bytes_per_second))?;
                io::copy(&mut service, &mut client)?;
                linger(&mut client)
            }
            None => {
                let mut service = self.forward(&head, &mut body, None)?;
                io::copy(&mut service, &mut client)?;
                linger(&mut client)
            }
        }
    }

    /// Sends the request on; the answer is read from what it gives back, to its end.
    fn forward(&self, head: &str, body: &mut impl Read, pace: Option<u64>) -> io::Result<TcpStream> {
        let mut service = TcpStream::connect(&self.service)?;
        let (first, headers) = head.split_once("\r\n").unwrap_or((head, ""));
        write!(service, "{first}\r\nconnection: close\r\n{headers}")?;
        match pace {
            None => drop(io::copy(body, &mut service)?),
            Some(pace) => {
                let mut piece = vec![0; (pace / 20).max(1) as usize];
                loop {
                    let got = body.read(&mut piece)?;
                    if got == 0 {
                        break;
                    }
                    service.write_all(&piece[..got])?;
                    std::thread::sleep(Duration::from_millis(50));
                }
            }
        }
        Ok(service)
    }
}

/// Lets the program read to the end before the connection goes.
fn linger(client: &mut TcpStream) -> io::Result<()> {
    client.shutdown(Shutdown::Write)?;
    client.set_read_timeout(Some(Duration::from_secs(5)))?;
    io::copy(client, &mut io::sink()).map(drop)
}

/// The request's lines with the empty one, and what came behind them. `None` for a connection that says nothing.
fn read_head(client: &mut TcpStream) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 8192];
    loop {
        let got = client.read(&mut piece)?;
        if got == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece[..got]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), rest)));
        }
    }
}

fn parse(head: &str, number: usize) -> Asked {
    let mut first = head.lines().next().unwrap_or_default().split(' ');
    let mut next = || first.next().unwrap_or_default().to_owned();
    let (method, target) = (next(), next());
    let header = |wanted: &str| {
        let pairs = head.lines().filter_map(|line| line.split_once(':'));
        pairs.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim().to_owned()).next()
    };
    let range = header("range").map(|value| {
        let (start, end) = value.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        (start.parse().unwrap(), end.parse::<u64>().unwrap() + 1)
    });
    let length = header("content-length").map_or(0, |value| value.parse().unwrap());
    Asked { method, target, range, length, number }
}
