use crate::error::{Error, Result};
use holdfast_domain::Code;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// Which of a deployment's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Secret {
    /// The `AGE-SECRET-KEY-1...` lines, the newest first.
    Identity,
    /// The minisign secret key as one Base64 line.
    Signing,
    /// The credentials of a destination in the cloud; the id is then the deployment's and the destination's.
    Cloud,
}

impl Secret {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Signing => "signing",
            Self::Cloud => "cloud",
        }
    }
}

/// Where the system keeps secrets for the person who is logged in.
///
/// Every failure is `Code::KeyringUnavailable`, with whether it is absent, locked or refusing in
/// the cause; what is simply not there is `None`. No call takes longer than some ten seconds.
pub trait Keyring: Send + Sync {
    fn get(&self, deployment_id: &str, which: Secret) -> Result<Option<Zeroizing<String>>>;
    fn set(&self, deployment_id: &str, which: Secret, value: &str) -> Result<()>;
    /// Deleting what is not there is no error.
    fn delete(&self, deployment_id: &str, which: Secret) -> Result<()>;

    /// Whether it could be used now. Asks for a thing that nobody keeps there, so it puts up no prompt.
    fn available(&self) -> Result<()> {
        self.get(NOBODY, Secret::Identity).map(drop)
    }
}

/// No deployment has this id.
const NOBODY: &str = "nobody";

/// For machines without a keyring, and for people who want none: holds nothing, takes nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKeyring;

impl Keyring for NoKeyring {
    fn get(&self, _: &str, _: Secret) -> Result<Option<Zeroizing<String>>> {
        Ok(None)
    }

    fn set(&self, _: &str, _: Secret, _: &str) -> Result<()> {
        Err(unavailable("its use is turned off"))
    }

    fn delete(&self, _: &str, _: Secret) -> Result<()> {
        Ok(())
    }

    fn available(&self) -> Result<()> {
        Err(unavailable("its use is turned off"))
    }
}

/// A keyring that lives as long as the value: for tests, and for one run of a recovery.
#[derive(Default)]
pub struct MemoryKeyring(Mutex<HashMap<(String, Secret), Zeroizing<String>>>);

impl Keyring for MemoryKeyring {
    fn get(&self, deployment_id: &str, which: Secret) -> Result<Option<Zeroizing<String>>> {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(secrets.get(&(deployment_id.to_owned(), which)).cloned())
    }

    fn set(&self, deployment_id: &str, which: Secret, value: &str) -> Result<()> {
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value = Zeroizing::new(value.to_owned());
        secrets.insert((deployment_id.to_owned(), which), value);
        Ok(())
    }

    fn delete(&self, deployment_id: &str, which: Secret) -> Result<()> {
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.remove(&(deployment_id.to_owned(), which));
        Ok(())
    }
}

impl fmt::Debug for MemoryKeyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryKeyring(..)")
    }
}

pub(super) fn unavailable(cause: impl fmt::Display) -> Error {
    Error::new(Code::KeyringUnavailable, "the system's keyring", cause)
}
