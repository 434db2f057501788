use super::add::{change, is_good_name};
use super::open_cloud;
use crate::deployment::{Destination as Setting, Profile};
use crate::error::{Error, Result};
use crate::operations::context::Context;
use crate::operations::{cloud_keys, texts};
use crate::store::Destination;
use crate::store::cloud::{Cloud, CloudSettings, Credentials, CredentialsIn, Tuning};
use holdfast_domain::Code;
use zeroize::Zeroizing;

#[derive(Debug, Clone)]
pub struct AddCloud {
    /// By default the bucket's.
    pub name: Option<String>,
    pub service: CloudSettings,
    /// Keeps the credentials, which are found where the settings say, in the system's keyring from now on.
    pub into_keyring: bool,
    /// The credentials themselves, as a person typed them: they go into the keyring and nowhere else.
    pub typed: Option<TypedKey>,
}

/// A key as a provider shows it. Of Azure the secret alone counts: the account's key, or a shared access signature; of
/// Google it is the whole JSON file of a service account.
#[derive(Clone)]
pub struct TypedKey {
    pub id: String,
    pub secret: Zeroizing<String>,
}

impl std::fmt::Debug for TypedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedKey(..)")
    }
}

/// A place in the cloud that answered and takes the credentials.
#[derive(Debug)]
pub struct CloudPlan {
    pub setting: Setting,
    opened: Cloud,
    credentials: Option<Credentials>,
}

/// Asks the service whether the bucket is there and lets these credentials in. Writes nothing.
///
/// `Code::DeploymentExists` where it is a destination already, or keeps archives of another deployment of this name.
/// `Code::KeyringUnavailable`, before anybody is asked, where the credentials shall be kept in a keyring that is none.
pub fn plan_cloud(context: &Context, profile: &Profile, request: AddCloud) -> Result<CloudPlan> {
    let AddCloud { name, mut service, into_keyring, typed } = request;
    let location = service.validate()?;
    let into_keyring = into_keyring || typed.is_some();
    if into_keyring {
        context.keyring.available()?;
    }
    let name = name.unwrap_or_else(|| location.bucket.clone());
    if !is_good_name(&name) {
        let cause = "a name has 1 to 64 characters, no line break and no \"/\"";
        return Err(Error::new(Code::BadRequest, "the destination's name", cause));
    }
    // The same place, however its address is written.
    service.url = location.to_string();
    let id = Setting::Cloud { name: name.clone(), service: service.clone() }.id();
    let credentials = match typed {
        Some(TypedKey { id, secret }) => Credentials::typed(location.provider, id, secret)?,
        None => cloud_keys::credentials(context, &profile.id, &id, &service)?,
    };
    let uploads = context.home.uploads(&profile.id, &id);
    let opened = Cloud::new(&service, &profile.name, &credentials, uploads, Tuning::default())?;
    if into_keyring {
        service.credentials = CredentialsIn::Keyring;
    }
    let setting = Setting::Cloud { name, service };
    if let Some(same) = profile.destinations.iter().find(|other| other.id() == id) {
        return Err(Error::new(Code::DeploymentExists, same.name(), "it is one of the destinations already"));
    }
    if profile.destinations.iter().any(|other| other.name() == setting.name()) {
        let cause = "another destination is called so: give this one another name";
        return Err(Error::new(Code::DeploymentExists, setting.name(), cause));
    }
    let mut with = profile.clone();
    with.destinations.push(setting.clone());
    with.validate()?;
    opened.require()?;
    if !is_ours(context, profile, &opened)? {
        let cause = format!("it keeps archives of another deployment that is also called {}", profile.name);
        return Err(Error::new(Code::DeploymentExists, opened.describe(), cause));
    }
    Ok(CloudPlan { setting, opened, credentials: into_keyring.then_some(credentials) })
}

/// Two deployments of one name, of different machines, must not share a place.
fn is_ours(context: &Context, profile: &Profile, cloud: &Cloud) -> Result<bool> {
    let key = cloud.recovery_key()?;
    let own = context.vault(&profile.id)?.recovery_key()?;
    if key.as_ref() == Some(&own) {
        return Ok(true);
    }
    let listed = cloud.list()?;
    let (catalog, _) = context.catalog()?;
    // The passphrase may have been changed since.
    for held in &listed {
        let known = catalog.archives().get(&profile.id, &held.name)?;
        let noted = cloud.noted_hash(&held.name)?.map(hex::encode);
        if known.is_some_and(|known| Some(known.sha256) == noted) {
            return Ok(true);
        }
    }
    Ok(key.is_none() && listed.is_empty())
}

/// Puts there what opening archives needs, which shows that it can be written to, and notes it in the settings last.
pub fn add_cloud(context: &Context, profile: &Profile, plan: CloudPlan) -> Result<Setting> {
    let _lock = context.lock(profile.name.as_str(), "adding a destination")?;
    let CloudPlan { setting, opened, credentials } = plan;
    opened.equip(&texts::beside(&profile.name, &context.vault(&profile.id)?.recovery_key()?))?;
    if let Some(credentials) = &credentials {
        cloud_keys::keep(context, &profile.id, &setting.id(), credentials)?;
        // What was kept has to be enough.
        if let Setting::Cloud { service, .. } = &setting {
            open_cloud(context, profile, &setting.id(), service)?;
        }
    }
    change(context, profile, |fresh| {
        fresh.destinations.push(setting.clone());
        Ok(())
    })?;
    Ok(setting)
}
