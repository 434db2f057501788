use super::KeySet;
use crate::durable;
use crate::error::{Error, Result};
use age::x25519::Recipient;
use holdfast_domain::Code;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a backup needs of the keys: nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKeys {
    /// `age1...`: the deployment's own, whose identity opens the archives.
    pub recipients: Vec<String>,
    /// The minisign public key, as `minisign -P` takes it.
    pub signing: String,
    /// Those who may open new archives with keys of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
    /// The deployment's own recipients before, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<Retired>,
    /// The signing keys before: what they signed until then stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired_signing: Vec<Retired>,
}

/// Someone who is trusted with the archives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Person {
    pub name: String,
    /// `age1...`
    pub recipient: String,
    pub added: Timestamp,
}

/// A public key that was replaced by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Retired {
    pub key: String,
    /// What is dated later was not made with it.
    pub until: Timestamp,
}

impl PublicKeys {
    /// The public halves; `Code::SigningKeyUnavailable` where the keys can sign nothing.
    pub fn of(keys: &KeySet) -> Result<Self> {
        let signing = keys.signing_public().ok_or_else(|| {
            let cause = "these keys hold no signing key";
            Error::new(Code::SigningKeyUnavailable, keys.recipient(), cause)
        })?;
        let (retired, retired_signing) = (keys.retired().to_vec(), keys.retired_signing().to_vec());
        Ok(Self { recipients: vec![keys.recipient()], signing, people: Vec::new(), retired, retired_signing })
    }

    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => Error::io(path, e).with_code(Code::KeyNeeded),
            std::io::ErrorKind::InvalidData => Error::io(path, e).with_code(Code::BadSettings),
            _ => Error::io(path, e),
        })?;
        let bad = |cause: &str| Error::new(Code::BadSettings, path.display(), cause);
        let keys: Self = toml::from_str(&text).map_err(|e| bad(e.message()))?;
        if keys.recipients.is_empty() {
            return Err(bad("it names no recipient"));
        }
        // An archive for a recipient that nobody has the key of is a loss, so look now.
        keys.parse().map_err(|e| bad(e.cause()))?;
        Ok(keys)
    }

    pub fn save(&self, path: &Path) -> Result<()> {
        let text = toml::to_string(self).map_err(|e| Error::new(Code::Internal, path.display(), e))?;
        durable::write_if_changed(path, text.as_bytes(), 0o600)
    }

    /// All to whom new archives are sealed: the deployment's own, and people.
    pub fn all(&self) -> Vec<String> {
        self.recipients.iter().chain(self.people.iter().map(|person| &person.recipient)).cloned().collect()
    }

    /// The same as age takes them.
    pub fn parse(&self) -> Result<Vec<Recipient>> {
        let parse = |text: String| text.parse().map_err(|e| Error::new(Code::WrongKey, text, e));
        self.all().into_iter().map(parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("public.toml");
        let keys = KeySet::generate().unwrap();
        let public = PublicKeys::of(&keys).unwrap();
        public.save(&path).unwrap();
        assert_eq!(PublicKeys::load(&path).unwrap(), public);
        let parsed = public.parse().unwrap();
        assert_eq!(parsed[0].to_string(), keys.recipient());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("SECRET"), "{text}");
    }

    #[test]
    fn a_file_that_could_encrypt_for_nobody_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("public.toml");
        assert_eq!(PublicKeys::load(&path).unwrap_err().code(), Code::KeyNeeded);
        for text in ["", "recipients = []\nsigning = \"x\"", "recipients = [\"age1x\"]\nsigning = \"x\"", "\u{0}"] {
            std::fs::write(&path, text).unwrap();
            let error = PublicKeys::load(&path).unwrap_err();
            assert_eq!(error.code(), Code::BadSettings, "{text}");
        }
    }
}
