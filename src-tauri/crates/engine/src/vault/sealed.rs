use super::identity_file::{Label, parse_identity_file, write_identity_file};
use super::{KeySet, Passphrase};
use crate::error::{Error, Result};
use age::{DecryptError, Decryptor, Encryptor, scrypt};
use holdfast_domain::Code;
use std::io::{Read, Write};
use zeroize::Zeroizing;

/// The sealed identity's file name, at home and beside the archives.
pub const RECOVERY_KEY: &str = "recovery-key.age";

/// Base-2 logarithm of scrypt's N, as stock age seals: 256 MiB and about a second.
pub const WORK_FACTOR: u8 = 18;

/// A drive may hold a forged file that asks for any amount of memory; stock age stops here too.
pub const MAX_WORK_FACTOR: u8 = 22;

/// An identity file is some hundred bytes; nothing near this is one.
const MAX_TEXT_BYTES: u64 = 64 * 1024;

const SUBJECT: &str = "the sealed recovery key";

/// The content of `recovery-key.age`: the keys as an age identity file, encrypted with the
/// passphrase (age's scrypt, binary). `age -d` opens it.
pub fn seal(keys: &KeySet, label: &Label, passphrase: &Passphrase, work_factor: Option<u8>) -> Result<Vec<u8>> {
    seal_text(&write_identity_file(keys, label), passphrase, work_factor)
}

/// Opens what [`seal`] made, or an identity file that stock `age -p` encrypted.
///
/// `Code::WrongPassphrase`, `Code::NotAnArchive` for other files, `Code::ArchiveDamaged` for a
/// damaged or truncated one, `Code::SizeOutOfRange` for one that asks for absurd work.
pub fn unseal(bytes: &[u8], passphrase: &Passphrase) -> Result<KeySet> {
    parse_identity_file(&unseal_text(bytes, passphrase)?)
}

pub(super) fn seal_text(text: &str, passphrase: &Passphrase, work_factor: Option<u8>) -> Result<Vec<u8>> {
    let work_factor = work_factor.unwrap_or(WORK_FACTOR);
    if !(1..=MAX_WORK_FACTOR).contains(&work_factor) {
        let cause = format!("a work factor of {work_factor} is not between 1 and {MAX_WORK_FACTOR}");
        return Err(Error::new(Code::BadRequest, SUBJECT, cause));
    }
    let mut recipient = scrypt::Recipient::new(passphrase.to_secret());
    recipient.set_work_factor(work_factor);
    let failed = |e: &dyn std::fmt::Display| Error::new(Code::Internal, SUBJECT, e);
    let encryptor =
        Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient)).map_err(|e| failed(&e))?;
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed).map_err(|e| failed(&e))?;
    writer.write_all(text.as_bytes()).and_then(|()| writer.finish()).map_err(|e| failed(&e))?;
    Ok(sealed)
}

pub(super) fn unseal_text(bytes: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<String>> {
    let decryptor = Decryptor::new_buffered(bytes).map_err(|e| {
        let ours = bytes.starts_with(b"age-encryption.org/v1\n");
        let code = match e {
            DecryptError::UnknownFormat => Code::NewerFormat,
            _ if ours => Code::ArchiveDamaged,
            _ => Code::NotAnArchive,
        };
        let cause = match code {
            Code::NewerFormat => "it is in a newer age format",
            Code::ArchiveDamaged => "it is cut short or damaged; take the copy from another drive",
            _ => "it is not an age file",
        };
        Error::new(code, SUBJECT, cause)
    })?;
    if !decryptor.is_scrypt() {
        let cause = "it is encrypted for a key, not with a passphrase";
        return Err(Error::new(Code::NotAnArchive, SUBJECT, cause));
    }
    let mut identity = scrypt::Identity::new(passphrase.to_secret());
    identity.set_max_work_factor(MAX_WORK_FACTOR);
    let reader = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(|e| refused(&e))?;
    // One allocation: growing would leave copies of the secret behind.
    let mut text = Zeroizing::new(String::with_capacity(MAX_TEXT_BYTES as usize + 1));
    reader.take(MAX_TEXT_BYTES + 1).read_to_string(&mut text).map_err(|e| damaged(&e))?;
    if text.len() as u64 > MAX_TEXT_BYTES {
        let cause = "what it holds is too long for an identity file";
        return Err(Error::new(Code::SizeOutOfRange, SUBJECT, cause));
    }
    Ok(text)
}

fn refused(error: &DecryptError) -> Error {
    match error {
        // A wrong passphrase and a damaged stanza look the same; the first is what happens.
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
            Error::new(Code::WrongPassphrase, SUBJECT, "the passphrase does not open it")
        }
        DecryptError::ExcessiveWork { required, .. } => {
            let cause = format!("it asks for a work factor of {required}; more than {MAX_WORK_FACTOR} is refused");
            Error::new(Code::SizeOutOfRange, SUBJECT, cause)
        }
        other => damaged(other),
    }
}

fn damaged(error: &dyn std::fmt::Display) -> Error {
    let cause = format!("it is cut short or damaged ({error}); take the copy from another drive");
    Error::new(Code::ArchiveDamaged, SUBJECT, cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_domain::DeploymentName;
    use std::process::{Command, Stdio};

    fn label() -> Label {
        Label { deployment: DeploymentName::new("chatbot").unwrap(), created: "2026-11-21T02:00:00Z".parse().unwrap() }
    }

    fn passphrase() -> Passphrase {
        Passphrase::new("gravel otter pension").unwrap()
    }

    fn sealed(keys: &KeySet) -> Vec<u8> {
        seal(keys, &label(), &passphrase(), Some(4)).unwrap()
    }

    #[test]
    fn the_passphrase_opens_it_and_another_does_not() {
        let keys = KeySet::generate().unwrap();
        let bytes = sealed(&keys);
        let opened = unseal(&bytes, &passphrase()).unwrap();
        assert_eq!(opened.recipient(), keys.recipient());
        assert_eq!(opened.signing_public(), keys.signing_public());
        let wrong = Passphrase::new("gravel otter pensions").unwrap();
        let error = unseal(&bytes, &wrong).unwrap_err();
        assert_eq!(error.code(), Code::WrongPassphrase);
    }

    #[test]
    fn it_is_sealed_as_hard_as_stock_age_does_unless_told_otherwise() {
        let keys = KeySet::generate().unwrap();
        let bytes = seal(&keys, &label(), &passphrase(), None).unwrap();
        let header = String::from_utf8_lossy(&bytes[..80]).into_owned();
        let stanza = header.lines().nth(1).unwrap();
        assert!(stanza.starts_with("-> scrypt "), "{stanza}");
        assert!(stanza.ends_with(" 18"), "{stanza}");
        for absurd in [0, 23, 64, 255] {
            let error = seal(&keys, &label(), &passphrase(), Some(absurd)).unwrap_err();
            assert_eq!(error.code(), Code::BadRequest);
        }
    }

    #[test]
    fn every_truncation_is_an_error_and_never_a_shorter_key() {
        let bytes = sealed(&KeySet::generate().unwrap());
        for length in 0..bytes.len() {
            let error = unseal(&bytes[..length], &passphrase()).unwrap_err();
            let expected = if length < 22 { Code::NotAnArchive } else { Code::ArchiveDamaged };
            assert_eq!(error.code(), expected, "{length}: {error}");
        }
    }

    #[test]
    fn a_forged_work_factor_is_refused_before_any_work_is_done() {
        let bytes = sealed(&KeySet::generate().unwrap());
        let text = bytes.iter().map(|b| char::from(*b)).collect::<String>();
        let forged = text.replacen(" 4\n", " 30\n", 1);
        let forged: Vec<u8> = forged.chars().map(|c| c as u8).collect();
        let error = unseal(&forged, &passphrase()).unwrap_err();
        assert_eq!(error.code(), Code::SizeOutOfRange);
        assert!(error.cause().contains("30"), "{error}");
    }

    #[test]
    fn other_files_are_told_from_a_wrong_passphrase() {
        let keys = KeySet::generate().unwrap();
        let for_a_key = age::encrypt(&keys.identity().to_public(), b"x").unwrap();
        for bytes in [&b""[..], b"hello", b"\0\0\0\0", &for_a_key] {
            let error = unseal(bytes, &passphrase()).unwrap_err();
            assert_eq!(error.code(), Code::NotAnArchive, "{error}");
        }
        let letter = seal_text("Dear diary", &passphrase(), Some(4)).unwrap();
        let error = unseal(&letter, &passphrase()).unwrap_err();
        assert_eq!(error.code(), Code::WrongKey);
        let long = "#".repeat(MAX_TEXT_BYTES as usize + 1);
        let bomb = seal_text(&long, &passphrase(), Some(4)).unwrap();
        let error = unseal(&bomb, &passphrase()).unwrap_err();
        assert_eq!(error.code(), Code::SizeOutOfRange);
    }

    /// Stock age asks for passphrases on a terminal, which `script` gives it.
    #[test]
    fn stock_age_opens_the_recovery_key_and_with_it_an_archive() {
        for program in ["age", "script"] {
            if Command::new(program).arg("--version").output().is_err() {
                println!("skipped: {program} is not installed");
                return;
            }
        }
        let dir = tempfile::tempdir().unwrap();
        let keys = KeySet::generate().unwrap();
        std::fs::write(dir.path().join(RECOVERY_KEY), sealed(&keys)).unwrap();
        let archive = age::encrypt(&keys.identity().to_public(), b"the chats").unwrap();
        std::fs::write(dir.path().join("a.age"), archive).unwrap();

        let mut script = Command::new("script")
            .args(["-qec", "age -d -o key.txt recovery-key.age", "/dev/null"])
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let typed = format!("{}\n", passphrase().expose());
        let mut keyboard = script.stdin.take().unwrap();
        keyboard.write_all(typed.as_bytes()).unwrap();
        let output = script.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        drop(keyboard);

        let output =
            Command::new("age").args(["-d", "-i", "key.txt", "a.age"]).current_dir(dir.path()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "the chats");
        let text = std::fs::read_to_string(dir.path().join("key.txt")).unwrap();
        assert_eq!(parse_identity_file(&text).unwrap().signing_public(), keys.signing_public());
    }
}
