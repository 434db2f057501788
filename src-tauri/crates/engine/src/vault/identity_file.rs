use super::{KeySet, SigningKey};
use crate::error::{Error, Result};
use age::x25519::Identity;
use holdfast_domain::{Code, DeploymentName};
use jiff::Timestamp;
use zeroize::Zeroizing;

/// What the recovery key says about itself, in words.
#[derive(Debug, Clone)]
pub struct Label {
    pub deployment: DeploymentName,
    pub created: Timestamp,
}

const SUBJECT: &str = "the identity file";
pub(super) const SIGNING_PUBLIC: &str = "# holdfast-signing-public:";
const SIGNING_SECRET: &str = "# holdfast-signing-secret:";

/// An age identity file: stock age reads the last line and skips the rest as comments.
pub(super) fn write_identity_file(keys: &KeySet, label: &Label) -> Zeroizing<String> {
    // Roomy from the start, so that growing leaves no copy of the secrets behind.
    let mut text = Zeroizing::new(String::with_capacity(2048));
    let mut line = |start: &str, value: &str| {
        for part in [start, " ", value, "\n"] {
            text.push_str(part);
        }
    };
    line("# Holdfast recovery key of", label.deployment.as_str());
    line("# created:", &label.created.to_string());
    line("# public key:", &keys.recipient());
    if let Some(public) = keys.signing_public() {
        line(SIGNING_PUBLIC, &public);
    }
    if let Some(signing) = keys.signing() {
        line(SIGNING_SECRET, signing.to_base64());
    }
    text.push_str(&keys.identity_line());
    text.push('\n');
    text
}

/// Reads an age identity file: one written by Holdfast, or a plain one without signing keys.
///
/// A file that is itself encrypted gives `Code::KeyNeeded`, anything else `Code::WrongKey`.
pub fn parse_identity_file(text: &str) -> Result<KeySet> {
    if text.starts_with("age-encryption.org/") || text.starts_with("-----BEGIN AGE") {
        let cause = "it is sealed with a passphrase; give it with its passphrase, or open it first \
                     with `age -d`";
        return Err(Error::new(Code::KeyNeeded, SUBJECT, cause));
    }
    let wrong = |cause: &str| Error::new(Code::WrongKey, SUBJECT, cause);
    let (mut identity, mut public, mut secret) = (None, None, None);
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if let Some(value) = line.strip_prefix(SIGNING_PUBLIC) {
            public = Some(value.trim().to_owned());
        } else if let Some(value) = line.strip_prefix(SIGNING_SECRET) {
            secret = Some(SigningKey::from_base64(value)?);
        } else if !line.is_empty() && !line.starts_with('#') {
            // The line is never shown: it may be a secret with a typing mistake.
            let read: Identity = line.parse().map_err(|_| {
                let line = number + 1;
                wrong(&format!("line {line} is not an AGE-SECRET-KEY-1 key"))
            })?;
            if identity.replace(read).is_some() {
                return Err(wrong("it holds more than one key; give a file with one"));
            }
        }
    }
    let identity = identity.ok_or_else(|| wrong("it holds no AGE-SECRET-KEY-1 line"))?;
    if let (Some(public), Some(secret)) = (&public, &secret)
        && public != secret.public()
    {
        return Err(wrong("its two signing keys do not belong together"));
    }
    let keys = KeySet::new(identity, secret);
    Ok(match public {
        Some(public) => keys.with_signing_public(public),
        None => keys,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label() -> Label {
        Label { deployment: DeploymentName::new("chatbot").unwrap(), created: "2026-11-21T02:00:00Z".parse().unwrap() }
    }

    #[test]
    fn what_is_written_reads_back() {
        let keys = KeySet::generate().unwrap();
        let text = write_identity_file(&keys, &label());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "# Holdfast recovery key of chatbot");
        assert_eq!(lines[1], "# created: 2026-11-21T02:00:00Z");
        assert_eq!(lines[2], format!("# public key: {}", keys.recipient()));
        assert!(lines[5].starts_with("AGE-SECRET-KEY-1"));
        assert_eq!(lines.len(), 6);

        for text in [text.to_string(), text.replace('\n', "\r\n")] {
            let read = parse_identity_file(&text).unwrap();
            assert_eq!(read.recipient(), keys.recipient());
            assert_eq!(read.signing_public(), keys.signing_public());
            let (read, kept) = (read.signing().unwrap(), keys.signing().unwrap());
            assert_eq!(read.to_base64(), kept.to_base64());
        }
    }

    #[test]
    fn a_plain_identity_has_no_signing_keys() {
        let keys = KeySet::generate().unwrap();
        let read = parse_identity_file(&keys.identity_line()).unwrap();
        assert_eq!(read.recipient(), keys.recipient());
        assert!(read.signing().is_none());
        assert_eq!(read.signing_public(), None);
    }

    #[test]
    fn files_that_are_no_single_identity_are_refused_without_showing_them() {
        let keys = KeySet::generate().unwrap();
        let line = keys.identity_line();
        let twice = format!("{}\n{}\n", *line, *line);
        let typo = line[..line.len() - 1].to_owned();
        for text in ["", "# nothing\n", "hello", &twice, &typo] {
            let error = parse_identity_file(text).unwrap_err();
            assert_eq!(error.code(), Code::WrongKey);
            assert!(!error.to_string().contains(&line[20..40]), "{error}");
        }
        let sealed = "age-encryption.org/v1\n-> scrypt";
        let error = parse_identity_file(sealed).unwrap_err();
        assert_eq!(error.code(), Code::KeyNeeded);
    }

    #[test]
    fn signing_keys_of_two_pairs_are_refused() {
        let keys = KeySet::generate().unwrap();
        let other = SigningKey::generate().unwrap();
        let text = write_identity_file(&keys, &label());
        let mixed = text.replace(&keys.signing_public().unwrap(), other.public());
        let error = parse_identity_file(&mixed).unwrap_err();
        assert_eq!(error.code(), Code::WrongKey);
    }
}
