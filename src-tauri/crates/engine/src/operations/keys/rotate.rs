//! New keys for a deployment. Old archives stay as they are, and open as before.
use super::spread::{Spread, reach, spread};
use crate::deployment::Profile;
use crate::durable::Lock;
use crate::error::{Error, Result};
use crate::operations::context::Context;
use crate::vault::{Label, Passphrase, PublicKeys, RECOVERY_KEY, SigningPlace, Vault, seal, unseal};
use holdfast_domain::Code;
use jiff::Timestamp;

/// What a rotation will do. Holds the deployment's lock.
#[derive(Debug)]
pub struct RotationPlan {
    profile: Profile,
    /// The keys as they are now.
    pub present: PublicKeys,
    /// Also a new signing key.
    pub signing: bool,
    /// Archives that stay sealed to the present key.
    pub archives: u64,
    /// Destinations that are there, and get the new recovery key at once.
    pub reached: Vec<String>,
    /// Destinations that get it with the next backup.
    pub away: Vec<String>,
    until: Timestamp,
    work_factor: Option<u8>,
    _lock: Lock,
}

#[derive(Debug)]
pub struct RotateReport {
    /// The recipient that new archives are sealed to.
    pub recipient: String,
    pub signing_public: String,
    pub identity_in_keyring: bool,
    pub signing_in: SigningPlace,
    /// Why not everything is in the keyring.
    pub keyring_refused: Option<Error>,
    pub copies: Spread,
}

/// Says what would change. Writes nothing, except that it brings an interrupted rotation to its end.
pub fn plan(context: &Context, profile: &Profile, signing: bool, work_factor: Option<u8>) -> Result<RotationPlan> {
    let lock = context.lock(profile.name.as_str(), "a rotation of the keys")?;
    let vault = context.vault(&profile.id)?;
    vault.settle()?;
    let present = vault.public()?;
    let rows = context.catalog()?.0.archives().list(Some(&profile.id))?;
    // Archives that were made within one second are dated a little ahead.
    let until = rows.iter().map(|row| row.created).max().unwrap_or_default().max(context.clock.now());
    let (reached, away) = reach(context, profile);
    let archives = rows.len() as u64;
    Ok(RotationPlan {
        profile: profile.clone(),
        present,
        signing,
        archives,
        reached,
        away,
        until,
        work_factor,
        _lock: lock,
    })
}

/// Makes new keys, and seals them together with the old ones: the passphrase stays the same. Killed at any moment, the
/// next run goes back to the old keys or on with the new ones, and neither loses any.
pub fn run(context: &Context, plan: RotationPlan, passphrase: &Passphrase) -> Result<RotateReport> {
    let RotationPlan { profile, present, signing, until, work_factor, .. } = &plan;
    let vault = context.vault(&profile.id)?;
    let keys = unseal(&vault.recovery_key()?, passphrase)?;
    if !present.recipients.contains(&keys.recipient()) {
        let cause = "the sealed recovery key of this machine is not the key that archives are sealed to";
        return Err(Error::new(Code::WrongKey, &profile.name, cause));
    }
    if !*signing && keys.signing().is_none() {
        let cause = "the sealed recovery key holds no signing key; rotate that too";
        return Err(Error::new(Code::SigningKeyUnavailable, &profile.name, cause));
    }
    let known = keys.with_retired(&present.retired, &present.retired_signing);
    let keys = known.rotated(*signing, *until)?;
    let label = Label { deployment: profile.name.clone(), created: context.clock.now() };
    let sealed = seal(&keys, &label, passphrase, *work_factor)?;
    // It may become the only way to the new archives, so it is opened before it counts.
    if unseal(&sealed, passphrase)?.identity_lines() != keys.identity_lines() {
        return Err(Error::new(Code::Internal, &profile.name, "the newly sealed recovery key does not hold the keys"));
    }
    let stored = vault.replace(&keys, &sealed)?;
    vault.store_openpgp(&keys)?;
    let mut copies = spread(context, profile, &sealed);
    let own = context.home.keys(&profile.id).join(RECOVERY_KEY);
    copies.replaced.insert(0, own.display().to_string());
    report(&vault, stored, copies)
}

fn report(vault: &Vault, stored: crate::vault::StoredWhere, copies: Spread) -> Result<RotateReport> {
    let public = vault.public()?;
    Ok(RotateReport {
        recipient: public.recipients.into_iter().next().unwrap_or_default(),
        signing_public: public.signing,
        identity_in_keyring: stored.identity_in_keyring,
        signing_in: stored.signing_in,
        keyring_refused: stored.keyring_refused,
        copies,
    })
}
