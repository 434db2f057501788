use super::*;
use age::secrecy::ExposeSecret;
use holdfast_domain::{Code, DeploymentName};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

use crate::{Error, Home, Result};

const ID: &str = "6f0c5d";

struct Machine {
    dir: tempfile::TempDir,
    keyring: Arc<dyn Keyring>,
}

impl Machine {
    fn new(keyring: impl Keyring + 'static) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keyring = Arc::new(keyring);
        Self { dir, keyring }
    }

    fn vault(&self) -> Vault {
        let home = Home::new(self.dir.path());
        Vault::open(&home, ID, Arc::clone(&self.keyring)).unwrap()
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join("keys").join(ID).join(name)
    }

    fn everything_on_disk(&self) -> String {
        let read = |entry: std::io::Result<std::fs::DirEntry>| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        std::fs::read_dir(self.file("")).unwrap().map(read).collect()
    }
}

/// A keyring that is there and refuses.
struct Locked;

impl Keyring for Locked {
    fn get(&self, _: &str, _: Secret) -> Result<Option<Zeroizing<String>>> {
        Err(Error::new(Code::KeyringUnavailable, "keyring", "it is locked"))
    }
    fn set(&self, _: &str, _: Secret, _: &str) -> Result<()> {
        Err(Error::new(Code::KeyringUnavailable, "keyring", "it is locked"))
    }
    fn delete(&self, _: &str, _: Secret) -> Result<()> {
        Ok(())
    }
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

fn sealed(keys: &KeySet) -> Vec<u8> {
    let label =
        Label { deployment: DeploymentName::new("chatbot").unwrap(), created: "2026-11-21T02:00:00Z".parse().unwrap() };
    seal(keys, &label, &passphrase("tide"), Some(2)).unwrap()
}

fn with_passphrase(text: &str) -> Given {
    Given { passphrase: Some(passphrase(text)), ..Given::default() }
}

#[test]
fn with_a_keyring_no_secret_is_on_the_disk_unsealed() {
    let machine = Machine::new(MemoryKeyring::default());
    let keys = KeySet::generate().unwrap();
    let stored = machine.vault().store_new(&keys, &sealed(&keys)).unwrap();
    assert!(stored.identity_in_keyring);
    assert_eq!(stored.signing_in, SigningPlace::Keyring);
    assert!(stored.keyring_refused.is_none());
    let disk = machine.everything_on_disk();
    assert!(!disk.contains("AGE-SECRET-KEY"));
    assert!(!disk.contains(keys.signing().unwrap().to_base64().as_str()));

    let vault = machine.vault();
    assert_eq!(vault.public().unwrap(), PublicKeys::of(&keys).unwrap());
    let opened = vault.identity(&Given::default()).unwrap();
    assert_eq!(opened.recipient(), keys.recipient());
    assert_eq!(opened.signing_public(), keys.signing_public());
    assert_eq!(vault.signing_key().unwrap().public(), keys.signing_public().unwrap());
}

#[test]
fn without_a_keyring_the_signing_key_is_the_owners_file_and_the_identity_is_nowhere() {
    let machine = Machine::new(NoKeyring);
    let keys = KeySet::generate().unwrap();
    let stored = machine.vault().store_new(&keys, &sealed(&keys)).unwrap();
    assert!(!stored.identity_in_keyring);
    assert_eq!(stored.signing_in, SigningPlace::File);
    let refused = stored.keyring_refused.unwrap();
    assert_eq!(refused.code(), Code::KeyringUnavailable);
    for name in ["signing.key", RECOVERY_KEY] {
        let mode = std::fs::metadata(machine.file(name)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600, "{name}");
    }
    assert!(!machine.everything_on_disk().contains("AGE-SECRET-KEY"));

    let vault = machine.vault();
    assert_eq!(vault.signing_key().unwrap().public(), keys.signing_public().unwrap());
    let error = vault.identity(&Given::default()).unwrap_err();
    assert_eq!(error.code(), Code::KeyNeeded);
    let opened = vault.identity(&with_passphrase("tide")).unwrap();
    assert_eq!(opened.recipient(), keys.recipient());
    let error = vault.identity(&with_passphrase("ebb")).unwrap_err();
    assert_eq!(error.code(), Code::WrongPassphrase);
}

#[test]
fn a_locked_keyring_is_named_as_the_cause() {
    let machine = Machine::new(Locked);
    let error = machine.vault().signing_key().unwrap_err();
    assert_eq!(error.code(), Code::SigningKeyUnavailable);
    assert!(error.cause().contains("locked"), "{error}");
    let error = machine.vault().identity(&Given::default()).unwrap_err();
    assert_eq!(error.code(), Code::KeyNeeded);
    assert!(error.cause().contains("locked"), "{error}");

    let keys = KeySet::generate().unwrap();
    let stored = machine.vault().store_new(&keys, &sealed(&keys)).unwrap();
    assert_eq!(stored.signing_in, SigningPlace::File);
    machine.vault().signing_key().unwrap();
}

#[test]
fn what_is_given_goes_before_what_is_kept() {
    let machine = Machine::new(MemoryKeyring::default());
    let kept = KeySet::generate().unwrap();
    machine.vault().store_new(&kept, &sealed(&kept)).unwrap();
    let drive = tempfile::tempdir().unwrap();
    let on_drive = KeySet::generate().unwrap();
    std::fs::write(drive.path().join(RECOVERY_KEY), sealed(&on_drive)).unwrap();
    let typed = KeySet::generate().unwrap();

    let mut given = with_passphrase("tide");
    given.recovery_folder = Some(drive.path().join("absent"));
    let opened = machine.vault().identity(&given).unwrap();
    assert_eq!(opened.recipient(), kept.recipient());
    given.recovery_folder = Some(drive.path().to_owned());
    let opened = machine.vault().identity(&given).unwrap();
    assert_eq!(opened.recipient(), on_drive.recipient());
    given.identity_text = Some(typed.identity_line());
    let opened = machine.vault().identity(&given).unwrap();
    assert_eq!(opened.recipient(), typed.recipient());

    let shown = format!("{given:?}");
    assert!(!shown.contains("tide"), "{shown}");
    let line = typed.identity().to_string();
    assert!(!shown.contains(line.expose_secret()), "{shown}");
}

#[test]
fn on_a_fresh_machine_the_drive_and_the_passphrase_are_enough() {
    let machine = Machine::new(NoKeyring);
    let drive = tempfile::tempdir().unwrap();
    let keys = KeySet::generate().unwrap();
    std::fs::write(drive.path().join(RECOVERY_KEY), sealed(&keys)).unwrap();
    let mut given = with_passphrase("tide");
    let error = machine.vault().identity(&given).unwrap_err();
    assert_eq!(error.code(), Code::KeyNeeded);
    given.recovery_folder = Some(drive.path().to_owned());
    let opened = machine.vault().identity(&given).unwrap();
    assert_eq!(opened.signing_public(), keys.signing_public());
    assert_eq!(machine.vault().public().unwrap_err().code(), Code::KeyNeeded);
}

#[test]
fn keys_are_never_replaced() {
    let machine = Machine::new(NoKeyring);
    let keys = KeySet::generate().unwrap();
    machine.vault().store_new(&keys, &sealed(&keys)).unwrap();
    let before = machine.everything_on_disk();
    let other = KeySet::generate().unwrap();
    let error = machine.vault().store_new(&other, &sealed(&other));
    assert_eq!(error.unwrap_err().code(), Code::DeploymentExists);
    assert_eq!(machine.everything_on_disk(), before);
}

#[test]
fn a_new_passphrase_replaces_the_old_one() {
    let machine = Machine::new(NoKeyring);
    let keys = KeySet::generate().unwrap();
    machine.vault().store_new(&keys, &sealed(&keys)).unwrap();
    let (old, new) = (passphrase("tide"), passphrase("ebb"));
    let vault = machine.vault();
    let error = vault.change_passphrase(&new, &new, Some(2)).unwrap_err();
    assert_eq!(error.code(), Code::WrongPassphrase);
    vault.identity(&with_passphrase("tide")).unwrap();

    let bytes = vault.change_passphrase(&old, &new, Some(2)).unwrap();
    assert_eq!(vault.recovery_key().unwrap(), bytes);
    let error = vault.identity(&with_passphrase("tide")).unwrap_err();
    assert_eq!(error.code(), Code::WrongPassphrase);
    let opened = vault.identity(&with_passphrase("ebb")).unwrap();
    assert_eq!(opened.recipient(), keys.recipient());
    assert!(opened.signing().is_some());
}

#[test]
fn an_id_that_leads_elsewhere_is_refused() {
    let home = Home::new(Path::new("home"));
    for id in ["", ".", "..", "a/b", "../x", "a\0", ".hidden"] {
        let error = Vault::open(&home, id, Arc::new(NoKeyring)).err().unwrap();
        assert_eq!(error.code(), Code::UnsafePath, "{id:?}");
    }
}
