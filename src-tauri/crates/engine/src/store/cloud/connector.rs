//! The way to the wire: TLS with the system's authorities, patience that counts progress and not time, and a note of
//! what was answered.
use super::exchange::{Exchange, Trouble};
use super::tuning::Tuning;
use crate::error::{Error, Result};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::Either;
use holdfast_domain::Code;
use http_body_util::BodyExt;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody,
    HttpService,
};
use reqwest::Method;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::{BuilderVerifierExt, Verifier};
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

/// Answers that are no success are short.
const LONGEST_REFUSAL: usize = 64 * 1024;

#[derive(Debug, Clone)]
pub struct Connector {
    /// For what sends nothing: gives up where nothing comes.
    asking: reqwest::Client,
    /// For what sends: its answer may come late, as long as the sending moves.
    sending: reqwest::Client,
    stall: Duration,
}

impl Connector {
    /// `authority` is a file with certificates to trust beside the system's; `in_the_clear` where the endpoint speaks
    /// no TLS, and then certificates do not matter.
    pub fn new(authority: Option<&Path>, in_the_clear: bool, tuning: &Tuning) -> Result<Self> {
        let tls = if in_the_clear { tls_that_trusts_nobody()? } else { tls(authority)? };
        let client = || {
            reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .connect_timeout(tuning.connect)
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                // The environment is not the engine's to read.
                .no_proxy()
                .user_agent(concat!("holdfast/", env!("CARGO_PKG_VERSION")))
        };
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|e| Error::new(Code::Internal, "the connection to the cloud", innermost(&e)))
        };
        let asking = build(client().read_timeout(tuning.stall))?;
        Ok(Self { asking, sending: build(client())?, stall: tuning.stall })
    }

    async fn attempt(&self, request: HttpRequest, exchange: &Arc<Exchange>) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let url = parts.uri.to_string().parse().map_err(|_| {
            HttpError::new(HttpErrorKind::Unknown, std::io::Error::other("an address could not be made of its parts"))
        })?;
        let lists = parts.uri.query().is_some_and(|query| query.contains("list-type=2") || query.contains("comp=list"));
        let asks = parts.method == Method::GET || parts.method == Method::HEAD;
        let mut outgoing = reqwest::Request::new(parts.method, url);
        *outgoing.headers_mut() = parts.headers;
        let moved = Arc::new(AtomicU64::new(0));
        if body.content_length() > 0 {
            let counted = Counted { body, moved: moved.clone(), exchange: exchange.clone() };
            *outgoing.body_mut() = Some(reqwest::Body::wrap(counted));
        }
        let client = if asks { &self.asking } else { &self.sending };
        let response =
            self.while_it_moves(&moved, client.execute(outgoing)).await?.map_err(|e| failed(&e, exchange))?;
        let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        let noted = exchange.clone();
        let body = HttpResponseBody::new(body.map_err(move |e| failed(&e, &noted)));
        if parts.status.is_success() {
            exchange.note(None);
            if !lists {
                return Ok(HttpResponse::from_parts(parts, body));
            }
            let text = self.while_it_moves(&moved, body.bytes()).await??;
            return if is_listing(&text) {
                Ok(HttpResponse::from_parts(parts, text.into()))
            } else {
                Err(stranger(exchange))
            };
        }
        let text = self.while_it_moves(&moved, start_of(body)).await?;
        exchange.note(Some(Trouble::of_answer(parts.status.as_u16(), &String::from_utf8_lossy(&text))));
        Ok(HttpResponse::from_parts(parts, text.into()))
    }

    /// Waits as long as content goes out; gives up where neither content nor an answer moved for a while.
    async fn while_it_moves<T>(&self, moved: &AtomicU64, work: impl Future<Output = T>) -> Result<T, HttpError> {
        let mut work = pin!(work);
        let mut before = 0;
        loop {
            let pause = pin!(tokio::time::sleep(self.stall));
            match futures_util::future::select(work.as_mut(), pause).await {
                Either::Left((done, _)) => return Ok(done),
                Either::Right(_) => {
                    let now = moved.load(Ordering::Relaxed);
                    if now == before {
                        let cause = format!("nothing moved for {} s", self.stall.as_secs());
                        Exchange::current().note(Some(Trouble::Unreachable { cause: cause.clone() }));
                        return Err(HttpError::new(HttpErrorKind::Timeout, std::io::Error::other(cause)));
                    }
                    before = now;
                }
            }
        }
    }
}

/// The library takes any page that happens to parse for an empty list: that of a hotel's network, say.
fn is_listing(text: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&text[..text.len().min(1024)]);
    start.contains("<ListBucketResult") || start.contains("<EnumerationResults")
}

fn stranger(exchange: &Exchange) -> HttpError {
    let cause = "what answers there is not the service: it gave no list";
    exchange.note(Some(Trouble::Unreachable { cause: cause.to_owned() }));
    HttpError::new(HttpErrorKind::Unknown, std::io::Error::other(cause))
}

/// The beginning of an answer; what cannot be read of it is left away.
async fn start_of(body: HttpResponseBody) -> Vec<u8> {
    let mut text = Vec::new();
    let mut body = pin!(body);
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else { continue };
        text.extend_from_slice(&data);
        if text.len() > LONGEST_REFUSAL {
            break;
        }
    }
    text
}

#[async_trait]
impl HttpService for Connector {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.attempt(request, &Exchange::current()).await
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

/// A request's content on its way out.
struct Counted {
    body: HttpRequestBody,
    moved: Arc<AtomicU64>,
    exchange: Arc<Exchange>,
}

impl hyper::body::Body for Counted {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, HttpError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            let moved = self.moved.fetch_add(data.len() as u64, Ordering::Relaxed) + data.len() as u64;
            self.exchange.sent_at_least(moved);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}

/// Notes why there was no answer, and says whether trying again may help.
fn failed(error: &reqwest::Error, exchange: &Exchange) -> HttpError {
    let cause = if error.is_timeout() { "no answer in time".to_owned() } else { innermost(error) };
    exchange.note(Some(Trouble::Unreachable { cause: cause.clone() }));
    let kind = if find::<rustls::Error>(error).is_some() {
        // Such as a certificate that nobody vouches for.
        HttpErrorKind::Unknown
    } else if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else {
        HttpErrorKind::Interrupted
    };
    // The library's own error would carry the address, which may hold a signature.
    HttpError::new(kind, std::io::Error::other(cause))
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = inner(error) {
        error = source;
    }
    error.to_string()
}

fn find<'a, E: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a E> {
    let mut error = error;
    loop {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        error = inner(error)?;
    }
}

/// An `io::Error` gives as its source that of what it wraps, so what it wraps has to be asked for.
fn inner<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a (dyn std::error::Error + 'static)> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

pub(crate) fn tls_that_trusts_nobody() -> Result<rustls::ClientConfig> {
    let builder = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::new(Code::Internal, "the connection to the cloud", e))?;
    Ok(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

pub(crate) fn tls(authority: Option<&Path>) -> Result<rustls::ClientConfig> {
    let subject = || authority.map_or("the system's certificates".to_owned(), |path| path.display().to_string());
    let bad = |cause: String| Error::new(Code::BadSettings, subject(), cause);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| bad(e.to_string()))?;
    let Some(path) = authority else {
        let built = builder.with_platform_verifier().map_err(|e| bad(e.to_string()))?;
        return Ok(built.with_no_client_auth());
    };
    let text = std::fs::read(path).map_err(|e| Error::io(path, e))?;
    let own: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| bad(format!("it holds no certificate (PEM): {e}")))?;
    if own.is_empty() {
        return Err(bad("it holds no certificate (PEM)".to_owned()));
    }
    let verifier = Verifier::new_with_extra_roots(own, provider).map_err(|e| bad(e.to_string()))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}
