use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A passphrase or key as the window hands it over: wiped when it is let go of, and in no `Debug`, answer or log.
#[derive(Clone, Default)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    pub fn into_text(self) -> Zeroizing<String> {
        self.0
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<Zeroizing<String>> for SecretText {
    fn from(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(..)")
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What serde would say of another type could repeat a part of it.
        let text = String::deserialize(deserializer);
        text.map(Self::from).map_err(|_| serde::de::Error::custom("a secret has to be text"))
    }
}
