//! The engine of Holdfast: captures a deployment, writes and reads archives, restores.
//!
//! It never prints, prompts, reads HOME or asks for the time; all of that comes in from outside.

pub mod archive;
pub mod capture;
pub mod catalog;
mod clock;
pub mod command;
pub mod deployment;
pub mod durable;
mod error;
pub mod health;
mod home;
pub mod jobs;
pub mod media;
pub mod openpgp;
pub mod operations;
pub mod recovery;
pub mod scheduler;
pub mod service;
pub mod store;
pub mod vault;
pub mod watch;

pub use clock::{Clock, FixedClock};
pub use error::{Error, Result};
pub use holdfast_domain as domain;
pub use home::Home;
