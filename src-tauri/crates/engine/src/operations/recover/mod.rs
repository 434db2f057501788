//! Recovery on a machine that knows nothing: no settings, no catalog, no keyring. A drive and the passphrase are enough.
//!
//! `find` goes by names and needs no key; `open` opens the archives and says which moments can be had; `plan` says what a
//! recovery would do; `run` does it and, if it was wanted, takes the deployment under protection here.
mod adopt;
mod contents;
mod emergency;
mod find;
mod moments;
mod open;
mod owners;
mod plan;
mod profile;
mod run;
mod stale;

pub use adopt::Adopted;
pub use find::{Deposit, Found, find};
pub use moments::{Candidate, choose, next_good, whole};
pub use open::{Opened, Trust, open};
pub use owners::{OwnerKind, StrangeOwner};
pub use plan::{Adoption, Anew, Place, RecoverPlan, RecoverRequest, plan};
pub use run::{RecoverReport, run};
