//! What a provider's refusal means for a person.
use super::exchange::Trouble;
use crate::error::Error;
use holdfast_domain::Code;

/// An error of an operation on `subject`. Of the library's own error only its kind is taken: its text may quote an
/// address with a signature in it.
pub fn explain(subject: &str, error: &object_store::Error, trouble: Option<Trouble>) -> Error {
    let (code, cause) = match trouble {
        Some(Trouble::Refused { status, code, message }) => of_answer(status, &code, &message),
        Some(Trouble::Unreachable { cause }) => (Code::CloudUnreachable, cause),
        None => match error {
            object_store::Error::NotFound { .. } => (Code::ArchiveMissing, "it is not there".to_owned()),
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                (Code::AccessRefused, "the key is not accepted".to_owned())
            }
            _ => (Code::CloudUnreachable, "what answers there does not speak as expected".to_owned()),
        },
    };
    Error::new(code, subject, cause)
}

fn of_answer(status: u16, code: &str, message: &str) -> (Code, String) {
    let said = match (code, message) {
        ("", "") => format!("status {status}"),
        (code, "") => format!("{code}, status {status}"),
        ("", message) => format!("{message} (status {status})"),
        (code, message) => format!("{message} ({code}, status {status})"),
    };
    let with = |words: &str| format!("{words}: {said}");
    match code {
        "NoSuchBucket" | "ContainerNotFound" => (Code::BucketMissing, said),
        "RequestTimeTooSkewed" | "RequestExpired" => {
            (Code::AccessRefused, with("the clock of this machine differs too much from the service's"))
        }
        "InvalidAccessKeyId" | "NotSignedUp" => (Code::AccessRefused, with("the access key is not known there")),
        "SignatureDoesNotMatch" => (Code::AccessRefused, with("the secret key does not fit the access key")),
        "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired" => {
            (Code::AccessRefused, with("the session that the key belongs to has ended"))
        }
        "AuthenticationFailed" | "invalid_grant" | "InvalidAuthenticationInfo" => {
            (Code::AccessRefused, with("the key is not accepted"))
        }
        "AuthorizationHeaderMalformed" | "PermanentRedirect" | "IllegalLocationConstraintException" => {
            (Code::BadSettings, with("the bucket seems to be in another region (--region)"))
        }
        "QuotaExceeded" | "XMinioStorageFull" | "InsufficientStorage" | "StorageFull" => (Code::DestinationFull, said),
        _ => match status {
            301 | 307 | 308 => {
                (Code::BadSettings, with("the bucket seems to be at another address (--region, --endpoint)"))
            }
            401 => (Code::AccessRefused, with("the key is not accepted")),
            403 => (Code::AccessRefused, with("the key may not do this")),
            404 | 410 => (Code::ArchiveMissing, said),
            416 => (Code::ArchiveTruncated, with("it is shorter there than it was")),
            507 => (Code::DestinationFull, said),
            408 | 429 | 500.. => (Code::CloudUnreachable, with("the service is there, but has trouble")),
            _ => (Code::InputOutput, with("the service did not take the request")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_own_meaning() {
        let code = |status, code: &str| of_answer(status, code, "m").0;
        assert_eq!(code(404, "NoSuchBucket"), Code::BucketMissing);
        assert_eq!(code(404, "NoSuchKey"), Code::ArchiveMissing);
        assert_eq!(code(403, "InvalidAccessKeyId"), Code::AccessRefused);
        assert_eq!(code(403, ""), Code::AccessRefused);
        assert_eq!(code(400, "AuthorizationHeaderMalformed"), Code::BadSettings);
        assert_eq!(code(301, ""), Code::BadSettings);
        assert_eq!(code(507, "XMinioStorageFull"), Code::DestinationFull);
        assert_eq!(code(503, "SlowDown"), Code::CloudUnreachable);
        assert_eq!(code(400, "EntityTooLarge"), Code::InputOutput);
        let (_, cause) = of_answer(403, "RequestTimeTooSkewed", "Too large.");
        assert!(cause.contains("clock") && cause.contains("Too large. (RequestTimeTooSkewed, status 403)"), "{cause}");
    }

    #[test]
    fn what_the_library_says_is_not_repeated() {
        let error = object_store::Error::Generic { store: "S3", source: "https://x/?sig=tide".into() };
        let explained = explain("s3://bucket", &error, None);
        assert!(!format!("{explained:?}").contains("tide"));
    }
}
