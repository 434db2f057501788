//! Archives in the cloud: a bucket of Amazon's or anybody's who speaks like it, of Google's, a container of Azure's.
//!
//! Nothing here touches the network unless a person has added such a destination.
mod bucket;
mod connector;
mod credentials;
mod destination;
mod exchange;
mod failure;
mod location;
mod medium;
mod providers;
mod remote;
mod settings;
#[cfg(test)]
mod tests;
mod tuning;
mod unfinished;
mod upload;

pub use bucket::Cloud;
pub(crate) use connector::{tls, tls_that_trusts_nobody};
pub use credentials::Credentials;
pub use location::{Location, Provider, is_address};
pub use settings::{CloudSettings, CredentialsIn};
pub use tuning::Tuning;
