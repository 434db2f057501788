//! The commands: one file each, with its request and its result.
pub mod archives;
pub mod backup;
pub mod copy;
pub mod destination;
pub mod diff;
pub mod doctor;
pub mod export;
pub mod find;
pub mod key;
pub mod kit;
mod paths;
pub mod people;
pub mod prune;
pub mod rebuild;
pub mod recover;
pub mod restore;
pub mod rotate;
pub mod salvage;
pub mod setup;
pub mod show;
pub mod status;
pub mod undo;
pub mod verify;

#[cfg(test)]
mod tests;
