//! Guided recovery: runbooks, incidents, and what Holdfast does in them.
//!
//! An incident is a journal of lines that are only ever added to, each on the disk before what follows it happens. Where it
//! stands is worked out from that journal alone (`domain::incident`), so a crash, or a night's sleep, changes nothing.
pub mod actions;
pub mod bisect;
mod checks;
mod filling;
mod journal;
pub mod settings;
mod shelf;
mod steps;
#[cfg(test)]
mod tests;

pub use filling::filling;
pub use journal::{Incident, IncidentLine, list, open, start};
pub use shelf::{BookError, Shelf, Shelved, Source, book, shelf};
pub use steps::{Actions, After, Cut, Done, Request, perform};
