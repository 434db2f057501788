//! Losses that were meant: a person says so of each, and no backup tells of them any more. Nothing else settles one but that
//! it is there again.
use super::backup::Lost;
use super::captured;
use super::context::Context;
use crate::catalog::{Operation, Run};
use crate::deployment::Profile;
use crate::error::{Error, Result};
use holdfast_domain::{Code, Outcome};

/// What will be settled, each by its name.
#[derive(Debug)]
pub struct SettlePlan {
    profile: Profile,
    pub lost: Vec<Lost>,
    /// Losses that stay open.
    pub left: usize,
}

/// The open losses, or of them those at `paths` (`ROOT/...`, or as they lie in a root) and below.
///
/// `BadRequest` where none is at `paths`. Reads the catalog and looks at the files that are named there.
pub fn plan(context: &Context, profile: &Profile, paths: &[String]) -> Result<SettlePlan> {
    let (catalog, _) = context.catalog()?;
    let open = captured::told_lost(&catalog, profile)?.unwrap_or_default();
    let below = |lost: &str, path: &str| {
        let rest = lost.strip_prefix(path.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    // As a person sees it in the folder, where nothing is so called with the root's name before it.
    let in_root = |lost: &Lost, path: &str| lost.path.split_once('/').is_some_and(|(_, inside)| below(inside, path));
    let named: Vec<&String> = paths.iter().filter(|path| open.iter().any(|lost| below(&lost.path, path))).collect();
    let meant = |lost: &Lost| {
        let is_meant = |path: &String| {
            if named.contains(&path) { below(&lost.path, path) } else { in_root(lost, path) }
        };
        paths.is_empty() || paths.iter().any(is_meant)
    };
    let (lost, left): (Vec<Lost>, Vec<Lost>) = open.iter().cloned().partition(meant);
    if lost.is_empty() && !paths.is_empty() {
        let cause = "no loss that is open lies there; holdfast settle --dry-run names all of them";
        return Err(Error::new(Code::BadRequest, paths.join(", "), cause));
    }
    Ok(SettlePlan { profile: profile.clone(), lost, left: left.len() })
}

/// Settles what the plan names. `Locked` while a backup or a restore runs: that would go on with what was told before.
pub fn run(context: &Context, plan: SettlePlan) -> Result<Vec<Lost>> {
    if plan.lost.is_empty() {
        return Ok(plan.lost);
    }
    let _lock = context.lock(plan.profile.name.as_str(), "settling losses")?;
    let now = context.clock.now();
    let run = Run {
        deployment_id: plan.profile.id.clone(),
        operation: Operation::Settle,
        started: now,
        ended: now,
        outcome: Outcome::Done,
        archive: None,
        files: plan.lost.len() as u64,
        bytes: 0,
        stored_bytes: 0,
        summary: serde_json::json!({ "settled": plan.lost }),
        problems: Vec::new(),
    };
    context.catalog()?.0.runs().insert(&run)?;
    Ok(plan.lost)
}
