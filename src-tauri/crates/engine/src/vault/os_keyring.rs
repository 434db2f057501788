//! The keyring of the system: the Secret Service on Linux (over D-Bus, in pure Rust), the
//! platform's own elsewhere.
//!
//! Asking it can block for as long as a person takes to answer an unlock prompt, and for ever where
//! nobody sees the prompt. So each call runs on a thread of its own and is given up after a while;
//! until a thread that was given up has ended, further calls are refused at once instead of piling
//! up prompts. Each call also makes its own connection: a program that was started before the
//! keyring, or outlived its restart, finds it all the same.
use super::keyring::unavailable;
use super::{Keyring, Secret};
use crate::error::{Error, Result};
use keyring_core::{Entry, Error as CoreError};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use zeroize::Zeroizing;

const SERVICE: &str = "holdfast";

/// How long after a refusal it is asked once more.
const AGAIN: Duration = Duration::from_millis(100);

/// Entries are of the service `holdfast`, with the user `DEPLOYMENT_ID/identity` or `.../signing`.
#[derive(Debug)]
pub struct OsKeyring {
    time_limit: Duration,
    given_up: Mutex<Option<JoinHandle<()>>>,
}

impl Default for OsKeyring {
    fn default() -> Self {
        Self::new()
    }
}

impl OsKeyring {
    pub fn new() -> Self {
        Self::with_time_limit(Duration::from_secs(10))
    }

    pub fn with_time_limit(time_limit: Duration) -> Self {
        Self { time_limit, given_up: Mutex::new(None) }
    }

    fn ask<T: Send + 'static>(
        &self,
        deployment_id: &str,
        which: Secret,
        question: impl Fn(&Entry) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T> {
        let user = format!("{deployment_id}/{}", which.as_str());
        let once = move || question(&entry(&user)?).map_err(|e| explain(&e));
        self.within_the_limit(move || {
            // A busy service sometimes refuses a question that it answers a moment later.
            once().or_else(|_| {
                std::thread::sleep(AGAIN);
                once()
            })
        })
    }

    fn within_the_limit<T: Send + 'static>(&self, call: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let waiting = || {
            let seconds = self.time_limit.as_secs();
            unavailable(format!("it is locked, or waits for an answer to a prompt (nothing came in {seconds} s)"))
        };
        let mut given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        if given_up.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return Err(waiting());
        }
        let (sender, answer) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(move || {
                let _ = sender.send(call());
            })
            .map_err(|e| unavailable(format!("no thread could be started to ask it: {e}")))?;
        match answer.recv_timeout(self.time_limit) {
            Ok(result) => result,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                *given_up = Some(thread);
                Err(waiting())
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(unavailable("the library that talks to it failed")),
        }
    }
}

#[cfg(target_os = "linux")]
fn entry(user: &str) -> Result<Entry> {
    use keyring_core::api::CredentialStoreApi;
    zbus_secret_service_keyring_store::Store::new()
        .map_err(|e| {
            unavailable(format!("this session has none (no D-Bus, or no Secret Service on it): {}", innermost(&e)))
        })?
        .build(SERVICE, user, None)
        .map_err(|e| explain(&e))
}

#[cfg(not(target_os = "linux"))]
fn entry(user: &str) -> Result<Entry> {
    keyring::Entry::new(SERVICE, user).map(|entry| entry.inner).map_err(|e| explain(&e))
}

fn explain(error: &CoreError) -> Error {
    unavailable(match error {
        CoreError::NoDefaultStore => "this session has none".to_owned(),
        CoreError::NoStorageAccess(cause) => {
            format!("it is locked, or the prompt to unlock it was dismissed: {cause}")
        }
        CoreError::PlatformFailure(_) => format!("it refused: {}", innermost(error)),
        // These two carry what was stored, so their own words stay out.
        CoreError::BadEncoding(_) | CoreError::BadDataFormat(..) => {
            "what it holds under Holdfast's name is not Holdfast's".to_owned()
        }
        CoreError::Ambiguous(found) => {
            format!("it holds {} entries under the same name", found.len())
        }
        other => other.to_string(),
    })
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

impl Keyring for OsKeyring {
    fn get(&self, deployment_id: &str, which: Secret) -> Result<Option<Zeroizing<String>>> {
        self.ask(deployment_id, which, |entry| match entry.get_password() {
            Ok(value) => Ok(Some(Zeroizing::new(value))),
            Err(CoreError::NoEntry) => Ok(None),
            Err(e) => Err(e),
        })
    }

    fn set(&self, deployment_id: &str, which: Secret, value: &str) -> Result<()> {
        let value = Zeroizing::new(value.to_owned());
        self.ask(deployment_id, which, move |entry| entry.set_password(&value))
    }

    fn delete(&self, deployment_id: &str, which: Secret) -> Result<()> {
        self.ask(deployment_id, which, |entry| match entry.delete_credential() {
            Ok(()) | Err(CoreError::NoEntry) => Ok(()),
            Err(e) => Err(e),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_domain::Code;
    use std::time::Instant;

    #[test]
    fn a_keyring_that_never_answers_is_given_up_and_asked_again_only_when_it_is_free() {
        let keyring = OsKeyring::with_time_limit(Duration::from_millis(50));
        let (answer, prompt) = mpsc::channel::<()>();
        let error = keyring
            .within_the_limit(move || {
                let _ = prompt.recv();
                Ok(())
            })
            .unwrap_err();
        assert_eq!(error.code(), Code::KeyringUnavailable);
        let (asked, was_asked) = mpsc::channel();
        let error = keyring.within_the_limit(move || asked.send(()).map_err(unavailable)).unwrap_err();
        assert!(error.cause().contains("locked"), "{error}");
        assert!(was_asked.recv().is_err(), "a second prompt was put up");

        drop(answer);
        let start = Instant::now();
        while keyring.within_the_limit(|| Ok(())).is_err() {
            assert!(start.elapsed() < Duration::from_secs(10));
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_was_stored_is_in_no_error() {
        let error = explain(&CoreError::BadEncoding(b"tide".to_vec()));
        assert!(!error.to_string().contains("tide"));
        assert!(!error.to_string().contains("116"));
        let cause = "refused for a reason".into();
        let error = explain(&CoreError::NoStorageAccess(cause));
        assert!(error.cause().contains("refused for a reason"), "{error}");
    }
}
