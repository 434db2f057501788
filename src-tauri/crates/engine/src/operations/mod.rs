//! What Holdfast does, each as a plan and a run.
pub mod backup;
mod context;
pub mod moments;
mod pairs;
mod texts;

pub use context::Context;
