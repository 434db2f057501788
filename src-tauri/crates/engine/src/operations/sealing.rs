//! Whom new archives are sealed to, and what has to lie beside them for that.
use super::texts;
use crate::archive::Seal;
use crate::error::Result;
use crate::store::Beside;
use crate::vault::Vault;
use holdfast_domain::{DeploymentName, Envelope};

/// For archives in this envelope. Needs no secret.
pub(super) fn prepare(vault: &Vault, deployment: &DeploymentName, envelope: Envelope) -> Result<(Seal, Beside)> {
    let beside = texts::beside(deployment, &vault.recovery_key()?);
    match envelope {
        Envelope::Age => Ok((Seal::Age(vault.public()?.parse()?), beside)),
        Envelope::Openpgp => {
            let files = vault.openpgp()?;
            let seal = Seal::Openpgp(Box::new(files.certificate));
            Ok((seal, Beside { openpgp_key: Some(files.sealed_key), ..beside }))
        }
    }
}
