use super::{Retired, SigningKey};
use crate::error::Result;
use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use jiff::Timestamp;
use std::fmt;
use zeroize::Zeroizing;

/// The keys of one deployment: the identities open its archives, the signing key vouches for them.
#[derive(Clone)]
pub struct KeySet {
    /// The newest first: new archives are sealed to that one, the others open what was made before.
    identities: Vec<Identity>,
    signing: Option<SigningKey>,
    signing_public: Option<String>,
    /// Recipients of the identities behind the first, as far as it is known until when they were used.
    retired: Vec<Retired>,
    /// Public signing keys that were replaced.
    retired_signing: Vec<Retired>,
}

impl KeySet {
    pub fn generate() -> Result<Self> {
        Ok(Self::new(Identity::generate(), Some(SigningKey::generate()?)))
    }

    pub fn new(identity: Identity, signing: Option<SigningKey>) -> Self {
        let signing_public = signing.as_ref().map(|key| key.public().to_owned());
        let (retired, retired_signing) = (Vec::new(), Vec::new());
        Self { identities: vec![identity], signing, signing_public, retired, retired_signing }
    }

    /// Adds an identity that was used before; one that is there already is not added again.
    #[must_use]
    pub fn with_earlier(mut self, identity: Identity) -> Self {
        let recipient = identity.to_public().to_string();
        if self.identities.iter().all(|known| known.to_public().to_string() != recipient) {
            self.identities.push(identity);
        }
        self
    }

    /// Adds the secret signing key, where none is there.
    #[must_use]
    pub fn with_signing(mut self, signing: SigningKey) -> Self {
        if self.signing.is_none() {
            self.signing_public = Some(signing.public().to_owned());
            self.signing = Some(signing);
        }
        self
    }

    /// Adds a public signing key, where the secret one is not known: enough to check signatures.
    #[must_use]
    pub fn with_signing_public(mut self, public: String) -> Self {
        self.signing_public.get_or_insert(public);
        self
    }

    /// Adds keys that were replaced, and when: of recipients, and of public signing keys.
    #[must_use]
    pub fn with_retired(mut self, recipients: &[Retired], signing: &[Retired]) -> Self {
        for (mine, others) in [(&mut self.retired, recipients), (&mut self.retired_signing, signing)] {
            for other in others {
                if mine.iter().all(|known| known.key != other.key) {
                    mine.push(other.clone());
                }
            }
        }
        self
    }

    /// The same keys with a new signing key where there was none, as after a recovery from a plain
    /// identity file. Archives made before then count as signed by another key.
    pub fn with_signing_key(self) -> Result<Self> {
        if self.signing.is_some() {
            return Ok(self);
        }
        let signing = SigningKey::generate()?;
        Ok(Self { signing_public: Some(signing.public().to_owned()), signing: Some(signing), ..self })
    }

    /// A new identity before the present ones, and with `signing` a new signing key too; what they replace counts as
    /// used until then.
    pub fn rotated(&self, signing: bool, until: Timestamp) -> Result<Self> {
        let mut keys = self.clone();
        keys.identities.insert(0, Identity::generate());
        keys.retired.insert(0, Retired { key: self.recipient(), until });
        if signing {
            let new = SigningKey::generate()?;
            if let Some(key) = keys.signing_public.replace(new.public().to_owned()) {
                keys.retired_signing.insert(0, Retired { key, until });
            }
            keys.signing = Some(new);
        }
        Ok(keys)
    }

    /// The newest: the one that new archives are sealed to.
    pub fn identity(&self) -> &Identity {
        &self.identities[0]
    }

    /// All that open archives of this deployment, the newest first.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// The newest identity as its `AGE-SECRET-KEY-1...` line.
    pub fn identity_line(&self) -> Zeroizing<String> {
        line_of(self.identity())
    }

    /// All identities, a line each, the newest first: an age identity file.
    pub fn identity_lines(&self) -> Zeroizing<String> {
        // Roomy from the start, so that growing leaves no copy of the secrets behind.
        let mut text = Zeroizing::new(String::with_capacity(80 * self.identities.len()));
        for identity in &self.identities {
            text.push_str(&line_of(identity));
            text.push('\n');
        }
        text
    }

    /// The public half of the newest identity, `age1...`.
    pub fn recipient(&self) -> String {
        self.identity().to_public().to_string()
    }

    pub fn signing(&self) -> Option<&SigningKey> {
        self.signing.as_ref()
    }

    /// The public signing key; may be known where the secret one is not.
    pub fn signing_public(&self) -> Option<String> {
        self.signing_public.clone()
    }

    pub fn retired(&self) -> &[Retired] {
        &self.retired
    }

    pub fn retired_signing(&self) -> &[Retired] {
        &self.retired_signing
    }
}

/// An identity as its `AGE-SECRET-KEY-1...` line.
pub(super) fn line_of(identity: &Identity) -> Zeroizing<String> {
    Zeroizing::new(identity.to_string().expose_secret().to_owned())
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

    #[test]
    fn rotated_keys_still_open_and_vouch_for_what_was_made_before() {
        let keys = KeySet::generate().unwrap();
        let until = "2026-11-21T02:00:00Z".parse().unwrap();
        let once = keys.rotated(false, until).unwrap();
        assert_ne!(once.recipient(), keys.recipient());
        assert_eq!(once.identities()[1].to_public().to_string(), keys.recipient());
        assert_eq!((once.signing_public(), once.retired_signing().len()), (keys.signing_public(), 0));
        let twice = once.rotated(true, until).unwrap();
        assert_eq!(twice.identities().len(), 3);
        let retired: Vec<&str> = twice.retired().iter().map(|retired| retired.key.as_str()).collect();
        assert_eq!(retired, [once.recipient(), keys.recipient()]);
        assert_eq!(Some(&twice.retired_signing()[0].key), keys.signing_public().as_ref());
        assert_ne!(twice.signing_public(), keys.signing_public());
        let age = age::encrypt(&keys.identity().to_public(), b"chats").unwrap();
        assert!(twice.identities().iter().any(|identity| age::decrypt(identity, &age).is_ok()));
    }
}
