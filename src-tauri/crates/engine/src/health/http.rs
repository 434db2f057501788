//! Asks an address whether it answers. Goes only there: no proxy, and no redirection to anywhere else is followed.
use super::{Look, Probe, Seen};
use crate::error::Result;
use crate::store::cloud::{tls, tls_that_trusts_nobody};
use futures_util::StreamExt;
use holdfast_domain::health::Unit;
use std::time::Duration;

/// So much of an answer is looked through.
const BODY_BYTES: usize = 256 << 10;

#[derive(Debug, Clone)]
pub struct Http {
    pub url: String,
    /// Any success where `None`.
    pub status: Option<u16>,
    /// What the answer holds.
    pub contains: Option<String>,
    pub slow_ms: u32,
}

/// An address without what may be secret in it: a user with a password, and everything behind `?`.
pub fn address_shown(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = &url[..end];
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

struct Answer {
    status: u16,
    body: Vec<u8>,
    /// The beginning is not all of it.
    more: bool,
    took: Duration,
}

enum Trouble {
    Refused,
    Slow,
    Other(String),
}

impl Http {
    pub fn expected(&self) -> String {
        let status = self.status.map_or_else(|| "a success".to_owned(), |status| status.to_string());
        let holds = if self.contains.is_some() { " with the text that is expected" } else { "" };
        format!("answers with {status}{holds} within {} ms", self.slow_ms)
    }

    fn ask(&self, probe: &Probe) -> Result<Answer, Trouble> {
        let other = |e: &dyn std::fmt::Display| Trouble::Other(e.to_string());
        let secure = self.url.starts_with("https://");
        let tls = if secure { tls(None) } else { tls_that_trusts_nobody() }.map_err(|e| other(&e.cause()))?;
        // A little less than the check has: then it is the address that did not answer, and not the check.
        let limit = probe.limit.mul_f64(0.9);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .timeout(limit)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| other(&innermost(&e)))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| other(&e))?;
        let begun = probe.clock.elapsed();
        let asked = runtime.block_on(async {
            let response = client.get(&self.url).send().await?;
            let status = response.status().as_u16();
            let mut stream = response.bytes_stream();
            let (mut body, mut more) = (Vec::new(), false);
            while let Some(piece) = stream.next().await {
                body.extend_from_slice(&piece?);
                if body.len() >= BODY_BYTES {
                    more = true;
                    break;
                }
            }
            Ok((status, body, more))
        });
        // A name that is still being looked up must not hold this thread.
        runtime.shutdown_background();
        let took = probe.clock.elapsed().saturating_sub(begun);
        match asked {
            Ok((status, body, more)) => Ok(Answer { status, body, more, took }),
            Err(e) => Err(trouble(&e)),
        }
    }
}

fn trouble(error: &reqwest::Error) -> Trouble {
    if error.is_timeout() {
        return Trouble::Slow;
    }
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(e) = source {
        let kind = e.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if kind == Some(std::io::ErrorKind::ConnectionRefused) {
            return Trouble::Refused;
        }
        source = e.source();
    }
    Trouble::Other(innermost(error))
}

/// The last cause says most, and holds no address.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}

impl Look for Http {
    fn look(&self, probe: &Probe) -> Seen {
        let shown = address_shown(&self.url);
        let step = format!("Start the chatbot, or look into its log why {shown} does not answer.");
        let answer = match self.ask(probe) {
            Ok(answer) => answer,
            Err(Trouble::Refused) => return Seen::failing(format!("nothing listens at {shown}"), step),
            Err(Trouble::Slow) => {
                let limit = probe.limit.as_secs_f64();
                return Seen::failing(format!("{shown} did not answer within {limit} s"), step);
            }
            Err(Trouble::Other(cause)) => return Seen::failing(format!("{shown} does not answer: {cause}"), step),
        };
        let ms = answer.took.as_millis();
        let status = answer.status;
        let said = format!("{shown} answered {status} in {ms} ms");
        let measured = |seen: Seen| seen.with(ms as f64, Unit::Milliseconds);
        if let Some(wanted) = self.status {
            if status != wanted {
                let step = format!("Look into the chatbot's log why it answers {status} and not {wanted}.");
                return measured(Seen::failing(said, step));
            }
        } else if status >= 500 {
            return measured(Seen::failing(said, "Look into the chatbot's log: it runs, and something in it fails."));
        } else if status >= 400 && !matches!(status, 401 | 403) {
            let step = "It answers, but not at this address: correct the address in the settings.";
            return measured(Seen::warning(said, step));
        }
        if let Some(text) = &self.contains
            && !holds(&answer.body, text)
        {
            let part = if answer.more { " in the beginning of its answer" } else { "" };
            let said = format!("{said}, without the text that is expected{part}");
            let step = "Something else may answer there, or the chatbot is not well: look at the page.";
            return measured(Seen::failing(said, step));
        }
        if ms > u128::from(self.slow_ms) {
            let step = "Look at this machine's load and memory, and at what the chatbot waits for.";
            return measured(Seen::warning(said, step));
        }
        measured(Seen::ok(said))
    }
}

fn holds(body: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(body).contains(text)
}

#[cfg(test)]
mod tests {
    use super::super::test_support::probe;
    use super::*;
    use holdfast_domain::health::State;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    /// Answers each request with these bytes, as long as the test runs.
    fn server(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                if answer.is_empty() {
                    // Takes the question and says nothing.
                    std::thread::sleep(Duration::from_secs(20));
                }
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        format!("http://{address}/health")
    }

    /// For the one that is waited for in vain.
    const SILENT: u32 = 1;

    fn look(url: String, change: impl FnOnce(&mut Http)) -> Seen {
        let dir = tempfile::tempdir().unwrap();
        let mut http = Http { url, status: None, contains: None, slow_ms: 60_000 };
        change(&mut http);
        let mut probe = probe(dir.path());
        probe.limit = if http.slow_ms == SILENT { Duration::from_millis(700) } else { Duration::from_secs(20) };
        http.look(&probe)
    }

    const GOOD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{\"status\":true}";

    #[test]
    fn it_tells_an_answer_from_none_and_a_good_one_from_a_bad_one() {
        let good = look(server(GOOD), |_| {});
        assert_eq!(good.state, State::Ok, "{good:?}");
        assert_eq!(good.value.unwrap().unit, Unit::Milliseconds);
        assert_eq!(look(server(GOOD), |http| http.contains = Some("\"status\":true".to_owned())).state, State::Ok);
        let other = look(server(GOOD), |http| http.contains = Some("ready".to_owned()));
        assert_eq!(other.state, State::Failing);
        assert!(other.text.ends_with("without the text that is expected"), "{other:?}");
        let status = look(server(GOOD), |http| http.status = Some(204));
        assert!(status.state == State::Failing && status.text.contains("answered 200"), "{status:?}");
        let broken = look(server("HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), |_| {});
        assert_eq!(broken.state, State::Failing, "{broken:?}");
        let elsewhere = look(server("HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), |_| {});
        assert_eq!(elsewhere.state, State::Warning, "{elsewhere:?}");
        let door = look(server("HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), |_| {});
        assert_eq!(door.state, State::Ok, "it answers, and wants a sign-in: {door:?}");
        let away =
            "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        assert_eq!(look(server(away), |_| {}).state, State::Ok, "a redirection is not followed");
    }

    #[test]
    fn silence_and_nobody_there_are_failures_with_words_of_their_own() {
        let silent = look(server(""), |http| http.slow_ms = SILENT);
        assert_eq!(silent.state, State::Failing);
        assert!(silent.text.contains("did not answer within"), "{silent:?}");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let nobody = look(format!("http://{port}/"), |_| {});
        assert!(nobody.state == State::Failing && nobody.text.starts_with("nothing listens at"), "{nobody:?}");
        let garbage = look(server("SSH-2.0-OpenSSH\r\n"), |_| {});
        assert!(garbage.state == State::Failing && garbage.text.contains("does not answer:"), "{garbage:?}");
    }

    #[test]
    fn secrets_of_an_address_are_not_shown() {
        assert_eq!(address_shown("http://me:pass@host:80/a?token=x#y"), "http://host:80/a");
        assert_eq!(address_shown("https://host/a/b"), "https://host/a/b");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let seen = look(format!("http://me:tidal@{port}/?key=harbour"), |_| {});
        let all = format!("{seen:?}");
        assert!(!all.contains("tidal") && !all.contains("harbour"), "{all}");
    }
}
