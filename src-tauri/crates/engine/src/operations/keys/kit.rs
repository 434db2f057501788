use crate::deployment::{Destination, Profile};
use crate::error::{Error, Result};
use crate::operations::context::Context;
use crate::operations::destinations;
use crate::vault::{KeySet, Kit};
use holdfast_domain::Code;
use std::path::{Path, PathBuf};

/// The recovery kit of a deployment, with these keys of it. Writes nothing.
///
/// `Code::WrongKey` where the newest of the keys is not the one that new archives are sealed to: the page would promise
/// more than it holds.
pub fn kit(context: &Context, profile: &Profile, keys: &KeySet) -> Result<Kit> {
    let public = context.vault(&profile.id)?.public()?;
    if !public.recipients.contains(&keys.recipient()) {
        let cause = "it is not the key that new archives are sealed to";
        return Err(Error::new(Code::WrongKey, &profile.name, cause));
    }
    let made = context.clock.now();
    Ok(Kit {
        deployment: profile.name.clone(),
        host: context.host.clone(),
        made,
        made_local: made.to_zoned(context.clock.zone()).strftime("%Y-%m-%d %H:%M").to_string(),
        keys: keys.clone().with_signing_public(public.signing).with_retired(&public.retired, &[]),
        people: public.people,
        places: profile
            .destinations
            .iter()
            .map(|place| (destinations::open(context, profile, place).describe(), destinations::reach(place)))
            .collect(),
        program: concat!("holdfast ", env!("CARGO_PKG_VERSION")).to_owned(),
    })
}

/// Refuses places for the page in which it would stay, and be read or copied by others: what is protected (it would
/// come into the archives that it opens), where archives are kept, and Holdfast's own folder. Also refuses to replace a
/// file.
pub fn require_place(context: &Context, profile: &Profile, path: &Path) -> Result<()> {
    let refused = |cause: String| Err(Error::new(Code::BadRequest, path.display(), cause));
    if path.symlink_metadata().is_ok() {
        return refused("there is something of this name already, and it is not replaced".to_owned());
    }
    let absolute = std::path::absolute(path).map_err(|e| Error::io(path, e))?;
    let parent = absolute.parent().unwrap_or(Path::new("/"));
    let folder = std::fs::canonicalize(parent).map_err(|e| Error::io(parent, e))?;
    let roots = profile.roots.iter().map(|root| (root.path.clone(), "it would be in every archive that it opens"));
    let places = profile.destinations.iter().filter_map(Destination::path);
    let places =
        places.map(|place| (place.to_owned(), "beside the archives it would open them for whoever has the drive"));
    let home = (context.home.path().to_owned(), "Holdfast keeps no key in the clear");
    for (within, why) in roots.chain(places).chain([home]) {
        if folder.starts_with(real(&within)) {
            return refused(format!("it lies in {}: {why}", within.display()));
        }
    }
    Ok(())
}

/// Settings may name a folder by a link, or one that is away.
fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
