use super::books::Held;
use super::plan::{PlacePlan, REPAIR, Repairs, SAMPLE, UpkeepPlan, read_at};
use super::read::{Found, Share, read};
use super::sample::{self, SampleResult, Sampled};
use crate::catalog::{ArchiveRow, Catalog, Operation, Run, Turn, Verification, VerifyKind};
use crate::deployment::Profile;
use crate::error::Result;
use crate::jobs::{Job, Phase, Problems};
use crate::operations::context::Context;
use crate::operations::reading::Reading;
use crate::operations::{backup, copy, destinations};
use crate::store::Destination;
use crate::vault::Given;
use holdfast_domain::{ArchiveName, Code, Outcome, Problem, upkeep};
use jiff::Timestamp;
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct UpkeepReport {
    /// `Failed` where something is damaged now; `Problems` where it was and was mended, or something could not be looked at.
    pub outcome: Outcome,
    pub places: Vec<PlaceRead>,
    /// Absent where none was due.
    pub sample: Option<Sampled>,
    pub repaired: Vec<Repaired>,
    pub problems: Vec<Problem>,
}

/// What was read at a place that is there.
#[derive(Debug, Clone, Serialize, ts_rs::TS)]
pub struct PlaceRead {
    pub name: String,
    pub id: String,
    /// Archives of which the last byte was read.
    pub archives: u64,
    pub bytes: u64,
    pub damaged: Vec<ArchiveName>,
    /// Archives that are still due: the share was used up, or the place went.
    pub left: u64,
}

/// An archive that was damaged at a place and is good there again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Repaired {
    pub archive: ArchiveName,
    /// The place's name.
    pub place: String,
}

/// The keys that are at hand without asking anybody; `None`: none.
pub fn keyring_reading(context: &Context, profile: &Profile) -> Option<Reading> {
    Reading::of_deployment(context, &profile.id, &Given::default(), false).ok()
}

/// Reads a share of what is due at each place, restores a sample, and mends what can be mended. Cancelled, it goes on the
/// next time where it stopped. Repairs take the locks of backups and copies, and wait for another run's end until the next
/// time; nothing else does.
pub fn run(context: &Context, plan: UpkeepPlan, reading: Option<&Reading>, job: &Job) -> Result<UpkeepReport> {
    let started = context.clock.now();
    let (catalog, _) = context.catalog()?;
    let UpkeepPlan { profile, limits, places, sample, mut repairs } = plan;
    let (problems, mut reads) = (Problems::default(), Vec::new());
    let share = |place: &PlacePlan| place.due.iter().map(|held| held.copy.stored_bytes).sum::<u64>().min(place.bytes);
    let archives = places.iter().map(|place| place.due.len() as u64).sum();
    job.phase(Phase::Verifying, archives, places.iter().map(share).sum());
    for place in places.iter().filter(|place| !place.due.is_empty()) {
        let opened = destinations::open(context, &profile, &place.setting);
        let mut share = Share { bytes: place.bytes, ends_at: job.clock().elapsed() + limits.time };
        reads.push(one(context, &catalog, &profile, place, &*opened, &mut share, &mut repairs, &problems, job)?);
    }
    let sample = match sample {
        Some(row) => sampled(context, &catalog, &profile, &row, reading, &mut repairs, &problems, job)?,
        None => None,
    };
    let repaired =
        if repairs.count() > 0 { mend(context, &catalog, &profile, &repairs, &problems, job)? } else { Vec::new() };
    let found = reads.iter().any(|place| !place.damaged.is_empty());
    let mended =
        |name: &str, archive: &ArchiveName| repaired.iter().any(|one| one.place == name && one.archive == *archive);
    let unmended = reads.iter().any(|place| place.damaged.iter().any(|archive| !mended(&place.name, archive)));
    let bad_sample = sample.as_ref().is_some_and(|sample| sample.result == SampleResult::Damaged);
    let outcome = if unmended || bad_sample { Outcome::Failed } else { problems.outcome() };
    let report = UpkeepReport { outcome, places: reads, sample, repaired, problems: problems.into_list() };
    // A quiet share is no event.
    if found || report.sample.is_some() || !report.repaired.is_empty() || report.outcome != Outcome::Done {
        record(&catalog, &profile, started, context.clock.now(), &report)?;
    }
    Ok(report)
}

#[allow(clippy::too_many_arguments)]
fn one(
    context: &Context,
    catalog: &Catalog,
    profile: &Profile,
    place: &PlacePlan,
    opened: &dyn Destination,
    share: &mut Share,
    repairs: &mut Repairs,
    problems: &Problems,
    job: &Job,
) -> Result<PlaceRead> {
    let name = place.setting.name();
    let mut at = PlaceRead { name, id: place.setting.id(), archives: 0, bytes: 0, damaged: Vec::new(), left: 0 };
    let (had, mut more) = (share.bytes, false);
    for (number, held) in place.due.iter().enumerate() {
        job.current(format!("{} at {}", held.copy.archive, at.name));
        let left = (place.due.len() - number) as u64;
        match read(catalog, opened, held, place.is_cloud(), share, job)? {
            Found::Whole { ok } => {
                at.archives += 1;
                job.add_files(1);
                held.note(catalog, context.clock.now(), ok)?;
                if !ok {
                    found_damaged(place, opened, held, repairs, problems);
                    at.damaged.push(held.copy.archive.clone());
                }
            }
            Found::Gone => {}
            Found::Unread(e) => problems.add(e.to_problem()),
            Found::InPart => {
                (at.left, more) = (left, true);
                break;
            }
            Found::Away(e) => {
                // A drive that was pulled out, and a line that broke, are none.
                if !matches!(e.code(), Code::DestinationMissing | Code::CloudUnreachable | Code::InputOutput) {
                    problems.add(e.to_problem());
                }
                at.left = left;
                at.bytes = had - share.bytes;
                // It is asked again in an hour, whatever its share.
                let again = context.clock.now() - upkeep::NEXT_TURN + upkeep::NEXT_SHARE;
                catalog.turns().put(&profile.id, &read_at(&place.setting), Turn { at: again, more: false })?;
                return Ok(at);
            }
        }
    }
    at.bytes = had - share.bytes;
    catalog.turns().put(&profile.id, &read_at(&place.setting), Turn { at: context.clock.now(), more })?;
    Ok(at)
}

fn found_damaged(place: &PlacePlan, opened: &dyn Destination, held: &Held, repairs: &mut Repairs, problems: &Problems) {
    let archive = &held.copy.archive;
    let cause = format!("what lies at {} is not what was written", opened.describe());
    problems.report(Code::ChecksumMismatch, archive.as_str(), cause);
    if held.first {
        repairs.here.insert(archive.clone());
    } else {
        repairs.copies.insert((place.setting.id(), archive.clone()));
    }
}

#[allow(clippy::too_many_arguments)]
fn sampled(
    context: &Context,
    catalog: &Catalog,
    profile: &Profile,
    row: &ArchiveRow,
    reading: Option<&Reading>,
    repairs: &mut Repairs,
    problems: &Problems,
    job: &Job,
) -> Result<Option<Sampled>> {
    let had_its_turn = || catalog.turns().put(&profile.id, SAMPLE, Turn { at: context.clock.now(), more: false });
    let sampled = match sample::restore(context, catalog, row, reading, job) {
        Err(e) if e.is_cancelled() => return Err(e),
        Err(e) => {
            problems.add(e.to_problem());
            return had_its_turn().map(|()| None);
        }
        Ok(sampled) => sampled,
    };
    sampled.problems.iter().cloned().for_each(|problem| problems.add(problem));
    if sampled.result == SampleResult::Damaged {
        // Where its bytes are not those that were written, a good copy mends it. Where they are, none does.
        let home = backup::destination(profile)?;
        let mut rotten = false;
        for name in std::iter::once(&row.name).chain(&row.needs) {
            let Some(known) = catalog.archives().get(&profile.id, name)? else { continue };
            let hash = match home.hash(name, job) {
                Err(e) if e.is_cancelled() => return Err(e),
                hash => hash,
            };
            if hash.is_ok_and(|hash| hex::encode(hash) == known.sha256) {
                continue;
            }
            let bad = Verification { at: context.clock.now(), kind: VerifyKind::Quick, ok: false };
            catalog.archives().set_verified(&profile.id, name, bad)?;
            repairs.here.insert(name.clone());
            rotten = true;
        }
        if !rotten {
            let bad = Verification { at: context.clock.now(), kind: VerifyKind::Full, ok: false };
            catalog.archives().set_verified(&profile.id, &row.name, bad)?;
        }
    }
    had_its_turn()?;
    Ok(Some(sampled))
}

fn mend(
    context: &Context,
    catalog: &Catalog,
    profile: &Profile,
    repairs: &Repairs,
    problems: &Problems,
    job: &Job,
) -> Result<Vec<Repaired>> {
    let report = match copy::mend(context, profile, &repairs.here, &repairs.copies, job) {
        // A backup or a copy is at work: the next time.
        Err(e) if e.code() == Code::Locked => return Ok(Vec::new()),
        Err(e) if e.code() == Code::DestinationMissing => return Ok(Vec::new()),
        done => done?,
    };
    catalog.turns().put(&profile.id, REPAIR, Turn { at: context.clock.now(), more: false })?;
    report.problems.into_iter().for_each(|problem| problems.add(problem));
    let of = |at: copy::Copied| {
        let place = at.name;
        at.copied.into_iter().map(move |archive| Repaired { archive, place: place.clone() })
    };
    Ok(report.destinations.into_iter().flat_map(of).collect())
}

fn record(
    catalog: &Catalog,
    profile: &Profile,
    started: Timestamp,
    ended: Timestamp,
    report: &UpkeepReport,
) -> Result<()> {
    let sampled = report.sample.as_ref();
    catalog.runs().insert(&Run {
        deployment_id: profile.id.clone(),
        operation: Operation::Verify,
        started,
        ended,
        outcome: report.outcome,
        archive: sampled.map(|sample| sample.archive.clone()),
        files: sampled.map_or(0, |sample| sample.files),
        bytes: report.places.iter().map(|place| place.bytes).sum(),
        stored_bytes: 0,
        summary: serde_json::json!({
            "upkeep": { "places": report.places, "sample": report.sample, "repaired": report.repaired }
        }),
        problems: report.problems.clone(),
    })?;
    Ok(())
}
