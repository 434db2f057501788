//! Opens archives for reading: the envelope, the signature, and the archives that one needs.
use super::context::Context;
use super::restore::is_damage;
use super::shelves::{Shelves, is_remote};
use crate::archive::{self, ArchiveReader, LevelSource, Moment, Plain, ReadCount, Unsealed, is_openpgp, unseal};
use crate::durable;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::media::{FileMedium, Medium};
use crate::vault::{Given, KeySet, Retired, Verified, verify};
use holdfast_domain::{ArchiveName, Code, Problem};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

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
    /// Those before it.
    retired_signing: Vec<Retired>,
    /// Goes on where a signature is missing or is not ours.
    accept_unverified: bool,
    pub count: ReadCount,
    /// For archives in the cloud.
    shelves: Option<Arc<Shelves>>,
    /// Hears of an archive that has to be decrypted whole, and can stop that.
    pub job: Option<Arc<Job>>,
    /// Where such an archive is kept meanwhile, sealed anew.
    scratch: Option<PathBuf>,
    /// By path and length: each is decrypted once.
    unsealed: Mutex<HashMap<(PathBuf, u64), Found>>,
}

/// An archive that was decrypted, and what was wrong with it.
type Found = (Unsealed, Option<Problem>);

/// An archive's bytes in the age envelope, and the key to them.
struct Readable {
    medium: Arc<dyn Medium>,
    path: PathBuf,
    identities: Vec<age::x25519::Identity>,
    count: ReadCount,
}

impl Reading {
    /// Fetches the identity: from what is given, or the keyring.
    pub fn of_deployment(
        context: &Context,
        deployment_id: &str,
        given: &Given,
        accept_unverified: bool,
    ) -> Result<Self> {
        let keys = context.vault(deployment_id)?.identity(given)?;
        Self::of_deployment_with(context, deployment_id, keys, accept_unverified)
    }

    /// The same with keys that were fetched before.
    pub fn of_deployment_with(
        context: &Context,
        deployment_id: &str,
        keys: KeySet,
        accept_unverified: bool,
    ) -> Result<Self> {
        let vault = context.vault(deployment_id)?;
        let mut reading =
            Self::with_keys(keys, accept_unverified).in_home(context).with_shelves(Arc::new(Shelves::new(context)));
        // What this machine knows goes before what was given.
        if let Ok(public) = vault.public() {
            reading.signing_public = Some(public.signing);
            reading.retired_signing = public.retired_signing;
        }
        Ok(reading)
    }

    /// The public key that archives should be signed with, as far as it is known.
    pub(super) fn signing_public(&self) -> Option<&str> {
        self.signing_public.as_deref()
    }

    /// With keys from anywhere; signatures are compared with the public key among them, if there is one.
    pub fn with_keys(keys: KeySet, accept_unverified: bool) -> Self {
        let (signing_public, retired_signing) = (keys.signing_public(), keys.retired_signing().to_vec());
        Self {
            keys,
            signing_public,
            retired_signing,
            accept_unverified,
            count: ReadCount::default(),
            shelves: None,
            job: None,
            scratch: None,
            unsealed: Mutex::default(),
        }
    }

    /// Opens archives in the cloud too.
    #[must_use]
    pub fn with_shelves(self, shelves: Arc<Shelves>) -> Self {
        Self { shelves: Some(shelves), ..self }
    }

    /// An archive by its path or address, and what it is called.
    fn medium(&self, path: &Path) -> Result<(Arc<dyn Medium>, PathBuf)> {
        if let Some(shelves) = self.shelves.as_ref().filter(|_| is_remote(path)) {
            return Ok((shelves.medium(path)?, path.to_owned()));
        }
        let medium = FileMedium::find(path)?;
        let path = medium.path().to_owned();
        Ok((Arc::new(medium), path))
    }

    /// Gives it the place that archives in OpenPGP need to be read.
    #[must_use]
    pub fn in_home(self, context: &Context) -> Self {
        Self { scratch: Some(context.home.scratch()), ..self }
    }

    /// Compares signatures with this public key, whatever the keys themselves say: the person knows it from elsewhere.
    #[must_use]
    pub fn signed_by(mut self, public: String) -> Self {
        if self.signing_public.as_ref() != Some(&public) {
            self.retired_signing.clear();
        }
        self.signing_public = Some(public);
        self
    }

    /// Whether there is a public key to compare signatures with.
    pub fn can_check_signatures(&self) -> bool {
        self.signing_public.is_some()
    }

    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// All that open archives of the deployment, the newest first.
    pub fn identity(&self) -> &[age::x25519::Identity] {
        self.keys.identities()
    }

    /// Whether the key opens an archive: `WrongKey` where it does not. Reads no more than its first bytes.
    pub fn fits(&self, path: &Path) -> Result<()> {
        let (medium, _) = self.medium(path)?;
        if is_openpgp(&*medium)? {
            return archive::fits(&*medium, self.identity(), &self.count);
        }
        archive::open_plain(&medium, self.identity(), &self.count).map(|_| ())
    }

    /// Opens an archive without looking at its signature.
    pub fn reader(&self, path: &Path) -> Result<ArchiveReader> {
        open(self.readable(path, false)?)
    }

    /// The decrypted stream of an archive that may be damaged, and how long it is at most. Of one in OpenPGP nothing that
    /// comes out was authenticated then, and its last 8 KiB are missing.
    pub fn plain(&self, path: &Path) -> Result<(Plain, u64)> {
        let found = self.readable(path, true)?;
        let plain = archive::open_plain(&found.medium, &found.identities, &found.count)?;
        Ok((plain, found.medium.length()))
    }

    /// An archive as age seals it: one in OpenPGP is decrypted to its end first, because it cannot be read from the middle.
    /// One that is damaged is an error, or gives what came before the damage where `damaged` allows that.
    fn readable(&self, path: &Path, damaged: bool) -> Result<Readable> {
        let (medium, path) = self.medium(path)?;
        let length = medium.length();
        if !is_openpgp(&*medium)? {
            let (identities, count) = (self.identity().to_vec(), self.count.clone());
            return Ok(Readable { medium, path, identities, count });
        }
        let mut known = self.unsealed.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (path.clone(), length);
        if !known.contains_key(&key) {
            let scratch = self
                .scratch
                .as_deref()
                .ok_or_else(|| Error::new(Code::Internal, path.display(), "there is no folder to decrypt it into"))?;
            durable::create_private_dir(scratch)?;
            let mut so_far = None;
            let unsealed = unseal(&*medium, self.identity(), &self.count, scratch, self.job.as_deref(), &mut so_far);
            let found = match (unsealed, so_far) {
                (Ok(unsealed), _) => (unsealed, None),
                (Err(e), Some(so_far)) if is_damage(&e) => (so_far, Some(e.to_problem())),
                (Err(e), _) => return Err(e),
            };
            known.insert(key.clone(), found);
        }
        let Some((unsealed, damage)) = known.get(&key).cloned() else {
            return Err(Error::new(Code::Internal, path.display(), "it was not kept"));
        };
        if let (Some(problem), false) = (&damage, damaged) {
            return Err(Error::new(problem.code, &problem.subject, &problem.cause));
        }
        // What is read again was counted when it was read first.
        let count = ReadCount::default();
        Ok(Readable { medium: unsealed.medium, path, identities: vec![unsealed.identity], count })
    }

    /// Opens an archive and looks at its signature, without judging it.
    pub fn inspect(&self, path: &Path) -> Result<(ArchiveReader, Signature)> {
        let reader = self.reader(path)?;
        let verdict = self.signature(&reader)?;
        Ok((reader, verdict))
    }

    fn signature(&self, reader: &ArchiveReader) -> Result<Signature> {
        let (text, signature) = reader.signed_text();
        Ok(match (signature, &self.signing_public) {
            (None, _) => Signature::Unsigned,
            (Some(_), None) => Signature::Unchecked,
            (Some(signature), Some(public)) => match verify(text, signature, public)? {
                Verified::Good { .. } => Signature::Good,
                Verified::SignedByOther { key_id } => self.judge_retired(reader, signature, key_id)?,
                Verified::Bad { .. } => Signature::Bad,
            },
        })
    }

    /// What a key signed before it was replaced stands. An archive that is dated later may be of anyone who got hold of
    /// that key.
    fn judge_retired(&self, reader: &ArchiveReader, signature: &str, key_id: String) -> Result<Signature> {
        let created = reader.manifest().created;
        for retired in self.retired_signing.iter().filter(|retired| created <= retired.until) {
            match verify(reader.signed_text().0, signature, &retired.key)? {
                Verified::Good { .. } => return Ok(Signature::Good),
                Verified::Bad { .. } => return Ok(Signature::Bad),
                Verified::SignedByOther { .. } => {}
            }
        }
        Ok(Signature::Other { key_id })
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

fn open(found: Readable) -> Result<ArchiveReader> {
    ArchiveReader::open_in(found.medium, &found.path, &found.identities, &found.count)
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("signing_public", &self.signing_public).finish_non_exhaustive()
    }
}

/// SHA-256 of a whole archive, joined where it is in volumes, in hexadecimal.
pub fn file_hash(path: &Path) -> Result<String> {
    medium_hash(&FileMedium::find(path)?)
}

/// SHA-256 of all that a medium holds, in hexadecimal.
pub(crate) fn medium_hash(medium: &dyn Medium) -> Result<String> {
    use sha2::Digest;
    let name = medium.describe();
    let path = Path::new(&name);
    let mut file = medium.open().map_err(|e| Error::io(path, e))?;
    let mut hash = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer).map_err(|e| Error::io(path, e))? {
            0 => return Ok(hex::encode(hash.finalize())),
            got => hash.update(&buffer[..got]),
        }
    }
}
