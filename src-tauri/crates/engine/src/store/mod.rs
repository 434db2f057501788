//! Where archives lie.
mod folder;
mod read_back;

pub use folder::{Folder, Listed, free_space};
pub use read_back::read_back;
