//! All words for people that belong to no single command.
mod codes;
pub mod desk;
mod phases;
mod places;
mod points;
mod shell;
mod table;
#[cfg(test)]
mod tests;
mod times;
mod units;
pub mod window;

pub(crate) use codes::{NO_DEPLOYMENT, NO_KEYRING, NO_KEYRING_FOR_KEY, not_begun};
pub use codes::{Words, of};
pub use holdfast_domain::size_words;
pub use phases::phase_words;
pub use places::{copied_words, place_words};
pub use points::{class_words, points_words};
pub(crate) use points::{overdue_step, overdue_title};
pub use shell::quoted;
pub use times::{ago_words, local_seconds, local_words, moment_words};
pub use units::{count_words, duration_words, number_words, printable};
pub use window::InWindow;
