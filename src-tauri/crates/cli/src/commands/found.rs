//! How what was found on this machine is shown.
use crate::session::Session;
use crate::terminal::Out;
use holdfast_api::words::{count_words, printable, size_words};
use holdfast_api::{Code, FindAnswer, FoundInfo, Note};
use std::path::Path;

/// So many places are named where nothing was found.
const PLACES: usize = 12;
const REASONS: usize = 3;
const LEFT_OUT: usize = 3;

pub fn show(answer: &FindAnswer, session: &Session) {
    let out = &session.out;
    if answer.found.is_empty() {
        out.line("No chatbot was found on this machine.");
        out.line("Looked at what runs, at units and compose files, and in:");
        for place in answer.looked_in.iter().take(PLACES) {
            out.line(format!("  {}", path(place)));
        }
        if answer.looked_in.len() > PLACES {
            out.line(format!("  and {} more", answer.looked_in.len() - PLACES));
        }
        out.line("Name its folder yourself: holdfast setup NAME --root DIR --to DIR");
    } else {
        out.line(match answer.found.len() {
            1 => "One chatbot was found on this machine:".to_owned(),
            count => format!("{count} chatbots were found on this machine:"),
        });
    }
    for found in &answer.found {
        one(found, out);
    }
    if !answer.complete {
        out.line("The time for looking was over before all was seen; there may be more.");
    }
    out.notes(&answer.problems);
}

fn one(found: &FoundInfo, out: &Out) {
    let state = match (&found.protected_by, found.running.as_slice()) {
        (Some(name), _) => format!("protected already, as {name}"),
        (None, []) => "not running".to_owned(),
        (None, running) => format!("in use by {}", running.join(", ")),
    };
    out.line("");
    out.line(format!("{}  {}  ({}; {state})", found.number, found.title, found.id));
    for root in &found.roots {
        out.line(format!("   {}", path(root)));
    }
    if let Some(contents) = &found.contents {
        let mut parts = vec![
            size_words(contents.bytes),
            count_words(contents.files, "file", "files"),
            count_words(contents.databases.len() as u64, "database", "databases"),
        ];
        if !contents.vector_stores.is_empty() {
            parts.push(count_words(contents.vector_stores.len() as u64, "vector store", "vector stores"));
        }
        out.line(format!("   {}", parts.join(", ")));
        let secrets: Vec<String> = contents.secrets.iter().take(8).map(|secret| name(&secret.path)).collect();
        if !secrets.is_empty() {
            out.line(format!("   Secrets: {}", secrets.join(", ")));
        }
        if contents.left_out_bytes > 0 {
            out.line(format!("   Left out: {} in all", size_words(contents.left_out_bytes)));
            for left in contents.left_out.iter().take(LEFT_OUT) {
                out.line(format!("     {}  {}  ({})", path(&left.path), size_words(left.bytes), left.reason));
            }
        }
    }
    for evidence in found.evidence.iter().take(REASONS) {
        out.line(format!("   Found because {}", printable(&evidence.because)));
    }
    problems(&found.problems, out);
}

/// One line each: there are several chatbots to look at.
fn problems(problems: &[Note], out: &Out) {
    for note in problems {
        let text = match note.code {
            Code::SecretNotFound => format!("Not found: {}. {}", note.subject, note.cause),
            _ => format!("{} ({})", note.title, note.cause),
        };
        out.line(format!("   ! {}", printable(&text)));
    }
}

pub fn path(path: &Path) -> String {
    printable(&path.display().to_string())
}

fn name(path: &Path) -> String {
    printable(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy())
}
