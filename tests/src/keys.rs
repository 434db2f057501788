//! The recovery key as anyone with the passphrase has it.
use age::secrecy::SecretString;

/// The identity file inside `recovery-key.age`.
pub fn open_recovery_key(sealed: &[u8], passphrase: &str) -> Vec<u8> {
    let mut identity = age::scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
    // Whatever this machine's speed says.
    identity.set_max_work_factor(22);
    age::decrypt(&identity, sealed).unwrap()
}
