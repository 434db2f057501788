use crate::error::{Error, Result};
use age::secrecy::ExposeSecret;
use hkdf::Hkdf;
use holdfast_domain::Code;
use pgp::composed::{Deserializable, SignedKeyDetails, SignedPublicKey, SignedSecretKey, SignedSecretSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::crypto::{ecdh, ed25519, eddsa_legacy};
use pgp::packet::{
    self, Features, KeyFlags, PubKeyInner, Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::types::{
    CompressionAlgorithm, EcdhPublicParams, KeyDetails, KeyVersion, PacketHeaderVersion, Password, PlainSecretParams,
    PublicParams, SecretParams, Tag, Timestamp,
};
use rand_core::OsRng;
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// Of every such key, in seconds since 1970: 2020-01-01. It is part of the fingerprint, and the key must follow from the
/// identity alone.
const CREATED: u32 = 1_577_836_800;

/// The public half: enough to make archives.
#[derive(Clone)]
pub struct Certificate(pub(super) SignedPublicKey);

impl Certificate {
    /// From its armored text. `Code::BadSettings` where it cannot be used.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |cause: &dyn fmt::Display| Error::new(Code::BadSettings, "the OpenPGP certificate", cause);
        let (certificate, _) = SignedPublicKey::from_string(text).map_err(|e| refuse(&e))?;
        certificate.verify_bindings().map_err(|e| refuse(&e))?;
        if certificate.public_subkeys.is_empty() {
            return Err(refuse(&"it has no key to encrypt to"));
        }
        Ok(Self(certificate))
    }

    pub fn to_armored(&self) -> Result<String> {
        self.0.to_armored_string(None.into()).map_err(|e| Error::new(Code::Internal, "the OpenPGP certificate", e))
    }

    /// Whether it belongs to the identity with this recipient, `age1...`.
    pub fn is_of(&self, recipient: &str) -> bool {
        let name = user_name(recipient);
        self.0.details.users.iter().any(|user| user.id.id() == name.as_bytes())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.0.primary_key.fingerprint())
    }
}

/// Both halves.
#[derive(Clone)]
pub struct SecretKey(pub(super) SignedSecretKey);

impl SecretKey {
    /// The key that belongs to an identity: always the same one.
    pub fn of(identity: &age::x25519::Identity) -> Result<Self> {
        let line = identity.to_string();
        let recipient = identity.to_public().to_string();
        let failed = |e: pgp::errors::Error| Error::new(Code::Internal, "the OpenPGP key", e);
        build(line.expose_secret(), &recipient).map(Self).map_err(failed)
    }

    pub fn certificate(&self) -> Certificate {
        Certificate(self.0.to_public_key())
    }

    /// As gpg imports it, without a passphrase.
    pub fn to_armored(&self) -> Result<Zeroizing<String>> {
        let text = self.0.to_armored_string(None.into());
        text.map(Zeroizing::new).map_err(|e| Error::new(Code::Internal, "the OpenPGP key", e))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({:?})", self.certificate())
    }
}

/// 32 bytes that follow from the identity's text, other ones for each use.
fn part(identity: &str, usage: &str) -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    // The length is far below the limit of 255 hashes: cannot fail.
    let _ = Hkdf::<Sha256>::new(None, identity.as_bytes()).expand(usage.as_bytes(), &mut *bytes);
    bytes
}

fn build(identity: &str, recipient: &str) -> pgp::errors::Result<SignedSecretKey> {
    let sign =
        ed25519::SecretKey::try_from_bytes(*part(identity, "holdfast openpgp v1 certify"), ed25519::Mode::EdDSALegacy)?;
    let public = PublicParams::EdDSALegacy((&sign).into());
    let secret = PlainSecretParams::EdDSALegacy(eddsa_legacy::SecretKey::Ed25519(sign));
    let public = packet::PublicKey::from_inner(inner(PublicKeyAlgorithm::EdDSALegacy, public)?)?;
    let primary = packet::SecretKey::new(public, SecretParams::Plain(secret))?;

    let mut bytes = part(identity, "holdfast openpgp v1 encrypt");
    // As the curve asks for; gpg insists that it is stored so.
    bytes[0] &= 0b1111_1000;
    bytes[31] = bytes[31] & 0b0111_1111 | 0b0100_0000;
    bytes.reverse();
    let curve = ecdh::Curve25519Legacy::try_from_bytes_rev(&*bytes)?;
    let encrypt = ecdh::SecretKey::Curve25519Legacy(curve);
    let public = PublicParams::ECDH(EcdhPublicParams::try_from(&encrypt)?);
    let public = packet::PublicSubkey::from_inner(inner(PublicKeyAlgorithm::ECDH, public)?)?;
    let subkey = packet::SecretSubkey::new(public, SecretParams::Plain(PlainSecretParams::ECDH(encrypt)))?;

    let name = UserId::from_str(PacketHeaderVersion::default(), user_name(recipient))?;
    let signature = certify_name(&primary, &name)?;
    let details = SignedKeyDetails::new(Vec::new(), Vec::new(), vec![name.into_signed(signature)], Vec::new());
    let binding = bind(&primary, subkey.public_key())?;
    let subkey = SignedSecretSubKey::new(subkey, vec![binding]);
    Ok(SignedSecretKey::new(primary, details, Vec::new(), vec![subkey]))
}

fn user_name(recipient: &str) -> String {
    format!("Holdfast recovery key of {recipient}")
}

/// Says what the key is for, and that gpg may use AES-256 with it. Signed at the key's own time, so that the signature
/// follows from the identity too, and a clock that is wrong makes none that is not valid yet.
fn certify_name(primary: &packet::SecretKey, name: &UserId) -> pgp::errors::Result<Signature> {
    let mut certify = KeyFlags::default();
    certify.set_certify(true);
    let mut features = Features::default();
    features.set_seipd_v1(true);
    let mut config = config(primary, SignatureType::CertPositive, certify)?;
    config.hashed_subpackets.extend([
        Subpacket::regular(SubpacketData::Features(features))?,
        Subpacket::regular(SubpacketData::PreferredSymmetricAlgorithms(
            [SymmetricKeyAlgorithm::AES256].into_iter().collect(),
        ))?,
        Subpacket::regular(SubpacketData::PreferredHashAlgorithms([HashAlgorithm::Sha256].into_iter().collect()))?,
        Subpacket::regular(SubpacketData::PreferredCompressionAlgorithms(
            [CompressionAlgorithm::Uncompressed].into_iter().collect(),
        ))?,
        Subpacket::regular(SubpacketData::IsPrimary(true))?,
    ]);
    config.sign_certification(primary, primary.public_key(), &Password::empty(), Tag::UserId, name)
}

fn bind(primary: &packet::SecretKey, subkey: &packet::PublicSubkey) -> pgp::errors::Result<Signature> {
    let mut encrypt = KeyFlags::default();
    encrypt.set_encrypt_storage(true);
    encrypt.set_encrypt_comms(true);
    let config = config(primary, SignatureType::SubkeyBinding, encrypt)?;
    config.sign_subkey_binding(primary, primary.public_key(), &Password::empty(), subkey)
}

fn config(primary: &packet::SecretKey, kind: SignatureType, flags: KeyFlags) -> pgp::errors::Result<SignatureConfig> {
    let mut config = SignatureConfig::from_key(OsRng, primary, kind)?;
    config.hashed_subpackets = vec![
        Subpacket::regular(SubpacketData::SignatureCreationTime(Timestamp::from_secs(CREATED)))?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(primary.fingerprint()))?,
        Subpacket::regular(SubpacketData::KeyFlags(flags))?,
    ];
    config.unhashed_subpackets = vec![Subpacket::regular(SubpacketData::IssuerKeyId(primary.legacy_key_id()))?];
    Ok(config)
}

fn inner(algorithm: PublicKeyAlgorithm, public: PublicParams) -> pgp::errors::Result<PubKeyInner> {
    PubKeyInner::new(KeyVersion::V4, algorithm, Timestamp::from_secs(CREATED), None, public)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An identity that is nobody's. The fingerprints must never change: archives would lose their key.
    const IDENTITY: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

    #[test]
    fn the_key_follows_from_the_identity_for_ever() {
        let identity: age::x25519::Identity = IDENTITY.parse().unwrap();
        let key = SecretKey::of(&identity).unwrap();
        let subkey = &key.0.secret_subkeys[0].key;
        let prints = [key.0.primary_key.fingerprint().to_string(), subkey.fingerprint().to_string()];
        let expected = ["3832cc50687c1488acac512377386169f01894fe", "76fb88bf8f1ebdd180e54a6cd60dbab5b74b52fe"];
        assert_eq!(prints, expected);
        let other = SecretKey::of(&age::x25519::Identity::generate()).unwrap();
        assert_ne!(other.0.primary_key.fingerprint().to_string(), prints[0]);
    }

    #[test]
    fn a_certificate_reads_back_and_holds_no_secret() {
        let key = SecretKey::of(&age::x25519::Identity::generate()).unwrap();
        let text = key.certificate().to_armored().unwrap();
        assert!(text.starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----") && !text.contains("PRIVATE"));
        let read = Certificate::parse(&text).unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", key.certificate()));
        let secret = key.to_armored().unwrap();
        assert!(secret.contains("PRIVATE KEY BLOCK"));
        assert!(!format!("{key:?}").contains(&secret[200..240]));
        for bad in ["", "x", &text[..text.len() / 2]] {
            assert_eq!(Certificate::parse(bad).unwrap_err().code(), Code::BadSettings);
        }
    }
}
