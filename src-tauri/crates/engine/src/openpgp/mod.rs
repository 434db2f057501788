//! OpenPGP as stock gpg opens it: AES-256, encrypted data with a modification detection code (packet version 1), to an
//! ECDH key on Curve25519. The only module that knows the crate.
//!
//! The key pair follows from the age identity, so whoever has that has this too, and nothing more needs to be kept.
mod keys;
mod opening;
mod sealing;

pub use keys::{Certificate, SecretKey};
pub use opening::{Opened, begins};
pub use sealing::Sealing;
