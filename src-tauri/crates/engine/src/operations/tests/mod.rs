//! Operations on a small deployment, from the outside.
mod diff;
mod prune;
mod rebuild;
