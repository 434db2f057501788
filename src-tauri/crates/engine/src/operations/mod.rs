//! What Holdfast does, each as a plan and a run.
pub mod backup;
mod context;
pub mod moments;
pub mod reading;
mod pairs;
pub mod restore;
pub mod salvage;
mod texts;
pub mod undo;
pub mod verify;

pub use context::Context;
