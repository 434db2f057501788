use super::SecretKey;
use crate::error::{Error, Result};
use holdfast_domain::Code;
use pgp::composed::{DecryptionOptions, Message, TheRing};
use pgp::types::{Password, Seipdv1ReadMode};
use std::fmt;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

const BUFFER: usize = 1 << 18;

/// Whether a file that begins so is a binary OpenPGP message encrypted to a key: a packet with a session key comes first.
pub fn begins(start: &[u8]) -> bool {
    // Tag 1 with a length in the new or in the old form, and then the packet's version, 3.
    match start {
        [0xc1, length, version, ..] => *length < 192 && *version == 3,
        [0x84, _, version, ..] | [0x85, _, _, version, ..] => *version == 3,
        _ => false,
    }
}

/// A message that is decrypted as it is read, forward only. What it gives was not checked yet: only when it ended without
/// an error is all of it what was sealed.
pub struct Opened<'a> {
    message: Message<'a>,
    trouble: Trouble,
    path: PathBuf,
}

/// What went wrong with the input, which is not the message's fault.
type Trouble = Arc<Mutex<Option<io::Error>>>;

impl<'a> Opened<'a> {
    /// `WrongKey` where none of the keys fits; `path` is for errors.
    pub fn new(keys: &[SecretKey], input: impl Read + Send + 'a, path: &Path) -> Result<Self> {
        let trouble = Trouble::default();
        let input = Input { input, trouble: trouble.clone() };
        let judge = |e: pgp::errors::Error| match taken(&trouble) {
            Some(e) => Error::io(path, e),
            None => refused(path, e),
        };
        let message = Message::from_bytes(BufReader::with_capacity(BUFFER, input)).map_err(judge)?;
        let no_password = Password::empty();
        let ring = TheRing {
            secret_keys: keys.iter().map(|key| &key.0).collect(),
            key_passwords: vec![&no_password],
            // The other way keeps all of it in memory. Nothing of what comes is used before the end was reached.
            decrypt_options: DecryptionOptions::new().set_seipdv1_read_mode(Seipdv1ReadMode::Streaming),
            ..TheRing::default()
        };
        let (message, _) = message.decrypt_the_ring(ring, true).map_err(judge)?;
        if !message.is_literal() {
            let cause = "what is sealed in it is not in the form that Holdfast writes";
            return Err(Error::new(Code::NotAnArchive, path.display(), cause));
        }
        Ok(Self { message, trouble, path: path.to_owned() })
    }

    /// As `Read`, with errors that say what they mean. Not to be called again after one.
    pub fn next(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.message.read(buffer).map_err(|e| match taken(&self.trouble) {
            Some(e) => Error::io(&self.path, e),
            None if e.kind() == io::ErrorKind::UnexpectedEof => {
                Error::new(Code::ArchiveTruncated, self.path.display(), "it ends too early").with_source(e)
            }
            None => {
                let cause = "what it holds is not what was sealed";
                Error::new(Code::ArchiveDamaged, self.path.display(), cause).with_source(e)
            }
        })
    }
}

impl fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("path", &self.path).finish_non_exhaustive()
    }
}

fn refused(path: &Path, error: pgp::errors::Error) -> Error {
    let (code, cause) = match &error {
        pgp::errors::Error::MissingKey => (Code::WrongKey, "it was sealed for another key"),
        pgp::errors::Error::IO { source, .. } if source.kind() == io::ErrorKind::UnexpectedEof => {
            (Code::ArchiveTruncated, "it ends within its first bytes")
        }
        _ => (Code::ArchiveDamaged, "its first bytes are damaged"),
    };
    Error::new(code, path.display(), cause).with_source(error)
}

fn taken(trouble: &Trouble) -> Option<io::Error> {
    trouble.lock().unwrap_or_else(PoisonError::into_inner).take()
}

struct Input<R> {
    input: R,
    trouble: Trouble,
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.input.read(buf) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    let told = io::Error::new(e.kind(), e.to_string());
                    *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(e);
                    return Err(told);
                }
                Ok(count) => return Ok(count),
            }
        }
    }
}

impl<R> fmt::Debug for Input<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Input(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sealing;
    use super::*;
    use std::io::Write;

    fn sealed(key: &SecretKey, content: &[u8]) -> Vec<u8> {
        let mut sealing = Sealing::begin(&key.certificate(), Vec::new()).unwrap();
        sealing.write_all(content).unwrap();
        sealing.finish().unwrap()
    }

    fn opened(keys: &[SecretKey], bytes: &[u8]) -> Result<Vec<u8>> {
        let mut opened = Opened::new(keys, bytes, Path::new("x"))?;
        let (mut all, mut buffer) = (Vec::new(), vec![0; 10_000]);
        loop {
            match opened.next(&mut buffer)? {
                0 => return Ok(all),
                got => all.extend_from_slice(&buffer[..got]),
            }
        }
    }

    fn key() -> SecretKey {
        SecretKey::of(&age::x25519::Identity::generate()).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_alone() {
        let (ours, other) = (key(), key());
        for length in [0, 1, PIECES_AND_MORE] {
            let content: Vec<u8> = (0..length).map(|n| (n * 7 % 251) as u8).collect();
            let bytes = sealed(&ours, &content);
            assert!(begins(&bytes), "{:?}", &bytes[..8]);
            assert!(opened(&[other.clone(), ours.clone()], &bytes).unwrap() == content);
            assert_eq!(opened(std::slice::from_ref(&other), &bytes).unwrap_err().code(), Code::WrongKey);
        }
    }

    /// Some pieces of the sealing and partial lengths of the message, and a rest.
    const PIECES_AND_MORE: usize = 3_000_001;

    #[test]
    fn every_cut_is_noticed_and_no_changed_bit_changes_what_comes_out() {
        let ours = key();
        let content = vec![7; 700_000];
        let bytes = sealed(&ours, &content);
        for cut in (0..200).chain((200..bytes.len()).step_by(97_001)).chain(bytes.len() - 30..bytes.len()) {
            let error = opened(std::slice::from_ref(&ours), &bytes[..cut]).unwrap_err();
            assert!(matches!(error.code(), Code::ArchiveTruncated | Code::ArchiveDamaged), "{cut}: {error}");
        }
        for at in (0..200).chain((200..bytes.len()).step_by(97_001)).chain(bytes.len() - 30..bytes.len()) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            match opened(std::slice::from_ref(&ours), &damaged) {
                // Something before the sealed data that does not matter, such as the hint which key fits.
                Ok(came) => assert!(at < 200 && came == content, "{at}"),
                Err(e) => {
                    let codes = [Code::ArchiveTruncated, Code::ArchiveDamaged, Code::WrongKey, Code::NotAnArchive];
                    assert!(codes.contains(&e.code()), "{at}: {e}");
                }
            }
        }
    }

    #[test]
    fn a_sealing_that_is_not_finished_has_no_end() {
        let ours = key();
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut sealing = Sealing::begin(&ours.certificate(), file.reopen().unwrap()).unwrap();
        sealing.write_all(&vec![7; 2_000_000]).unwrap();
        drop(sealing);
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(opened(&[ours], &bytes).is_err());
    }

    #[test]
    fn the_error_of_the_disk_below_is_kept() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut sealing = Sealing::begin(&key().certificate(), Full).unwrap();
        let written = (0..1000).try_for_each(|_| sealing.write_all(&[0; 10_000])).and_then(|()| sealing.flush());
        let ended = written.and_then(|()| sealing.finish().map(|_| ()));
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
