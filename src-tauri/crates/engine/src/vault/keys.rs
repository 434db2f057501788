use super::SigningKey;
use crate::error::Result;
use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use std::fmt;
use zeroize::Zeroizing;

/// The keys of one deployment: the identity opens its archives, the signing key vouches for them.
#[derive(Clone)]
pub struct KeySet {
    identity: Identity,
    signing: Option<SigningKey>,
    signing_public: Option<String>,
}

impl KeySet {
    pub fn generate() -> Result<Self> {
        Ok(Self::new(Identity::generate(), Some(SigningKey::generate()?)))
    }

    pub fn new(identity: Identity, signing: Option<SigningKey>) -> Self {
        let signing_public = signing.as_ref().map(|key| key.public().to_owned());
        Self { identity, signing, signing_public }
    }

    /// Adds a public signing key, where the secret one is not known: enough to check signatures.
    #[must_use]
    pub fn with_signing_public(mut self, public: String) -> Self {
        self.signing_public.get_or_insert(public);
        self
    }

    /// The same keys with a new signing key where there was none, as after a recovery from a plain
    /// identity file. Archives made before then count as signed by another key.
    pub fn with_signing_key(self) -> Result<Self> {
        if self.signing.is_some() {
            return Ok(self);
        }
        Ok(Self::new(self.identity, Some(SigningKey::generate()?)))
    }

    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The identity as its `AGE-SECRET-KEY-1...` line.
    pub fn identity_line(&self) -> Zeroizing<String> {
        Zeroizing::new(self.identity.to_string().expose_secret().to_owned())
    }

    /// The public half of the identity, `age1...`.
    pub fn recipient(&self) -> String {
        self.identity.to_public().to_string()
    }

    pub fn signing(&self) -> Option<&SigningKey> {
        self.signing.as_ref()
    }

    /// The public signing key; may be known where the secret one is not.
    pub fn signing_public(&self) -> Option<String> {
        self.signing_public.clone()
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("recipient", &self.recipient())
            .field("signing_public", &self.signing_public)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_public_halves_alone() {
        let keys = KeySet::generate().unwrap();
        let shown = format!("{keys:?}");
        assert!(shown.contains(&keys.recipient()));
        assert!(!shown.contains("SECRET"));
        let secret = keys.signing().unwrap().to_base64().to_string();
        assert!(!shown.contains(&secret[60..100]));
    }

    #[test]
    fn a_signing_key_is_added_only_where_there_is_none() {
        let keys = KeySet::generate().unwrap();
        let public = keys.signing_public();
        assert_eq!(keys.with_signing_key().unwrap().signing_public(), public);
        let bare = KeySet::new(Identity::generate(), None);
        let recipient = bare.recipient();
        let whole = bare.with_signing_key().unwrap();
        assert_eq!(whole.recipient(), recipient);
        assert!(whole.signing().is_some());
    }
}
