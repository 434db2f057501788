use super::SigningKey;
use super::identity_file::SIGNING_PUBLIC;
use crate::error::{Error, Result};
use holdfast_domain::Code;
use minisign::{PublicKey, SignatureBox};
use std::io::Cursor;

/// What a signature says about the content it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// Signed by the key asked about; the comment is covered by the signature too.
    Good { trusted_comment: String },
    /// It names another key. Whether that other key really signed it is unknown.
    SignedByOther { key_id: String },
    /// It names this key and does not hold, or is no signature at all.
    Bad { cause: String },
}

/// A `.minisig` that stock `minisign -V` takes. The comment is one line, protected by the signature.
pub fn sign(content: &[u8], key: &SigningKey, trusted_comment: &str) -> Result<String> {
    let comment = trusted_comment.trim();
    if comment.chars().any(char::is_control) {
        let cause = "its comment holds a line end or a control character";
        return Err(Error::new(Code::BadRequest, "the signature", cause));
    }
    let failed = |e| Error::new(Code::SigningKeyUnavailable, "the signature", e);
    let secret = key.secret_key()?;
    // Given the public key, minisign checks what it made.
    let public = PublicKey::from_secret_key(&secret).map_err(failed)?;
    let signature = minisign::sign(
        Some(&public),
        &secret,
        Cursor::new(content),
        Some(comment),
        Some("signature of a Holdfast archive"),
    )
    .map_err(failed)?;
    Ok(signature.into_string())
}

/// Checks a signature made by [`sign`] or by stock minisign (prehashed).
///
/// An error (`Code::WrongKey`) only where `public_key` itself is no minisign public key.
pub fn verify(content: &[u8], minisig: &str, public_key: &str) -> Result<Verified> {
    let public = PublicKey::from_base64(public_key.trim()).map_err(|e| {
        let subject = format!("the public signing key {public_key:?}");
        Error::new(Code::WrongKey, subject, e)
    })?;
    let signature = match read(minisig) {
        Ok(signature) => signature,
        Err(cause) => return Ok(Verified::Bad { cause }),
    };
    if signature.keynum() != public.keynum() {
        return Ok(Verified::SignedByOther { key_id: key_id(signature.keynum()) });
    }
    let outcome = minisign::verify(&public, &signature, Cursor::new(content), true, false, false)
        .and_then(|()| signature.trusted_comment());
    Ok(match outcome {
        Ok(trusted_comment) => Verified::Good { trusted_comment },
        Err(e) => Verified::Bad { cause: e.to_string() },
    })
}

/// How minisign writes a key's number.
fn key_id(number: &[u8]) -> String {
    hex::encode_upper(number.iter().rev().copied().collect::<Vec<u8>>())
}

/// The public key in what a person gives: its Base64 line (blanks do not matter), a minisign `.pub` file, or the line of a
/// recovery key that names it. `Code::WrongKey` for anything else.
pub fn parse_public_key(text: &str) -> Result<String> {
    let says = |line: &str| !line.starts_with("untrusted comment") && !line.starts_with('#');
    let lines = text.lines().map(str::trim).map(|line| line.strip_prefix(SIGNING_PUBLIC).unwrap_or(line));
    let key: String = lines.filter(|line| says(line)).flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    match PublicKey::from_base64(&key) {
        Ok(public) => Ok(public.to_base64()),
        Err(e) => Err(Error::new(Code::WrongKey, "the public signing key", format!("it is none: {e}"))),
    }
}

fn read(minisig: &str) -> std::result::Result<SignatureBox, String> {
    // The lengths are looked at first: minisign 0.10 panics on a short global signature.
    let mut lines = minisig.lines().map(|line| line.trim().len());
    let (signature, global) = (lines.nth(1), lines.nth(1));
    if (signature, global) != (Some(100), Some(88)) {
        return Err("it is not a minisign signature".to_owned());
    }
    SignatureBox::from_string(minisig).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    const CONTENT: &[u8] = br#"{"format": 1}"#;

    #[test]
    fn good_forged_and_foreign_signatures_are_told_apart() {
        let key = SigningKey::generate().unwrap();
        let other = SigningKey::generate().unwrap();
        let text = sign(CONTENT, &key, "chatbot 2026 ").unwrap();
        let trusted_comment = "chatbot 2026".to_owned();
        assert_eq!(verify(CONTENT, &text, key.public()).unwrap(), Verified::Good { trusted_comment });
        assert!(matches!(verify(b"{}", &text, key.public()).unwrap(), Verified::Bad { .. }));
        let forged = text.replace("2026", "2027");
        assert!(matches!(verify(CONTENT, &forged, key.public()).unwrap(), Verified::Bad { .. }));
        let Verified::SignedByOther { key_id } = verify(CONTENT, &text, other.public()).unwrap() else {
            panic!("a foreign signature was taken")
        };
        assert_eq!(key_id.len(), 16);
    }

    #[test]
    fn damaged_signature_files_are_bad_and_never_a_panic() {
        let key = SigningKey::generate().unwrap();
        let text = sign(CONTENT, &key, "c").unwrap();
        let mut damaged: Vec<String> = (0..text.len() - 1).map(|n| text[..n].to_owned()).collect();
        let lines: Vec<&str> = text.lines().collect();
        damaged.push(format!("{}\n{}\n{}\nAAAA\n", lines[0], lines[1], lines[2]));
        damaged.push(format!("{}\nAAAA\n{}\n{}\n", lines[0], lines[2], lines[3]));
        damaged.push(format!("{}\n{}\n{}\n", lines[1], lines[2], lines[3]));
        damaged.push("ä\n".repeat(100));
        for text in damaged {
            let outcome = verify(CONTENT, &text, key.public()).unwrap();
            assert!(matches!(outcome, Verified::Bad { .. }), "{text:?}");
        }
    }

    #[test]
    fn an_unreadable_public_key_is_an_error_not_a_bad_signature() {
        let key = SigningKey::generate().unwrap();
        let text = sign(CONTENT, &key, "c").unwrap();
        let error = verify(CONTENT, &text, "RWQ").unwrap_err();
        assert_eq!(error.code(), Code::WrongKey);
        assert!(sign(CONTENT, &key, "two\nlines").is_err());
    }

    #[test]
    fn stock_minisign_takes_our_signatures_and_we_take_its() {
        if Command::new("minisign").arg("-v").output().is_err() {
            println!("skipped: minisign is not installed");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let key = SigningKey::generate().unwrap();
        let file = dir.path().join("manifest.json");
        let signature = dir.path().join("manifest.json.minisig");
        std::fs::write(&file, CONTENT).unwrap();
        std::fs::write(&signature, sign(CONTENT, &key, "ours").unwrap()).unwrap();
        let run = |args: &[&str]| {
            let mut minisign = Command::new("minisign");
            let output = minisign.args(args).current_dir(dir.path()).output();
            let output = output.unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let said = run(&["-V", "-m", "manifest.json", "-P", key.public()]);
        assert!(said.contains("Trusted comment: ours"), "{said}");

        std::fs::write(dir.path().join("key"), key.to_file_text().as_bytes()).unwrap();
        run(&["-S", "-W", "-s", "key", "-m", "manifest.json", "-t", "theirs"]);
        let text = std::fs::read_to_string(&signature).unwrap();
        let trusted_comment = "theirs".to_owned();
        assert_eq!(verify(CONTENT, &text, key.public()).unwrap(), Verified::Good { trusted_comment });
    }

    #[test]
    fn a_public_key_is_taken_as_people_have_it() {
        let key = SigningKey::generate().unwrap();
        let public = key.public();
        let spaced = format!("{} {}\n{}", &public[..9], &public[9..30], &public[30..]);
        for text in [
            public.to_owned(),
            spaced,
            format!("untrusted comment: minisign public key\n{public}\n"),
            format!("# holdfast-signing-public: {public}\n"),
        ] {
            assert_eq!(parse_public_key(&text).unwrap(), public, "{text}");
        }
        for text in ["", "age1qqq", &public[..50]] {
            assert_eq!(parse_public_key(text).unwrap_err().code(), Code::WrongKey, "{text}");
        }
    }
}
