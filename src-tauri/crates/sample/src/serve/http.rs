//! As much of HTTP/1.1 as one request a connection needs.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::error::Result;

const HEAD_MAX: u64 = 16 << 10;
const BODY_MAX: u64 = 1 << 20;

pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: Vec<u8>,
}

pub(super) struct Response {
    status: u16,
    body: Value,
}

impl Response {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    pub(super) fn error(status: u16, reason: &str) -> Self {
        Self { status, body: json!({ "error": reason }) }
    }
}

impl From<Result<Value>> for Response {
    fn from(outcome: Result<Value>) -> Self {
        match outcome {
            Ok(body) => Self::ok(body),
            Err(error) => Self::error(500, &error.to_string()),
        }
    }
}

/// Reads a request, answers it and leaves.
pub(super) fn serve(mut stream: &TcpStream, respond: impl FnOnce(&Request) -> Response) -> io::Result<()> {
    let response = match read(&mut BufReader::new(stream))? {
        Ok(request) => respond(&request),
        Err(refusal) => refusal,
    };
    let reason = match response.status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        413 => "Content Too Large",
        _ => "Internal Server Error",
    };
    let body = format!("{}\n", response.body);
    let answer = format!(
        "HTTP/1.1 {} {reason}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        response.status,
        body.len()
    );
    stream.write_all(answer.as_bytes())
}

fn read(from: &mut impl BufRead) -> io::Result<std::result::Result<Request, Response>> {
    let bad = |reason| Ok(Err(Response::error(400, reason)));
    let mut head = from.by_ref().take(HEAD_MAX);
    let mut line = String::new();
    head.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return bad("not a request");
    };
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let method = method.to_owned();
    let mut len = 0;
    loop {
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return bad("the head of the request has no end");
        }
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            let Ok(number) = value.trim().parse::<u64>() else {
                return bad("the length of the body is no number");
            };
            len = number;
        }
    }
    if len > BODY_MAX {
        return Ok(Err(Response::error(413, "at most 1 MiB, please")));
    }
    let mut body = vec![0; len as usize];
    from.read_exact(&mut body)?;
    Ok(Ok(Request { method, path, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(request: &[u8]) -> u16 {
        match read(&mut io::Cursor::new(request)).unwrap() {
            Ok(_) => 200,
            Err(response) => response.status,
        }
    }

    #[test]
    fn a_request_has_method_path_and_body() {
        let text = b"POST /chat?x=1 HTTP/1.1\r\nHost: h\r\ncontent-length: 2\r\n\r\nhi...";
        let Ok(Ok(request)) = read(&mut io::Cursor::new(text)) else {
            panic!("refused");
        };
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/chat"));
        assert_eq!(request.body, b"hi");
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(status(b"\r\n"), 400);
        assert_eq!(status(b"GET / HTTP/1.1\r\nHost: h\r\n"), 400);
        assert_eq!(status(b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"), 400);
        assert_eq!(status(b"GET / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n"), 413);
        let endless = [b"GET / HTTP/1.1\r\nA: ".to_vec(), vec![b'a'; 1 << 16]].concat();
        assert_eq!(status(&endless), 400);
    }
}
