//! What happened on the wire during one operation: how much was sent, and why it was refused last.
//!
//! The library between us and the wire gives its errors as sentences. So the connector, below it, notes what the service
//! answered in a value that belongs to the task.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

tokio::task_local! {
    static EXCHANGE: Arc<Exchange>;
}

#[derive(Debug, Default)]
pub struct Exchange {
    sent: AtomicU64,
    trouble: Mutex<Option<Trouble>>,
}

/// Why an attempt failed. Holds no secret: what the service quotes of a request is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The service answered, but not with what was asked for. `code` is its own word, empty where it gave none.
    Refused { status: u16, code: String, message: String },
    /// There was no answer.
    Unreachable { cause: String },
}

impl Exchange {
    /// Runs an operation that notes what happens in this value.
    pub async fn during<T>(self: &Arc<Self>, operation: impl Future<Output = T>) -> T {
        EXCHANGE.scope(self.clone(), operation).await
    }

    /// That of the operation at hand; of nobody's where there is none.
    pub fn current() -> Arc<Self> {
        EXCHANGE.try_with(Arc::clone).unwrap_or_default()
    }

    /// Bytes of the request's content that the system took so far. A repeated attempt counts only from where it gets
    /// further than the one before.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub fn sent_at_least(&self, bytes: u64) {
        self.sent.fetch_max(bytes, Ordering::Relaxed);
    }

    /// The last attempt's.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn note(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

impl Trouble {
    /// From an answer that is no success.
    pub fn of_answer(status: u16, body: &str) -> Self {
        let json = serde_json::from_str::<serde_json::Value>(body).ok();
        let (code, message) = match &json {
            Some(json) => of_json(json),
            None => (within(body, "Code"), within(body, "Message")),
        };
        Self::Refused { status, code: short(code, 60), message: short(message, 200) }
    }
}

/// Google's services answer in JSON in two ways.
fn of_json(json: &serde_json::Value) -> (&str, &str) {
    let error = json.get("error");
    let word = error.and_then(|e| e.as_str().or_else(|| e.get("status")?.as_str()));
    let said = error.and_then(|e| e.get("message")).or_else(|| json.get("error_description"));
    (word.unwrap_or_default(), said.and_then(serde_json::Value::as_str).unwrap_or_default())
}

/// The text of the first XML element of that name.
fn within<'a>(body: &'a str, element: &str) -> &'a str {
    let start = body.split_once(&format!("<{element}>")).map_or("", |(_, rest)| rest);
    start.split_once(&format!("</{element}>")).map_or("", |(text, _)| text)
}

/// One line, without what terminals would obey.
fn short(text: &str, longest: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(longest).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_the_providers_are_understood() {
        let refused = |code: &str, message: &str| Trouble::Refused {
            status: 403,
            code: code.to_owned(),
            message: message.to_owned(),
        };
        let xml = "<?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code><Message>It does\nnot.</Message>\
                   <StringToSign>AWS4 tide</StringToSign></Error>";
        assert_eq!(Trouble::of_answer(403, xml), refused("SignatureDoesNotMatch", "It does not."));
        let token = r#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#;
        assert_eq!(Trouble::of_answer(403, token), refused("invalid_grant", "Invalid JWT Signature."));
        let json = r#"{"error":{"code":403,"message":"No.","status":"PERMISSION_DENIED"}}"#;
        assert_eq!(Trouble::of_answer(403, json), refused("PERMISSION_DENIED", "No."));
        for body in ["", "<html>a proxy's page</html>", "<Code>", "[1]", "\"x\""] {
            assert_eq!(Trouble::of_answer(403, body), refused("", ""), "{body}");
        }
    }
}
