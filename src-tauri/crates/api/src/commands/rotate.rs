use super::setup::place;
use crate::note::outcome_of;
use crate::{Answer, Note, Service};
use holdfast_domain::{Code, DeploymentName, Outcome, Problem, Severity};
use holdfast_engine::operations::keys::{self, RotationPlan};
use holdfast_engine::vault::{Passphrase, Person};
use serde::Serialize;

/// What new keys would change.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RotationPreview {
    pub deployment: DeploymentName,
    /// The key that is replaced; it goes on opening what was made with it.
    pub recipient: String,
    pub signing: bool,
    /// Archives that stay as they are.
    pub archives: u64,
    pub people: Vec<Person>,
    /// Destinations that get the new recovery key at once, and those that get it with the next backup.
    pub reached: Vec<String>,
    pub away: Vec<String>,
}

#[derive(Debug)]
pub struct PlannedRotation {
    plan: RotationPlan,
    pub preview: RotationPreview,
}

#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct RotateAnswer {
    pub outcome: Outcome,
    pub deployment: DeploymentName,
    /// The recipient that new archives are sealed to, and the one that it replaced.
    pub recipient: String,
    pub replaced_recipient: String,
    pub signing_public: String,
    /// Whether the signing key is a new one.
    pub signing_rotated: bool,
    /// The recovery keys that hold the new key now.
    pub replaced: Vec<String>,
    pub identity_in_keyring: bool,
    #[ts(type = r#""keyring" | "file" | "nowhere""#)]
    pub signing_key_in: &'static str,
    pub problems: Vec<Note>,
}

impl Service {
    /// Says what new keys would change. Changes nothing.
    pub fn plan_rotation(&self, deployment: Option<&str>, signing: bool) -> Answer<PlannedRotation> {
        let profile = self.profile(deployment)?;
        let plan = keys::plan_rotation(self.context(), &profile, signing, None)?;
        let preview = RotationPreview {
            deployment: profile.name,
            recipient: plan.present.recipients.first().cloned().unwrap_or_default(),
            signing,
            archives: plan.archives,
            people: plan.present.people.clone(),
            reached: plan.reached.clone(),
            away: plan.away.clone(),
        };
        Ok(PlannedRotation { plan, preview })
    }

    /// New keys, sealed with the same passphrase together with the old ones.
    pub fn rotate(&self, planned: PlannedRotation, passphrase: &Passphrase) -> Answer<RotateAnswer> {
        let PlannedRotation { plan, preview } = planned;
        self.let_go_of_keys();
        let report = keys::rotate(self.context(), plan, passphrase)?;
        let mut problems = Note::all(report.copies.left);
        if let Some(refused) = report.keyring_refused.filter(|_| self.uses_keyring()) {
            let cause = format!("{}: restores will ask for the passphrase", refused.cause());
            let note = Note::from(Problem::new(Code::KeyringUnavailable, refused.subject(), cause));
            // Backups run without a keyring: nothing is less safe.
            problems.push(Note { severity: Severity::Notice, ..note });
        }
        Ok(RotateAnswer {
            outcome: outcome_of(&problems),
            deployment: preview.deployment,
            recipient: report.recipient,
            replaced_recipient: preview.recipient,
            signing_public: report.signing_public,
            signing_rotated: preview.signing,
            replaced: report.copies.replaced,
            identity_in_keyring: report.identity_in_keyring,
            signing_key_in: place(report.signing_in),
            problems,
        })
    }
}
