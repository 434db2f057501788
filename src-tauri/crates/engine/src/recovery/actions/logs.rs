//! The last lines of the deployment's logs that speak of errors, with secrets covered.
use super::super::steps::{Done, Request};
use super::Hands;
use super::files::{LiveFile, live};
use crate::error::Result;
use crate::jobs::Job;
use holdfast_domain::Class;
use holdfast_domain::masking::mask;
use holdfast_domain::runbook::StepResult;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// So much of the end of each log is read.
const END_BYTES: u64 = 256 * 1024;
/// The newest logs.
const LOGS: usize = 8;
const LINE_LETTERS: usize = 400;

const WORDS: [&str; 12] = [
    "error",
    "exception",
    "traceback",
    "fatal",
    "critical",
    "panic",
    "failed",
    "refused",
    "denied",
    "malformed",
    "corrupt",
    "no space",
];

pub(super) fn errors(hands: &Hands<'_>, request: &Request, job: &Job) -> Result<Done> {
    let most = request.number("lines", 20) as usize;
    let mut logs = live(hands, job, is_log)?;
    logs.sort_by_key(|log| std::cmp::Reverse(log.meta.modified().ok()));
    let looked = logs.len().min(LOGS);
    let (mut lines, mut found) = (Vec::new(), 0);
    for LiveFile { path, .. } in logs.into_iter().take(LOGS) {
        job.checkpoint()?;
        let Ok(end) = end_of(&path) else { continue };
        let told = told(&path, &end, most);
        if !told.is_empty() {
            found += told.len();
            lines.push(format!("{}:", path.display()));
            lines.extend(told.into_iter().map(|line| format!("  {line}")));
        }
    }
    Ok(match (looked, found) {
        (0, _) => Done::new(StepResult::Nothing, "No log files are in the folders that are protected."),
        (_, 0) => Done::new(StepResult::Nothing, format!("The ends of {looked} logs speak of no error.")),
        _ => Done::new(StepResult::Done, format!("The logs speak of errors ({found} lines).")).with_lines(lines),
    })
}

fn is_log(file: &LiveFile) -> bool {
    let ending = file.path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let packed = matches!(ending, "gz" | "xz" | "zst" | "bz2");
    (file.class == Class::Logs || matches!(ending, "log" | "err" | "out")) && !packed
}

fn end_of(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(END_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn told(path: &Path, end: &str, most: usize) -> Vec<String> {
    // Whole, so that what goes on over lines stays covered.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (covered, _) = mask(&name, end);
    let speaks = |line: &&str| {
        let small = line.to_lowercase();
        WORDS.iter().any(|word| small.contains(word))
    };
    let lines: Vec<&str> = covered.lines().filter(speaks).collect();
    let last = lines.len().saturating_sub(most);
    lines[last..].iter().map(|line| line.trim().chars().take(LINE_LETTERS).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_of_errors_are_shown_and_secrets_are_covered() {
        let end = "all is well\nERROR cannot open: OPENAI_API_KEY=sk-abcdefghijklmnopqrstuvwxyz123456\nTraceback (most recent)\nfine";
        let lines = told(Path::new("/x/app.log"), end, 10);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].contains("cannot open") && !lines[0].contains("sk-abc"), "{lines:?}");
        assert_eq!(told(Path::new("app.log"), end, 1), ["Traceback (most recent)"]);
    }
}
