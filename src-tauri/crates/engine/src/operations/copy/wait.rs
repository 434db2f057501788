use crate::deployment::Profile;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase};
use crate::operations::context::Context;
use crate::operations::{browse, destinations};
use crate::store::MountWatch;
use holdfast_domain::Code;
use std::time::Duration;

/// How soon a wish to cancel is heard.
const HEARD: Duration = Duration::from_millis(300);

/// Waits until a destination for copies is there that archives are due to; with `to`, until that one is there. Looks again
/// when something is mounted, and at nothing meanwhile.
///
/// Returns at once where nothing is due anywhere. `Code::Cancelled` when it was told to stop.
pub fn wait(context: &Context, profile: &Profile, to: Option<&str>, job: &Job) -> Result<()> {
    let wanted = to.map(|name| destinations::named(profile, name)).transpose()?;
    // Before the first look: what comes in between is seen.
    let watch = MountWatch::new()?;
    let (catalog, _) = context.catalog()?;
    let rows = browse::refreshed(&catalog, Some(&profile.id))?;
    let mut awaited = Vec::new();
    // A cloud is not plugged in: what it lacks is not waited for.
    for setting in destinations::for_copies(profile).filter(|setting| setting.path().is_some()) {
        let copies = catalog.copies().list(&profile.id, Some(&setting.id()))?;
        let named = wanted == Some(setting);
        if named || wanted.is_none() && !super::due(context, &catalog, profile, &rows, &copies)?.rows.is_empty() {
            awaited.push(setting);
        }
    }
    drop(catalog);
    if awaited.is_empty() {
        return Ok(());
    }
    job.phase(Phase::WaitingForDrive, 0, 0);
    job.current(awaited.iter().map(|setting| setting.name()).collect::<Vec<_>>().join(", "));
    loop {
        if awaited.iter().any(|setting| destinations::open(context, profile, setting).require().is_ok()) {
            return Ok(());
        }
        while !watch.wait(HEARD)? {
            job.checkpoint().map_err(|e| Error::new(Code::Cancelled, "the wait", e.cause()))?;
        }
    }
}
