//! What Holdfast does, each as a plan and a run.
pub mod backup;
mod context;
pub mod moments;
pub mod reading;
mod pairs;
mod texts;

pub use context::Context;
