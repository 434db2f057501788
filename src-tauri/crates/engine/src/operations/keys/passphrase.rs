use super::spread::{Spread, spread};
use crate::deployment::Profile;
use crate::error::Result;
use crate::operations::context::Context;
use crate::vault::{Passphrase, RECOVERY_KEY};

/// Seals the recovery key anew: here first, then at every destination that is there. The key itself stays, so all
/// archives open as before. Killed in between, the next backup brings the new one to where it is missing.
///
/// Copies elsewhere, and those that could not be reached, still open with the old passphrase. `work_factor` as for
/// [`crate::vault::seal`].
pub fn change(
    context: &Context,
    profile: &Profile,
    old: &Passphrase,
    new: &Passphrase,
    work_factor: Option<u8>,
) -> Result<Spread> {
    let _lock = context.lock(profile.name.as_str(), "a change of the passphrase")?;
    let vault = context.vault(&profile.id)?;
    vault.settle()?;
    let sealed = vault.change_passphrase(old, new, work_factor)?;
    let mut done = spread(context, profile, &sealed);
    let own = context.home.keys(&profile.id).join(RECOVERY_KEY);
    done.replaced.insert(0, own.display().to_string());
    Ok(done)
}
