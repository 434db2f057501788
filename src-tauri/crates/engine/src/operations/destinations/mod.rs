//! Where a deployment's archives are kept: opened, looked at, added, forgotten.
mod add;
mod cloud;
mod drives;
mod first;
mod list;
mod place;
mod reach;
mod room;

pub use add::{AddPlan, AddRequest, Added, add, forget, plan, rename, same_disk};
pub(crate) use add::{change, make, prepare, require_no_address};
pub use cloud::{AddCloud, CloudPlan, TypedKey, add_cloud, plan_cloud};
pub use drives::{PluggedIn, drives};
pub use first::{FirstPlan, Meaning, make_first, plan_first};
pub(crate) use list::failed;
pub use list::{CopyFailed, Spare, Standing, list, waiting};
pub(crate) use place::facts;
pub use place::{PlaceFacts, PlaceKind, propose};
pub use reach::reach;

use super::cloud_keys;
use super::context::Context;
use super::pick::path_of;
use crate::deployment::{Destination as Setting, Profile};
use crate::error::{Error, Result};
use crate::media::is_there;
use crate::store::cloud::{Cloud, CloudSettings, Tuning};
use crate::store::{Closed, Destination, Folder};
use holdfast_domain::Code;
use std::sync::Arc;

/// A destination as the settings have it, ready for work. Whether it is there is for `require` to say; so is it where
/// the credentials of a cloud are not to be had.
pub fn open(context: &Context, profile: &Profile, setting: &Setting) -> Arc<dyn Destination> {
    let Setting::Cloud { service, .. } = setting else { return Arc::new(Folder::of(setting, &profile.name)) };
    match open_cloud(context, profile, &setting.id(), service) {
        Ok(cloud) => Arc::new(cloud),
        Err(why) => Arc::new(Closed::new(service.url.clone(), &why)),
    }
}

pub(crate) fn open_cloud(context: &Context, profile: &Profile, id: &str, service: &CloudSettings) -> Result<Cloud> {
    let credentials = cloud_keys::credentials(context, &profile.id, id, service)?;
    Cloud::new(service, &profile.name, &credentials, context.home.uploads(&profile.id, id), Tuning::default())
}

/// The destinations that get copies: all but the first.
pub(crate) fn for_copies(profile: &Profile) -> impl Iterator<Item = &Setting> {
    profile.destinations.iter().skip(1)
}

/// By the name that the person gave it. `Code::BadRequest` names those that there are.
pub fn named<'a>(profile: &'a Profile, name: &str) -> Result<&'a Setting> {
    let found = profile.destinations.iter().find(|setting| setting.name() == name);
    found.ok_or_else(|| {
        let names: Vec<String> = profile.destinations.iter().map(Setting::name).collect();
        let cause = format!("{} has no destination of this name; there is {}", profile.name, names.join(", "));
        Error::new(Code::BadRequest, name, cause)
    })
}

/// Notes where the archives lie when the drive on which they are made has come back at another place.
pub fn follow(context: &Context, profile: &Profile) -> Result<()> {
    let Some(first @ Setting::Drive { .. }) = profile.destinations.first() else { return Ok(()) };
    let folder = Folder::of(first, &profile.name);
    if folder.require().is_err() {
        return Ok(());
    }
    let (catalog, set_aside) = context.catalog()?;
    if let Some(problem) = set_aside {
        tracing::warn!(cause = %problem.cause, "the catalog was damaged");
    }
    for row in catalog.archives().list(Some(&profile.id))? {
        if row.folder != folder.dir() && !is_there(&path_of(&row)) && is_there(&folder.archive(&row.name)) {
            catalog.archives().set_folder(&profile.id, &row.name, &folder.dir().to_owned())?;
        }
    }
    Ok(())
}
