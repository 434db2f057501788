use crate::error::{Error, Result};
use holdfast_domain::{Code, DeploymentName};
use object_store::path::Path as Key;

/// Whose protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Amazon's, and the many that speak like it.
    S3,
    Google,
    Azure,
}

/// A bucket (a container, with Azure) and a prefix in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    pub provider: Provider,
    /// Azure only.
    pub account: Option<String>,
    pub bucket: String,
    /// Without slashes at its ends; may be empty.
    pub prefix: String,
}

const HOLDFAST: &str = "Holdfast";

impl Location {
    /// `Code::BadSettings` for a text that is no such address.
    pub fn parse(url: &str) -> Result<Self> {
        let refuse = |cause: &str| Error::new(Code::BadSettings, url, cause);
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let provider = match scheme {
            "s3" => Provider::S3,
            "gs" => Provider::Google,
            "az" => Provider::Azure,
            _ => return Err(refuse("does not start with s3://, gs:// or az://")),
        };
        if rest.contains(['@', '?', '#', '\\', '%']) || rest.chars().any(char::is_control) {
            return Err(Error::new(Code::BadSettings, scheme, "the address holds more than a bucket and a prefix"));
        }
        let mut parts = rest.trim_end_matches('/').split('/');
        let mut name = |what: &str| match parts.next().filter(|name| is_name(name)) {
            Some(name) => Ok(name.to_owned()),
            None => Err(refuse(&format!("does not name {what}"))),
        };
        let account = if provider == Provider::Azure { Some(name("an account")?) } else { None };
        let bucket = name(if provider == Provider::Azure { "a container" } else { "a bucket" })?;
        let prefix: Vec<&str> = parts.collect();
        if prefix.iter().any(|part| matches!(*part, "" | "." | "..")) {
            return Err(refuse("has a prefix with an empty part, or with . or .. as a part"));
        }
        Ok(Self { provider, account, bucket, prefix: prefix.join("/") })
    }

    /// `Holdfast` below the prefix, where the instructions lie; a prefix that ends so is taken for it.
    fn base(&self) -> String {
        let last = self.prefix.rsplit('/').next().unwrap_or_default();
        match (last.eq_ignore_ascii_case(HOLDFAST), self.prefix.is_empty()) {
            (true, _) => self.prefix.clone(),
            (_, true) => HOLDFAST.to_owned(),
            _ => format!("{}/{HOLDFAST}", self.prefix),
        }
    }

    pub fn beside(&self, file: &str) -> Key {
        Key::from(format!("{}/{file}", self.base()))
    }

    /// Where the archives of a deployment lie.
    pub fn folder(&self, deployment: &DeploymentName) -> Key {
        Key::from(format!("{}/{deployment}", self.base()))
    }
}

/// The address again, as a person knows it.
impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.provider, &self.account) {
            (Provider::S3, _) => write!(f, "s3://{}", self.bucket)?,
            (Provider::Google, _) => write!(f, "gs://{}", self.bucket)?,
            (Provider::Azure, account) => write!(f, "az://{}/{}", account.as_deref().unwrap_or_default(), self.bucket)?,
        }
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

/// Whether a text means a place in the cloud, right or wrong, and not a file.
pub fn is_address(text: &str) -> bool {
    ["s3://", "gs://", "az://"].iter().any(|scheme| text.starts_with(scheme))
}

/// What every provider takes as a bucket's, container's or account's name; they refuse more than this does.
fn is_name(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    (1..=222).contains(&text.len()) && text.chars().all(legal) && text != "." && text != ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_as_they_were_written() {
        for url in
            ["s3://bucket", "s3://bucket/a/b", "gs://bucket/x", "az://account/container", "az://account/container/x"]
        {
            assert_eq!(Location::parse(url).unwrap().to_string(), url);
        }
        assert_eq!(Location::parse("s3://bucket/").unwrap().to_string(), "s3://bucket");
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_a_key() {
        for url in [
            "",
            "bucket",
            "http://bucket",
            "s3://",
            "s3:///x",
            "s3://b/a//b",
            "s3://b/../c",
            "az://account",
            "s3://b/%2e",
        ] {
            assert_eq!(Location::parse(url).unwrap_err().code(), Code::BadSettings, "{url}");
        }
        let error = Location::parse("s3://key:tide@bucket").unwrap_err();
        assert!(!error.to_string().contains("tide"), "{error}");
    }

    #[test]
    fn archives_lie_as_they_do_on_a_drive() {
        let bot = DeploymentName::new("bot").unwrap();
        let folder = |url: &str| Location::parse(url).unwrap().folder(&bot).to_string();
        assert_eq!(folder("s3://bucket"), "Holdfast/bot");
        assert_eq!(folder("s3://bucket/a/b"), "a/b/Holdfast/bot");
        assert_eq!(folder("s3://bucket/a/holdfast"), "a/holdfast/bot");
    }
}
