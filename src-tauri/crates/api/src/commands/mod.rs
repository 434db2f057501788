//! The commands: one file each, with its request and its result.
pub mod alarm;
pub mod application;
pub mod archives;
pub(crate) mod aside;
pub mod backup;
pub mod browse;
pub mod captured;
mod change_words;
mod checkup;
mod comes_out;
pub mod contents;
pub mod control;
pub mod copy;
pub mod delete;
pub mod destination;
pub mod diagnostics;
pub mod diff;
pub mod doctor;
pub mod drives;
pub mod export;
mod files_out;
pub mod find;
pub mod forget;
mod gone;
pub mod health;
pub mod in_use;
pub mod incident;
pub mod key;
pub mod kit;
mod metrics;
pub mod outside;
pub mod overview;
mod paths;
pub mod people;
pub mod pin;
pub mod place;
mod pointing;
pub mod points;
pub mod prune;
pub mod rebuild;
pub mod recover;
pub mod restore;
pub mod rotate;
pub mod salvage;
pub mod scheduler;
pub mod server;
pub mod settings;
pub mod settle;
pub mod setup;
pub mod setup_check;
pub mod show;
pub mod standing;
pub mod status;
mod taken;
pub mod text;
pub(crate) mod together;
pub mod undo;
pub mod upkeep;
mod verdict;
pub mod verify;

#[cfg(test)]
mod captured_tests;
#[cfg(test)]
mod damaged_tests;
#[cfg(test)]
mod first_run_tests;
#[cfg(test)]
mod gone_tests;
#[cfg(test)]
mod kept_tests;
#[cfg(test)]
mod places_tests;
#[cfg(test)]
mod salvage_tests;
#[cfg(test)]
mod settings_tests;
#[cfg(test)]
mod settle_tests;
#[cfg(test)]
mod taken_back_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod window_tests;
#[cfg(test)]
mod wreck_tests;
