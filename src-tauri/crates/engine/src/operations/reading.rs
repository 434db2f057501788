//! Opens archives for reading: the envelope, the signature, and the archives that one needs.
use super::context::Context;
use crate::archive::{ArchiveReader, LevelSource, Moment, ReadCount};
use crate::error::{Error, Result};
use crate::media::{FileMedium, Medium};
use crate::vault::{Given, KeySet, Verified, verify};
use holdfast_domain::{ArchiveName, Code};
use std::path::{Path, PathBuf};

/// What the signature of an archive says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// By the key that this deployment signs with.
    Good,
    /// There is none.
    Unsigned,
    /// By another key.
    Other { key_id: String },
    /// Does not fit what it signs.
    Bad,
    /// There is one, but nothing here knows the key to compare with.
    Unchecked,
}

/// The keys with which archives are opened.
pub struct Reading {
    keys: KeySet,
    /// The public key that archives should be signed with, as far as anything here knows.
    signing_public: Option<String>,
    /// Goes on where a signature is missing or is not ours.
    accept_unverified: bool,
    pub count: ReadCount,
}

impl Reading {
    /// Fetches the identity: from what is given, or the keyring.
    pub fn of_deployment(
        context: &Context,
        deployment_id: &str,
        given: &Given,
        accept_unverified: bool,
    ) -> Result<Self> {
        let vault = context.vault(deployment_id)?;
        let keys = vault.identity(given)?;
        let signing_public = vault.public().ok().map(|p| p.signing).or_else(|| keys.signing_public());
        Ok(Self { keys, signing_public, accept_unverified, count: ReadCount::default() })
    }

    /// With keys from anywhere; signatures are compared with the public key among them, if there is one.
    pub fn with_keys(keys: KeySet, accept_unverified: bool) -> Self {
        let signing_public = keys.signing_public();
        Self { keys, signing_public, accept_unverified, count: ReadCount::default() }
    }

    /// Compares signatures with this public key, whatever the keys themselves say: the person knows it from elsewhere.
    #[must_use]
    pub fn signed_by(mut self, public: String) -> Self {
        self.signing_public = Some(public);
        self
    }

    /// Whether there is a public key to compare signatures with.
    pub fn can_check_signatures(&self) -> bool {
        self.signing_public.is_some()
    }

    pub fn identity(&self) -> &age::x25519::Identity {
        self.keys.identity()
    }

    /// Opens an archive and looks at its signature, without judging it.
    pub fn inspect(&self, path: &Path) -> Result<(ArchiveReader, Signature)> {
        let reader = ArchiveReader::open(path, self.keys.identity(), &self.count)?;
        let (text, signature) = reader.signed_text();
        let verdict = match (signature, &self.signing_public) {
            (None, _) => Signature::Unsigned,
            (Some(_), None) => Signature::Unchecked,
            (Some(signature), Some(public)) => match verify(text, signature, public)? {
                Verified::Good { .. } => Signature::Good,
                Verified::SignedByOther { key_id } => Signature::Other { key_id },
                Verified::Bad { .. } => Signature::Bad,
            },
        };
        Ok((reader, verdict))
    }

    /// Opens an archive and refuses one that is not signed by our key, unless told to accept it. `known_unsigned`
    /// tells that the catalog knows this very file as one that could not be signed.
    pub fn open(&self, path: &Path, known_unsigned: impl FnOnce() -> bool) -> Result<ArchiveReader> {
        let (reader, signature) = self.inspect(path)?;
        self.judge(&signature, path, known_unsigned)?;
        Ok(reader)
    }

    /// Says whether an archive with this signature may be used.
    pub(crate) fn judge(
        &self,
        signature: &Signature,
        path: &Path,
        known_unsigned: impl FnOnce() -> bool,
    ) -> Result<()> {
        let subject = path.display().to_string();
        match signature {
            Signature::Good => Ok(()),
            Signature::Bad => Err(Error::new(Code::ArchiveDamaged, subject, "its signature does not fit its manifest")),
            _ if self.accept_unverified => Ok(()),
            Signature::Unsigned if known_unsigned() => Ok(()),
            Signature::Unsigned => Err(Error::new(Code::Unsigned, subject, "nothing proves who wrote it")),
            Signature::Other { key_id } => {
                Err(Error::new(Code::SignedByOther, subject, format!("it is signed by key {key_id}")))
            }
            Signature::Unchecked => Err(Error::new(
                Code::Unsigned,
                subject,
                "it is signed, but no public key is known here to check it with",
            )),
        }
    }

    /// Opens an archive with all that it needs, which must lie in the same folder, and checks that they are the
    /// very archives that it was built on. Readers come in the order of the moment's levels.
    pub fn moment(
        &self,
        path: &Path,
        known_unsigned: impl Fn(&ArchiveName) -> bool,
    ) -> Result<(Moment, Vec<ArchiveReader>)> {
        let name = path.file_name().and_then(|n| n.to_str()).and_then(ArchiveName::parse);
        let unsigned = |name: Option<&ArchiveName>| name.is_some_and(&known_unsigned);
        let top = self.open(path, || unsigned(name.as_ref()))?;
        if name.is_some_and(|name| name != top.manifest().archive) {
            let cause = format!("it is {} under another name", top.manifest().archive);
            return Err(Error::new(Code::ArchiveDamaged, path.display(), cause));
        }
        let folder = path.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
        let mut readers = vec![top];
        for name in readers[0].manifest().archives.clone().into_iter().skip(1) {
            let path = folder.join(name.file_name());
            let reader = self.open(&path, || unsigned(Some(&name))).map_err(|e| match e.code() {
                Code::ArchiveMissing => {
                    let needs = format!("it needs {}, which is not in {}", name.file_name(), folder.display());
                    Error::new(Code::ParentMissing, &readers[0].manifest().archive, needs)
                }
                _ => e,
            })?;
            if reader.manifest().archive != name {
                let cause = format!("it is {} under another name", reader.manifest().archive);
                return Err(Error::new(Code::ArchiveDamaged, path.display(), cause));
            }
            readers.push(reader);
        }
        for reader in &readers {
            let members = &reader.manifest().members;
            reader.check_member("index.bin", members.index)?;
        }
        let moment = Moment::new(readers.iter().map(LevelSource::of_archive).collect())?;
        Ok((moment, readers))
    }
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("signing_public", &self.signing_public).finish_non_exhaustive()
    }
}

/// SHA-256 of a whole archive, joined where it is in volumes, in hexadecimal.
pub fn file_hash(path: &Path) -> Result<String> {
    use sha2::Digest;
    let mut file = FileMedium::find(path)?.open().map_err(|e| Error::io(path, e))?;
    let mut hash = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer).map_err(|e| Error::io(path, e))? {
            0 => return Ok(hex::encode(hash.finalize())),
            got => hash.update(&buffer[..got]),
        }
    }
}
