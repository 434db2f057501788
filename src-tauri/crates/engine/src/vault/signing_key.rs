use crate::error::{Error, Result};
use holdfast_domain::Code;
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};
use std::fmt;
use zeroize::Zeroizing;

/// A minisign key pair without a password: the keyring, the seal or the file's mode guards it.
///
/// Held as text that is wiped when dropped; `minisign` itself makes short-lived copies of the key
/// while it signs.
#[derive(Clone)]
pub struct SigningKey {
    secret: Zeroizing<String>,
    public: String,
}

/// The first line of a minisign secret key file, which `minisign -S -W -s` takes.
const COMMENT: &str = "untrusted comment: Holdfast signing key, keep it secret";

impl SigningKey {
    pub fn generate() -> Result<Self> {
        let pair =
            KeyPair::generate_unencrypted_keypair().map_err(|e| Error::new(Code::Internal, "a new signing key", e))?;
        Self::of(&pair.sk)
    }

    fn of(secret: &SecretKey) -> Result<Self> {
        let unreadable = |e| Error::new(Code::SigningKeyUnavailable, "the signing key", e);
        let boxed = Zeroizing::new(secret.to_box(None).map_err(unreadable)?.into_string());
        let line = boxed.lines().nth(1).unwrap_or_default();
        Ok(Self {
            secret: Zeroizing::new(line.to_owned()),
            public: PublicKey::from_secret_key(secret).map_err(unreadable)?.to_base64(),
        })
    }

    /// Reads the Base64 line; its checksum tells a damaged key.
    pub fn from_base64(line: &str) -> Result<Self> {
        let file = Zeroizing::new(format!("{COMMENT}\n{}\n", line.trim()));
        Self::of(&Self::read(&file)?)
    }

    /// Reads the content of a minisign secret key file.
    pub fn from_file_text(text: &str) -> Result<Self> {
        Self::of(&Self::read(text)?)
    }

    fn read(text: &str) -> Result<SecretKey> {
        let damaged = |e| Error::new(Code::SigningKeyUnavailable, "the signing key", e);
        let boxed = SecretKeyBox::from_string(text).map_err(damaged)?;
        boxed.into_unencrypted_secret_key().map_err(damaged)
    }

    /// The secret as one Base64 line.
    pub fn to_base64(&self) -> &Zeroizing<String> {
        &self.secret
    }

    pub fn to_file_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{COMMENT}\n{}\n", *self.secret))
    }

    /// The public key as one Base64 line, as `minisign -P` takes it.
    pub fn public(&self) -> &str {
        &self.public
    }

    pub(super) fn secret_key(&self) -> Result<SecretKey> {
        Self::read(&self.to_file_text())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_from_its_line_and_from_its_file() {
        let key = SigningKey::generate().unwrap();
        let from_line = SigningKey::from_base64(key.to_base64()).unwrap();
        let from_file = SigningKey::from_file_text(&key.to_file_text()).unwrap();
        for read in [from_line, from_file] {
            assert_eq!(read.to_base64(), key.to_base64());
            assert_eq!(read.public(), key.public());
        }
    }

    #[test]
    fn one_wrong_letter_is_noticed() {
        let key = SigningKey::generate().unwrap();
        let line = key.to_base64().to_string();
        let letter = if &line[120..121] == "A" { "B" } else { "A" };
        let damaged = format!("{}{letter}{}", &line[..120], &line[121..]);
        let error = SigningKey::from_base64(&damaged).unwrap_err();
        assert_eq!(error.code(), Code::SigningKeyUnavailable);
        assert!(!error.to_string().contains(&damaged[..16]), "{error}");
        for text in ["", "x", "\n\n", "!!!!"] {
            assert!(SigningKey::from_base64(text).is_err());
            assert!(SigningKey::from_file_text(text).is_err());
        }
    }

    #[test]
    fn debug_shows_the_public_half_alone() {
        let key = SigningKey::generate().unwrap();
        let shown = format!("{key:?}");
        assert!(shown.contains(key.public()));
        assert!(!shown.contains(&key.to_base64()[60..100]));
    }
}
