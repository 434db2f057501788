use holdfast_domain::{ArchiveName, DeploymentName};
use holdfast_engine::jobs::{Job, Monitor, Progress};
use holdfast_engine::store::Destination;
use holdfast_engine::store::cloud::{Cloud, CloudSettings, Credentials, Provider, Tuning};
use holdfast_engine::{Clock, FixedClock, Result};
use holdfast_test_cloud::{ACCESS_KEY, BUCKET, Proxy, SECRET_KEY, Service};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// The smallest that the service takes, as Amazon's does.
pub const PART: u64 = 5 << 20;

/// A service, a way to it, and a home of its own.
pub struct Bench {
    pub service: Service,
    pub proxy: Proxy,
    pub home: TempDir,
}

pub fn tuning() -> Tuning {
    Tuning {
        part: PART,
        under_way: 2 * PART,
        stall: Duration::from_millis(800),
        retries: 2,
        first_pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(50),
        knock: Duration::from_secs(3),
        ..Tuning::default()
    }
}

pub fn deployment() -> DeploymentName {
    DeploymentName::new("bot").unwrap()
}

pub fn archive() -> ArchiveName {
    ArchiveName::parse("bot_2026-11-21T020000Z_weekly-full").unwrap()
}

pub fn key() -> String {
    format!("mine/Holdfast/bot/{}", archive().file_name())
}

pub fn checksum_key() -> String {
    format!("{}.sha256", key())
}

/// Bytes that no two parts share.
pub fn content(length: u64) -> Vec<u8> {
    let mut bytes = vec![0; length as usize];
    blake3::Hasher::new().update(&length.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl Bench {
    pub fn new() -> Self {
        let service = Service::start();
        let proxy = Proxy::before(service.address());
        Self { service, proxy, home: tempfile::tempdir().unwrap() }
    }

    pub fn settings(&self) -> CloudSettings {
        let endpoint = Some(self.proxy.endpoint());
        CloudSettings { endpoint, ..CloudSettings::new(format!("s3://{BUCKET}/mine")) }
    }

    pub fn cloud(&self) -> Cloud {
        self.cloud_with(&self.settings(), ACCESS_KEY, SECRET_KEY)
    }

    pub fn cloud_with(&self, settings: &CloudSettings, id: &str, secret: &str) -> Cloud {
        self.cloud_tuned(settings, id, secret, tuning())
    }

    pub fn cloud_tuned(&self, settings: &CloudSettings, id: &str, secret: &str, tuning: Tuning) -> Cloud {
        let text = format!("access_key={id}\nsecret_key={secret}");
        let credentials = Credentials::parse(Provider::S3, text.as_bytes()).unwrap();
        Cloud::new(settings, &deployment(), &credentials, self.uploads(), tuning).unwrap()
    }

    pub fn uploads(&self) -> std::path::PathBuf {
        self.home.path().join("uploads")
    }

    /// Notes of unfinished uploads.
    pub fn notes(&self) -> usize {
        std::fs::read_dir(self.uploads()).map_or(0, Iterator::count)
    }

    /// Parts that were asked to be stored since the last look.
    pub fn parts_asked(&self) -> Vec<u64> {
        let mut parts: Vec<u64> = self.proxy.take_asked().iter().filter_map(holdfast_test_cloud::Asked::part).collect();
        parts.sort_unstable();
        parts
    }
}

/// As an archive in a folder is copied.
pub fn copy_in(cloud: &Cloud, bytes: &[u8]) -> Result<()> {
    copy_in_watched(cloud, bytes, &job())
}

pub fn copy_in_watched(cloud: &Cloud, bytes: &[u8], job: &Job) -> Result<()> {
    copy_in_as(cloud, bytes, &sha256(bytes), job)
}

pub fn copy_in_as(cloud: &Cloud, bytes: &[u8], sha256: &[u8; 32], job: &Job) -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(archive().file_name());
    std::fs::write(&file, bytes).unwrap();
    cloud.copy_in(&file, &archive(), sha256, job)
}

/// Names and sizes.
pub fn listed(cloud: &Cloud) -> Vec<(ArchiveName, u64)> {
    cloud.list().unwrap().into_iter().map(|held| (held.name, held.stored_bytes)).collect()
}

pub fn job() -> Arc<Job> {
    Job::silent(Arc::new(FixedClock("2026-11-21T02:00:00Z".parse().unwrap())))
}

/// Keeps the progress that it is told.
#[derive(Default)]
pub struct Watch(pub Mutex<Vec<Progress>>);

impl Monitor for Watch {
    fn progress(&self, progress: &Progress) {
        self.0.lock().unwrap().push(progress.clone());
    }
}

/// A clock that runs, for what is measured.
pub struct Running(std::time::Instant);

impl Clock for Running {
    fn now(&self) -> jiff::Timestamp {
        "2026-11-21T02:00:00Z".parse().unwrap()
    }
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }
}

pub fn watched() -> (Arc<Job>, Arc<Watch>) {
    let watch = Arc::new(Watch::default());
    (Job::new(Arc::new(Running(std::time::Instant::now())), watch.clone()), watch)
}

pub fn files_below(folder: &Path) -> Vec<Vec<u8>> {
    let items = std::fs::read_dir(folder).into_iter().flatten();
    let paths = items.map(|item| item.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![std::fs::read(path).unwrap()] }).collect()
}
