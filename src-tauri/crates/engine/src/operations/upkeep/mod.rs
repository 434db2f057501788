//! What keeps archives readable after they were written: every byte at every place is read again within a month, once a week
//! a sample is restored, and what is damaged is brought back from where it is good.
//!
//! A share of reading is bounded by bytes and time, goes on where the last one stopped, and takes what is unread the longest.
//! It needs no key: what is read is compared with the hash of what was written. It holds no lock, so it holds neither backups
//! nor copies up; what it seems to find is read once more before it is called damage.
mod books;
mod forecast;
mod plan;
mod read;
mod run;
mod sample;
mod standing;
mod told;

pub use forecast::{Forecast, Used, forecast};
pub use plan::{Limits, PlaceDue, UpkeepDue, UpkeepPlan, due, plan};
pub use run::{PlaceRead, Repaired, UpkeepReport, keyring_reading, run};
pub use sample::{SampleResult, Sampled};
pub use standing::{ReadStanding, standing};
pub use told::newly_overdue;

pub(crate) use told::forget;
