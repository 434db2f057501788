//! The library's clients of the three protocols, made from settings.
use super::connector::Connector;
use super::credentials::Credentials;
use super::location::{Location, Provider};
use super::settings::CloudSettings;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::azure::{MicrosoftAzure, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorage, GoogleCloudStorageBuilder};
use object_store::multipart::MultipartStore;
use object_store::{ObjectStore, RetryConfig};
use std::sync::Arc;

type Both = (Arc<dyn ObjectStore>, Arc<dyn MultipartStore>);

pub fn build(
    settings: &CloudSettings,
    location: &Location,
    credentials: &Credentials,
    connector: Connector,
    retry: RetryConfig,
) -> Result<Both, String> {
    match location.provider {
        Provider::S3 => both(s3(settings, location, credentials, connector, retry)),
        Provider::Google => both(google(settings, location, credentials, connector, retry)),
        Provider::Azure => both(azure(settings, location, credentials, connector, retry)),
    }
}

fn both<S: ObjectStore + MultipartStore>(built: Result<S, String>) -> Result<Both, String> {
    let store = Arc::new(built?);
    Ok((store.clone(), store))
}

/// The builders quote what they were given, so their words stay out.
fn refused<E>(_: E) -> String {
    "the address or the credentials do not fit together".to_owned()
}

const OTHER: &str = "the credentials are of another provider";

fn s3(
    settings: &CloudSettings,
    location: &Location,
    credentials: &Credentials,
    connector: Connector,
    retry: RetryConfig,
) -> Result<AmazonS3, String> {
    let Credentials::S3 { id, secret, session } = credentials else { return Err(OTHER.to_owned()) };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&location.bucket)
        .with_region(settings.region.as_deref().unwrap_or("us-east-1"))
        .with_access_key_id(id)
        .with_secret_access_key(secret.as_str())
        .with_virtual_hosted_style_request(settings.virtual_hosted)
        // One request more for each removal, and known to everybody.
        .with_disable_bulk_delete(true)
        .with_allow_http(true)
        .with_retry(retry)
        .with_http_connector(connector);
    if let Some(session) = session {
        builder = builder.with_token(session.as_str());
    }
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(host(endpoint, &location.bucket, settings.virtual_hosted));
    }
    builder.build().map_err(refused)
}

/// With the bucket in the host's name, the library wants it in the endpoint.
fn host(endpoint: &str, bucket: &str, virtual_hosted: bool) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    match endpoint.split_once("://") {
        Some((scheme, host)) if virtual_hosted && !host.starts_with(&format!("{bucket}.")) => {
            format!("{scheme}://{bucket}.{host}")
        }
        _ => endpoint.to_owned(),
    }
}

fn google(
    settings: &CloudSettings,
    location: &Location,
    credentials: &Credentials,
    connector: Connector,
    retry: RetryConfig,
) -> Result<GoogleCloudStorage, String> {
    let Credentials::Google { account } = credentials else { return Err(OTHER.to_owned()) };
    let mut builder = GoogleCloudStorageBuilder::new()
        .with_bucket_name(&location.bucket)
        .with_service_account_key(account.as_str())
        .with_retry(retry)
        .with_http_connector(connector);
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_base_url(endpoint.trim_end_matches('/'));
    }
    builder.build().map_err(refused)
}

fn azure(
    settings: &CloudSettings,
    location: &Location,
    credentials: &Credentials,
    connector: Connector,
    retry: RetryConfig,
) -> Result<MicrosoftAzure, String> {
    let mut builder = MicrosoftAzureBuilder::new()
        .with_account(location.account.as_deref().unwrap_or_default())
        .with_container_name(&location.bucket)
        .with_allow_http(true)
        .with_retry(retry)
        .with_http_connector(connector);
    builder = match credentials {
        Credentials::AzureKey { key } => builder.with_access_key(key.as_str()),
        Credentials::AzureSignature { query } => {
            let pairs = reqwest::Url::parse(&format!("https://x/?{}", query.as_str())).map_err(refused)?;
            builder.with_sas_authorization(pairs.query_pairs().into_owned().collect::<Vec<_>>())
        }
        _ => return Err(OTHER.to_owned()),
    };
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/').to_owned());
    }
    builder.build().map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::super::remote::Remote;
    use super::super::tuning::Tuning;
    use super::*;
    use holdfast_domain::Code;

    #[test]
    fn the_bucket_is_put_before_the_host_once() {
        assert_eq!(host("https://s3.example.org/", "b", true), "https://b.s3.example.org");
        assert_eq!(host("https://b.s3.example.org", "b", true), "https://b.s3.example.org");
        assert_eq!(host("http://127.0.0.1:9000/", "b", false), "http://127.0.0.1:9000");
    }

    #[test]
    fn nothing_that_a_builder_says_repeats_a_key() {
        let parse = |provider, text: &str| Credentials::parse(provider, text.as_bytes()).unwrap();
        let s3 = parse(Provider::S3, "access_key=a\nsecret_key=tide");
        let azure = parse(Provider::Azure, "azure_storage_key=tide!not-base64");
        let google = parse(Provider::Google, r#"{"client_email":"a","private_key":"tide","private_key_id":"1"}"#);
        for (url, credentials) in [("az://a/c", &s3), ("s3://b", &azure), ("az://a/c", &azure), ("gs://b", &google)] {
            let built = Remote::new(&CloudSettings::new(url), credentials, Tuning::default());
            let shown = match built {
                Ok(remote) => format!("{remote:?}"),
                Err(error) => {
                    assert_eq!(error.code(), Code::BadSettings);
                    format!("{error:?}")
                }
            };
            assert!(!shown.contains("tide"), "{shown}");
        }
    }
}
