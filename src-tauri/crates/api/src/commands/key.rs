use super::setup::verdict;
use crate::{Answer, Note, Service};
use holdfast_domain::{DeploymentName, Outcome, Severity};
use holdfast_engine::operations::keys;
use holdfast_engine::store::Folder;
use holdfast_engine::vault::{Passphrase, Person, RECOVERY_KEY, Retired, Secret, strength};
use jiff::Timestamp;
use serde::Serialize;
use std::path::PathBuf;

/// The public halves of a deployment's keys, and where the rest lies. Nothing in it is secret.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct KeyAnswer {
    pub outcome: Outcome,
    pub deployment: DeploymentName,
    pub deployment_id: String,
    /// `age1...`: whose identity opens the archives.
    pub recipients: Vec<String>,
    /// Trusted people, whose keys open new archives too.
    pub people: Vec<Person>,
    /// The keys before: they open what was made until then.
    pub retired: Vec<Retired>,
    /// As `minisign -P` takes it.
    pub signing_public: String,
    /// What it signed until then stands.
    pub retired_signing: Vec<Retired>,
    /// When the recovery kit was last made, and when it was typed back.
    pub kit_made: Option<Timestamp>,
    pub kit_proven: Option<Timestamp>,
    /// This machine's sealed recovery key, and the copies beside the archives.
    pub recovery_key: PathBuf,
    pub recovery_key_copies: Vec<PathBuf>,
    /// Restores on this machine need no passphrase.
    pub identity_in_keyring: bool,
    /// `keyring`, `file` or `nowhere`.
    #[ts(type = r#""keyring" | "file" | "nowhere""#)]
    pub signing_key_in: &'static str,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct PassphraseAnswer {
    pub outcome: Outcome,
    pub deployment: DeploymentName,
    /// The recovery keys that open with the new passphrase now.
    pub replaced: Vec<String>,
    #[ts(type = r#""weak" | "fair" | "good" | "strong""#)]
    pub passphrase_strength: &'static str,
    pub problems: Vec<Note>,
}

impl Service {
    pub fn key(&self, deployment: Option<&str>) -> Answer<KeyAnswer> {
        let profile = self.profile(deployment)?;
        let vault = self.context().vault(&profile.id)?;
        let public = vault.public()?;
        let folder = self.context().home.keys(&profile.id);
        let mut problems = Vec::new();
        let identity = self.context().keyring.get(&profile.id, Secret::Identity);
        let identity_in_keyring = match identity {
            Ok(found) => found.is_some(),
            Err(e) => {
                // Said, but no fault of the keys: without a keyring all works, and restores ask for the passphrase.
                problems.push(Note { severity: Severity::Notice, ..Note::from(e.to_problem()) });
                false
            }
        };
        let signing_key_in = match vault.signing_key() {
            // The file goes before the keyring.
            Ok(_) if folder.join("signing.key").is_file() => "file",
            Ok(_) => "keyring",
            Err(e) => {
                problems.push(Note::from(e.to_problem()));
                "nowhere"
            }
        };
        let copies = copies(&profile).filter(|path| path.is_file()).collect();
        let kit = vault.kit_record()?;
        Ok(KeyAnswer {
            outcome: crate::note::outcome_of(&problems),
            deployment: profile.name.clone(),
            deployment_id: profile.id.clone(),
            recipients: public.recipients,
            people: public.people,
            retired: public.retired,
            signing_public: public.signing,
            retired_signing: public.retired_signing,
            kit_made: kit.made,
            kit_proven: kit.proven,
            recovery_key: folder.join(RECOVERY_KEY),
            recovery_key_copies: copies,
            identity_in_keyring,
            signing_key_in,
            problems,
        })
    }

    /// Seals the recovery key anew, here and beside the archives. The key itself stays, so all archives open as before.
    pub fn change_passphrase(
        &self,
        deployment: Option<&str>,
        old: &Passphrase,
        new: &Passphrase,
    ) -> Answer<PassphraseAnswer> {
        let profile = self.profile(deployment)?;
        self.let_go_of_keys();
        let spread = keys::change_passphrase(self.context(), &profile, old, new, None)?;
        let problems = Note::all(spread.left);
        Ok(PassphraseAnswer {
            outcome: crate::note::outcome_of(&problems),
            deployment: profile.name,
            replaced: spread.replaced,
            passphrase_strength: verdict(strength(new).verdict),
            problems,
        })
    }
}

/// Where the recovery key lies beside archives.
fn copies(profile: &holdfast_engine::deployment::Profile) -> impl Iterator<Item = PathBuf> {
    let on_this_machine = profile.destinations.iter().filter(|destination| destination.path().is_some());
    on_this_machine.map(|destination| Folder::of(destination, &profile.name).recovery_key())
}
