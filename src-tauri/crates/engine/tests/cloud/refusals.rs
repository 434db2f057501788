use crate::bench::*;
use holdfast_domain::Code;
use holdfast_engine::store::Destination;
use holdfast_engine::store::cloud::{Cloud, CloudSettings, Credentials, Provider};
use holdfast_engine::{Error, Result};
use holdfast_test_cloud::{ACCESS_KEY, Fault, SECRET_KEY, Service};
use std::fmt::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// Nothing that could be logged or shown of it has the secret in it.
#[track_caller]
fn refused<T>(result: Result<T>, code: Code, says: &str) -> Error {
    let Err(error) = result else { panic!("it was not refused") };
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        write!(shown, "{inner} {inner:?}").unwrap();
        source = inner.source();
    }
    assert_eq!(error.code(), code, "{shown}");
    assert!(error.cause().contains(says), "{shown}");
    for secret in [SECRET_KEY, "undertow", "Signature=", "StringToSign"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    error
}

#[test]
fn a_wrong_key_is_said_at_once() {
    let bench = Bench::new();
    let settings = bench.settings();
    let wrong_secret = bench.cloud_with(&settings, ACCESS_KEY, "undertow-but-wrong");
    refused(wrong_secret.require(), Code::AccessRefused, "secret key does not fit");
    assert_eq!(bench.proxy.take_asked().len(), 1, "it was tried again");
    refused(copy_in(&wrong_secret, &content(2 * PART)), Code::AccessRefused, "");
    refused(wrong_secret.list(), Code::AccessRefused, "secret key does not fit");
    let unknown = bench.cloud_with(&settings, "AKIANOBODY", SECRET_KEY);
    refused(unknown.require(), Code::AccessRefused, "access key is not known");
    assert!(bench.service.objects().is_empty());
    assert_eq!(bench.notes(), 0);
}

#[test]
fn a_bucket_that_is_not_there_is_said_at_once() {
    let bench = Bench::new();
    let settings = CloudSettings { endpoint: Some(bench.proxy.endpoint()), ..CloudSettings::new("s3://nowhere/x") };
    let cloud = bench.cloud_with(&settings, ACCESS_KEY, SECRET_KEY);
    let error = refused(cloud.require(), Code::BucketMissing, "NoSuchBucket");
    assert_eq!(error.subject(), "s3://nowhere/x");
    refused(cloud.list(), Code::BucketMissing, "NoSuchBucket");
    // This service would make the bucket by itself; others do not.
    bench.proxy.fail(|asked| {
        let body = if asked.method == "HEAD" { "" } else { "<Error><Code>NoSuchBucket</Code></Error>" };
        Some(Fault::Answer { status: 404, body: body.to_owned() })
    });
    refused(copy_in(&cloud, &content(2 * PART)), Code::BucketMissing, "NoSuchBucket");
    assert_eq!(bench.notes(), 0);
}

#[test]
fn what_providers_say_is_told_as_what_it_means() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    for (status, word, code, says) in [
        (403, "RequestTimeTooSkewed", Code::AccessRefused, "clock"),
        (400, "ExpiredToken", Code::AccessRefused, "session"),
        (403, "AccessDenied", Code::AccessRefused, "may not do this"),
        (400, "AuthorizationHeaderMalformed", Code::BadSettings, "region"),
        (301, "PermanentRedirect", Code::BadSettings, "region"),
        (507, "XMinioStorageFull", Code::DestinationFull, "XMinioStorageFull"),
    ] {
        bench.proxy.fail(move |_| {
            let body = format!("<Error><Code>{word}</Code><StringToSign>{SECRET_KEY}</StringToSign></Error>");
            Some(Fault::Answer { status, body })
        });
        bench.proxy.take_asked();
        refused(cloud.list(), code, says);
        let most = if status == 507 { 3 } else { 1 };
        assert!(bench.proxy.take_asked().len() <= most, "{word} was tried again");
    }
}

#[test]
fn no_network_is_told_soon_and_as_such() {
    let bench = Bench::new();
    // A port on which nobody listens.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = CloudSettings { endpoint: Some(format!("http://{closed}")), ..bench.settings() };
    let cloud = bench.cloud_with(&settings, ACCESS_KEY, SECRET_KEY);
    let start = Instant::now();
    refused(cloud.require(), Code::CloudUnreachable, "refused");
    let settings = CloudSettings { endpoint: Some("https://holdfast.invalid".to_owned()), ..bench.settings() };
    refused(bench.cloud_with(&settings, ACCESS_KEY, SECRET_KEY).require(), Code::CloudUnreachable, "");
    assert!(start.elapsed() < Duration::from_secs(10));
    // Somebody listens and says nothing.
    bench.proxy.fail(|_| Some(Fault::Silence));
    let start = Instant::now();
    refused(bench.cloud().require(), Code::CloudUnreachable, "no answer");
    assert!(start.elapsed() < tuning().knock + Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn something_else_that_answers_is_not_taken_for_the_service() {
    let bench = Bench::new();
    let cloud = bench.cloud();
    for (status, body) in [(200, "<html>Welcome to the hotel</html>"), (200, ""), (204, "")] {
        bench.proxy.fail(move |_| Some(Fault::Answer { status, body: body.to_owned() }));
        assert!(cloud.list().is_err() && cloud.require().is_err(), "{status} {body}");
        assert!(copy_in(&cloud, &content(2 * PART)).is_err());
    }
    bench.proxy.heal();
    assert_eq!(listed(&cloud), []);
}

#[test]
fn only_a_certificate_that_somebody_vouches_for_is_believed() {
    let bench = Bench::new();
    let (service, certificate) = Service::over_tls();
    let endpoint = Some(service.endpoint().replace("http://127.0.0.1", "https://localhost"));
    let unknown = CloudSettings { endpoint, ..bench.settings() };
    let start = Instant::now();
    refused(bench.cloud_with(&unknown, ACCESS_KEY, SECRET_KEY).list(), Code::CloudUnreachable, "certificate");
    assert!(start.elapsed() < Duration::from_secs(2), "it was tried again");

    let authority = bench.home.path().join("authority.pem");
    std::fs::write(&authority, certificate).unwrap();
    let known = CloudSettings { authority: Some(authority.clone()), ..unknown };
    let cloud = bench.cloud_with(&known, ACCESS_KEY, SECRET_KEY);
    let bytes = content(PART + 1);
    copy_in(&cloud, &bytes).unwrap();
    assert_eq!(cloud.hash(&archive(), &job()).unwrap(), sha256(&bytes));

    std::fs::write(&authority, "no certificate").unwrap();
    let text = format!("access_key={ACCESS_KEY}\nsecret_key={SECRET_KEY}");
    let credentials = Credentials::parse(Provider::S3, text.as_bytes()).unwrap();
    let made = Cloud::new(&known, &deployment(), &credentials, bench.uploads(), tuning());
    refused(made, Code::BadSettings, "no certificate");
}

#[test]
fn a_service_without_tls_is_not_spoken_to_in_the_clear() {
    let bench = Bench::new();
    let endpoint = bench.proxy.endpoint().replace("http://", "https://");
    let settings = CloudSettings { endpoint: Some(endpoint), ..bench.settings() };
    let start = Instant::now();
    refused(bench.cloud_with(&settings, ACCESS_KEY, SECRET_KEY).list(), Code::CloudUnreachable, "");
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(bench.service.objects().is_empty());
}

#[test]
fn notes_of_unfinished_uploads_hold_no_secret() {
    let bench = Bench::new();
    bench.proxy.fail(|asked| (asked.part() == Some(2)).then(|| Fault::Answer { status: 403, body: String::new() }));
    refused(copy_in(&bench.cloud(), &content(2 * PART)), Code::AccessRefused, "");
    let files = files_below(&bench.uploads());
    assert_eq!(files.len(), 1);
    assert!(files.iter().all(|file| !String::from_utf8_lossy(file).contains(SECRET_KEY)));
}
