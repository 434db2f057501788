//! What Holdfast does, each as a plan and a run.
pub mod alarms;
pub mod backup;
pub mod branches;
pub mod browse;
pub mod captured;
pub mod cloud_keys;
mod context;
pub mod copy;
pub mod delete;
pub mod destinations;
pub mod diff;
pub mod discover;
mod elsewhere;
pub mod export;
pub mod fetch;
pub mod forget;
pub mod health;
pub mod in_use;
pub mod keys;
pub mod moments;
mod pairs;
pub mod pick;
pub mod pins;
pub mod prune;
pub mod reading;
pub mod rebuild;
pub mod recover;
pub mod restore;
pub mod salvage;
mod sealing;
pub mod servers;
pub mod service;
pub mod settle;
pub mod setup;
pub mod shelves;
pub mod soundness;
mod texts;
pub mod undo;
pub mod upkeep;
pub mod verify;

#[cfg(test)]
pub(crate) mod test_support;
#[cfg(test)]
mod tests;

pub use context::Context;
