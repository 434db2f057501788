use super::Certificate;
use crossbeam_channel::{Receiver, Sender, bounded};
use pgp::composed::MessageBuilder;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use rand_core::OsRng;
use std::io::{self, Read, Write};
use std::thread::JoinHandle;

/// What is handed to the sealing thread at a time, and how many such pieces wait.
const PIECE: usize = 1 << 18;
const WAITING: usize = 4;

enum Piece {
    Bytes(Vec<u8>),
    End,
}

/// Seals what is written to it and passes it on to a writer. Dropped without `finish`, it leaves a message without its
/// end.
pub struct Sealing<W> {
    pieces: Option<Sender<Piece>>,
    buffer: Vec<u8>,
    thread: Option<JoinHandle<io::Result<W>>>,
}

impl<W: Write + Send + 'static> Sealing<W> {
    pub fn begin(certificate: &Certificate, mut out: W) -> io::Result<Self> {
        let (pieces, incoming) = bounded(WAITING);
        // Only its subkey encrypts.
        let key = certificate.0.public_subkeys.first().cloned();
        let key = key.ok_or_else(|| io::Error::other("the OpenPGP certificate has no key to encrypt to"))?;
        let thread = std::thread::Builder::new().name("openpgp".into()).spawn(move || {
            let input = Incoming { pieces: incoming, piece: Vec::new(), at: 0, ended: false };
            // The builder asks its input for everything: sealing runs beside what makes the bytes.
            let mut builder = MessageBuilder::from_reader("", input).seipd_v1(OsRng, SymmetricKeyAlgorithm::AES256);
            builder.encrypt_to_key(OsRng, &key).map_err(io::Error::other)?;
            builder.to_writer(OsRng, &mut out).map_err(as_io)?;
            Ok(out)
        })?;
        Ok(Self { pieces: Some(pieces), buffer: Vec::with_capacity(PIECE), thread: Some(thread) })
    }

    /// Writes the end and gives back the writer, which is not flushed.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        let ended = self.pieces.take().is_some_and(|pieces| pieces.send(Piece::End).is_ok());
        let out = self.outcome()?;
        if ended { Ok(out) } else { Err(io::Error::other("the sealing thread ended early")) }
    }

    fn outcome(&mut self) -> io::Result<W> {
        self.pieces = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(io::Error::other("the sealing thread panicked")),
            None => Err(io::Error::other("the sealing thread has ended")),
        }
    }
}

impl<W: Write + Send + 'static> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part = bytes.len().min(PIECE - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..part]);
        if self.buffer.len() == PIECE {
            self.flush()?;
        }
        Ok(part)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE));
        if self.pieces.as_ref().is_some_and(|pieces| pieces.send(Piece::Bytes(piece)).is_ok()) {
            return Ok(());
        }
        // Why it does not listen any more: the disk is full, for instance.
        match self.outcome() {
            Err(e) => Err(e),
            Ok(_) => Err(io::Error::other("the sealing thread ended early")),
        }
    }
}

impl<W> Drop for Sealing<W> {
    fn drop(&mut self) {
        self.pieces = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The pieces as a reader. One whose writer went away without a word is an error, never a shorter message.
struct Incoming {
    pieces: Receiver<Piece>,
    piece: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Read for Incoming {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            if self.ended {
                return Ok(0);
            }
            match self.pieces.recv() {
                Ok(Piece::Bytes(bytes)) => (self.piece, self.at) = (bytes, 0),
                Ok(Piece::End) => self.ended = true,
                Err(_) => return Err(io::Error::other("the stream was not finished")),
            }
        }
        let count = buf.len().min(self.piece.len() - self.at);
        buf[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Keeps the system's error, which says whether the disk is full.
fn as_io(error: pgp::errors::Error) -> io::Error {
    match error {
        pgp::errors::Error::IO { source, .. } => source,
        other => io::Error::other(other),
    }
}
