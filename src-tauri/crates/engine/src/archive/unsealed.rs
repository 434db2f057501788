//! Archives in OpenPGP, made readable from the middle.
//!
//! Such a message is one stream: it is decrypted from its start, and only its end tells whether it was changed. So it is
//! gone through once, and sealed anew with age as it comes, to a key that only this run knows, into a file without a name:
//! nothing in plain text lies on the disk, a kill leaves nothing, and what reads archives needs to know of none of it.
use super::source::{Counted, ReadCount};
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::media::{Medium, ReadSeek};
use crate::openpgp::{self, Opened, SecretKey};
use age::x25519::Identity;
use holdfast_domain::{Code, size_words};
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

const BUFFER: usize = 1 << 18;

/// An archive that was sealed anew, and the key that opens it now.
#[derive(Clone)]
pub struct Unsealed {
    pub medium: Arc<dyn Medium>,
    pub identity: Identity,
}

impl fmt::Debug for Unsealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsealed").field("medium", &self.medium).finish_non_exhaustive()
    }
}

/// Whether an archive is in OpenPGP, by its first bytes.
pub fn is_openpgp(medium: &dyn Medium) -> Result<bool> {
    let name = medium.describe();
    let mut start = Vec::with_capacity(16);
    let read = medium.open().and_then(|input| input.take(16).read_to_end(&mut start));
    read.map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Error::io(&name, e).with_code(Code::ArchiveMissing),
        _ => Error::io(&name, e),
    })?;
    Ok(openpgp::begins(&start))
}

/// Whether one of the identities opens an archive in OpenPGP. `WrongKey` where none does.
pub fn fits(medium: &dyn Medium, identities: &[Identity], count: &ReadCount) -> Result<()> {
    opened(medium, identities, count).map(|_| ())
}

/// Goes through an archive in OpenPGP. `NotEnoughSpace` where `scratch` has no room for as much as is stored.
///
/// Of a message that is damaged or cut, what came before the damage is kept in `so_far`, and the error says what is wrong;
/// a bit that was changed in its midst shows at the end alone.
pub fn unseal(
    medium: &dyn Medium,
    identities: &[Identity],
    count: &ReadCount,
    scratch: &Path,
    job: Option<&Job>,
    so_far: &mut Option<Unsealed>,
) -> Result<Unsealed> {
    let free = crate::store::free_space(scratch)?;
    if free < medium.length() {
        let cause =
            format!("{} are needed to decrypt the archive, {} are free", size_words(medium.length()), size_words(free));
        return Err(Error::new(Code::NotEnoughSpace, scratch.display(), cause));
    }
    let mut input = opened(medium, identities, count)?;
    if let Some(job) = job {
        job.phase(Phase::Decrypting, 0, medium.length());
    }
    let broken = |e: io::Error| Error::io(scratch, e);
    let file = tempfile::tempfile_in(scratch).map_err(broken)?;
    let identity = Identity::generate();
    let recipient = identity.to_public();
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        .map_err(|e| Error::new(Code::Internal, scratch.display(), e))?;
    let mut out = encryptor.wrap_output(BufWriter::with_capacity(BUFFER, file)).map_err(broken)?;
    let mut buffer = vec![0; BUFFER];
    let ended = loop {
        match input.next(&mut buffer) {
            Ok(0) => break Ok(()),
            Ok(got) => {
                out.write_all(&buffer[..got]).map_err(broken)?;
                if let Some(job) = job {
                    job.add_bytes(got as u64);
                    job.checkpoint()?;
                }
            }
            Err(e) => break Err(e),
        }
    };
    let file = out.finish().map_err(broken)?.into_inner().map_err(|e| broken(e.into_error()))?;
    let length = file.metadata().map_err(broken)?.len();
    let medium = Arc::new(Nameless { file: Arc::new(file), length, name: medium.describe() });
    let unsealed = Unsealed { medium, identity };
    match ended {
        Ok(()) => Ok(unsealed),
        Err(e) => {
            *so_far = Some(unsealed);
            Err(e)
        }
    }
}

fn opened(medium: &dyn Medium, identities: &[Identity], count: &ReadCount) -> Result<Opened<'static>> {
    let name = medium.describe();
    let path = Path::new(&name);
    let keys = identities.iter().map(SecretKey::of).collect::<Result<Vec<_>>>()?;
    let input = medium.open().map_err(|e| Error::io(path, e))?;
    Opened::new(&keys, Counted::new(input, count.clone()), path)
}

/// A file without a name. Each reader has a place of its own in it.
#[derive(Clone)]
struct Nameless {
    file: Arc<File>,
    length: u64,
    /// Of the archive whose content it holds.
    name: String,
}

impl fmt::Debug for Nameless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nameless({})", self.name)
    }
}

impl Medium for Nameless {
    fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(NamelessReader { file: self.file.clone(), length: self.length, position: 0 }))
    }

    fn length(&self) -> u64 {
        self.length
    }

    fn describe(&self) -> String {
        self.name.clone()
    }
}

struct NamelessReader {
    file: Arc<File>,
    length: u64,
    position: u64,
}

impl Read for NamelessReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buf, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for NamelessReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
