//! Archives: made, found, proven, kept, compared, carried elsewhere.
use super::super::steps::{Done, Request};
use super::Hands;
use crate::archive::{Moment, entry::is_within};
use crate::catalog::ArchiveRow;
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::diff::{self, Change, What};
use crate::operations::export::{self, ExportRequest};
use crate::operations::{backup, browse, moments, pins, salvage as salvaging, verify as verifying};
use holdfast_domain::runbook::StepResult;
use holdfast_domain::{ArchiveName, Code, Kind, Level, Outcome, size_words};
use std::path::{Path, PathBuf};

pub(super) fn backup(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    archive(hands, request, request.flag("pin"), job)
}

/// One that is kept for ever.
pub(super) fn backup_kept(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    archive(hands, request, true, job)
}

/// Goes by what is there: one that was made since the step began is not made again.
fn archive(hands: &Hands<'_>, request: &Request, keep: bool, job: &Job) -> Result<Done> {
    let (context, profile) = (hands.context, hands.profile);
    let rows = browse::archives(context, Some(&profile.id))?;
    let made = rows.into_iter().find(|row| row.kind == Kind::Emergency && row.created >= request.since);
    let (name, outcome, bytes) = if let Some(row) = made {
        (row.name, row.outcome, row.stored_bytes)
    } else {
        let wanted = backup::BackupRequest {
            level: Some(Level::Hourly),
            kind: Kind::Emergency,
            allow_empty: true,
            ..backup::BackupRequest::default()
        };
        let plan = backup::plan(context, profile, wanted, job)?;
        let report = backup::run(context, plan, job)?;
        (report.archive, report.outcome, report.stored_bytes)
    };
    if keep {
        pins::set(context, profile, &name, true)?;
    }
    let result = if outcome == Outcome::Problems { StepResult::Problems } else { StepResult::Done };
    let kept = if keep { ", and is kept for ever" } else { "" };
    let not_whole = if result == StepResult::Problems { " It lacks something; the archive says what." } else { "" };
    let said = format!("The present state is in {name} ({}){kept}.{not_whole}", size_words(bytes));
    Ok(Done::new(result, said).with_value(name))
}

fn name_in(path: &Path) -> Result<ArchiveName> {
    let name = path.file_name().and_then(|name| name.to_str()).and_then(ArchiveName::parse);
    name.ok_or_else(|| Error::new(Code::ArchiveMissing, path.display(), "it is not called as an archive is"))
}

impl Hands<'_> {
    /// The archive that is meant, and where it lies.
    pub(super) fn meant(&self, request: &Request) -> Result<(ArchiveName, PathBuf)> {
        let path = self.outside.archive(request.at(), &request.components())?;
        Ok((name_in(&path)?, path))
    }

    /// As the catalog has it.
    pub(super) fn row(&self, name: &ArchiveName) -> Result<Option<ArchiveRow>> {
        self.context.catalog()?.0.archives().get(&self.profile.id, name)
    }

    /// Its list, out of the catalog where that has it: then it takes no key.
    pub(super) fn moment(&self, name: &ArchiveName, path: &Path) -> Result<Moment> {
        if let Some(row) = self.row(name)?
            && let Ok(moment) = moments::from_catalog(&self.context.catalog()?.0, &row, false)
        {
            return Ok(moment);
        }
        Ok(self.outside.reading(path)?.moment(path, |_| false)?.0)
    }

    pub(super) fn when(&self, at: jiff::Timestamp) -> String {
        at.to_zoned(self.context.clock.zone()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}

pub(super) fn find(hands: &Hands<'_>, request: &Request, _: &Job) -> Result<Done> {
    let (name, path) = match hands.meant(request) {
        Ok(found) => found,
        Err(e) if matches!(e.code(), Code::NothingToRestore | Code::ArchiveMissing) => {
            return Ok(Done::new(StepResult::Nothing, format!("No archive was found: {}.", e.cause())));
        }
        Err(e) => return Err(e),
    };
    let Some(row) = hands.row(&name)? else {
        return Ok(Done::new(StepResult::Done, format!("Go back to {name}.")).with_value(name));
    };
    let verified = match row.verified {
        Some(seen) if seen.ok => format!("verified {}", hands.when(seen.at)),
        Some(seen) => format!("found damaged {}", hands.when(seen.at)),
        None => "not verified yet".to_owned(),
    };
    let said = format!("Go back to the archive of {}: {name}.", hands.when(row.created));
    let lines = [format!("{} files, {}", row.files, size_words(row.bytes)), verified, path.display().to_string()];
    let result = if row.verified.is_some_and(|seen| !seen.ok) { StepResult::Problems } else { StepResult::Done };
    Ok(Done::new(result, said).with_lines(lines).with_value(name))
}

pub(super) fn verify(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let (name, path) = hands.meant(request)?;
    let full = request.flag("full");
    // The quick check does without a key, and says so.
    let reading = match hands.outside.reading(&path) {
        Ok(reading) => Some(reading),
        Err(e) if full || e.is_cancelled() => return Err(e),
        Err(_) => None,
    };
    let wanted = verifying::VerifyRequest { archives: vec![path], full };
    let report = verifying::run(hands.context, Some(hands.profile), reading.as_ref(), wanted, job)?;
    let problems: Vec<String> = report
        .archives
        .iter()
        .flat_map(|verdict| verdict.problems.iter().map(|p| format!("{}: {}: {}", verdict.archive, p.subject, p.cause)))
        .take(50)
        .collect();
    let ok = report.archives.iter().all(|verdict| verdict.ok);
    let (result, said) = match (ok, full) {
        (true, true) => (StepResult::Done, format!("{name} is what was written: every byte was compared.")),
        (true, false) => (StepResult::Done, format!("{name} is what was written.")),
        (false, _) => (StepResult::Problems, format!("{name} is damaged, or lacks what it needs.")),
    };
    Ok(Done::new(result, said).with_lines(problems).with_value(name))
}

pub(super) fn pin(hands: &Hands<'_>, request: &Request, _: &Job) -> Result<Done> {
    let (name, _) = hands.meant(request)?;
    pins::set(hands.context, hands.profile, &name, true)?;
    Ok(Done::new(StepResult::Done, format!("{name} is kept for ever, until it is unpinned.")).with_value(name))
}

pub(super) fn compare(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let (name, path) = hands.meant(request)?;
    let moment = hands.moment(&name, &path)?;
    let at = moment.manifest().created;
    let diff = diff::with_now(hands.context, hands.profile, &moment, job)?;
    let wanted: Vec<&[u8]> = request.texts("paths").iter().map(String::as_bytes).collect();
    let within =
        |change: &&Change| wanted.is_empty() || wanted.iter().any(|path| is_within(change.path.as_bytes(), path));
    let (added, removed, changed) = diff.changes.iter().filter(within).filter(|change| change.kind != "folder").fold(
        (0u64, 0u64, 0u64),
        |(added, removed, changed), change| match change.what {
            What::Added => (added + 1, removed, changed),
            What::Removed => (added, removed + 1, changed),
            What::Changed { .. } => (added, removed, changed + 1),
        },
    );
    let most = request.number("most", 100) as usize;
    let told = diff.changes.iter().filter(within).filter(|change| change.kind != "folder");
    let mut lines: Vec<String> = told.clone().take(most).map(line).collect();
    let more = told.count().saturating_sub(most);
    if more > 0 {
        lines.push(format!("… and {more} more: holdfast diff {name}"));
    }
    lines.extend(diff.problems.iter().map(|problem| format!("? {}: {}", problem.subject, problem.cause)));
    if added + removed + changed == 0 {
        let said = format!("Nothing differs from the archive of {}.", hands.when(at));
        return Ok(Done::new(StepResult::Nothing, said).with_lines(lines).with_value(name));
    }
    let said = format!("Since {}: {added} new, {changed} changed, {removed} gone.", hands.when(at));
    Ok(Done::new(StepResult::Done, said).with_lines(lines).with_value(name))
}

fn line(change: &Change) -> String {
    let sign = match change.what {
        What::Added => '+',
        What::Removed => '-',
        What::Changed { content: true, .. } => '~',
        What::Changed { content: false, .. } => '.',
    };
    format!("{sign} {} ({})", change.path, change.class)
}

pub(super) fn export(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let to = PathBuf::from(request.required("to")?);
    let (name, path) = hands.meant(request)?;
    let reading = hands.outside.reading(&path)?;
    let plan = export::plan(hands.context, hands.profile, &reading, ExportRequest::new(path, to), job)?;
    let report = export::run(hands.context, plan, job)?;
    let said = format!("{name} is at {}, with what opens it.", report.path.display());
    Ok(Done::new(StepResult::Done, said).with_value(report.path.display()))
}

pub(super) fn salvage(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let into = PathBuf::from(request.required("into")?);
    let (name, path) = hands.meant(request)?;
    let reading = hands.outside.reading(&path)?;
    let report = salvaging::run(hands.context, &reading, &path, &into, job)?;
    let lost = report.lost.iter().take(50).map(|lost| format!("{}: {}", lost.subject, lost.cause)).collect::<Vec<_>>();
    let result = if report.outcome == Outcome::Done { StepResult::Done } else { StepResult::Problems };
    let said = format!("{} files came out of {name}, {}.", report.files, size_words(report.bytes));
    Ok(Done::new(result, said).with_lines(lost).with_value(report.into.display()))
}
