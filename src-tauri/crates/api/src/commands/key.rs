use super::setup::verdict;
use crate::{Answer, Note, Service};
use holdfast_domain::{Code, DeploymentName, Outcome, Problem, Severity};
use holdfast_engine::store::Folder;
use holdfast_engine::vault::{Passphrase, RECOVERY_KEY, Secret, strength};
use serde::Serialize;
use std::path::PathBuf;

/// The public halves of a deployment's keys, and where the rest lies. Nothing in it is secret.
#[derive(Debug, Clone, Serialize)]
pub struct KeyAnswer {
    pub outcome: Outcome,
    pub deployment: DeploymentName,
    pub deployment_id: String,
    /// `age1...`: whose identities open the archives.
    pub recipients: Vec<String>,
    /// As `minisign -P` takes it.
    pub signing_public: String,
    /// This machine's sealed recovery key, and the copies beside the archives.
    pub recovery_key: PathBuf,
    pub recovery_key_copies: Vec<PathBuf>,
    /// Restores on this machine need no passphrase.
    pub identity_in_keyring: bool,
    /// `keyring`, `file` or `nowhere`.
    pub signing_key_in: &'static str,
    pub problems: Vec<Note>,
}

#[derive(Debug, Clone, Serialize)]
pub struct PassphraseAnswer {
    pub outcome: Outcome,
    pub deployment: DeploymentName,
    /// The recovery keys that open with the new passphrase now.
    pub replaced: Vec<PathBuf>,
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
        Ok(KeyAnswer {
            outcome: crate::note::outcome_of(&problems),
            deployment: profile.name.clone(),
            deployment_id: profile.id.clone(),
            recipients: public.recipients,
            signing_public: public.signing,
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
        let _lock = self.context().lock(profile.name.as_str(), "a change of the passphrase")?;
        let vault = self.context().vault(&profile.id)?;
        let sealed = vault.change_passphrase(old, new, None)?;
        let mut replaced = vec![self.context().home.keys(&profile.id).join(RECOVERY_KEY)];
        let mut problems = Vec::new();
        for destination in &profile.destinations {
            let folder = Folder::of(destination, &profile.name);
            let path = folder.recovery_key();
            match folder.put_recovery_key(&sealed) {
                Ok(()) => replaced.push(path),
                Err(e) if e.code() == Code::DestinationMissing => {
                    let cause =
                        "its copy of the recovery key still opens with the old passphrase; the next backup replaces it";
                    let problem = Problem::new(Code::DestinationMissing, path.display().to_string(), cause);
                    problems.push(Note::from(problem));
                }
                Err(e) => problems.push(Note::from(e.to_problem())),
            }
        }
        Ok(PassphraseAnswer {
            outcome: crate::note::outcome_of(&problems),
            deployment: profile.name,
            replaced,
            passphrase_strength: verdict(strength(new).verdict),
            problems,
        })
    }
}

/// Where the recovery key lies beside archives.
fn copies(profile: &holdfast_engine::deployment::Profile) -> impl Iterator<Item = PathBuf> {
    profile.destinations.iter().map(|destination| Folder::of(destination, &profile.name).recovery_key())
}
