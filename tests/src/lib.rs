//! Helpers of the black-box tests: they run the programs as a person would, each in a home of its own, and
//! compare what is on the disk.
#![allow(clippy::unwrap_used)]

mod deployment;
mod drive;
mod files;
mod keys;
mod limited;
mod mode;
mod mount;
mod page;
mod programs;
mod run;
mod server;
mod tree;
mod typist;
mod watching;
pub mod window;
mod world;

pub use deployment::{Template, template};
pub use drive::{Drive, FileSystem, Pull};
pub use files::{codes, files, fill, left_out};
pub use keys::open_recovery_key;
pub use limited::Limited;
pub use mode::{Random, long, noise, random, skipped};
pub use mount::{Mount, is_root};
pub use page::{Page, missing_programs, with_names};
pub use programs::{desktop, holdfast, pictures, sample};
pub use run::{LIMIT, Ran, run, run_for, start};
pub use server::Server;
pub use tree::{assert_same, copy_tree, differences, picture, picture_without, same};
pub use typist::typing;
pub use watching::Watching;
pub use world::{NAME, PASSPHRASE, World};

/// Arguments of different kinds as one list.
#[macro_export]
macro_rules! args {
    ($($argument:expr),* $(,)?) => {
        [$(::std::ffi::OsString::from($argument)),*]
    };
}
