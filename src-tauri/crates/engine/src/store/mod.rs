//! Where archives lie.
mod closed;
pub mod cloud;
mod destination;
mod drive;
mod file_system;
mod folder;
mod labels;
mod mounts;
mod read_back;
#[cfg(test)]
pub mod testing;

pub use crate::media::Medium;
pub use closed::Closed;
pub use destination::{Beside, Destination, Held};
pub use drive::{Anchor, DriveName, Marker, describe as describe_drive, find as find_drive, marker_path};
pub use file_system::{FAT_LIMIT, FileSystem};
pub use folder::{DiskSpace, Folder, Listed, base_of, disk_space, free_space};
pub use labels::Labels;
pub use mounts::{Mount, MountWatch, holding, is_remote, mounts};
pub use read_back::read_back;
