//! For tests: a service that speaks S3, in this process, and a way to it that fails as networks do.
#![allow(clippy::unwrap_used)]
mod proxy;
mod service;

pub use proxy::{Asked, Fault, Proxy};
pub use service::{ACCESS_KEY, BUCKET, SECRET_KEY, Service};
