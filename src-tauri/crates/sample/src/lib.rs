//! A made-up chatbot deployment, from 5 MB to 20 GB, for tests, drills and a first look.
//!
//! What is made looks like an Open WebUI data folder with an agent's files beside it, and holds on
//! purpose what backup programs get wrong: rows that are only in the `-wal`, a vector store that is
//! one unit with its database, holes, links, attributes, names that are not UTF-8.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod check;
mod chroma;
mod conversation;
pub mod error;
mod files;
pub mod generate;
mod hnsw;
mod layout;
pub mod mutate;
mod plan;
mod pool;
mod seed;
pub mod serve;
pub mod size;
pub mod snapshot;
mod sqlite;
mod stamp;
mod surroundings;
mod uploads;
mod wal;
mod webui;
mod words;
pub mod wreck;

pub use check::{Check, Health, check};
pub use error::{Error, Result};
pub use generate::{Generate, Generated, generate};
pub use mutate::{Mutate, Mutation, mutate};
pub use serve::{Serve, Server};
pub use snapshot::{Entry, Snapshot, snapshot};
pub use wreck::{Wreckage, wreck};
