//! Operations on a small deployment, from the outside.
mod backup;
mod browse;
mod copy;
mod diff;
mod export;
mod keys;
mod losses;
mod openpgp;
mod pick;
mod prune;
mod rebuild;
mod recover;
mod restore;
mod salvage;
mod setup;
mod undo;
mod verify;
