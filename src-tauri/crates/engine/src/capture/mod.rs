//! Reads a live deployment: walk, classes, consistent copies of databases and vector stores.
pub mod chroma;
pub mod examine;
pub mod mentions;
pub mod metadata;
pub mod records;
pub mod sqlite;
mod users;
pub mod walk;

pub use users::Users;
