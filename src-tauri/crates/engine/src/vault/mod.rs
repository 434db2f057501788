//! Keys: made, sealed with a passphrase, kept in the system's keyring, and used to sign.
//!
//! What lies where: the public halves in `public.toml` (a backup needs no more to encrypt), the
//! identity sealed in `recovery-key.age`, and both secrets in the system's keyring. Without a
//! keyring the signing key is a file of the owner's, and the identity is kept nowhere but sealed.

mod identity_file;
mod keyring;
mod keys;
pub mod kit;
mod local;
#[cfg(test)]
mod local_tests;
mod older_copies;
mod openpgp_files;
mod os_keyring;
mod passphrase;
mod people;
mod public;
mod rotation;
mod sealed;
mod signature;
mod signing_key;
mod strength;

pub use identity_file::{Label, parse_identity_file};
pub use keyring::{Keyring, MemoryKeyring, NoKeyring, Secret};
pub use keys::KeySet;
pub use kit::{Kit, KitRecord, Reach};
pub use local::{Given, SigningPlace, StoredWhere, Vault};
pub use openpgp_files::{OPENPGP_KEY, OpenpgpFiles};
pub use os_keyring::OsKeyring;
pub use passphrase::Passphrase;
pub use people::parse_recipient;
pub use public::{Person, PublicKeys, Retired};
pub use sealed::{MAX_WORK_FACTOR, RECOVERY_KEY, WORK_FACTOR, seal, unseal};
pub use signature::{Verified, parse_public_key, sign, verify};
pub use signing_key::SigningKey;
pub use strength::{Strength, Verdict, strength};
