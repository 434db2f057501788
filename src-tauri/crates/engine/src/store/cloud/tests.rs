use super::{Cloud, CloudSettings, Credentials, Provider, Tuning};
use crate::store::testing::contract;
use holdfast_domain::DeploymentName;
use holdfast_test_cloud::{ACCESS_KEY, BUCKET, SECRET_KEY, Service};

#[test]
fn the_cloud_keeps_the_contract() {
    let service = Service::start();
    let home = tempfile::tempdir().unwrap();
    let text = format!("access_key={ACCESS_KEY}\nsecret_key={SECRET_KEY}");
    let credentials = Credentials::parse(Provider::S3, text.as_bytes()).unwrap();
    let deployment = DeploymentName::new("bot").unwrap();
    let endpoint = Some(service.endpoint());
    let settings = CloudSettings { endpoint, ..CloudSettings::new(format!("s3://{BUCKET}/mine")) };
    contract(&|| {
        let uploads = home.path().join("uploads");
        Box::new(Cloud::new(&settings, &deployment, &credentials, uploads, Tuning::default()).unwrap())
    });
    let left = ["mine/Holdfast/HOW-TO-RESTORE.html", "mine/Holdfast/bot/recovery-key.age", "mine/Holdfast/restore.py"];
    assert_eq!(service.objects(), left);
    assert_eq!(service.unfinished_uploads(), 0);
}
