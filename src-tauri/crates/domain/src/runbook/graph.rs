//! Where steps lead: each one can be come to, and from each one there is a way to the end.
use super::fields::Table;
use super::steps::Draft;
use super::{Does, Phase, To};
use std::collections::BTreeSet;

pub(super) fn check(file: &Table<'_, '_>, drafts: &[Draft]) {
    for phase in Phase::ALL {
        if !drafts.iter().any(|draft| draft.step.phase == phase) {
            let message = format!("no step is of the phase {}; each of the six needs one", phase.as_str());
            file.faults.add(&file.at, "step", message);
        }
    }
    let ways: Vec<Vec<Option<usize>>> = (0..drafts.len()).map(|index| ways(drafts, index)).collect();
    let mut reached = BTreeSet::new();
    let mut open = vec![0];
    while let Some(index) = open.pop() {
        if index < drafts.len() && reached.insert(index) {
            open.extend(ways[index].iter().flatten());
        }
    }
    for (index, draft) in drafts.iter().enumerate().filter(|(index, _)| !reached.contains(index)) {
        let before = index.checked_sub(1).map(|before| drafts[before].step.id.as_str()).unwrap_or_default();
        let message = format!("{} is never come to: no step leads here, and {before} leads elsewhere", draft.step.id);
        file.faults.add(&draft.at, &draft.field, message);
    }
    // Those from which the end can be come to, found from the end backwards.
    let mut ending: BTreeSet<usize> = BTreeSet::new();
    while let Some(more) = (0..drafts.len())
        .find(|index| !ending.contains(index) && ways[*index].iter().any(|to| to.is_none_or(|to| ending.contains(&to))))
    {
        ending.insert(more);
    }
    for index in reached.iter().filter(|index| !ending.contains(index)) {
        let draft = &drafts[*index];
        let message = format!("{} is in a circle that nothing leads out of", draft.step.id);
        file.faults.add(&draft.at, &draft.field, message);
    }
    circles_by_themselves(file, drafts, &ways);
}

/// Branches are gone through without anybody: a circle of them alone would never stand still.
fn circles_by_themselves(file: &Table<'_, '_>, drafts: &[Draft], ways: &[Vec<Option<usize>>]) {
    let branches = |index: &usize| matches!(drafts[*index].step.does, Does::Branch { .. });
    for start in (0..drafts.len()).filter(branches) {
        let mut seen = BTreeSet::new();
        let mut open: Vec<usize> = ways[start].iter().flatten().copied().collect();
        while let Some(index) = open.pop() {
            if index == start {
                let draft = &drafts[start];
                let message = format!("{} leads to itself through decisions by result alone", draft.step.id);
                file.faults.add(&draft.at, &draft.field, message);
                break;
            }
            if branches(&index) && seen.insert(index) {
                open.extend(ways[index].iter().flatten());
            }
        }
    }
}

/// Where a step may lead, by position; `None` is the end.
fn ways(drafts: &[Draft], index: usize) -> Vec<Option<usize>> {
    let step = &drafts[index].step;
    let find = |to: &To| match to {
        To::End => None,
        To::Step(id) => drafts.iter().position(|draft| draft.step.id == *id),
    };
    match &step.does {
        Does::Ask { choices } => choices.iter().map(|choice| find(&choice.to)).collect(),
        Does::Branch { cases, otherwise, .. } => {
            cases.iter().map(|case| &case.to).chain([otherwise]).map(find).collect()
        }
        _ => vec![match &step.next {
            Some(to) => find(to),
            None => Some(index + 1).filter(|below| *below < drafts.len()),
        }],
    }
}
