//! How a place stands, in the words of window and command line.
use super::{ago_words, count_words, size_words};
use crate::{Copied, Note, PlaceState, Standing};
use jiff::Timestamp;

/// All of it in one line, never better than what is known: `away; its last copy failed 5 min ago: …; lacks 3 archives`.
pub fn place_words(standing: &Standing, state: PlaceState, now: Timestamp) -> String {
    let mut parts = Vec::new();
    if !standing.there {
        parts.push("away".to_owned());
    }
    // That there is no room says why.
    if let Some(failed) = standing.failed.as_ref().filter(|_| state != PlaceState::TooSmall) {
        let title = Note::from(failed.problem.clone()).title;
        parts.push(format!("its last copy failed {}: {}", ago_words(failed.at, now), title.trim_end_matches('.')));
    }
    let due = format!("{}, {}", count_words(standing.due, "archive", "archives"), size_words(standing.due_bytes));
    match state {
        PlaceState::First if standing.there => parts.push("archives are made here".to_owned()),
        PlaceState::First => parts.push("archives are to be made here".to_owned()),
        PlaceState::Complete if standing.unfit > 0 => parts.push("has all that can be copied".to_owned()),
        PlaceState::Complete => parts.push("has everything".to_owned()),
        PlaceState::TooSmall => parts.push(format!("waits for room: {due}")),
        PlaceState::Waiting | PlaceState::Lacking | PlaceState::Failed => {
            let what = if standing.is_waiting() { "waits for its first copy:" } else { "lacks" };
            parts.push(format!("{what} {due}"));
        }
    }
    if let Some(free) = standing.free_bytes.filter(|_| standing.waits > 0) {
        if standing.waits < standing.due {
            let waits = count_words(standing.waits, "of them waits", "of them wait");
            parts.push(format!("{waits} for room: {}", size_words(standing.waits_bytes)));
        }
        parts.push(format!("only {} are free", size_words(free)));
    }
    if standing.unfit > 0 {
        let unfit = count_words(standing.unfit, "archive", "archives");
        parts.push(format!("{unfit} cannot be copied: damaged where it was made, or in need of one that is"));
    }
    if standing.older_key {
        parts.push("still opens with the passphrase from before".to_owned());
    }
    parts.join("; ")
}

/// What one place got by a copy. That a drive may be pulled says nothing of what is on it, so that is said apart.
pub fn copied_words(to: &Copied) -> String {
    let lacking = to.due + to.absent;
    let lacks = || format!("lacks {}", count_words(lacking, "archive", "archives"));
    if !to.there {
        return if lacking == 0 { "not there".to_owned() } else { format!("not there; it {}", lacks()) };
    }
    let mut said = match to.copied.len() as u64 {
        0 if to.is_complete() => "has everything".to_owned(),
        0 => "nothing was copied".to_owned(),
        count => {
            let count = count_words(count, "archive", "archives");
            format!("{count} copied and read back, {}", size_words(to.bytes))
        }
    };
    if lacking > 0 {
        said.push_str("; it ");
        said.push_str(&lacks());
    }
    if to.waits > 0 {
        said.push_str(", ");
        said.push_str(&count_words(to.waits, "of them waits for room", "of them wait for room"));
    }
    said.push('.');
    if to.safe_to_unplug {
        said.push_str(if to.is_complete() {
            " It is safe to unplug."
        } else {
            " Unplugging it now harms nothing that is on it."
        });
    }
    said
}
