use super::{CopyRequest, lock, reconcile};
use crate::catalog::{CopyCheck, CopyRow, Operation, Run};
use crate::deployment::Profile;
use crate::error::Result;
use crate::jobs::{Job, Phase, Problems};
use crate::operations::context::Context;
use crate::operations::{browse, destinations};
use crate::store::Destination;
use holdfast_domain::{ArchiveName, Code, Outcome, Problem};
use serde::Serialize;
use std::sync::Arc;

#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    /// `Failed` where any copy is not what was written.
    pub outcome: Outcome,
    pub destinations: Vec<Checked>,
    pub problems: Vec<Problem>,
}

/// What was found at one destination.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    pub name: String,
    pub there: bool,
    /// Copies of which every byte was read, and their bytes.
    pub checked: u64,
    pub bytes: u64,
    /// Copies that are not what was written: they are due again.
    pub damaged: Vec<ArchiveName>,
}

/// A destination, and its copies where it is there.
type Looked = (String, Arc<dyn Destination>, Option<Vec<CopyRow>>);

/// Reads every copy again where it lies, and notes what was found. Needs no key. Destinations that are away are passed over.
pub fn check(context: &Context, profile: &Profile, request: &CopyRequest, job: &Job) -> Result<CheckReport> {
    let wanted = request.to.as_deref().map(|name| destinations::named(profile, name)).transpose()?;
    let _lock = lock(context, &profile.name, "a check of the copies")?;
    let started = context.clock.now();
    let (catalog, _) = context.catalog()?;
    let problems = Problems::default();
    let rows = browse::refreshed(&catalog, Some(&profile.id))?;
    let mut found: Vec<Looked> = Vec::new();
    for setting in destinations::for_copies(profile).filter(|setting| wanted.is_none_or(|wanted| wanted == *setting)) {
        let opened = destinations::open(context, profile, setting);
        let looked = opened
            .require()
            .and_then(|()| reconcile(context, &catalog, &setting.id(), &*opened, &rows, &profile.id, &problems));
        if let Err(e) = &looked {
            let code = if matches!(e.code(), Code::DestinationMissing | Code::CloudUnreachable) {
                Code::CopyDue
            } else {
                e.code()
            };
            problems.report(code, opened.describe(), e.cause());
        }
        found.push((setting.name(), opened, looked.ok()));
    }
    let copies = || found.iter().filter_map(|(_, _, copies)| copies.as_ref()).flatten();
    job.phase(Phase::Verifying, copies().count() as u64, copies().map(|copy| copy.stored_bytes).sum());
    let mut checked = Vec::new();
    for (name, opened, copies) in &found {
        let mut at = Checked { name: name.clone(), there: copies.is_some(), checked: 0, bytes: 0, damaged: Vec::new() };
        for copy in copies.iter().flatten() {
            job.checkpoint()?;
            job.current(format!("{} at {name}", copy.archive));
            let ok = match opened.hash(&copy.archive, job) {
                Ok(hash) => hex::encode(hash) == copy.sha256,
                Err(e) if e.is_cancelled() => return Err(e),
                // Nothing was learnt of the copy.
                Err(e) if is_away(e.code()) => {
                    problems.add(e.to_problem());
                    break;
                }
                Err(_) => false,
            };
            if !ok {
                let cause = format!("its copy at {} is not what was written; it is due again", opened.describe());
                problems.report(Code::ChecksumMismatch, copy.archive.as_str(), cause);
                at.damaged.push(copy.archive.clone());
            }
            let verified = Some((context.clock.now(), CopyCheck::ReadBack, ok));
            catalog.copies().put(&CopyRow { verified, ..copy.clone() })?;
            at.checked += 1;
            at.bytes += copy.stored_bytes;
            job.add_files(1);
        }
        checked.push(at);
    }
    let damaged = checked.iter().any(|at| !at.damaged.is_empty());
    let outcome = if damaged { Outcome::Failed } else { problems.outcome() };
    let problems = problems.into_list();
    catalog.runs().insert(&Run {
        deployment_id: profile.id.clone(),
        operation: Operation::Verify,
        started,
        ended: context.clock.now(),
        outcome,
        archive: None,
        files: checked.iter().map(|at| at.checked).sum(),
        bytes: checked.iter().map(|at| at.bytes).sum(),
        stored_bytes: 0,
        summary: serde_json::json!({ "copies": checked }),
        problems: problems.clone(),
    })?;
    Ok(CheckReport { outcome, destinations: checked, problems })
}

fn is_away(code: Code) -> bool {
    matches!(code, Code::DestinationMissing | Code::CloudUnreachable | Code::AccessRefused | Code::BucketMissing)
}
