//! What Holdfast does, each as a plan and a run.
pub mod backup;
pub mod browse;
mod context;
pub mod moments;
mod pairs;
pub mod pick;
pub mod reading;
pub mod restore;
pub mod salvage;
pub mod setup;
mod texts;
pub mod undo;
pub mod verify;

pub use context::Context;
