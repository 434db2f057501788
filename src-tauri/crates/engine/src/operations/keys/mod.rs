//! What is done with a deployment's keys: the kit and its proof, another passphrase, other keys, trusted people.
mod check;
mod kit;
mod passphrase;
mod people;
mod rotate;
mod spread;

pub use check::{Proof, TypedBack, check};
pub use kit::{kit, require_place};
pub use passphrase::change as change_passphrase;
pub use people::{add as add_person, remove as remove_person};
pub use rotate::{RotateReport, RotationPlan, plan as plan_rotation, run as rotate};
pub use spread::Spread;
pub(super) use spread::spread;
