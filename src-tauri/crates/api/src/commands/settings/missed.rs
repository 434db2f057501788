//! What is said of patterns that leave out what a person would miss, and of those that leave nothing.
use super::check::Found;
use crate::words::count_words;
use holdfast_domain::{Code, Problem};
use holdfast_engine::deployment::{Excluded, Missed, Missing};

/// Folders of which nothing would be protected: no settings are made so.
pub(super) fn refuse(found: &Excluded, typed: &[String], to: &mut Found) {
    let (emptied, line) = found.emptied();
    let Some(first) = emptied.first() else { return };
    let title = if emptied.len() == found.roots.len() {
        "Nothing would be protected.".to_owned()
    } else {
        format!("Nothing of {} would be protected.", first.path.display())
    };
    let pattern = typed.get(line).map(String::as_str).unwrap_or_default();
    to.add(&format!("exclude.{line}"), pattern, title, "Take it away, or name less with it.");
}

/// What is missed of each line.
pub(super) fn warn(found: &Excluded, typed: &[String], to: &mut Found) {
    for (number, (line, pattern)) in found.lines.iter().zip(typed).enumerate() {
        if line.missed.is_empty() {
            continue;
        }
        let more = line.missed_files - line.missed.len() as u64;
        let title = format!("{} would be in no archive.", sentence(&line.missed, more));
        to.add(&format!("exclude.{number}"), pattern, title, "After a restore it would not be there.");
        if let Some(added) = to.0.last_mut() {
            added.note.code = Code::LeftOutByPattern;
        }
    }
}

/// The same as notices of a set-up.
pub(in crate::commands) fn notices(found: &Excluded, exclude: &[String]) -> Vec<Problem> {
    let of = |(line, pattern): (&holdfast_engine::deployment::ExcludedBy, &String)| {
        let missed = line.missed.iter().map(|one| (one.path.display().to_string(), pattern.clone()));
        missed.collect::<Vec<_>>()
    };
    let all = found.lines.iter().zip(exclude).flat_map(of);
    all.map(|(path, pattern)| Problem::new(Code::LeftOutByPattern, path, pattern)).collect()
}

/// `webui.db, the conversations, and .env, keys`
fn sentence(missed: &[Missed], more: u64) -> String {
    let mut parts: Vec<String> = missed
        .iter()
        .map(|one| format!("{}, {}", one.path.file_name().unwrap_or_default().to_string_lossy(), called(one.what)))
        .collect();
    if more > 0 {
        parts.push(count_words(more, "more file", "more files"));
    }
    match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{}, and {last},", rest.join("; ")),
        _ => format!("{},", parts.join("")),
    }
}

fn called(what: Missing) -> &'static str {
    match what {
        Missing::Conversations => "the conversations",
        Missing::Vectors => "the vectors",
        Missing::Database => "a database",
        Missing::Keys => "with keys",
        Missing::Configuration => "the configuration",
    }
}
