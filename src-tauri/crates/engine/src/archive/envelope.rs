//! The outermost layer on the way out: age, or OpenPGP.
use super::sink::{FileSink, Stored};
use crate::error::{Error, Result};
use crate::openpgp::{Certificate, Sealing};
use age::stream::StreamWriter;
use age::x25519::Recipient;
use holdfast_domain::Code;
use std::io::{self, Write};
use std::path::Path;

/// The envelope of a new archive, and whose keys open it.
#[derive(Debug, Clone)]
pub enum Seal {
    Age(Vec<Recipient>),
    Openpgp(Box<Certificate>),
}

impl From<Vec<Recipient>> for Seal {
    fn from(recipients: Vec<Recipient>) -> Self {
        Self::Age(recipients)
    }
}

impl Seal {
    /// Whether a frame gets a checksum of its own: age authenticates each stretch by itself, OpenPGP only the whole, and
    /// salvage wants to know of each frame whether it is undamaged.
    pub(super) fn wants_checksums(&self) -> bool {
        matches!(self, Self::Openpgp(_))
    }
}

/// A file that seals what is written to it. Dropped without `finish`, it reads back as truncated.
pub(super) enum Sealed {
    Age(Box<StreamWriter<FileSink>>),
    Openpgp(Sealing<FileSink>),
}

impl Sealed {
    pub fn begin(seal: &Seal, sink: FileSink, path: &Path) -> Result<Self> {
        match seal {
            Seal::Age(recipients) => {
                let recipients = recipients.iter().map(|r| r as &dyn age::Recipient);
                let encryptor = age::Encryptor::with_recipients(recipients)
                    .map_err(|e| Error::new(Code::KeyNeeded, path.display(), e))?;
                encryptor.wrap_output(sink).map(|writer| Self::Age(Box::new(writer))).map_err(|e| Error::io(path, e))
            }
            Seal::Openpgp(certificate) => {
                Sealing::begin(certificate, sink).map(Self::Openpgp).map_err(|e| Error::io(path, e))
            }
        }
    }

    pub fn finish(self) -> io::Result<Stored> {
        match self {
            Self::Age(writer) => writer.finish(),
            Self::Openpgp(sealing) => sealing.finish(),
        }?
        .finish()
    }
}

impl Write for Sealed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Age(writer) => writer.write(bytes),
            Self::Openpgp(sealing) => sealing.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Age(writer) => writer.flush(),
            Self::Openpgp(sealing) => sealing.flush(),
        }
    }
}
