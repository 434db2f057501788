//! What `holdfast destination add` takes for a place in the cloud.
use holdfast_api::{AddCloud, Answer, CloudSettings, CredentialsIn, Failure, is_address};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "For a place in the cloud")]
pub struct Cloud {
    /// Where the service answers, such as https://s3.example.org; by default the provider's own address
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The bucket's region, with S3
    #[arg(long)]
    region: Option<String>,
    /// A file with the account's key, which stays where it is; by default the environment is asked at each run
    #[arg(long, value_name = "FILE")]
    credentials_file: Option<PathBuf>,
    /// Keep the account's key in the system's keyring from now on
    #[arg(long)]
    keep_in_keyring: bool,
    /// A file (PEM) with the certificate of your own authority
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
    /// Take an http:// endpoint that is not on this machine
    #[arg(long)]
    allow_http: bool,
    /// The bucket is part of the host's name (S3)
    #[arg(long)]
    virtual_hosted: bool,
    /// Do not fetch new copies again to compare them, where that costs too much
    #[arg(long)]
    no_read_back: bool,
    /// How much of what lies there may be fetched in a day to be compared again, such as 5GB; by default 1 GiB, 0 for
    /// nothing
    #[arg(long, value_name = "SIZE", value_parser = super::destination::size)]
    read_daily: Option<u64>,
}

impl Cloud {
    /// `None` where `to` is a folder on this machine.
    pub fn request(self, to: &Path, name: Option<String>) -> Answer<Option<AddCloud>> {
        let address = to.to_str().filter(|text| is_address(text));
        let Some(url) = address else {
            return if self.is_empty() { Ok(None) } else { Err(not_a_cloud(to)) };
        };
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let service = CloudSettings {
            endpoint: self.endpoint,
            region: self.region,
            virtual_hosted: self.virtual_hosted,
            allow_http: self.allow_http,
            authority: self.authority.map(absolute),
            read_back: !self.no_read_back,
            read_daily_bytes: self.read_daily,
            credentials: self
                .credentials_file
                .map_or(CredentialsIn::Environment, |file| CredentialsIn::File(absolute(file))),
            ..CloudSettings::new(url)
        };
        Ok(Some(AddCloud { name, service, into_keyring: self.keep_in_keyring, typed: None }))
    }

    fn is_empty(&self) -> bool {
        let Self { endpoint, region, credentials_file, authority, .. } = self;
        let named = endpoint.is_some() || region.is_some() || credentials_file.is_some() || authority.is_some();
        let chosen = self.keep_in_keyring || self.allow_http || self.virtual_hosted || self.no_read_back;
        !named && !chosen && self.read_daily.is_none()
    }
}

fn not_a_cloud(to: &Path) -> Failure {
    let cause = "options for the cloud were given, and it is not an address such as s3://BUCKET/PREFIX";
    Failure::not_begun(
        "adding the destination",
        cause,
        format!("Correct --to {}, or leave those options away.", to.display()),
    )
}
