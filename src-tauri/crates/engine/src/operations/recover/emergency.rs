//! An archive of what lies in the original places before a recovery replaces it. This machine has no settings and no keys
//! of the deployment then, and must not get any by this: it is made from a home that is gone afterwards.
use super::adopt;
use super::find::Deposit;
use super::open::Opened;
use super::profile::chosen;
use crate::deployment::{Destination, Profile};
use crate::error::{Error, Result};
use crate::home::Home;
use crate::jobs::{Job, Problems};
use crate::operations::backup::{self, BackupRequest};
use crate::operations::context::Context;
use crate::operations::restore::Preview;
use crate::vault::MemoryKeyring;
use holdfast_domain::{ArchiveName, Code, Kind, Level};
use std::sync::Arc;

/// The settings to archive it by, where there is something that would be replaced.
pub(super) fn needed(profile: &Profile, deposit: &Deposit, preview: &Preview) -> Option<Profile> {
    let tallies = [preview.replaced, preview.deleted, preview.unchanged, preview.kept];
    if !preview.in_place || tallies.iter().all(|tally| tally.files == 0) {
        return None;
    }
    let mut profile = profile.clone();
    // The drive may not bear its marker yet.
    profile.destinations = vec![Destination::folder(chosen(deposit)?)];
    profile.roots.retain(|root| root.path.exists());
    (!profile.roots.is_empty()).then_some(profile)
}

/// Makes it. That it cannot be made does not stop a recovery: what is there is preserved beside the new state in any
/// case.
pub(super) fn make(
    context: &Context,
    opened: &Opened,
    profile: &Profile,
    job: &Job,
    problems: &Problems,
) -> Result<Option<ArchiveName>> {
    let made = (|| {
        let (keys, sealed) = adopt::as_they_lie(opened)
            .map_err(|cause| Error::new(Code::SigningKeyUnavailable, "the signing key of the deployment", cause))?;
        let scratch = context.scratch_for_verify()?;
        let aside = Context {
            home: Home::new(scratch.path().join("home")),
            keyring: Arc::new(MemoryKeyring::default()),
            ..context.clone()
        };
        aside.vault(&profile.id)?.store_new(keys, sealed)?;
        let request = BackupRequest { level: Some(Level::Full), kind: Kind::Emergency, ..BackupRequest::default() };
        let plan = backup::plan(&aside, profile, request, job)?;
        backup::run(&aside, plan, job).map(|report| report.archive)
    })();
    match made {
        Ok(archive) => Ok(Some(archive)),
        Err(e) if e.is_cancelled() => Err(e),
        Err(e) => {
            problems.report(Code::EmergencyFailed, profile.name.as_str(), format!("{}: {}", e.subject(), e.cause()));
            Ok(None)
        }
    }
}
