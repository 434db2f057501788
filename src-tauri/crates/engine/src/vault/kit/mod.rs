//! The recovery kit: one page to print, with all that is needed when the machine is gone and the passphrase forgotten.
//!
//! It holds the identity in the clear, so Holdfast writes it only where it is told to and keeps no copy.
mod code;
pub mod groups;
mod page;
mod reach;
mod record;

pub use reach::Reach;
pub use record::KitRecord;

use super::{KeySet, Person, Retired};
use holdfast_domain::DeploymentName;
use jiff::Timestamp;

/// What stands on the page.
#[derive(Clone)]
pub struct Kit {
    pub deployment: DeploymentName,
    pub host: String,
    pub made: Timestamp,
    /// The same in the person's time.
    pub made_local: String,
    pub keys: KeySet,
    /// Who else can open the archives.
    pub people: Vec<Person>,
    /// Where archives are kept, for people, and how each place is come by from elsewhere.
    pub places: Vec<(String, Reach)>,
    pub program: String,
}

impl Kit {
    /// Until when the identities behind the first were used, in their order.
    fn until(&self, recipient: &str) -> Option<Timestamp> {
        self.keys.retired().iter().find(|Retired { key, .. }| key == recipient).map(|retired| retired.until)
    }
}

impl std::fmt::Debug for Kit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kit").field("deployment", &self.deployment).field("made", &self.made).finish_non_exhaustive()
    }
}
