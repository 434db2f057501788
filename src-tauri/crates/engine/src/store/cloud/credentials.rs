use super::location::Provider;
use crate::error::{Error, Result};
use holdfast_domain::Code;
use std::collections::HashMap;
use std::fmt;
use zeroize::Zeroizing;

/// The key of an account with a provider. Never shown, and wiped from memory when dropped.
#[derive(Clone)]
pub enum Credentials {
    S3 {
        id: String,
        secret: Zeroizing<String>,
        session: Option<Zeroizing<String>>,
    },
    /// The JSON file of a service account.
    Google {
        account: Zeroizing<String>,
    },
    AzureKey {
        key: Zeroizing<String>,
    },
    /// A shared access signature: the query that comes behind `?`.
    AzureSignature {
        query: Zeroizing<String>,
    },
}

/// Files of credentials are a few lines.
const LONGEST: usize = 64 * 1024;

impl Credentials {
    /// From names and values as the provider's own tools know them: `AWS_ACCESS_KEY_ID` and so on. `None` where they are
    /// not there; half of them is an error.
    pub fn from_names(provider: Provider, get: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>> {
        let find = |names: &[&str]| names.iter().find_map(|name| get(name).filter(|value| !value.is_empty()));
        match provider {
            Provider::S3 => {
                let id = find(&["aws_access_key_id", "access_key_id", "access_key"]);
                let secret = find(&["aws_secret_access_key", "secret_access_key", "secret_key"]).map(Zeroizing::new);
                let session = find(&["aws_session_token", "session_token"]).map(Zeroizing::new);
                match (id, secret) {
                    (Some(id), Some(secret)) => Ok(Some(Self::S3 { id, secret, session })),
                    (None, None) => Ok(None),
                    (Some(_), None) => Err(refused("there is an access key id, but no secret access key")),
                    (None, Some(_)) => Err(refused("there is a secret access key, but no access key id")),
                }
            }
            Provider::Google => find(&["google_service_account_key"]).map(|text| Self::google(&text)).transpose(),
            Provider::Azure => {
                let signature = find(&["azure_storage_sas_token", "sas_token"]);
                let connection = find(&["azure_storage_connection_string", "connection_string"]).map(Zeroizing::new);
                let from_connection = connection.as_ref().and_then(|text| {
                    text.split(';').find_map(|part| part.strip_prefix("AccountKey=")).map(str::to_owned)
                });
                let key = find(&["azure_storage_key", "azure_storage_account_key", "account_key"]).or(from_connection);
                Ok(match (key, signature) {
                    (Some(key), _) => Some(Self::AzureKey { key: key.into() }),
                    (None, Some(query)) => {
                        Some(Self::AzureSignature { query: query.trim_start_matches('?').to_owned().into() })
                    }
                    (None, None) => None,
                })
            }
        }
    }

    /// The content of a credentials file: for Google the service account's JSON; for the others lines `NAME = VALUE`,
    /// as in `~/.aws/credentials` (of several sections the one named `default` counts) or in a file of variables.
    pub fn parse(provider: Provider, content: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(content).map_err(|_| refused("they are no text"))?;
        if text.len() > LONGEST {
            return Err(refused("they are too long to be credentials"));
        }
        if provider == Provider::Google {
            return Self::google(text);
        }
        let names = names_in(text)?;
        let get = |name: &str| names.get(name).map(|value| String::clone(value));
        Self::from_names(provider, &get)?.ok_or_else(|| {
            refused(match provider {
                Provider::S3 => "they hold no aws_access_key_id and aws_secret_access_key",
                _ => "they hold no azure_storage_key and no azure_storage_sas_token",
            })
        })
    }

    /// As a person types or pastes them. For Azure and Google the secret alone counts.
    pub fn typed(provider: Provider, id: String, secret: Zeroizing<String>) -> Result<Self> {
        let id = id.trim().to_owned();
        let secret = Zeroizing::new(secret.trim().to_owned());
        if secret.is_empty() {
            return Err(refused("the secret key was left empty"));
        }
        match provider {
            Provider::S3 if id.is_empty() => Err(refused("there is a secret access key, but no access key id")),
            // They are kept as lines.
            Provider::S3 | Provider::Azure
                if [id.as_str(), &secret].iter().any(|text| text.contains(char::is_control)) =>
            {
                Err(refused("a key is one line"))
            }
            Provider::S3 => Ok(Self::S3 { id, secret, session: None }),
            Provider::Google => Self::google(&secret),
            Provider::Azure if secret.starts_with('?') || secret.contains("sig=") => {
                Ok(Self::AzureSignature { query: secret.trim_start_matches('?').to_owned().into() })
            }
            Provider::Azure => Ok(Self::AzureKey { key: secret }),
        }
    }

    fn google(text: &str) -> Result<Self> {
        let field = |name: &str, json: &serde_json::Value| json.get(name).is_some_and(serde_json::Value::is_string);
        match serde_json::from_str(text) {
            Ok(json) if field("client_email", &json) && field("private_key", &json) => {
                Ok(Self::Google { account: text.to_owned().into() })
            }
            _ => Err(refused("they are not the JSON file of a service account")),
        }
    }

    /// For keeping in the keyring; `parse` reads it.
    pub fn to_text(&self) -> Zeroizing<String> {
        let text = match self {
            Self::S3 { id, secret, session } => {
                let session = session.as_ref().map(|s| Zeroizing::new(format!("aws_session_token={}\n", s.as_str())));
                let session = session.as_ref().map_or("", |line| line.as_str());
                format!("aws_access_key_id={id}\naws_secret_access_key={}\n{session}", secret.as_str())
            }
            Self::Google { account } => return account.clone(),
            Self::AzureKey { key } => format!("azure_storage_key={}\n", key.as_str()),
            Self::AzureSignature { query } => format!("azure_storage_sas_token={}\n", query.as_str()),
        };
        Zeroizing::new(text)
    }
}

fn refused(cause: &str) -> Error {
    Error::new(Code::AccessRefused, "the credentials", cause)
}

type Names = HashMap<String, Zeroizing<String>>;

/// Names are taken in lower case; values may stand in quotes.
fn names_in(text: &str) -> Result<Names> {
    let mut sections: Vec<(String, Names)> = vec![(String::new(), Names::new())];
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push((section.trim().to_owned(), Names::new()));
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else {
            // The line itself may be the secret.
            return Err(refused("a line of them is not NAME = VALUE"));
        };
        let value = value.trim();
        let inside = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        let value = inside('"').or_else(|| inside('\'')).unwrap_or(value);
        if let Some((_, names)) = sections.last_mut() {
            names.insert(name.trim().to_ascii_lowercase(), Zeroizing::new(value.to_owned()));
        }
    }
    sections.retain(|(_, names)| !names.is_empty());
    if let Some(index) = sections.iter().position(|(section, _)| section == "default") {
        return Ok(sections.swap_remove(index).1);
    }
    match sections.len() {
        0 => Err(refused("there are none in it")),
        1 => Ok(sections.swap_remove(0).1),
        _ => Err(refused("it has several sections and none is named default")),
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(text: &str) -> Result<(String, String, Option<String>)> {
        match Credentials::parse(Provider::S3, text.as_bytes())? {
            Credentials::S3 { id, secret, session } => {
                Ok((id, secret.to_string(), session.map(|session| session.to_string())))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_of_the_usual_kinds_are_read() {
        let plain = ("AKIA".to_owned(), "tide".to_owned(), None);
        for text in [
            "[default]\naws_access_key_id = AKIA\naws_secret_access_key = tide\n",
            "[work]\naws_access_key_id=x\naws_secret_access_key=y\n[default]\naws_access_key_id=AKIA\naws_secret_access_key=tide",
            "# mine\nexport AWS_ACCESS_KEY_ID=\"AKIA\"\nexport AWS_SECRET_ACCESS_KEY='tide'\n",
            "[minio]\naccess_key = AKIA\nsecret_key = tide",
        ] {
            assert_eq!(s3(text).unwrap(), plain, "{text}");
        }
        let with_session = "aws_access_key_id=a\naws_secret_access_key=b\naws_session_token=c";
        assert_eq!(s3(with_session).unwrap().2.as_deref(), Some("c"));
        let azure = |text: &str| Credentials::parse(Provider::Azure, text.as_bytes());
        assert!(matches!(azure("AZURE_STORAGE_KEY=abc=="), Ok(Credentials::AzureKey { key }) if *key == "abc=="));
        let connection = "AZURE_STORAGE_CONNECTION_STRING=AccountName=x;AccountKey=abc==;EndpointSuffix=y";
        assert!(matches!(azure(connection), Ok(Credentials::AzureKey { key }) if *key == "abc=="));
        assert!(
            matches!(azure("sas_token=?sv=1&sig=2"), Ok(Credentials::AzureSignature { query }) if *query == "sv=1&sig=2")
        );
        let google = br#"{"type":"service_account","client_email":"a@b","private_key":"k"}"#;
        assert!(matches!(Credentials::parse(Provider::Google, google), Ok(Credentials::Google { .. })));
    }

    #[test]
    fn what_is_typed_is_kept_as_it_is_read_again() {
        let typed =
            |provider, id: &str, secret: &str| Credentials::typed(provider, id.to_owned(), secret.to_owned().into());
        for (provider, id, secret) in [
            (Provider::S3, " AKIA ", "ti/de+== "),
            (Provider::Azure, "account", "abc=="),
            (Provider::Azure, "", "?sv=1&sig=2%3D"),
            (Provider::Google, "", r#"{"client_email":"a@b","private_key":"k"}"#),
        ] {
            let credentials = typed(provider, id, secret).unwrap();
            let read = Credentials::parse(provider, credentials.to_text().as_bytes()).unwrap();
            assert_eq!(read.to_text(), credentials.to_text());
            assert!(read.to_text().contains(secret.trim().trim_start_matches('?')), "{provider:?}");
        }
        for (provider, id, secret) in [
            (Provider::S3, "", "tide"),
            (Provider::S3, "AKIA", " "),
            (Provider::S3, "a\nb", "tide"),
            (Provider::Google, "", "tide"),
        ] {
            let error = typed(provider, id, secret).unwrap_err();
            assert!(error.code() == Code::AccessRefused && !format!("{error:?}").contains("tide"), "{error:?}");
        }
    }

    #[test]
    fn what_is_refused_is_not_repeated() {
        for text in [
            "",
            "tide",
            "aws_access_key_id=tide",
            "aws_secret_access_key=tide",
            "[a]\naccess_key=tide\nsecret_key=tide\n[b]\naccess_key=tide\nsecret_key=tide",
            "\u{0}tide",
        ] {
            let error = s3(text).unwrap_err();
            assert_eq!(error.code(), Code::AccessRefused, "{text}");
            assert!(!format!("{error:?}").contains("tide"), "{error:?}");
        }
        assert!(Credentials::parse(Provider::S3, b"\xff\xfe").is_err());
        assert!(Credentials::parse(Provider::Google, b"{}").is_err());
    }

    #[test]
    fn the_keyring_gives_back_what_it_was_given() {
        let written = Credentials::parse(Provider::S3, b"access_key=a\nsecret_key=b+/=\nsession_token=c").unwrap();
        let read = Credentials::parse(Provider::S3, written.to_text().as_bytes()).unwrap();
        assert_eq!(read.to_text(), written.to_text());
        assert_eq!(format!("{read:?}"), "Credentials(..)");
    }
}
