//! New keys for a deployment. Old archives stay as they are, and open as before.
use super::spread::{Spread, reach, spread};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::operations::context::Context;
use crate::vault::{Label, Passphrase, PublicKeys, RECOVERY_KEY, SigningPlace, Vault, seal, unseal};
use holdfast_domain::Code;
use jiff::Timestamp;

const ROTATION: &str = "a rotation of the keys";

/// What a rotation will do.
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
    work_factor: Option<u8>,
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

/// Says what would change. Holds no lock. Writes nothing, except that it brings an interrupted rotation to its end.
pub fn plan(context: &Context, profile: &Profile, signing: bool, work_factor: Option<u8>) -> Result<RotationPlan> {
    let vault = context.vault(&profile.id)?;
    let present = {
        let _lock = context.lock(profile.name.as_str(), ROTATION)?;
        vault.settle()?;
        vault.public()?
    };
    let archives = context.catalog()?.0.archives().list(Some(&profile.id))?.len() as u64;
    let (reached, away) = reach(context, profile);
    Ok(RotationPlan { profile: profile.clone(), present, signing, archives, reached, away, work_factor })
}

/// Until when archives may have been sealed with the present keys. The lock must be held.
fn until(context: &Context, profile: &Profile) -> Result<Timestamp> {
    let rows = context.catalog()?.0.archives().list(Some(&profile.id))?;
    // Archives that were made within one second are dated a little ahead.
    Ok(rows.iter().map(|row| row.created).max().unwrap_or_default().max(context.clock.now()))
}

/// Makes new keys, and seals them together with the old ones: the passphrase stays the same. Killed at any moment, the
/// next run goes back to the old keys or on with the new ones, and neither loses any. `Code::ChangedSincePreview` where they
/// are not the keys that were shown any more.
pub fn run(context: &Context, plan: RotationPlan, passphrase: &Passphrase) -> Result<RotateReport> {
    let RotationPlan { profile, present, signing, work_factor, .. } = &plan;
    let _lock = context.lock(profile.name.as_str(), ROTATION)?;
    let vault = context.vault(&profile.id)?;
    vault.settle()?;
    if vault.public()? != *present {
        let cause = "its keys, or who can open its archives, were changed";
        return Err(Error::new(Code::ChangedSincePreview, &profile.name, cause));
    }
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
    let keys = known.rotated(*signing, until(context, profile)?)?;
    let label = Label { deployment: profile.name.clone(), created: context.clock.now() };
    let sealed = seal(&keys, &label, passphrase, *work_factor)?;
    // It may become the only way to the new archives, so it is opened before it counts.
    if unseal(&sealed, passphrase)?.identity_lines() != keys.identity_lines() {
        return Err(Error::new(Code::Internal, &profile.name, "the newly sealed recovery key does not hold the keys"));
    }
    let stored = vault.replace(&keys, &sealed)?;
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
