//! Copies of archives at other destinations: what is due where, and bringing it there.
//!
//! A copy is due while retention would keep it there and its source is at hand. The newest archive from which everything
//! comes back goes first, with what it needs: a drive that is pulled halfway already protects. One that does not fit holds
//! no smaller one up. Killed or unplugged at any moment, a copy is complete or not listed,
//! and goes on the next time.
mod check;
mod due;
mod plan;
mod reconcile;
mod repair;
mod run;
mod wait;

pub use check::{CheckReport, Checked, check};
pub use plan::{CopyPlan, CopyRequest, Due, plan};
pub use repair::repair;
pub use run::{Copied, CopyReport, run};
pub use wait::wait;

pub(crate) use due::{Dues, copy_as_kept, due, waiting};
pub(crate) use reconcile::{copy_of, reconcile};
pub(crate) use repair::mend;

use super::context::Context;
use crate::durable::Lock;
use crate::error::Result;
use holdfast_domain::DeploymentName;

/// Copies are made beside backups, so they have a lock of their own; nobody else changes what lies at the destinations
/// for copies.
pub(crate) fn lock(context: &Context, deployment: &DeploymentName, what: &str) -> Result<Lock> {
    // No deployment has this name: "+" is in none.
    context.lock(&format!("{deployment}+copies"), what)
}
