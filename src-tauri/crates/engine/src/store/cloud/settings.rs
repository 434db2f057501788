use super::location::Location;
use crate::error::{Error, Result};
use holdfast_domain::{Code, DeploymentName};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::path::PathBuf;

/// What the settings say of a place in the cloud. No secret is among it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct CloudSettings {
    /// `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or `az://ACCOUNT/CONTAINER/PREFIX`.
    pub url: String,
    /// Where the service answers, `https://HOST[:PORT]`; absent for the provider's own address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// S3 only; `us-east-1` where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// S3 only: the bucket is part of the host's name, not of the path.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub virtual_hosted: bool,
    /// Takes an `http://` endpoint that is not on this machine. Archives are sealed all the same; the account's key is
    /// never sent, but who listens learns the names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_http: bool,
    /// A file (PEM) with the certificate of an authority of one's own, beside those that the system trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<PathBuf>,
    /// Whether every byte of a new copy is fetched again and compared before the copy counts. Without it, what the
    /// service says it received is believed.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    #[ts(as = "Option<bool>", optional)]
    pub read_back: bool,
    /// How much of what lies there is fetched in a day to be compared again; absent for 1 GiB, 0 for nothing. A month of it
    /// should be more than lies there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub read_daily_bytes: Option<u64>,
    #[serde(default)]
    pub credentials: CredentialsIn,
}

fn yes() -> bool {
    true
}

/// Where the account's key is. It is never in the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialsIn {
    /// The variables that the provider's own tools know, such as `AWS_ACCESS_KEY_ID`.
    #[default]
    Environment,
    Keyring,
    File(PathBuf),
}

impl CloudSettings {
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            endpoint: None,
            region: None,
            virtual_hosted: false,
            allow_http: false,
            authority: None,
            read_back: true,
            read_daily_bytes: None,
            credentials: CredentialsIn::default(),
        }
    }

    /// The address at which a deployment's archives lie, in the form of a path.
    pub fn shelf(&self, deployment: &DeploymentName) -> Result<PathBuf> {
        let location = self.validate()?;
        let place = Location { prefix: String::new(), ..location.clone() };
        Ok(PathBuf::from(format!("{place}/{}", location.folder(deployment))))
    }

    /// `Code::BadSettings` for what cannot work whatever the service says. Asks nobody.
    pub fn validate(&self) -> Result<Location> {
        let location = Location::parse(&self.url)?;
        let Some(endpoint) = &self.endpoint else { return Ok(location) };
        let refuse = |cause: &str| Err(Error::new(Code::BadSettings, shown(endpoint), cause));
        let Ok(url) = reqwest::Url::parse(endpoint) else {
            return refuse("is not an address such as https://s3.example.org");
        };
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return refuse("holds more than an address; keys belong into a credentials file or the keyring");
        }
        let Some(host) = url.host_str() else { return refuse("names no host") };
        match url.scheme() {
            "https" => Ok(location),
            "http" if self.allow_http || is_this_machine(host) => Ok(location),
            "http" => refuse(
                "is not encrypted on the way, and not on this machine; use https://, or allow it by --allow-http",
            ),
            _ => refuse("does not start with https://"),
        }
    }
}

/// An endpoint for a message: without what may be a key in it.
fn shown(endpoint: &str) -> String {
    let (start, rest) = endpoint.split_once("://").unwrap_or(("", endpoint));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if start.is_empty() { rest.to_owned() } else { format!("{start}://{rest}") }
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(endpoint: &str) -> CloudSettings {
        CloudSettings { endpoint: Some(endpoint.to_owned()), ..CloudSettings::new("s3://bucket/x") }
    }

    #[test]
    fn plain_http_is_for_this_machine_or_by_a_word_of_its_own() {
        for endpoint in ["http://127.0.0.1:9000", "http://localhost", "http://[::1]:9", "https://s3.example.org"] {
            with(endpoint).validate().unwrap();
        }
        for endpoint in
            ["http://192.168.1.7:9000", "http://s3.example.org", "http://localhost.example.org", "ftp://x", "x"]
        {
            assert_eq!(with(endpoint).validate().unwrap_err().code(), Code::BadSettings, "{endpoint}");
        }
        CloudSettings { allow_http: true, ..with("http://192.168.1.7:9000") }.validate().unwrap();
    }

    #[test]
    fn a_key_in_the_endpoint_is_refused_and_not_repeated() {
        for endpoint in ["https://key:tide@host", "https://host?sig=tide", "tide@host"] {
            let error = with(endpoint).validate().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("tide"), "{error}");
        }
    }

    #[test]
    fn settings_read_back_as_they_were_written() {
        let short = CloudSettings::new("s3://bucket");
        let text = toml::to_string(&short).unwrap();
        assert_eq!(text, "url = \"s3://bucket\"\ncredentials = \"environment\"\n");
        assert_eq!(toml::from_str::<CloudSettings>(&text).unwrap(), short);
        let long = CloudSettings {
            region: Some("eu-central-1".to_owned()),
            read_back: false,
            allow_http: true,
            credentials: CredentialsIn::File("/etc/holdfast/s3".into()),
            ..with("http://nas:9000")
        };
        let text = toml::to_string(&long).unwrap();
        assert_eq!(toml::from_str::<CloudSettings>(&text).unwrap(), long);
        assert!(toml::from_str::<CloudSettings>("url = \"s3://b\"\nsecret = \"x\"\n").is_err());
    }
}
