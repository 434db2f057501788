use crate::error::{Error, Result};
use age::secrecy::{ExposeSecret, SecretString};
use holdfast_domain::Code;
use std::fmt;
use zeroize::Zeroizing;

/// What the person types to open the recovery key. Wiped from memory when dropped.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// Refuses an empty passphrase (`Code::BadRequest`).
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = Zeroizing::new(text.into());
        if text.is_empty() {
            return Err(refused("it is empty"));
        }
        Ok(Self(SecretString::from(text.as_str())))
    }

    /// The passphrase in a file: its one line, without what editors put before it and behind it. Several lines are
    /// refused: nobody could type them.
    pub fn from_file_content(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes).map_err(|_| refused("it is not UTF-8 text"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end_matches(['\n', '\r']);
        if text.contains(['\n', '\r']) {
            return Err(refused("the file has several lines; a passphrase is one"));
        }
        Self::new(text)
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    pub(super) fn to_secret(&self) -> SecretString {
        self.0.clone()
    }
}

fn refused(cause: &str) -> Error {
    Error::new(Code::BadRequest, "the passphrase", cause)
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_add_is_no_part_of_the_passphrase() {
        for (content, expected) in [
            ("tide", "tide"),
            ("tide\n", "tide"),
            ("tide\r\n", "tide"),
            ("tide \n\n", "tide "),
            ("\u{feff}tide\r\n", "tide"),
        ] {
            let passphrase = Passphrase::from_file_content(content.as_bytes()).unwrap();
            assert_eq!(passphrase.expose(), expected);
        }
    }

    #[test]
    fn an_empty_file_is_refused() {
        for content in [&b""[..], b"\n", b"\r\n", b"\xff\xfe", b"\xef\xbb\xbf\n", b"tide\nharbour\n"] {
            let error = Passphrase::from_file_content(content).unwrap_err();
            assert_eq!(error.code(), Code::BadRequest);
        }
    }

    #[test]
    fn debug_does_not_show_it() {
        let shown = format!("{:?}", Passphrase::new("tide").unwrap());
        assert_eq!(shown, "Passphrase(..)");
    }
}
