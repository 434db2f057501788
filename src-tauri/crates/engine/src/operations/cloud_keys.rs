//! Where the key of an account in the cloud comes from.
use super::context::Context;
use crate::error::{Error, Result};
use crate::store::cloud::{CloudSettings, Credentials, CredentialsIn, Provider};
use crate::vault::Secret;
use holdfast_domain::Code;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use zeroize::Zeroizing;

/// Nothing that holds credentials is longer.
const LONGEST: u64 = 64 * 1024;

/// The credentials of one of a deployment's destinations, from where its settings say that they are.
/// `Code::AccessRefused` where they are not there.
pub fn credentials(
    context: &Context,
    deployment_id: &str,
    destination_id: &str,
    of: &CloudSettings,
) -> Result<Credentials> {
    let provider = of.validate()?.provider;
    match &of.credentials {
        CredentialsIn::File(path) => from_file(provider, path),
        CredentialsIn::Environment => from_environment(context, provider, &of.url),
        CredentialsIn::Keyring => {
            let kept = context.keyring.get(&entry(deployment_id, destination_id), Secret::Cloud)?;
            let text = kept
                .ok_or_else(|| Error::new(Code::AccessRefused, &of.url, "the keyring does not hold its credentials"))?;
            Credentials::parse(provider, text.as_bytes())
        }
    }
}

/// Keeps credentials in the system's keyring, and makes sure that it gives them back.
pub fn keep(context: &Context, deployment_id: &str, destination_id: &str, credentials: &Credentials) -> Result<()> {
    let (entry, text) = (entry(deployment_id, destination_id), credentials.to_text());
    context.keyring.set(&entry, Secret::Cloud, &text)?;
    match context.keyring.get(&entry, Secret::Cloud)? {
        Some(kept) if *kept == *text => Ok(()),
        _ => {
            Err(Error::new(Code::KeyringUnavailable, "the system's keyring", "it does not give back what it was given"))
        }
    }
}

pub fn forget(context: &Context, deployment_id: &str, destination_id: &str) -> Result<()> {
    context.keyring.delete(&entry(deployment_id, destination_id), Secret::Cloud)
}

fn entry(deployment_id: &str, destination_id: &str) -> String {
    format!("{deployment_id}.{destination_id}")
}

pub fn from_file(provider: Provider, path: &Path) -> Result<Credentials> {
    let mut content = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    file.take(LONGEST + 1).read_to_end(&mut content).map_err(|e| Error::io(path, e))?;
    Credentials::parse(provider, &content).map_err(|e| Error::new(e.code(), path.display(), e.cause()))
}

fn from_environment(context: &Context, provider: Provider, url: &str) -> Result<Credentials> {
    let get = |name: &str| (context.variables)(&name.to_ascii_uppercase());
    if let Some(found) = Credentials::from_names(provider, &get)? {
        return Ok(found);
    }
    // Google's own tools are told the file and not its content.
    if let (Provider::Google, Some(path)) = (provider, get("google_application_credentials")) {
        return from_file(provider, Path::new(&path));
    }
    let names = match provider {
        Provider::S3 => "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are",
        Provider::Google => "GOOGLE_APPLICATION_CREDENTIALS is",
        Provider::Azure => "AZURE_STORAGE_KEY is",
    };
    Err(Error::new(Code::AccessRefused, url, format!("there are no credentials: {names} not set")))
}
