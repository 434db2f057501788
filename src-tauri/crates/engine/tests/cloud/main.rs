//! A destination in the cloud against a service that speaks S3 and checks signatures, over a way that fails.
#![allow(clippy::unwrap_used)]
mod bench;
mod copies;
mod faults;
mod reading;
mod refusals;
