use crate::ending::Ending;
use crate::session::Session;
use holdfast_api::words::{count_words, duration_words, printable};
use holdfast_api::{Answer, BrokenRunbook, Code, Exit, Failure, Outcome, RunbookAnswer};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast runbook list                      those that come with Holdfast, and your own
  holdfast runbook show data-corruption      what it does, step by step
  holdfast runbook check mine.toml           what is wrong with a file, line by line

Your own runbooks lie in the folder that the list names, one file each; RUNBOOKS.md says how they are written. One of the
same id takes the place of the one that comes with Holdfast.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the runbooks
    List,
    /// Show one, step by step
    Show {
        /// Its id
        id: String,
    },
    /// Say what is wrong with a file
    Check {
        /// The TOML file
        file: PathBuf,
    },
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    match args.command {
        Command::List => list(session),
        Command::Show { id } => {
            let answer = session.service.runbook(&id)?;
            show(&answer, session);
            Ok(Ending::new(Outcome::Done, [], &answer).with("outcome", &Outcome::Done))
        }
        Command::Check { file } => Ok(check(file, session)),
    }
}

fn list(session: &Session) -> Answer<Ending> {
    let answer = session.service.runbooks()?;
    let out = &session.out;
    for book in &answer.runbooks {
        let target = duration_words(Duration::from_secs(book.target_seconds));
        let own = book.file.as_ref().map(|_| ", your own").unwrap_or_default();
        out.line(format!("{}  {} (target {target}{own})", book.id, book.title));
    }
    out.say(format!("Your own are looked for in {}", answer.folder.display()));
    answer.broken.iter().for_each(|broken| faults(broken, session));
    let outcome = if answer.broken.is_empty() { Outcome::Done } else { Outcome::Problems };
    Ok(Ending::new(outcome, [], &answer).with("outcome", &outcome))
}

fn faults(broken: &BrokenRunbook, session: &Session) {
    let out = &session.out;
    out.line(format!("{} cannot be used:", broken.file.display()));
    out.lines(broken.faults.iter().map(|fault| format!("  {}", printable(&fault.to_string()))));
}

fn check(file: PathBuf, session: &Session) -> Ending {
    match session.service.check_runbook(&file) {
        Ok(answer) => {
            let steps = count_words(answer.steps.len() as u64, "step", "steps");
            session.out.line(format!("{} is sound: {}, {steps}.", file.display(), answer.info.id));
            Ending::new(Outcome::Done, [], &answer).with("outcome", &Outcome::Done)
        }
        Err(broken) => {
            faults(&broken, session);
            let first = broken.faults.first().map(ToString::to_string).unwrap_or_default();
            let failure = Failure::new(Code::BadRunbook, file.display().to_string(), first);
            let object = json!({ "outcome": Outcome::Failed, "error": failure, "faults": broken.faults });
            Ending { exit: Exit::Failed, object }
        }
    }
}

fn show(answer: &RunbookAnswer, session: &Session) {
    let out = &session.out;
    let info = &answer.info;
    out.line(format!("{} ({})", info.title, info.id));
    if !info.about.is_empty() {
        out.line(&info.about);
    }
    out.line(format!("Target: {}", duration_words(Duration::from_secs(info.target_seconds))));
    out.line(format!("Symptoms: {}", info.symptoms.join("; ")));
    let mut phase = None;
    for step in &answer.steps {
        if phase != Some(step.phase) {
            phase = Some(step.phase);
            out.line(format!("\n{}", step.phase.title()));
        }
        let by = step.action.as_ref().map(|action| format!(" [{action}]")).unwrap_or_default();
        out.line(format!("  {} ({}){by}", step.title, step.kind));
        out.lines(step.answers.iter().map(|answer| format!("      {answer}")));
        out.lines(step.commands.iter().map(|command| format!("      $ {}", printable(command))));
    }
}
