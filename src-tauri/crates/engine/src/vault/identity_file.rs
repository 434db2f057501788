use super::kit::groups;
use super::{KeySet, Retired, SigningKey};
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
/// Until when it was used, and the public half of what a rotation replaced.
const RETIRED: &str = "# holdfast-retired:";
const RETIRED_SIGNING: &str = "# holdfast-retired-signing:";

/// An age identity file: stock age reads the last lines, one for each identity, and skips the rest as comments.
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
    for (start, retired) in [(RETIRED_SIGNING, keys.retired_signing()), (RETIRED, keys.retired())] {
        for Retired { key, until } in retired {
            line(start, &format!("{until} {key}"));
        }
    }
    text.push_str(&keys.identity_lines());
    text
}

/// Reads an age identity file: one written by Holdfast, a plain one without signing keys, or the key as the recovery
/// kit prints it, in groups. The first identity is the newest.
///
/// A file that is itself encrypted gives `Code::KeyNeeded`, a mistyped kit `Code::Mistyped`, anything else
/// `Code::WrongKey`.
pub fn parse_identity_file(text: &str) -> Result<KeySet> {
    if text.starts_with("age-encryption.org/") || text.starts_with("-----BEGIN AGE") {
        let cause = "it is sealed with a passphrase; give it with its passphrase, or open it first \
                     with `age -d`";
        return Err(Error::new(Code::KeyNeeded, SUBJECT, cause));
    }
    let wrong = |cause: &str| Error::new(Code::WrongKey, SUBJECT, cause);
    if text.trim_start_matches('\u{feff}').trim_start().get(..9).is_some_and(|s| s.eq_ignore_ascii_case("<!doctype")) {
        return Err(wrong(
            "it is a page such as the recovery kit: a text file with the key that stands on it is needed",
        ));
    }
    let (mut identities, mut public, mut secret) = (Vec::<Identity>::new(), None, None);
    let (mut retired, mut retired_signing) = (Vec::new(), Vec::new());
    let text = text.trim_start_matches('\u{feff}');
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(value) = line.strip_prefix(SIGNING_PUBLIC) {
            public = Some(value.trim().to_owned());
        } else if let Some(value) = line.strip_prefix(SIGNING_SECRET) {
            secret = Some(SigningKey::from_base64(value)?);
        } else if let Some(value) = line.strip_prefix(RETIRED_SIGNING) {
            retired_signing.extend(read_retired(value));
        } else if let Some(value) = line.strip_prefix(RETIRED) {
            retired.extend(read_retired(value));
        } else if !line.is_empty() && !line.starts_with('#') {
            match line.parse() {
                Ok(identity) => identities.push(identity),
                // In groups, over several lines.
                Err(_) if identities.is_empty() && groups::looks_typed(text) => {
                    identities.push(groups::read(text)?);
                    break;
                }
                // The line is never shown: it may be a secret with a typing mistake.
                Err(_) => return Err(wrong(&format!("line {} is not an AGE-SECRET-KEY-1 key", number + 1))),
            }
        }
    }
    let mut identities = identities.into_iter();
    let newest = identities.next().ok_or_else(|| wrong("it holds no AGE-SECRET-KEY-1 line"))?;
    if let (Some(public), Some(secret)) = (&public, &secret)
        && public != secret.public()
    {
        return Err(wrong("its two signing keys do not belong together"));
    }
    let keys = identities.fold(KeySet::new(newest, secret), KeySet::with_earlier);
    let keys = keys.with_retired(&retired, &retired_signing);
    Ok(match public {
        Some(public) => keys.with_signing_public(public),
        None => keys,
    })
}

/// What is not understood is passed over like any comment.
fn read_retired(value: &str) -> Option<Retired> {
    let (until, key) = value.trim().split_once(' ')?;
    Some(Retired { key: key.to_owned(), until: until.parse().ok()? })
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
    fn files_that_hold_no_identity_are_refused_without_showing_them() {
        let keys = KeySet::generate().unwrap();
        let line = keys.identity_line();
        let typo = line[..line.len() - 1].to_owned();
        let half = format!("{}\nhello\n", *line);
        for text in ["", "# nothing\n", "hello", &typo, &half] {
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

    #[test]
    fn what_a_rotation_replaced_reads_back() {
        let until = "2026-11-21T02:00:00Z".parse().unwrap();
        let keys = KeySet::generate().unwrap().rotated(true, until).unwrap();
        let read = parse_identity_file(&write_identity_file(&keys, &label())).unwrap();
        assert_eq!(read.identity_lines(), keys.identity_lines());
        assert_eq!((read.retired(), read.retired_signing()), (keys.retired(), keys.retired_signing()));
        assert_eq!(read.recipient(), keys.recipient());
        // The same identity twice is one identity.
        let twice = format!("{}{}", *keys.identity_lines(), *keys.identity_lines());
        assert_eq!(parse_identity_file(&twice).unwrap().identities().len(), 2);
    }

    #[test]
    fn the_key_is_read_as_the_kit_prints_it() {
        let keys = KeySet::generate().unwrap();
        let line = keys.identity_line();
        let printed: Vec<String> = groups::of(&line).map(|g| format!("{} {}", *g.letters, g.check)).collect();
        let text = format!("# typed from the page\n{}\n{}\n", printed[..5].join("  "), printed[5..].join("  "));
        assert_eq!(parse_identity_file(&text.to_lowercase()).unwrap().recipient(), keys.recipient());
        let wrong = if printed[3].starts_with('Q') { "P" } else { "Q" };
        let typo = text.replacen(&printed[3], &format!("{wrong}{}", &printed[3][1..]), 1);
        let error = parse_identity_file(&typo).unwrap_err();
        assert_eq!(error.code(), Code::Mistyped);
        assert!(error.cause().contains("group 4") && !error.to_string().contains(&printed[0]), "{error}");
    }
}
