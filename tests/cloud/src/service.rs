use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::PrivateKeyDer;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

pub const ACCESS_KEY: &str = "AKIAHARBOUR";
/// Long and odd enough to be searched for in what a program says.
pub const SECRET_KEY: &str = "tide+SLATE/undertow==quay";
pub const BUCKET: &str = "backups";

/// A service with one bucket, on a port of its own. It checks signatures, and what is sent against them.
#[derive(Debug)]
pub struct Service {
    address: String,
    dir: TempDir,
    runtime: Option<Runtime>,
}

impl Service {
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// One that speaks TLS, with a certificate that only who is given it (PEM) trusts.
    pub fn over_tls() -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        (Self::start_with(Some(TlsAcceptor::from(Arc::new(config)))), made.cert.pem())
    }

    fn start_with(tls: Option<TlsAcceptor>) -> Self {
        let dir = tempfile::Builder::new().prefix("holdfast-s3-").tempdir().unwrap();
        fs::create_dir(dir.path().join(BUCKET)).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(dir.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = builder.build();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (service, tls) = (service.clone(), tls.clone());
                tokio::spawn(async move {
                    let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                    match tls {
                        None => drop(server.serve_connection(TokioIo::new(socket), service).await),
                        Some(tls) => {
                            if let Ok(socket) = tls.accept(socket).await {
                                drop(server.serve_connection(TokioIo::new(socket), service).await);
                            }
                        }
                    }
                });
            }
        });
        Self { address, dir, runtime: Some(runtime) }
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Without TLS.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The file in which the service keeps an object.
    pub fn object(&self, key: &str) -> PathBuf {
        self.dir.path().join(BUCKET).join(key)
    }

    /// Keys of what anybody would see in the bucket, sorted.
    pub fn objects(&self) -> Vec<String> {
        let bucket = self.dir.path().join(BUCKET);
        let mut keys = Vec::new();
        collect(&bucket, &bucket, &mut keys);
        keys.sort();
        keys
    }

    /// Uploads that were begun and neither completed nor thrown away.
    pub fn unfinished_uploads(&self) -> usize {
        let names = fs::read_dir(self.dir.path()).unwrap().map(|item| item.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with(".upload-")).count()
    }

    /// A file with the account's key, as the usual tools keep it.
    pub fn credentials_file(&self, folder: &Path) -> PathBuf {
        let path = folder.join("credentials");
        let text = format!("[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n");
        fs::write(&path, text).unwrap();
        path
    }
}

fn collect(bucket: &Path, folder: &Path, keys: &mut Vec<String>) {
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            collect(bucket, &path, keys);
        } else {
            keys.push(path.strip_prefix(bucket).unwrap().to_string_lossy().into_owned());
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
