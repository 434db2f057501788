//! What archives in OpenPGP need: the certificate that they are sealed to, and for beside them the secret key, sealed to
//! the identity. Both follow from the identity; they are kept because a backup has only public keys at hand.
//!
//! The secret key is sealed with age and not, as gpg does it, with the passphrase: guessing the passphrase of a gpg key
//! costs a small part of what it costs for `recovery-key.age`, and both would lie side by side.
use super::{KeySet, Vault};
use crate::durable;
use crate::error::{Error, Result};
use crate::openpgp::{Certificate, SecretKey};
use holdfast_domain::Code;
use std::fmt::Write;
use std::path::Path;
use zeroize::Zeroizing;

/// Beside the archives and among this machine's keys: `age -d -i key.txt recovery-key.asc.age | gpg --import`.
pub const OPENPGP_KEY: &str = "recovery-key.asc.age";
pub(super) const CERTIFICATE: &str = "openpgp.asc";

/// What a backup in OpenPGP needs. Nothing in it is secret that is not sealed.
#[derive(Debug, Clone)]
pub struct OpenpgpFiles {
    pub certificate: Certificate,
    /// The content of `recovery-key.asc.age`.
    pub sealed_key: Vec<u8>,
}

impl Vault {
    /// `Code::KeyNeeded` where it was not prepared yet, or for an identity that is no longer used.
    pub fn openpgp(&self) -> Result<OpenpgpFiles> {
        let needed = |cause: &str| Error::new(Code::KeyNeeded, format!("the OpenPGP key of {}", self.id()), cause);
        let read = |name: &str| super::local::read(&self.folder().join(name));
        let (Some(certificate), Some(sealed_key)) = (read(CERTIFICATE)?, read(OPENPGP_KEY)?) else {
            return Err(needed("it follows from the recovery key, and was not made yet"));
        };
        let certificate = Certificate::parse(&String::from_utf8_lossy(&certificate))?;
        if !self.public()?.recipients.iter().any(|recipient| certificate.is_of(recipient)) {
            return Err(needed("the one at hand belongs to a recovery key that is no longer used"));
        }
        Ok(OpenpgpFiles { certificate, sealed_key })
    }

    /// Makes and keeps both files. The secret keys of all identities are in, so that gpg opens older archives too.
    /// `Code::KeyNeeded` for keys that new archives are not sealed to, for instance from before a rotation.
    pub fn store_openpgp(&self, keys: &KeySet) -> Result<()> {
        if !self.public()?.recipients.contains(&keys.recipient()) {
            let cause = "the recovery key that was given is no longer the one that archives are sealed to";
            return Err(Error::new(Code::KeyNeeded, format!("the OpenPGP key of {}", self.id()), cause));
        }
        durable::create_private_dir(self.folder())?;
        write(self.folder(), keys)
    }
}

pub(super) fn write(folder: &Path, keys: &KeySet) -> Result<()> {
    let key = SecretKey::of(keys.identity())?;
    let mut text = Zeroizing::new(String::with_capacity(4096 * keys.identities().len()));
    for identity in keys.identities() {
        let _ = writeln!(text, "{}", *SecretKey::of(identity)?.to_armored()?);
    }
    let failed = |e: &dyn std::fmt::Display| Error::new(Code::Internal, OPENPGP_KEY, e);
    let sealed = age::encrypt(&keys.identity().to_public(), text.as_bytes()).map_err(|e| failed(&e))?;
    durable::write(&folder.join(OPENPGP_KEY), &sealed, 0o600)?;
    durable::write(&folder.join(CERTIFICATE), key.certificate().to_armored()?.as_bytes(), 0o600)
}
