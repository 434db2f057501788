use std::io::{Read, Write};

use serde_json::Value;

use super::*;
use crate::check::{Check, check};
use crate::generate::{Generate, generate};

fn sample() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    generate(&dir.path().join("bot"), &Generate::new(5_000_000, 1)).unwrap();
    dir
}

fn ask(port: u16, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let len = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nContent-Length: {len}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

#[test]
fn it_answers_and_keeps_what_it_is_told() {
    let dir = sample();
    let bot = dir.path().join("bot");
    let server = Server::start(&bot, &Serve::default()).unwrap();
    let port = server.port();
    assert_eq!(ask(port, "GET", "/health", "").1["status"], true);
    let before = ask(port, "GET", "/chats", "").1["count"].as_u64().unwrap();
    let (status, told) = ask(port, "POST", "/chat", r#"{"message": "Grüße \"quoted\""}"#);
    assert_eq!(status, 200);
    assert!(!told["reply"].as_str().unwrap().is_empty());
    let list = ask(port, "GET", "/chats", "").1;
    assert_eq!(list["count"], before + 1);
    assert_eq!(list["last"][0], told["id"]);
    let id = told["id"].as_str().unwrap();
    let chat = ask(port, "GET", &format!("/chat/{id}"), "").1;
    assert_eq!(chat["chat"]["messages"][0]["content"], "Grüße \"quoted\"");
    assert_eq!(ask(port, "GET", "/chat/none", "").0, 404);
    assert_eq!(ask(port, "POST", "/chat", "not json").0, 400);

    assert_eq!(ask(port, "POST", "/shutdown", "").0, 200);
    server.wait(None).unwrap();
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
    let health = check(&bot, &Check::default()).unwrap();
    assert_eq!((health.problems, health.chats), (Vec::new(), before + 1));
}

#[test]
fn the_journal_holds_what_was_committed() {
    let dir = sample();
    let bot = dir.path().join("bot");
    let journal = dir.path().join("journal");
    let options = Serve { write_rate: 200, journal: Some(journal.clone()), ..Serve::default() };
    let server = Server::start(&bot, &options).unwrap();
    let before = check(&bot, &Check::default()).unwrap().chats;
    server.wait(Some(Duration::from_millis(600))).unwrap();

    let options = Check { journal: Some(journal.clone()), before: None };
    let health = check(&bot, &options).unwrap();
    assert_eq!(health.problems, Vec::<String>::new());
    assert!(health.journal_rows > 20 && health.chats >= before);

    // A row that the database does not have must be missed.
    let mut text = std::fs::read_to_string(&journal).unwrap();
    text.push_str("00000000-lost 1\n");
    std::fs::write(&journal, text).unwrap();
    assert_eq!(check(&bot, &options).unwrap().problems.len(), 1);
    let early = Check { before: Some(1), ..options };
    assert_eq!(check(&bot, &early).unwrap().problems.len(), 0);
}

#[test]
fn a_silent_peer_keeps_nobody_waiting() {
    let dir = sample();
    let server = Server::start(&dir.path().join("bot"), &Serve::default()).unwrap();
    let silent: Vec<_> =
        (1..CONNECTIONS).map(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).unwrap()).collect();
    assert_eq!(ask(server.port(), "GET", "/health", "").0, 200);
    drop(silent);
    server.stop().unwrap();
}
