//! A rotation replaces three things that are kept apart: the sealed key, the public halves, the secrets. A kill between
//! two of them must not leave archives that are sealed to a key which lies nowhere, or signed by one that nobody
//! trusts. So the new files are made ready in a folder of their own first, and the next run that holds the deployment's
//! lock brings an interrupted rotation to its end, or back to its beginning.
use super::local::{PUBLIC, SIGNING};
use super::openpgp_files::{self, CERTIFICATE, OPENPGP_KEY};
use super::sealed::RECOVERY_KEY;
use super::{KeySet, PublicKeys, Secret, SigningPlace, StoredWhere, Vault};
use crate::durable;
use crate::error::{Error, Result};
use holdfast_domain::Code;
use std::path::PathBuf;

impl Vault {
    fn next(&self) -> PathBuf {
        self.folder.join("next")
    }

    /// Puts rotated keys in the place of the present ones; people stay. `sealed` must hold the same keys. Only under
    /// the deployment's lock. After an error the present keys stay.
    pub fn replace(&self, keys: &KeySet, sealed: &[u8]) -> Result<StoredWhere> {
        let present = self.public()?;
        let public = PublicKeys { people: present.people.clone(), ..PublicKeys::of(keys)? };
        if !keys.identities().iter().any(|known| present.recipients.contains(&known.to_public().to_string())) {
            let cause = "the new keys do not hold the present one: what was sealed to it would be lost";
            return Err(Error::new(Code::Internal, keys.recipient(), cause));
        }
        let next = self.next();
        self.clear_next()?;
        let made = (|| {
            durable::create_private_dir(&next)?;
            durable::write(&next.join(RECOVERY_KEY), sealed, 0o600)?;
            openpgp_files::write(&next, keys)?;
            // It keeps the present identity too, so that this is right whichever way it ends.
            let identity = self.put(Secret::Identity, &keys.identity_lines());
            public.save(&next.join(PUBLIC))?;
            let (signing_in, signed) = if public.signing == present.signing {
                (if self.folder.join(SIGNING).is_file() { SigningPlace::File } else { SigningPlace::Keyring }, None)
            } else {
                self.replace_signing(keys)?
            };
            Ok((identity.err().or(signed), signing_in))
        })();
        match made {
            Ok((keyring_refused, signing_in)) => {
                self.take_next()?;
                Ok(StoredWhere { identity_in_keyring: keyring_refused.is_none(), signing_in, keyring_refused })
            }
            Err(e) => {
                let _ = self.clear_next();
                Err(e)
            }
        }
    }

    /// The new signing key goes where the old one is: a file goes before the keyring when it is read.
    fn replace_signing(&self, keys: &KeySet) -> Result<(SigningPlace, Option<Error>)> {
        let signing = keys.signing().ok_or_else(|| {
            let cause = "these keys cannot sign: the secret signing key is missing";
            Error::new(Code::SigningKeyUnavailable, keys.recipient(), cause)
        })?;
        let path = self.folder.join(SIGNING);
        let refused = if path.is_file() { None } else { Some(self.put(Secret::Signing, signing.to_base64())) };
        match refused {
            Some(Ok(())) => Ok((SigningPlace::Keyring, None)),
            other => {
                durable::write(&path, signing.to_file_text().as_bytes(), 0o600)?;
                Ok((SigningPlace::File, other.and_then(Result::err)))
            }
        }
    }

    /// Ends what a killed rotation left: forward where the new signing key is in its place already (or is not replaced),
    /// back where it is not. Only under the deployment's lock, before anything is sealed or signed.
    pub fn settle(&self) -> Result<()> {
        self.sweep();
        if !self.next().is_dir() {
            return Ok(());
        }
        // Written last, so without it nothing else of the rotation counts.
        let Ok(public) = PublicKeys::load(&self.next().join(PUBLIC)) else {
            return self.clear_next();
        };
        if public.signing == self.public()?.signing {
            return self.take_next();
        }
        match self.signing_key() {
            Ok(key) if key.public() == public.signing => self.take_next(),
            Ok(_) => self.clear_next(),
            // A locked keyring: nothing can be signed meanwhile, and it is asked again the next time.
            Err(_) => Ok(()),
        }
    }

    /// Half-written files of a run that was killed; one of the signing key holds a secret. What cannot be removed now
    /// waits for the next time. Only these: they are written under the lock alone.
    fn sweep(&self) {
        for item in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = item.file_name();
            let stem = name.to_str().and_then(|name| name.strip_suffix(".partial")?.rsplit_once('.'));
            if stem.is_some_and(|(stem, _)| [SIGNING, RECOVERY_KEY, OPENPGP_KEY, CERTIFICATE, PUBLIC].contains(&stem)) {
                let _ = durable::remove(&item.path());
            }
        }
    }

    /// The public halves come last: with them new archives are sealed to the new identity.
    fn take_next(&self) -> Result<()> {
        for name in [RECOVERY_KEY, OPENPGP_KEY, CERTIFICATE, PUBLIC] {
            let ready = self.next().join(name);
            if ready.is_file() {
                durable::publish(&ready, &self.folder.join(name))?;
            }
        }
        self.clear_next()
    }

    fn clear_next(&self) -> Result<()> {
        let next = self.next();
        match std::fs::remove_dir_all(&next) {
            Ok(()) => durable::sync_dir(&self.folder),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(Error::io(&next, e)),
        }
    }
}

#[cfg(test)]
mod tests;
