//! The encrypted file on the way in: counted, and its errors turned into what they mean for a person.
use crate::error::{Error, Result};
use crate::media::{Medium, ReadSeek};
use age::DecryptError;
use age::x25519::Identity;
use holdfast_domain::Code;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const AGE: &[u8] = b"age-encryption.org/v1\n";

/// Counts the bytes that are read from archives, for `--stats`.
#[derive(Debug, Clone, Default)]
pub struct ReadCount(Arc<AtomicU64>);

impl ReadCount {
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A medium that is read, and counted.
pub struct Counted {
    input: Box<dyn ReadSeek>,
    count: ReadCount,
}

impl Counted {
    pub fn new(input: Box<dyn ReadSeek>, count: ReadCount) -> Self {
        Self { input, count }
    }
}

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buf)?;
        self.count.0.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for Counted {
    fn seek(&mut self, pos: SeekFrom) -> io::Result<u64> {
        self.input.seek(pos)
    }
}

/// The decrypted stream, which can be read from the middle, also after a place that is damaged.
pub struct Plain {
    reader: age::stream::StreamReader<Counted>,
    medium: Arc<dyn Medium>,
    identities: Arc<[Identity]>,
    count: ReadCount,
    /// age's reader keeps a chunk that failed and tries it again wherever it is moved to, so it is opened anew.
    failed: bool,
}

impl Read for Plain {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let result = self.reader.read(buf);
        self.failed |= result.is_err();
        result
    }
}

impl Seek for Plain {
    /// After an error, only to a place counted from the start or the end.
    fn seek(&mut self, pos: SeekFrom) -> io::Result<u64> {
        if self.failed {
            self.reader = decrypt(&*self.medium, &self.identities, &self.count).map_err(io::Error::other)?;
            self.failed = false;
        }
        let result = self.reader.seek(pos);
        self.failed = result.is_err();
        result
    }
}

/// Opens the envelope with whichever identity fits. `WrongKey` where none does, `NotAnArchive` where it is something
/// else.
pub fn open(medium: &Arc<dyn Medium>, identities: &[Identity], count: &ReadCount) -> Result<Plain> {
    let reader = decrypt(&**medium, identities, count)?;
    Ok(Plain { reader, medium: medium.clone(), identities: identities.into(), count: count.clone(), failed: false })
}

fn decrypt(
    medium: &dyn Medium,
    identities: &[Identity],
    count: &ReadCount,
) -> Result<age::stream::StreamReader<Counted>> {
    let name = medium.describe();
    let path = Path::new(&name);
    let input = medium.open().map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Error::io(path, e).with_code(Code::ArchiveMissing),
        _ => Error::io(path, e),
    })?;
    let mut input = Counted { input, count: count.clone() };
    let mut start = [0; AGE.len()];
    let mut filled = 0;
    while filled < start.len() {
        match input.read(&mut start[filled..]).map_err(|e| Error::io(path, e))? {
            0 => break,
            got => filled += got,
        }
    }
    if start[..filled] != AGE[..filled] || filled == 0 {
        return Err(Error::new(
            Code::NotAnArchive,
            path.display(),
            "it begins neither like a file made with age nor like one in OpenPGP",
        ));
    }
    input.rewind().map_err(|e| Error::io(path, e))?;
    // The header is a few hundred bytes; read without a buffer so that the stream knows its place.
    let decryptor = age::Decryptor::new(input).map_err(|e| envelope(path, e))?;
    decryptor.decrypt(identities.iter().map(|identity| identity as &dyn age::Identity)).map_err(|e| envelope(path, e))
}

fn envelope(path: &Path, error: DecryptError) -> Error {
    let (code, cause) = match &error {
        DecryptError::NoMatchingKeys | DecryptError::KeyDecryptionFailed => {
            (Code::WrongKey, "it was sealed for another key".to_owned())
        }
        DecryptError::UnknownFormat => {
            (Code::NotAnArchive, "it is sealed in a way that this program does not know".to_owned())
        }
        DecryptError::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
            (Code::ArchiveTruncated, "it ends within its first lines".to_owned())
        }
        DecryptError::Io(e) => (crate::error::code_of(e, Code::InputOutput), e.to_string()),
        _ => (Code::ArchiveDamaged, "its first lines are damaged".to_owned()),
    };
    Error::new(code, path.display(), cause).with_source(error)
}

/// An error while reading inside the envelope: damage unless the system says otherwise.
pub fn inside(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData => Error::new(Code::ArchiveDamaged, path.display(), &error).with_source(error),
        io::ErrorKind::UnexpectedEof => {
            Error::new(Code::ArchiveTruncated, path.display(), "it ends too early").with_source(error)
        }
        _ => Error::io(path, error),
    }
}
