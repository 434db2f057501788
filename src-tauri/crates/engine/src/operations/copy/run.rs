use super::plan::{CopyPlan, Due};
use super::reconcile::copy_of;
use crate::catalog::{ArchiveRow, Catalog, CopyCheck, Operation, Run};
use crate::deployment::Destination as Setting;
use crate::error::{Error, Result};
use crate::jobs::{Job, Phase, Problems};
use crate::operations::context::Context;
use crate::operations::destinations::{self, CopyFailed};
use crate::operations::pick::path_of;
use crate::operations::sealing;
use holdfast_domain::{ArchiveName, Code, Envelope, Outcome, Problem, size_words};
use serde::Serialize;
use std::collections::HashSet;

#[derive(Debug, Clone, Serialize)]
pub struct CopyReport {
    /// `Cancelled` where it was stopped: what it names as copied is there all the same.
    pub outcome: Outcome,
    pub destinations: Vec<Copied>,
    pub problems: Vec<Problem>,
}

/// What one destination got.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct Copied {
    pub name: String,
    /// As in the settings: it stays when the place is called otherwise.
    pub id: String,
    /// `folder`, `drive` or `cloud`.
    #[ts(type = r#""folder" | "drive" | "cloud""#)]
    pub kind: &'static str,
    pub there: bool,
    /// In the order in which they came.
    pub copied: Vec<ArchiveName>,
    pub bytes: u64,
    /// Archives that are still due.
    pub due: u64,
    /// Of these, the ones for which there was no room.
    pub waits: u64,
    /// Archives that it lacks, and whose own place is not there to copy them from.
    pub absent: u64,
    /// Why it did not get all that was due, where that is not that it is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub failed: Option<Problem>,
    /// For a drive: all that was written is on it. That says nothing of what it lacks.
    pub safe_to_unplug: bool,
}

impl Copied {
    /// It holds all that it should.
    pub fn is_complete(&self) -> bool {
        self.there && self.due == 0 && self.absent == 0 && self.failed.is_none()
    }
}

/// Brings to each destination what it lacks. One that fails holds no other up.
pub fn run(context: &Context, plan: CopyPlan, job: &Job) -> Result<CopyReport> {
    let started = context.clock.now();
    let problems = Problems::default();
    plan.problems.iter().cloned().for_each(|problem| problems.add(problem));
    // Copied, then read back.
    let count = plan.there().map(Due::count).sum();
    job.phase(Phase::Copying, count, plan.bytes() * 2);
    let (catalog, _) = context.catalog()?;
    let mut copied = Vec::new();
    let mut stopped = false;
    for due in &plan.destinations {
        if let Some(away) = &due.away {
            let failed = destinations::failed(&catalog, &plan.profile, &due.setting)?;
            copied.push(told_away(due, away, failed.as_ref(), &problems));
            continue;
        }
        let to = one(context, &catalog, &plan, due, &problems, &mut stopped, job)?;
        copied.push(to);
    }
    let outcome = if stopped { Outcome::Cancelled } else { problems.outcome() };
    let problems = problems.into_list();
    let bytes = copied.iter().map(|to| to.bytes).sum();
    if bytes > 0 || outcome != Outcome::Done {
        catalog.runs().insert(&Run {
            deployment_id: plan.profile.id.clone(),
            operation: Operation::Copy,
            started,
            ended: context.clock.now(),
            outcome,
            archive: None,
            files: copied.iter().map(|to| to.copied.len() as u64).sum(),
            bytes,
            stored_bytes: bytes,
            summary: serde_json::json!({ "destinations": copied }),
            problems: problems.clone(),
        })?;
    }
    Ok(CopyReport { outcome, destinations: copied, problems })
}

/// A drive that is away is nothing wrong, as long as it comes back. Where it had no room, that it comes back helps nothing.
fn told_away(due: &Due, away: &Error, before: Option<&CopyFailed>, problems: &Problems) -> Copied {
    let mut failed = None;
    if !matches!(away.code(), Code::DestinationMissing | Code::CloudUnreachable) {
        problems.add(away.to_problem());
        failed = Some(away.to_problem());
    } else if due.count() > 0 && before.is_some_and(|it| it.problem.code == Code::DestinationFull) {
        let cause = "it is away, and had no room for the last copy";
        problems.report(Code::PlaceTooSmall, due.opened.describe(), cause);
    } else if due.count() > 0 {
        problems.report(Code::CopyDue, due.opened.describe(), away.cause());
    }
    Copied {
        name: due.name.clone(),
        id: due.setting.id(),
        kind: due.kind,
        there: false,
        copied: Vec::new(),
        bytes: 0,
        due: due.count(),
        waits: 0,
        absent: due.absent,
        failed,
        safe_to_unplug: false,
    }
}

fn one(
    context: &Context,
    catalog: &Catalog,
    plan: &CopyPlan,
    due: &Due,
    problems: &Problems,
    stopped: &mut bool,
    job: &Job,
) -> Result<Copied> {
    let to = &*due.opened;
    let mut copied = Vec::new();
    let mut bytes = 0;
    // What cannot be copied, and so nothing that needs it.
    let mut without: HashSet<&ArchiveName> = HashSet::new();
    let mut waits: Vec<&ArchiveRow> = Vec::new();
    let prepared = (|| {
        let vault = context.vault(&plan.profile.id)?;
        let openpgp = due.rows.iter().any(|row| row.name.envelope() == Envelope::Openpgp);
        let envelope = if openpgp { Envelope::Openpgp } else { Envelope::Age };
        to.equip(&sealing::prepare(&vault, &plan.profile.name, envelope)?.1)?;
        vault.note_copy(&due.setting.id(), false)?;
        let wanted: Vec<ArchiveName> = due.rows.iter().map(|row| row.name.clone()).collect();
        to.sweep(&wanted)
    })();
    let mut ended = *stopped;
    let mut failed: Option<Problem> = None;
    let fails = |e: &Error, failed: &mut Option<Problem>| {
        problems.add(e.to_problem());
        failed.get_or_insert_with(|| e.to_problem());
    };
    if let Err(e) = prepared {
        fails(&e, &mut failed);
        ended = true;
    }
    for row in &due.rows {
        if ended || job.is_cancelled() {
            break;
        }
        if row.needs.iter().any(|name| without.contains(name)) {
            without.insert(&row.name);
            if row.needs.iter().any(|name| waits.iter().any(|other| other.name == *name)) {
                waits.push(row);
            }
            continue;
        }
        // A smaller one may fit.
        if free_for(to, row).is_some_and(|(needed, free)| free < needed) {
            without.insert(&row.name);
            waits.push(row);
            continue;
        }
        job.current(format!("{} → {}", row.name, due.name));
        match copy(to, row, job) {
            Ok(()) => {
                let believed = matches!(&due.setting, Setting::Cloud { service, .. } if !service.read_back);
                let check = if believed { CopyCheck::Noted } else { CopyCheck::ReadBack };
                let verified = (context.clock.now(), check, true);
                catalog.copies().put(&copy_of(row, &due.setting.id(), Some(verified)))?;
                job.add_files(1);
                bytes += row.stored_bytes;
                copied.push(row.name.clone());
            }
            Err(e) if e.is_cancelled() => break,
            // The source is not what was written, or went meanwhile: others may be all right.
            Err(e) if matches!(e.code(), Code::ChecksumMismatch | Code::ArchiveMissing) => {
                fails(&e, &mut failed);
                without.insert(&row.name);
            }
            Err(e) => {
                fails(&e, &mut failed);
                ended = true;
            }
        }
    }
    *stopped |= job.is_cancelled();
    if !waits.is_empty() {
        let bytes = waits.iter().map(|row| row.stored_bytes).sum();
        let count =
            if waits.len() == 1 { "1 archive waits".to_owned() } else { format!("{} archives wait", waits.len()) };
        let free = to.free_space().ok().flatten().unwrap_or(0);
        let cause = format!("{count} for room: {} are needed, {} are free", size_words(bytes), size_words(free));
        fails(&Error::new(Code::DestinationFull, to.describe(), cause), &mut failed);
    }
    let settled = to.settle();
    // Where the copy failed, that has been said.
    let safe = settled.is_ok() && to.require().is_ok();
    if due.absent > 0 {
        let cause = format!("{} of its archives lie at a place that is not there now", due.absent);
        problems.report(Code::CopyDue, to.describe(), cause);
    }
    if let Err(e) = settled
        && !ended
    {
        fails(&e, &mut failed);
    }
    Ok(Copied {
        name: due.name.clone(),
        id: due.setting.id(),
        kind: due.kind,
        there: true,
        due: due.count() - copied.len() as u64,
        waits: waits.len() as u64,
        absent: due.absent,
        copied,
        bytes,
        failed,
        safe_to_unplug: safe && due.kind == "drive",
    })
}

fn copy(to: &dyn crate::store::Destination, row: &ArchiveRow, job: &Job) -> Result<()> {
    let mut sha256 = [0; 32];
    hex::decode_to_slice(&row.sha256, &mut sha256)
        .map_err(|e| Error::new(Code::CatalogDamaged, &row.name, format!("its hash is none: {e}")))?;
    to.copy_in(&path_of(row), &row.name, &sha256, job)
}

/// Bytes that it still takes there, and that are free; `None` where nobody can say.
fn free_for(to: &dyn crate::store::Destination, row: &ArchiveRow) -> Option<(u64, u64)> {
    let needed = row.stored_bytes.saturating_sub(to.begun_bytes(&row.name));
    to.free_space().ok().flatten().map(|free| (needed, free))
}
