//! Restores in place, of what a runbook says or an earlier step found. What was restored since the step began is not
//! restored again, so a step that was cut short goes on where it was.
use super::super::steps::{Done, Request};
use super::Hands;
use crate::catalog::{Operation, Run as RunNote};
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::operations::in_use::named;
use crate::operations::restore::{self, RestorePlan, RestoreRequest, Scope, Target};
use crate::operations::undo as undoing;
use holdfast_domain::incident::Pick;
use holdfast_domain::runbook::StepResult;
use holdfast_domain::{ArchiveName, Class, Code, Outcome, size_words};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// One restore of several.
struct Part {
    archive: PathBuf,
    components: Vec<Class>,
    paths: Vec<String>,
}

impl Hands<'_> {
    /// What an earlier step found, or the one thing that the arguments say.
    fn parts(&self, request: &Request) -> Result<Vec<Part>> {
        let Some(of) = request.text("of") else {
            let components = request.components();
            let archive = self.outside.archive(request.at(), &components)?;
            return Ok(vec![Part { archive, components, paths: request.texts("paths").to_vec() }]);
        };
        let picks = request.told.get(of).map(|told| told.picks.as_slice()).unwrap_or_default();
        if picks.is_empty() {
            let cause = format!("the step {of} found nothing to restore; choose the archive yourself");
            return Err(Error::new(Code::NothingToRestore, of, cause));
        }
        let mut parts: Vec<Part> = Vec::new();
        for pick in picks {
            let archive = self.outside.archive(pick.archive.as_str(), &[])?;
            match parts.iter_mut().find(|part| part.archive == archive) {
                Some(part) => part.paths.extend(pick.paths.iter().cloned()),
                None => parts.push(Part { archive, components: Vec::new(), paths: pick.paths.clone() }),
            }
        }
        Ok(parts)
    }

    fn plan(&self, part: &Part, emergency: bool, job: &Job) -> Result<RestorePlan> {
        let reading = self.outside.reading(&part.archive)?;
        let request = RestoreRequest {
            profile: Some(self.profile.clone()),
            archive: part.archive.clone(),
            scope: Scope {
                components: part.components.clone(),
                paths: part.paths.iter().map(|path| path.clone().into_bytes()).collect(),
                except: Vec::new(),
            },
            target: Target::InPlace,
            emergency,
        };
        restore::plan(self.context, &reading, request, job)
    }

    /// Restores that ended since then and were not undone, the oldest first.
    fn restored_since(&self, since: Timestamp) -> Result<Vec<RunNote>> {
        let (catalog, _) = self.context.catalog()?;
        let runs = |operation| catalog.runs().recent_of(&self.profile.id, operation, 50);
        let id = |run: &RunNote| run.summary.get("id").and_then(|id| id.as_str()).map(str::to_owned);
        let undone: BTreeSet<String> = runs(Operation::Undo)?.iter().filter_map(|row| id(&row.run)).collect();
        let came = |run: &RunNote| matches!(run.outcome, Outcome::Done | Outcome::Problems);
        let mut found: Vec<RunNote> = runs(Operation::Restore)?.into_iter().map(|row| row.run).collect();
        found.retain(|run| run.ended >= since && came(run) && id(run).is_some_and(|id| !undone.contains(&id)));
        found.reverse();
        Ok(found)
    }
}

pub(super) fn preview(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let (mut lines, mut said) = (Vec::new(), Vec::new());
    let mut changes = 0;
    for part in hands.parts(request)? {
        let plan = hands.plan(&part, true, job)?;
        let preview = &plan.preview;
        changes += preview.changes.len();
        let tally = |word: &str, tally: restore::Tally| format!("{word} {} ({})", tally.files, size_words(tally.bytes));
        said.push(format!(
            "From {} of {}: {}, {}, {}, {}.",
            preview.archive,
            hands.when(preview.at),
            tally("creates", preview.created),
            tally("replaces", preview.replaced),
            tally("deletes", preview.deleted),
            tally("keeps", preview.kept)
        ));
        lines.push(format!("{} to write, {} free", size_words(preview.bytes_to_write), size_words(preview.free_bytes)));
        lines.extend(preview.changes.iter().take(50).map(|change| {
            let word = match change.action {
                restore::Action::Create => "creates",
                restore::Action::Replace => "replaces",
                restore::Action::Delete => "deletes",
            };
            format!("{word} {}", change.path)
        }));
        if !preview.in_use.is_empty() {
            lines.push(format!("To be stopped first: {}", named(&preview.in_use)));
        }
        lines.extend(preview.notices.iter().map(|notice| format!("Note: {}: {}", notice.subject, notice.cause)));
    }
    let result = if changes == 0 { StepResult::Nothing } else { StepResult::Done };
    Ok(Done::new(result, said.join(" ")).with_lines(lines))
}

pub(super) fn run(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let (context, profile) = (hands.context, hands.profile);
    // What a killed one left is brought to its end first: then the catalog knows of it.
    restore::settle(context, profile.name.as_str(), &profile.id)?;
    let parts = hands.parts(request)?;
    let mut before = hands.restored_since(request.since)?.into_iter();
    let mut done = Done::new(StepResult::Done, "");
    let (mut said, mut archived) = (Vec::new(), false);
    for part in parts {
        let name = part.archive.file_name().and_then(|name| name.to_str()).and_then(ArchiveName::parse);
        // In their order: what was restored before it was cut short is at the beginning.
        if let Some(run) = before.next().filter(|run| run.archive == name)
            && let Some(name) = name
        {
            archived = true;
            done.told.restore = run.summary.get("id").and_then(|id| id.as_str()).map(str::to_owned);
            said.push(format!("{name} was restored already."));
            let at = hands.row(&name)?.map(|row| row.created);
            done.told.restored_to = at.or(done.told.restored_to);
            done.told.picks.extend(at.map(|at| Pick { paths: part.paths, archive: name, at }));
            continue;
        }
        let plan = hands.plan(&part, !archived, job)?;
        let (archive, at) = (plan.preview.archive.clone(), plan.preview.at);
        let report = restore::run(context, plan, job)?;
        archived = true;
        said.push(format!(
            "Restored to {} from {archive}: {} files, {}.",
            hands.when(at),
            report.files,
            size_words(report.bytes)
        ));
        done.told.restore = report.id.or(done.told.restore);
        done.told.restored_to = Some(at);
        done.told.value = Some(archive.to_string());
        done.told.picks.push(Pick { paths: part.paths, archive, at });
        done.told.lines.extend(report.emergency.map(|name| format!("The state before is in the archive {name}.")));
        done.told.lines.extend(
            report.preserved.iter().map(|path| format!("The state before is preserved at {}.", path.display())),
        );
        if !report.in_use.is_empty() {
            done.told.lines.push(format!("Still on the old files, restart them: {}", named(&report.in_use)));
        }
        if report.outcome == Outcome::Problems {
            done.result = StepResult::Problems;
            let problems = report.problems.iter().take(50);
            done.told.lines.extend(problems.map(|p| format!("Problem: {}: {}", p.subject, p.cause)));
        }
    }
    done.told.said = said.join(" ");
    Ok(done)
}

/// Of this incident's: what somebody restored before it stays.
pub(super) fn undo(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let (context, profile) = (hands.context, hands.profile);
    restore::settle(context, profile.name.as_str(), &profile.id)?;
    let (catalog, _) = context.catalog()?;
    let undone = catalog.runs().recent_of(&profile.id, Operation::Undo, 10)?;
    if undone.iter().any(|row| row.run.ended >= request.since && row.run.outcome != Outcome::Failed) {
        return Ok(Done::new(StepResult::Done, "The state before the restore is live again."));
    }
    if hands.restored_since(request.started)?.is_empty() {
        return Ok(Done::new(StepResult::Nothing, "Nothing was restored in this incident."));
    }
    let plan = undoing::plan(context, profile, true, job)?;
    let report = undoing::run(context, plan, job)?;
    let lines = report.emergency.map(|name| format!("What was restored, and changed since, is in the archive {name}."));
    let result = if report.outcome == Outcome::Problems { StepResult::Problems } else { StepResult::Done };
    let said = format!("The state before the restore of {} is live again.", report.archive);
    Ok(Done::new(result, said).with_lines(lines))
}
