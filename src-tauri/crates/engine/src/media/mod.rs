//! The bytes of one archive, wherever they lie: one file, volumes that together are one, or something further away.
mod draft;
mod file;
mod target;

pub use draft::Draft;
pub use file::{FileMedium, is_there, stored_bytes};
pub use target::{Target, Volume, volume_of, volume_path};

use std::fmt::Debug;
use std::io::{self, Read, Seek};

pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// The bytes of one archive. Each call of `open` gives a reader of its own, for another thread.
pub trait Medium: Send + Sync + Debug {
    fn open(&self) -> io::Result<Box<dyn ReadSeek>>;
    /// As it was when the medium was looked up.
    fn length(&self) -> u64;
    /// For people: a path or an address.
    fn describe(&self) -> String;
    /// Lets caches go, so that what is read next comes from where the archive lies, as far as that can be had.
    fn forget_cached(&self) {}
}
