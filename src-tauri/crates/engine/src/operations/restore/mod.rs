//! Brings a moment back: into another folder, or in place with the present state preserved.
mod carry;
mod check;
mod content;
mod extract;
pub(crate) mod journal;
mod live;
mod own;
mod owners;
mod plan;
mod present;
mod preview;
mod run;
mod scope;
mod selection;
mod stamp;
mod swap;
mod target;

pub use journal::{in_use_aside, recover_interrupted, settle};
pub use own::OwnRestores;
pub use owners::Owners;
pub use plan::{RestorePlan, RestoreRequest, Target, plan};
pub use preview::{Action, Change, Needed, Preview, PreviewRoot, Tally};
pub use run::{RestoreReport, RestoredRoot, run};
pub use scope::Scope;

pub(crate) use content::{Part, each_part};
pub(crate) use extract::{Extraction, Worker, is_damage, zeros};
pub(crate) use present::unsaved_bytes;
pub(crate) use run::archive_present;
