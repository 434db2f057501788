//! Archives that the person wants to keep for ever.
use super::context::Context;
use super::destinations::change;
use crate::deployment::Profile;
use crate::error::{Error, Result};
use holdfast_domain::{ArchiveName, Code};

/// Pins an archive, or lets go of it. Noted in the settings, for a catalog that is built again knows only what archives
/// say; the copies of it are pinned with it.
pub fn set(context: &Context, profile: &Profile, archive: &ArchiveName, pinned: bool) -> Result<()> {
    let (catalog, _) = context.catalog()?;
    let known = catalog.archives().get(&profile.id, archive)?.is_some();
    if pinned && !known {
        return Err(Error::new(Code::ArchiveMissing, archive, "the catalog knows no such archive"));
    }
    change(context, profile, |fresh| {
        fresh.pinned.retain(|other| other != archive);
        if pinned {
            fresh.pinned.push(archive.clone());
            fresh.pinned.sort();
        }
        Ok(())
    })?;
    if known {
        catalog.archives().set_pinned(&profile.id, archive, pinned)?;
    }
    catalog.copies().set_pinned(&profile.id, archive, pinned)
}
