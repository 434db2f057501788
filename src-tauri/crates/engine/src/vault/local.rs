use super::identity_file::parse_identity_file;
use super::keyring::unavailable;
use super::sealed::{RECOVERY_KEY, seal_text, unseal, unseal_text};
use super::{KeySet, Keyring, Passphrase, PublicKeys, Secret, SigningKey};
use crate::error::{Error, Result};
use crate::{Home, durable};
use holdfast_domain::Code;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

pub(super) const PUBLIC: &str = "public.toml";
pub(super) const SIGNING: &str = "signing.key";

/// Nothing that is kept here comes near; a drive may hold anything.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// The keys of one deployment on this machine: its folder of keys, and the keyring.
pub struct Vault {
    pub(super) folder: PathBuf,
    deployment_id: String,
    keyring: Arc<dyn Keyring>,
}

/// What the person gave to open archives with.
#[derive(Clone, Default)]
pub struct Given {
    pub passphrase: Option<Passphrase>,
    /// The content of an identity file.
    pub identity_text: Option<Zeroizing<String>>,
    /// Where a `recovery-key.age` lies that goes before this machine's own, as on a drive.
    pub recovery_folder: Option<PathBuf>,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Given")
            .field("passphrase", &self.passphrase)
            .field("identity_text", &self.identity_text.as_ref().map(|_| ".."))
            .field("recovery_folder", &self.recovery_folder)
            .finish()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningPlace {
    Keyring,
    /// A file that only its owner can read, for machines without a keyring.
    File,
}

/// Where the secrets went.
#[derive(Debug)]
pub struct StoredWhere {
    pub identity_in_keyring: bool,
    pub signing_in: SigningPlace,
    /// Why not everything is in the keyring.
    pub keyring_refused: Option<Error>,
}

impl Vault {
    /// Touches nothing yet. The id becomes a folder's name, so it must look like one.
    pub fn open(home: &Home, deployment_id: &str, keyring: Arc<dyn Keyring>) -> Result<Self> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let fits = (1..=64).contains(&deployment_id.len())
            && !deployment_id.starts_with('.')
            && deployment_id.chars().all(legal);
        if !fits {
            let cause = "it cannot be the name of a folder of keys";
            let subject = format!("the deployment's id {deployment_id:?}");
            return Err(Error::new(Code::UnsafePath, subject, cause));
        }
        Ok(Self { folder: home.keys(deployment_id), deployment_id: deployment_id.to_owned(), keyring })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn id(&self) -> &str {
        &self.deployment_id
    }

    /// `Code::KeyNeeded` where this machine has none of this deployment.
    pub fn public(&self) -> Result<PublicKeys> {
        PublicKeys::load(&self.folder.join(PUBLIC))
    }

    /// The content of this machine's `recovery-key.age`, for putting beside archives.
    pub fn recovery_key(&self) -> Result<Vec<u8>> {
        let path = self.folder.join(RECOVERY_KEY);
        read(&path)?.ok_or_else(|| {
            let cause = "this machine keeps no sealed recovery key of it";
            Error::new(Code::KeyNeeded, path.display(), cause)
        })
    }

    /// The key that signs new archives. The file goes before the keyring: it is there only where
    /// the keyring did not take the key, and asking a locked one would prompt for nothing.
    pub fn signing_key(&self) -> Result<SigningKey> {
        let path = self.folder.join(SIGNING);
        if let Some(bytes) = read(&path)? {
            let bytes = Zeroizing::new(bytes);
            let text = std::str::from_utf8(&bytes).map_err(|_| {
                let cause = "it is damaged: no text";
                Error::new(Code::SigningKeyUnavailable, path.display(), cause)
            })?;
            return SigningKey::from_file_text(text);
        }
        let missing = |cause: &str| {
            Error::new(Code::SigningKeyUnavailable, format!("the signing key of {}", self.deployment_id), cause)
        };
        match self.keyring.get(&self.deployment_id, Secret::Signing) {
            Ok(Some(line)) => SigningKey::from_base64(&line),
            Ok(None) => Err(missing("it is neither in the keyring nor in a file")),
            Err(e) => Err(missing(e.cause()).with_source(e)),
        }
    }

    /// The keys that open archives: from the identity file given, else the sealed recovery key with
    /// the passphrase given, else the keyring. `Code::KeyNeeded` where none of them has it.
    pub fn identity(&self, given: &Given) -> Result<KeySet> {
        if let Some(text) = &given.identity_text {
            return parse_identity_file(text);
        }
        if let Some(passphrase) = &given.passphrase {
            return unseal(&self.sealed(given.recovery_folder.as_deref())?, passphrase);
        }
        let needed = |cause: &str| {
            let cause = format!("no passphrase or identity file was given, and {cause}");
            let subject = format!("the key of {}", self.deployment_id);
            Error::new(Code::KeyNeeded, subject, cause)
        };
        match self.keyring.get(&self.deployment_id, Secret::Identity) {
            Ok(Some(lines)) => {
                let keys = parse_identity_file(&lines)?;
                // It was out of reach when the key was rotated.
                if self.public().is_ok_and(|public| !public.recipients.contains(&keys.recipient())) {
                    return Err(needed("the keyring holds only a key from before a rotation"));
                }
                self.with_known_signing(keys)
            }
            Ok(None) => Err(needed("the keyring does not hold the key")),
            Err(e) => Err(needed(&format!("the keyring was no help: {}", e.cause())).with_source(e)),
        }
    }

    /// The keyring holds the bare identities; what else is known of the keys is put beside them.
    fn with_known_signing(&self, keys: KeySet) -> Result<KeySet> {
        // Opening archives needs no secret signing key, so that one may be out of reach.
        let keys = match self.signing_key() {
            Ok(signing) => keys.with_signing(signing),
            Err(_) => keys,
        };
        match self.public() {
            Ok(public) => {
                Ok(keys.with_signing_public(public.signing).with_retired(&public.retired, &public.retired_signing))
            }
            Err(e) if e.code() == Code::KeyNeeded || keys.signing().is_some() => Ok(keys),
            Err(e) => Err(e),
        }
    }

    fn sealed(&self, folder: Option<&Path>) -> Result<Vec<u8>> {
        if let Some(folder) = folder
            && let Some(bytes) = read(&folder.join(RECOVERY_KEY))?
        {
            return Ok(bytes);
        }
        self.recovery_key()
    }

    /// Keeps new keys: the sealed form and the public halves in the folder of keys, the secrets in
    /// the keyring as far as it takes them. What the keyring took is read back before it counts.
    ///
    /// Refuses to replace keys (`Code::DeploymentExists`): archives would lose theirs. After an
    /// error nothing counts as stored and the call can be repeated.
    pub fn store_new(&self, keys: &KeySet, sealed: &[u8]) -> Result<StoredWhere> {
        let public_path = self.folder.join(PUBLIC);
        if public_path.exists() {
            let cause = "this deployment has its keys already";
            return Err(Error::new(Code::DeploymentExists, public_path.display(), cause));
        }
        let public = PublicKeys::of(keys)?;
        let signing = keys.signing().ok_or_else(|| {
            let cause = "these keys cannot sign: the secret signing key is missing";
            Error::new(Code::SigningKeyUnavailable, keys.recipient(), cause)
        })?;
        durable::create_private_dir(&self.folder)?;
        durable::write(&self.folder.join(RECOVERY_KEY), sealed, 0o600)?;

        let identity = self.put(Secret::Identity, &keys.identity_lines());
        // After a keyring that did not answer, asking again would only cost the time again.
        let signed = match &identity {
            Ok(()) => self.put(Secret::Signing, signing.to_base64()),
            Err(e) => Err(unavailable(e.cause())),
        };
        let signing_path = self.folder.join(SIGNING);
        let signing_in = if signed.is_ok() {
            durable::remove(&signing_path)?;
            SigningPlace::Keyring
        } else {
            durable::write(&signing_path, signing.to_file_text().as_bytes(), 0o600)?;
            SigningPlace::File
        };
        // Last, because its presence says that the rest is there.
        public.save(&public_path)?;
        Ok(StoredWhere {
            identity_in_keyring: identity.is_ok(),
            signing_in,
            keyring_refused: identity.err().or(signed.err()),
        })
    }

    /// Takes the keys out of the keyring and off the disk, for a deployment that has no archives yet. After an error
    /// some may be left, and the call can be repeated.
    pub fn forget(&self) -> Result<()> {
        for which in [Secret::Identity, Secret::Signing] {
            self.keyring.delete(&self.deployment_id, which)?;
        }
        durable::remove(&self.folder.join(SIGNING))?;
        match std::fs::remove_dir_all(&self.folder) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io(&self.folder, e)),
            _ => Ok(()),
        }
    }

    pub(super) fn put(&self, which: Secret, value: &str) -> Result<()> {
        self.keyring.set(&self.deployment_id, which, value)?;
        match self.keyring.get(&self.deployment_id, which)? {
            Some(kept) if *kept == value => Ok(()),
            _ => {
                let cause = "it does not give back what it was given";
                Err(unavailable(cause))
            }
        }
    }

    /// Seals this machine's recovery key with a new passphrase and returns its new content, for the
    /// copies beside the archives. A copy that is not replaced still opens with the old one.
    pub fn change_passphrase(&self, old: &Passphrase, new: &Passphrase, work_factor: Option<u8>) -> Result<Vec<u8>> {
        let text = unseal_text(&self.recovery_key()?, old)?;
        let before = parse_identity_file(&text)?;
        let sealed = seal_text(&text, new, work_factor)?;
        // This file may be the only way back, so it is opened before it replaces the old one.
        if unseal(&sealed, new)?.recipient() != before.recipient() {
            let cause = "the newly sealed recovery key does not hold the key";
            return Err(Error::new(Code::Internal, &self.deployment_id, cause));
        }
        durable::write(&self.folder.join(RECOVERY_KEY), &sealed, 0o600)?;
        Ok(sealed)
    }
}

/// `None` where there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io(path, e)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(|e| Error::io(path, e))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let cause = "it is too long for a file of keys";
        return Err(Error::new(Code::SizeOutOfRange, path.display(), cause));
    }
    Ok(Some(bytes))
}
