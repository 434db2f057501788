//! One bucket, spoken to synchronously: every call waits for its answer, and can be cancelled while it waits.
use super::connector::Connector;
use super::credentials::Credentials;
use super::exchange::Exchange;
use super::failure::explain;
use super::location::Location;
use super::providers;
use super::settings::CloudSettings;
use super::tuning::Tuning;
use crate::error::{Error, Result};
use crate::jobs::Job;
use bytes::Bytes;
use futures_util::future::Either;
use futures_util::{StreamExt, TryStreamExt};
use holdfast_domain::Code;
use object_store::multipart::MultipartStore;
use object_store::path::Path as Key;
use object_store::{BackoffConfig, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig};
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How soon a wait notices that it was cancelled.
pub const TICK: Duration = Duration::from_millis(100);

pub struct Remote {
    pub store: Arc<dyn ObjectStore>,
    pub parts: Arc<dyn MultipartStore>,
    pub location: Location,
    pub tuning: Tuning,
    /// Gone only while it is dropped.
    runtime: Option<Runtime>,
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub length: u64,
    /// The provider's mark of this very content.
    pub tag: Option<String>,
}

impl From<ObjectMeta> for Found {
    fn from(meta: ObjectMeta) -> Self {
        Self { length: meta.size, tag: meta.e_tag }
    }
}

impl Remote {
    /// Asks nobody yet.
    pub fn new(settings: &CloudSettings, credentials: &Credentials, tuning: Tuning) -> Result<Self> {
        let location = settings.validate()?;
        let in_the_clear = settings.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
        let connector = Connector::new(settings.authority.as_deref(), in_the_clear, &tuning)?;
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: tuning.first_pause,
                max_backoff: tuning.longest_pause,
                ..BackoffConfig::default()
            },
            max_retries: tuning.retries,
            ..RetryConfig::default()
        };
        let (store, parts) = providers::build(settings, &location, credentials, connector, retry)
            .map_err(|cause| Error::new(Code::BadSettings, &location, cause))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("cloud")
            .enable_all()
            .build()
            .map_err(|e| Error::new(Code::InputOutput, &location, e))?;
        Ok(Self { store, parts, location, tuning, runtime: Some(runtime) })
    }

    /// Waits for work on the network, or for the job's being cancelled.
    pub fn wait<T>(&self, job: Option<&Job>, work: impl Future<Output = T>) -> Result<T> {
        let Some(runtime) = &self.runtime else {
            return Err(Error::new(Code::Internal, &self.location, "it was closed"));
        };
        runtime.block_on(async {
            match futures_util::future::select(pin!(work), pin!(cancelled(job))).await {
                Either::Left((done, _)) => Ok(done),
                Either::Right(_) => Err(Error::cancelled()),
            }
        })
    }

    /// One operation on `subject`, its errors explained.
    fn ask<T>(
        &self,
        job: Option<&Job>,
        subject: &Key,
        operation: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T> {
        let exchange = Arc::new(Exchange::default());
        let answer = self.wait(job, exchange.during(operation))?;
        answer.map_err(|e| self.explained(subject, &e, &exchange))
    }

    pub fn explained(&self, subject: &Key, error: &object_store::Error, exchange: &Exchange) -> Error {
        let explained = explain(&self.name(subject), error, exchange.trouble());
        match explained.code() {
            // These are about the place as a whole.
            Code::ArchiveMissing | Code::InputOutput => explained,
            code => Error::new(code, &self.location, explained.cause()),
        }
    }

    /// An object's address, for messages.
    pub fn name(&self, key: &Key) -> String {
        let place = Location { prefix: String::new(), ..self.location.clone() };
        format!("{place}/{key}")
    }

    /// Whether the service answers, the bucket is there and the key may list it. Takes no longer than the knock.
    pub fn knock(&self, folder: &Key) -> Result<()> {
        let exchange = Arc::new(Exchange::default());
        let first = async { self.store.list(Some(folder)).next().await.transpose() };
        // The timer needs the runtime around it when it is made.
        let within = async { tokio::time::timeout(self.tuning.knock, exchange.during(first)).await };
        match self.wait(None, within)? {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(e)) => Err(self.explained(folder, &e, &exchange)),
            Err(_) => {
                let late = object_store::Error::Generic { store: "", source: "late".into() };
                let error = self.explained(folder, &late, &exchange);
                let cause = match exchange.trouble() {
                    Some(_) => error.cause().to_owned(),
                    None => format!("no answer within {} s", self.tuning.knock.as_secs()),
                };
                Err(Error::new(Code::CloudUnreachable, &self.location, cause))
            }
        }
    }

    /// Everything below a prefix.
    pub fn list(&self, folder: &Key) -> Result<Vec<ObjectMeta>> {
        self.ask(None, folder, self.store.list(Some(folder)).try_collect())
    }

    /// `None` where there is no such object.
    pub fn find(&self, job: Option<&Job>, key: &Key) -> Result<Option<Found>> {
        absent_is_none(self.ask(job, key, self.store.head(key)).map(Found::from))
    }

    /// A small object whole. `None` where there is none.
    pub fn get(&self, job: Option<&Job>, key: &Key, longest: u64) -> Result<Option<Bytes>> {
        let whole = async {
            let got = self.store.get(key).await?;
            if got.meta.size > longest { Ok(None) } else { got.bytes().await.map(Some) }
        };
        match absent_is_none(self.ask(job, key, whole))? {
            None => Ok(None),
            Some(Some(bytes)) => Ok(Some(bytes)),
            Some(None) => Err(Error::new(Code::SizeOutOfRange, self.name(key), "it is too long for what it should be")),
        }
    }

    /// A part of the very object that was found.
    pub async fn range(&self, key: &Key, found: &Found, range: Range<u64>) -> Result<Bytes> {
        let exchange = Arc::new(Exchange::default());
        let length = range.end - range.start;
        let options =
            GetOptions { range: Some(GetRange::Bounded(range)), if_match: found.tag.clone(), ..GetOptions::default() };
        let got = exchange.during(async { self.store.get_opts(key, options).await?.bytes().await }).await;
        match got {
            Ok(bytes) if bytes.len() as u64 == length => Ok(bytes),
            Ok(_) => Err(Error::new(Code::ArchiveTruncated, self.name(key), "it gave less than it has")),
            Err(object_store::Error::Precondition { .. }) => {
                Err(Error::new(Code::InputOutput, self.name(key), "it was replaced while it was read"))
            }
            Err(e) => Err(self.explained(key, &e, &exchange)),
        }
    }

    pub fn put(&self, job: Option<&Job>, key: &Key, content: Bytes) -> Result<()> {
        self.ask(job, key, self.store.put(key, content.into())).map(drop)
    }

    /// What is already gone is no error.
    pub fn delete(&self, key: &Key) -> Result<()> {
        absent_is_none(self.ask(None, key, self.store.delete(key))).map(drop)
    }

    pub fn start_parts(&self, job: Option<&Job>, key: &Key) -> Result<String> {
        self.ask(job, key, self.parts.create_multipart(key))
    }

    /// An upload that the service has forgotten is no error.
    pub fn abandon_parts(&self, key: &Key, upload: &str) -> Result<()> {
        absent_is_none(self.ask(None, key, self.parts.abort_multipart(key, &upload.to_owned()))).map(drop)
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // A name that is being looked up must not hold the program up.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("location", &self.location).finish_non_exhaustive()
    }
}

async fn cancelled(job: Option<&Job>) {
    loop {
        tokio::time::sleep(TICK).await;
        if job.is_some_and(Job::is_cancelled) {
            return;
        }
    }
}

fn absent_is_none<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.code() == Code::ArchiveMissing => Ok(None),
        Err(e) => Err(e),
    }
}
