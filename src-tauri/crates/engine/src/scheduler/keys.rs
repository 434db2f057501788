use crate::operations::Context;
use holdfast_domain::Code;

/// Whether a new archive could not be signed now, and could be once somebody unlocks the keyring. Puts up no prompt.
pub(super) fn is_locked(context: &Context, deployment_id: &str) -> bool {
    let Ok(vault) = context.vault(deployment_id) else { return false };
    let unsigned = vault.signing_key().err().is_some_and(|e| e.code() == Code::SigningKeyUnavailable);
    unsigned && context.keyring.available().is_err()
}
