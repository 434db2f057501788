//! Losses that were meant: a person says so of each, and no backup tells of them any more. Nothing else settles one but
//! that it is there again. What was said can be taken back, as long as it is not there again: then it is lost as
//! before.
use super::backup::Lost;
use super::captured;
use super::context::Context;
use crate::catalog::{Catalog, Operation, Run};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use holdfast_domain::{Code, Outcome};
use jiff::Timestamp;

/// What a person says of losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// They were meant.
    Meant,
    /// They were not, after all.
    TakenBack,
}

/// A loss that was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub lost: Lost,
    /// When that was said.
    pub at: Timestamp,
}

/// What was said of losses until now.
#[derive(Debug, Default)]
pub struct Said {
    /// And is not there again; what was said last comes last.
    pub meant: Vec<Settled>,
    /// Meant, and there again.
    pub again: Vec<Lost>,
    /// With the run that took it back.
    taken_back: Vec<(i64, Lost)>,
}

impl Said {
    /// What was taken back after a run, and not said to be meant again.
    pub fn taken_back_since(&self, run: i64) -> impl Iterator<Item = &Lost> {
        self.taken_back.iter().filter(move |(id, _)| *id > run).map(|(_, lost)| lost)
    }
}

/// Runs that are looked through.
const RUNS: usize = 500;

/// Reads the catalog, and looks at the files that are named there.
pub fn said(catalog: &Catalog, profile: &Profile) -> Result<Said> {
    let mut rows = catalog.runs().recent_of(&profile.id, Operation::Settle, RUNS)?;
    rows.sort_by_key(|row| row.id);
    let mut said = Said::default();
    for row in rows {
        let named = |key| captured::lost_in(&row.run, key).unwrap_or_default();
        for lost in named("settled") {
            said.taken_back.retain(|(_, other)| !other.is_same(&lost));
            said.meant.retain(|other| !other.lost.is_same(&lost));
            said.meant.push(Settled { lost, at: row.run.ended });
        }
        for lost in named("again") {
            said.meant.retain(|other| !other.lost.is_same(&lost));
        }
        for lost in named("taken-back") {
            said.meant.retain(|other| !other.lost.is_same(&lost));
            said.taken_back.push((row.id, lost));
        }
    }
    let (meant, again) = said.meant.into_iter().partition(|settled| settled.lost.is_lost(profile));
    said.meant = meant;
    said.again = again.into_iter().map(|settled| settled.lost).collect();
    Ok(said)
}

/// What will be said, each by its name.
#[derive(Debug)]
pub struct SettlePlan {
    profile: Profile,
    word: Word,
    pub lost: Vec<Lost>,
    /// Of the same list, those that stay as they are.
    pub left: usize,
}

/// The open losses, or for `TakenBack` those that were meant; of them those at `paths` (`ROOT/...`, or as they lie in a
/// root) and below.
///
/// `BadRequest` where none is at `paths`. Reads the catalog and looks at the files that are named there.
pub fn plan(context: &Context, profile: &Profile, word: Word, paths: &[String]) -> Result<SettlePlan> {
    let (catalog, _) = context.catalog()?;
    let known = match word {
        Word::Meant => captured::told_lost(&catalog, profile)?.unwrap_or_default(),
        Word::TakenBack => said(&catalog, profile)?.meant.into_iter().map(|settled| settled.lost).collect(),
    };
    let below = |lost: &str, path: &str| {
        let rest = lost.strip_prefix(path.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    // As a person sees it in the folder, where nothing is so called with the root's name before it.
    let in_root = |lost: &Lost, path: &str| lost.path.split_once('/').is_some_and(|(_, inside)| below(inside, path));
    let named: Vec<&String> = paths.iter().filter(|path| known.iter().any(|lost| below(&lost.path, path))).collect();
    let chosen = |lost: &Lost| {
        let is_chosen = |path: &String| {
            if named.contains(&path) { below(&lost.path, path) } else { in_root(lost, path) }
        };
        paths.is_empty() || paths.iter().any(is_chosen)
    };
    let (lost, left): (Vec<Lost>, Vec<Lost>) = known.iter().cloned().partition(chosen);
    if lost.is_empty() && !paths.is_empty() {
        let cause = match word {
            Word::Meant => "no loss that is open lies there; holdfast settle --dry-run names all of them",
            Word::TakenBack => "nothing that lies there was settled; holdfast settle --list names all that was",
        };
        return Err(Error::new(Code::BadRequest, paths.join(", "), cause));
    }
    Ok(SettlePlan { profile: profile.clone(), word, lost, left: left.len() })
}

/// Says it of what the plan names. `Locked` while a backup or a restore runs: that would go on with what was told
/// before.
pub fn run(context: &Context, plan: SettlePlan) -> Result<Vec<Lost>> {
    if plan.lost.is_empty() {
        return Ok(plan.lost);
    }
    let _lock = context.lock(plan.profile.name.as_str(), "settling losses")?;
    let taken_back = plan.word == Word::TakenBack;
    let lost: Vec<Lost> = plan.lost.into_iter().map(|lost| Lost { taken_back, ..lost }).collect();
    let key = if taken_back { "taken-back" } else { "settled" };
    context.catalog()?.0.runs().insert(&note(&plan.profile.id, context.clock.now(), key, &lost))?;
    Ok(lost)
}

/// That what was meant is there again: where it goes once more, that is a loss like the first.
pub(super) fn again(deployment_id: &str, at: Timestamp, lost: &[Lost]) -> Run {
    note(deployment_id, at, "again", lost)
}

fn note(deployment_id: &str, at: Timestamp, key: &str, lost: &[Lost]) -> Run {
    Run {
        deployment_id: deployment_id.to_owned(),
        operation: Operation::Settle,
        started: at,
        ended: at,
        outcome: Outcome::Done,
        archive: None,
        files: lost.len() as u64,
        bytes: 0,
        stored_bytes: 0,
        summary: serde_json::json!({ key: lost }),
        problems: Vec::new(),
    }
}
