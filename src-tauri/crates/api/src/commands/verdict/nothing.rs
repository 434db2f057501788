//! The verdict where nothing can be restored.
use super::{Facts, incomplete, undo_words};
use crate::commands::captured::Lacking;
use crate::commands::comes_out::{ComesOut, salvage_command};
use crate::commands::gone::in_short;
use crate::commands::status::SafetyState::{self, AtRisk};
use crate::words::{ago_words, quoted};
use jiff::Timestamp;

pub(super) fn judge(facts: &Facts, now: Timestamp) -> (SafetyState, String, Option<String>) {
    let name = &facts.deployment;
    let attention = |reason: String, step: String| (SafetyState::Attention, reason, Some(step));
    if let Some(at) = facts.exported.filter(|_| facts.destination_there) {
        let reason =
            format!("It can be brought back from an export, as of {}; nothing newer is there.", ago_words(at, now));
        return attention(reason, format!("Make the first archive here: holdfast backup {name}"));
    }
    if let Some(at) = &facts.copies_at {
        let reason = format!("No archive is where it was made. Copies lie at {at}.");
        let step = format!(
            "holdfast restore takes the copies. To go on backing up, bring the first place back, or, if it is gone for \
             good: holdfast destination first {} --deployment {name}",
            quoted(at)
        );
        return (AtRisk, reason, Some(step));
    }
    let (reason, step) = if !facts.destination_there {
        let step = "Plug the drive in or mount the folder. If it is gone for good: holdfast destination add a new place, \
                    then holdfast destination first NAME.";
        ("The place for the archives is not there.", step.to_owned())
    } else if let Some(words) = &facts.unknown {
        return incomplete(words, name);
    } else if facts.ahead > 0 {
        ("All its archives are dated after now.", format!("Set the clock right; then: holdfast backup {name}"))
    } else if facts.any {
        return none_restorable(facts);
    } else {
        let reason = "There is no archive yet.";
        if let Some(failed) = &facts.last_failed {
            return (AtRisk, format!("{reason} {}", failed.title), Some(format!("Then: holdfast backup {name}")));
        }
        (reason, format!("Make the first one: holdfast backup {name}"))
    };
    (AtRisk, reason.to_owned(), Some(step))
}

/// There are archives. What is known to be wrong with the chatbot stays told, and where something is, what comes out of them
/// is brought out before another one is made.
fn none_restorable(facts: &Facts) -> (SafetyState, String, Option<String>) {
    let name = &facts.deployment;
    let mut reason = "None of its archives can be restored as they are.".to_owned();
    if let Some(root) = &facts.missing_root {
        let what = if root.file { "file" } else { "folder" };
        reason = format!("{reason} The {what} {} is not there.", root.path.display());
    }
    let lacking = facts.lacking.as_ref().filter(|one| one.restored.is_none() && one.left_out.is_none());
    if lacking.is_some() || !facts.gone.is_empty() {
        reason = format!("{reason} {}", in_short(lacking.map(Lacking::brief), &facts.gone));
    }
    if let Some(out) = &facts.salvage {
        reason = format!("{reason} {}", out.sentence());
    }
    let full = format!("holdfast backup {name} --level full");
    let newest = facts.most_left.as_ref().map(salvage_command);
    let out = facts.salvage.as_ref().map(ComesOut::command).or(newest);
    let kept = undo_words(facts.kept.as_ref(), name);
    let step = match out.filter(|_| facts.is_wreck()) {
        Some(out) => format!("Bring out first what is undamaged: {out}. A new one after that: {full}.{kept}"),
        None => format!("Make a new one: {full}.{kept}"),
    };
    (AtRisk, reason, Some(step))
}
