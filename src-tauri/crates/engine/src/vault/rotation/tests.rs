use super::*;
use crate::Home;
use crate::vault::{Given, Keyring, Label, MemoryKeyring, NoKeyring, Passphrase, seal};
use holdfast_domain::DeploymentName;
use std::sync::Arc;

struct Machine {
    dir: tempfile::TempDir,
    vault: Vault,
    keys: KeySet,
}

fn passphrase() -> Passphrase {
    Passphrase::new("tide").unwrap()
}

fn sealed(keys: &KeySet) -> Vec<u8> {
    let created = "2026-11-21T02:00:00Z".parse().unwrap();
    let label = Label { deployment: DeploymentName::new("chatbot").unwrap(), created };
    seal(keys, &label, &passphrase(), Some(1)).unwrap()
}

impl Machine {
    fn new(keyring: Arc<dyn Keyring>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(&Home::new(dir.path()), "6f0c", keyring).unwrap();
        let keys = KeySet::generate().unwrap();
        vault.store_new(&keys, &sealed(&keys)).unwrap();
        Self { dir, vault, keys }
    }

    fn rotated(&self, signing: bool) -> KeySet {
        self.keys.rotated(signing, "2026-11-21T02:00:00Z".parse().unwrap()).unwrap()
    }

    /// Everything agrees, and is of these keys.
    fn assert_is_of(&self, keys: &KeySet) {
        let public = self.vault.public().unwrap();
        assert_eq!(public.recipients, [keys.recipient()]);
        assert_eq!(Some(public.signing), keys.signing_public());
        assert_eq!(self.vault.signing_key().unwrap().public(), keys.signing_public().unwrap());
        let given = Given { passphrase: Some(passphrase()), ..Given::default() };
        assert_eq!(self.vault.identity(&given).unwrap().recipient(), keys.recipient());
        assert!(!self.dir.path().join("keys/6f0c/next").exists());
    }
}

#[test]
fn rotated_keys_take_the_place_of_the_present_ones() {
    for keyring in [Arc::new(MemoryKeyring::default()) as Arc<dyn Keyring>, Arc::new(NoKeyring)] {
        for signing in [false, true] {
            let machine = Machine::new(keyring.clone());
            let ana = KeySet::generate().unwrap().recipient();
            machine.vault.add_person("Ana", &ana, "2026-11-21T02:00:00Z".parse().unwrap()).unwrap();
            let keys = machine.rotated(signing);
            machine.vault.replace(&keys, &sealed(&keys)).unwrap();
            machine.assert_is_of(&keys);
            let public = machine.vault.public().unwrap();
            assert_eq!((public.people.len(), public.retired.len()), (1, 1));
            assert_eq!(public.retired_signing.len(), usize::from(signing));
            if let Ok(opened) = machine.vault.identity(&Given::default()) {
                assert_eq!(opened.identity_lines(), keys.identity_lines());
                assert_eq!(opened.retired_signing(), keys.retired_signing());
            }
        }
    }
}

#[test]
fn a_killed_rotation_goes_back_or_comes_to_its_end() {
    for signing in [false, true] {
        // As far as it came: the sealed key, the public halves, the signing key, the sealed key in its place.
        for steps in 0..=4 {
            let machine = Machine::new(Arc::new(NoKeyring));
            let keys = machine.rotated(signing);
            let (folder, next) = (machine.vault.folder.clone(), machine.vault.next());
            std::fs::create_dir(&next).unwrap();
            if steps >= 1 {
                std::fs::write(next.join(RECOVERY_KEY), sealed(&keys)).unwrap();
                openpgp_files::write(&next, &keys).unwrap();
            }
            if steps >= 2 {
                PublicKeys::of(&keys).unwrap().save(&next.join(PUBLIC)).unwrap();
            }
            if steps >= 3 && signing {
                machine.vault.replace_signing(&keys).unwrap();
            }
            if steps >= 4 {
                std::fs::rename(next.join(RECOVERY_KEY), folder.join(RECOVERY_KEY)).unwrap();
            }
            let halves = ["signing.key.4711.partial", "recovery-key.asc.age.4711.partial", "openpgp.asc.4711.partial"];
            let halves = halves.map(|name| folder.join(name));
            for half in &halves {
                std::fs::write(half, "half of a secret").unwrap();
            }
            machine.vault.settle().unwrap();
            assert!(halves.iter().all(|half| !half.exists()));
            let forward = if signing { steps >= 3 } else { steps >= 2 };
            let of = if forward { &keys } else { &machine.keys };
            machine.assert_is_of(of);
            if forward {
                assert!(machine.vault.openpgp().unwrap().certificate.is_of(&of.recipient()));
            }
            machine.vault.settle().unwrap();
        }
    }
}

#[test]
fn a_keyring_that_missed_the_rotation_is_not_taken_for_the_key() {
    let keyring = Arc::new(MemoryKeyring::default());
    let machine = Machine::new(keyring.clone());
    let keys = machine.rotated(false);
    machine.vault.replace(&keys, &sealed(&keys)).unwrap();
    keyring.set("6f0c", Secret::Identity, &machine.keys.identity_lines()).unwrap();
    let error = machine.vault.identity(&Given::default()).unwrap_err();
    assert_eq!(error.code(), Code::KeyNeeded);
    assert!(error.cause().contains("rotation"), "{error}");
}

#[test]
fn keys_that_would_lose_the_present_one_are_refused() {
    let machine = Machine::new(Arc::new(NoKeyring));
    let strangers = KeySet::generate().unwrap();
    assert_eq!(machine.vault.replace(&strangers, &sealed(&strangers)).unwrap_err().code(), Code::Internal);
    machine.assert_is_of(&machine.keys);
}
