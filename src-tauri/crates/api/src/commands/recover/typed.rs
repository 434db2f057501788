//! What a person gives to open archives with, or to check them by.
use crate::{Answer, Failure};
use holdfast_engine::vault::{Given, Passphrase, parse_public_key};
use std::path::Path;
use zeroize::Zeroizing;

/// The public signing key: as text, or in a file.
pub(super) fn public_key(given: &str) -> Answer<String> {
    let path = Path::new(given);
    if !path.is_file() {
        return Ok(parse_public_key(given)?);
    }
    let bytes = std::fs::read(path).map_err(|e| Failure::unread(format!("the key file {}", path.display()), e))?;
    Ok(parse_public_key(&String::from_utf8_lossy(&bytes))?)
}

/// What was typed: the recovery key is told by its look, anything else is a passphrase.
pub(super) fn typed(text: &str) -> Answer<Given> {
    if looks_like_a_key(text) {
        return Ok(Given { identity_text: Some(typed_identity(text)), ..Given::default() });
    }
    Ok(Given { passphrase: Some(Passphrase::new(text)?), ..Given::default() })
}

const IDENTITY: &str = "AGE-SECRET-KEY-1";
/// Letters behind that, and with the small check letters of the printed groups.
const LETTERS: [usize; 2] = [58, 78];

/// In one piece or in groups, with or without what every key begins with.
fn looks_like_a_key(text: &str) -> bool {
    let plain = plain(text);
    let rest = plain.strip_prefix(IDENTITY);
    rest.is_some() || LETTERS.contains(&plain.len()) && plain.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A key that was typed in groups and in any case, as age reads it. Other texts stay as they are.
pub(super) fn typed_identity(text: &str) -> Zeroizing<String> {
    let plain = plain(text);
    let whole = plain.strip_prefix(IDENTITY).is_some_and(|rest| rest.len() == LETTERS[0]);
    if whole { plain } else { Zeroizing::new(text.to_owned()) }
}

fn plain(text: &str) -> Zeroizing<String> {
    // Roomy from the start, so that growing leaves no copy behind.
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    plain.extend(text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()));
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_domain::Code;

    #[test]
    fn what_was_typed_is_a_passphrase_or_a_recovery_key() {
        let key = format!("{IDENTITY}{}", "Q".repeat(58));
        let groups = format!("{} {}\n{}", &key[..20], key[20..40].to_lowercase(), &key[40..]);
        for text in [&key, &key.to_lowercase(), &groups] {
            let given = typed(text).unwrap();
            assert_eq!(given.identity_text.as_deref(), Some(&key), "{text}");
            assert!(given.passphrase.is_none());
        }
        // A key with a mistake in it is no passphrase: what is wrong with it is for its reader to say.
        let printed = "qqqqqq qq ".repeat(10);
        for text in [&key[..60], &printed[..97]] {
            assert_eq!(typed(text).unwrap().identity_text.as_deref().map(String::as_str), Some(text), "{text}");
        }
        for text in ["my age-secret-key-1 is a passphrase", "seven quiet harbours under slate"] {
            let given = typed(text).unwrap();
            assert!(given.identity_text.is_none() && given.passphrase.is_some(), "{text}");
        }
        assert_eq!(typed("").unwrap_err().code, Code::BadRequest);
        let file = format!("# Holdfast recovery key of bot\n{key}\n");
        assert_eq!(typed_identity(&file).as_str(), file);
    }
}
