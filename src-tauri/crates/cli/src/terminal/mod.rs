//! The way to the person: results on standard output, everything else on standard error.
mod bar;
pub mod prompt;
mod signals;
pub mod table;

pub use signals::cancel_on_signals;

use crate::args::{Global, ProgressHow};
use crate::session::Stats;
use bar::Progressing;
use holdfast_api::words::{ago_words, duration_words, local_seconds, local_words, printable, size_words};
use holdfast_api::{ArchiveInfo, Clock, Exit, Failure, Monitor, Note, Severity, Silent};
use jiff::Timestamp;
use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Clones share their state.
#[derive(Clone)]
pub struct Out {
    pub json: bool,
    pub quiet: bool,
    /// Whether the person can be asked.
    pub interactive: bool,
    pub verbose: bool,
    clock: Arc<dyn Clock>,
    bar: Option<Arc<Progressing>>,
    json_lines: bool,
    /// Standard output could not be written, for another reason than that its reader went away.
    broken: Arc<AtomicBool>,
}

/// So many of one kind are told one by one.
const NOTES_OF_EACH: usize = 10;

impl Out {
    pub fn new(global: &Global, clock: Arc<dyn Clock>) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let wanted = global.progress == ProgressHow::Auto && terminal && !global.quiet && global.verbose == 0;
        Self {
            json: global.json,
            quiet: global.quiet,
            interactive: terminal && std::io::stdin().is_terminal(),
            verbose: global.verbose > 0,
            clock,
            bar: wanted.then(|| Arc::new(Progressing::default())),
            json_lines: global.progress == ProgressHow::Json,
            broken: Arc::new(AtomicBool::new(false)),
        }
    }

    /// What the job reports to.
    pub fn monitor(&self) -> Arc<dyn Monitor> {
        match &self.bar {
            Some(bar) => bar.clone(),
            None if self.json_lines => Arc::new(bar::JsonLines),
            None => Arc::new(Silent),
        }
    }

    /// Takes the progress bar away, until there is progress again.
    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.clear();
        }
    }

    /// A line of what was asked for; also with `--quiet`.
    pub fn line(&self, text: impl AsRef<str>) {
        self.text(&format!("{}\n", text.as_ref()));
    }

    /// Many lines at once.
    pub fn text(&self, text: &str) {
        if self.json {
            return;
        }
        self.clear();
        let mut out = std::io::stdout().lock();
        if let Err(e) = out.write_all(text.as_bytes())
            && e.kind() != ErrorKind::BrokenPipe
        {
            self.broken.store(true, Ordering::Relaxed);
        }
    }

    /// One of several objects on standard output, for programs that listen.
    pub fn json_line(&self, object: &impl serde::Serialize) {
        let mut out = std::io::stdout().lock();
        if let Ok(text) = serde_json::to_string(object)
            && let Err(e) = writeln!(out, "{text}").and_then(|()| out.flush())
            && e.kind() != ErrorKind::BrokenPipe
        {
            self.broken.store(true, Ordering::Relaxed);
        }
    }

    pub fn zone(&self) -> jiff::tz::TimeZone {
        self.clock.zone()
    }

    pub fn lines(&self, lines: impl IntoIterator<Item = String>) {
        for line in lines {
            self.line(line);
        }
    }

    /// A line that says what was done.
    pub fn say(&self, text: impl AsRef<str>) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// A line on standard error that is neither a problem nor a result.
    pub fn aside(&self, text: impl AsRef<str>) {
        if !self.quiet && !self.json {
            self.clear();
            eprintln!("{}", text.as_ref());
        }
    }

    /// Problems and notices, those of one kind together.
    pub fn notes(&self, notes: &[Note]) {
        if self.json {
            return;
        }
        self.clear();
        let mut told: Vec<&Note> = Vec::new();
        for note in notes {
            if !told.iter().any(|first| first.code == note.code) {
                told.push(note);
            }
        }
        told.retain(|first| !self.quiet || first.severity != Severity::Notice);
        // Those that have the same next step stand together, and it is said once.
        while let Some(first) = told.first().copied() {
            let (together, others) = told.into_iter().partition(|note| note.next_step == first.next_step);
            told = others;
            let together: Vec<&Note> = together;
            for one in together {
                self.notes_of(one, notes);
            }
            eprintln!("  What to do: {}", first.next_step);
        }
    }

    /// All of one kind.
    fn notes_of(&self, first: &Note, notes: &[Note]) {
        let same: Vec<&Note> = notes.iter().filter(|note| note.code == first.code).collect();
        let shown = if self.verbose { same.len() } else { NOTES_OF_EACH };
        let word = if first.severity == Severity::Notice { "Note" } else { "Problem" };
        for note in same.iter().take(shown) {
            eprintln!("{word}: {}", printable(&note.title));
            eprintln!("  {}", printable(&note.cause));
        }
        if same.len() > shown {
            eprintln!("  … and {} more of this kind (-v shows all)", same.len() - shown);
        }
    }

    pub fn stats(&self, stats: &Stats) {
        self.clear();
        let time = duration_words(Duration::from_millis(stats.elapsed_ms));
        eprintln!("Read {} ({} bytes) from archives, in {time}", size_words(stats.read_bytes), stats.read_bytes);
    }

    /// `2026-11-21 02:00 (2 h ago)`.
    pub fn when(&self, at: Timestamp) -> String {
        format!("{} ({})", self.local(at), self.ago(at))
    }

    pub fn local(&self, at: Timestamp) -> String {
        local_words(at, &self.clock.zone())
    }

    /// Of an archive, to the second where another was made in the same minute.
    pub fn made(&self, archive: &ArchiveInfo) -> String {
        let words = if archive.shares_minute { local_seconds } else { local_words };
        words(archive.created, &self.clock.zone())
    }

    pub fn ago(&self, at: Timestamp) -> String {
        ago_words(at, self.clock.now())
    }

    /// How long since this program began, without the time that a person took to answer.
    pub fn elapsed(&self) -> String {
        duration_words(self.clock.elapsed().saturating_sub(prompt::waited()))
    }

    /// A result that could not be written out is not done.
    pub fn ending(&self, exit: Exit) -> ExitCode {
        if self.broken.load(Ordering::Relaxed) && exit == Exit::Done {
            eprintln!("The result could not be written to standard output.");
            return Exit::Failed.number().into();
        }
        exit.number().into()
    }
}

/// A failure in words: what happened, the cause, what to do.
pub fn say_failure(failure: &Failure) {
    eprintln!("{}", printable(&failure.title));
    if !failure.cause.is_empty() && !failure.is_cancelled() {
        let named = failure.title.to_lowercase().contains(&failure.subject.to_lowercase());
        let about = if named { "" } else { &format!("{}: ", failure.subject) };
        eprintln!("Cause: {}{}", printable(about), printable(&failure.cause));
    }
    eprintln!("What to do: {}", printable(&failure.next_step));
}
