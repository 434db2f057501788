//! Who listens at a port, as `/proc` tells.
use super::super::steps::{Done, Request};
use super::Hands;
use crate::error::Result;
use crate::jobs::Job;
use holdfast_domain::runbook::StepResult;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

// As every action.
#[allow(clippy::unnecessary_wraps)]
pub(super) fn listening(hands: &Hands<'_>, request: &Request, _: &Job) -> Result<Done> {
    let port = match request.number("port", 0) {
        0 => hands.profile.health_url.as_deref().and_then(port_of),
        given => u16::try_from(given).ok(),
    };
    let Some(port) = port else {
        let said = "At which port it listens is not known: set its health address (holdfast setup, or the settings).";
        return Ok(Done::new(StepResult::Unknown, said));
    };
    let proc = Path::new("/proc");
    let sockets = sockets(proc, port);
    if sockets.is_empty() {
        return Ok(Done::new(StepResult::Nothing, format!("Nobody listens at port {port}.")));
    }
    let holders = holders(proc, &sockets);
    if holders.is_empty() {
        let said = format!("A program of another user, or a container, listens at port {port}.");
        let line = format!("sudo ss -ltnp 'sport = :{port}'");
        return Ok(Done::new(StepResult::Done, said).with_lines([line]).with_value(port));
    }
    let named: Vec<String> = holders.iter().map(|(pid, name)| format!("{name} ({pid})")).collect();
    Ok(Done::new(StepResult::Done, format!("At port {port} listens {}.", named.join(", "))).with_value(port))
}

/// `http://127.0.0.1:8080/health`: 8080.
fn port_of(url: &str) -> Option<u16> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((_, port)) if !port.contains(']') => port.parse().ok(),
        _ if scheme == "https" => Some(443),
        _ => Some(80),
    }
}

/// Inodes of the sockets that listen there.
fn sockets(proc: &Path, port: u16) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    for file in ["self/net/tcp", "self/net/tcp6"] {
        let text = fs::read_to_string(proc.join(file)).unwrap_or_default();
        found.extend(text.lines().filter_map(|line| socket(line, port)));
    }
    found
}

/// `0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 12345 ...`; `0A` listens.
fn socket(line: &str, port: u16) -> Option<u64> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = u16::from_str_radix(words.get(1)?.rsplit(':').next()?, 16).ok()?;
    (words.get(3) == Some(&"0A") && at == port).then_some(())?;
    words.get(9)?.parse().ok()
}

fn holders(proc: &Path, sockets: &BTreeSet<u64>) -> BTreeSet<(u32, String)> {
    let mut found = BTreeSet::new();
    for item in fs::read_dir(proc).into_iter().flatten().flatten() {
        let Some(pid) = item.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let open = fs::read_dir(item.path().join("fd")).into_iter().flatten().flatten();
        let inode = |link: std::path::PathBuf| -> Option<u64> {
            link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
        };
        let holds = open.filter_map(|fd| inode(fs::read_link(fd.path()).ok()?)).any(|socket| sockets.contains(&socket));
        if holds {
            let name = fs::read_to_string(item.path().join("comm")).unwrap_or_default();
            found.insert((pid, name.trim().to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_read_from_an_address() {
        assert_eq!(port_of("http://127.0.0.1:8080/health"), Some(8080));
        assert_eq!(port_of("https://bot.example/health"), Some(443));
        assert_eq!(port_of("http://[::1]/"), Some(80));
        assert_eq!(port_of("http://user:pass@host:99"), Some(99));
    }

    #[test]
    fn whoever_listens_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let proc = Path::new("/proc");
        let found = holders(proc, &sockets(proc, port));
        assert!(found.iter().any(|(pid, _)| *pid == std::process::id()), "{found:?}");
        drop(listener);
        assert!(sockets(proc, port).is_empty());
    }
}
