//! How a command ends: its exit code, and with `--json` its one object.
use crate::session::Stats;
use crate::terminal::say_failure;
use clap::error::ErrorKind;
use holdfast_api::{Code, Exit, Failure, Note, Outcome};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::io::{ErrorKind as IoKind, Write};
use std::process::ExitCode;

/// A result that stands.
#[derive(Debug)]
pub struct Ending {
    pub exit: Exit,
    /// What `--json` prints.
    pub object: Value,
}

impl Ending {
    /// From an answer with its outcome and its problems.
    pub fn new<'a>(outcome: Outcome, problems: impl IntoIterator<Item = &'a Note>, answer: &impl Serialize) -> Self {
        let object =
            serde_json::to_value(answer).unwrap_or_else(|e| json!({ "outcome": outcome, "error": e.to_string() }));
        Self { exit: Exit::of_outcome(outcome, problems), object }
    }

    /// Adds a field to what `--json` prints.
    #[must_use]
    pub fn with(mut self, name: &str, value: &impl Serialize) -> Self {
        if let (Value::Object(object), Ok(value)) = (&mut self.object, serde_json::to_value(value)) {
            object.insert(name.to_owned(), value);
        }
        self
    }

    pub fn print(self, stats: Option<Stats>) -> ExitCode {
        let ending = match stats {
            Some(stats) => self.with("stats", &stats),
            None => self,
        };
        print_object(&ending.object, ending.exit)
    }
}

/// A failure: on standard error in words, or as the one object.
pub fn failed(failure: &Failure, json: bool, stats: Option<Stats>) -> ExitCode {
    let exit = Exit::of_failure(failure);
    if !json {
        say_failure(failure);
        return exit.number().into();
    }
    let outcome = if failure.is_cancelled() { Outcome::Cancelled } else { Outcome::Failed };
    let mut object = Map::new();
    object.insert("outcome".to_owned(), json!(outcome));
    object.insert("error".to_owned(), json!(failure));
    if let Some(stats) = stats {
        object.insert("stats".to_owned(), json!(stats));
    }
    print_object(&Value::Object(object), exit)
}

/// Arguments that cannot be understood, or a request for help.
pub fn usage(error: &clap::Error) -> ExitCode {
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // The arguments were not understood, so they are looked at by hand.
    let json = std::env::args_os().any(|argument| argument == "--json");
    if json && !is_help {
        let text = error.render().to_string();
        let cause = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        return failed(&Failure::new(Code::BadRequest, "the command", cause), true, None);
    }
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage.number()))
}

/// A reader that went away is no failure of ours; anything else that keeps the object from being written is.
fn print_object(object: &Value, exit: Exit) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{object}").and_then(|()| out.flush()) {
        Err(e) if e.kind() != IoKind::BrokenPipe => {
            say_failure(&Failure::new(Code::InputOutput, "standard output", e));
            Exit::Failed.number().into()
        }
        _ => exit.number().into(),
    }
}
