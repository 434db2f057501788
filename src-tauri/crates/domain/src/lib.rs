//! What Holdfast talks about, without doing anything: no input or output, no clock, no SQL.

pub mod alarm;
mod archive_id;
mod class;
mod envelope;
pub mod health;
pub mod incident;
mod level;
pub mod lines;
pub mod masking;
mod name;
mod outcome;
mod problem;
pub mod recovery_point;
pub mod retention;
pub mod runbook;
pub mod schedule;
mod size;
pub mod upkeep;
mod written_once;

pub use archive_id::ArchiveName;
pub use class::Class;
pub use envelope::Envelope;
pub use level::{Kind, Level};
pub use name::{DeploymentName, NameError};
pub use outcome::Outcome;
pub use problem::{Code, Problem, Severity, one_line};
pub use size::size_words;
