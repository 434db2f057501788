mod list;
mod run;
mod show;

use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::prompt;
use clap::{Subcommand, ValueEnum};
use holdfast_api::{
    Answer, ChecklistWhen, Failure, IncidentAnswer, IncidentArgs, IncidentClosing, IncidentDo, IncidentMessage,
    IncidentStartArgs, Outcome, ReportArgs, ReportForm, ReportKind,
};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast incident start --symptom 'it does not answer any more'
  holdfast incident start chatbot --scenario data-corruption
  holdfast incident run                        goes on step by step, and asks
  holdfast incident next                       what is to be done now
  holdfast incident do                         lets Holdfast do it
  holdfast incident done --found 'the disk'    you have done it
  holdfast incident answer yes
  holdfast incident skip --reason 'no such service here'
  holdfast incident note 'restarted the router'
  holdfast incident report --output report.html
  holdfast incident list --text disk

Everything that is done is written down with its time before and after. After a crash, or on the next day, the incident goes
on where it was. Without --id the newest open incident is meant.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The incident's id; the newest open one where it is left out
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Begin an incident, by a scenario or by what you see
    Start {
        /// The deployment; may be left out when there is one
        name: Option<String>,
        /// The id of a runbook (holdfast runbook list)
        #[arg(long, value_name = "ID")]
        scenario: Option<String>,
        /// What you see, in your own words
        #[arg(long, value_name = "TEXT", required_unless_present = "scenario")]
        symptom: Option<String>,
    },
    /// Go on step by step on this terminal, until it is over or you leave
    Run {
        #[command(flatten)]
        which: Which,
        /// Open an archive that is not signed by its deployment's key
        #[arg(long)]
        accept_unverified: bool,
    },
    /// Show the step that is to be done now
    Next {
        #[command(flatten)]
        which: Which,
    },
    /// Let Holdfast do the check or the action that is next
    Do {
        #[command(flatten)]
        which: Which,
        /// It was cut short, and you have seen that it was done
        #[arg(long)]
        was_done: bool,
        /// It was cut short, and is to be done once more
        #[arg(long, conflicts_with = "was_done")]
        again: bool,
        /// Do what changes the live chatbot without asking
        #[arg(long)]
        yes: bool,
        /// Open an archive that is not signed by its deployment's key
        #[arg(long)]
        accept_unverified: bool,
    },
    /// Say that you have done a manual step, or read a note
    Done {
        #[command(flatten)]
        which: Which,
        /// What the step asks you to write down
        #[arg(long, value_name = "TEXT")]
        found: Option<String>,
    },
    /// Answer a decision
    Answer {
        /// The answer, its beginning, or its number
        answer: String,
        #[command(flatten)]
        which: Which,
    },
    /// Leave a step out
    Skip {
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        which: Which,
    },
    /// Write down what you saw or did
    Note {
        /// The note
        text: String,
        #[command(flatten)]
        which: Which,
    },
    /// Write down what is to be done later
    Todo {
        /// What, and by when
        text: String,
        #[command(flatten)]
        which: Which,
    },
    /// Tick an item of a checklist
    Tick {
        /// Which list
        list: ListWord,
        /// The item's number
        number: usize,
        /// Take the tick back
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Print a message to those who use the chatbot, filled in
    Message {
        /// Which one
        message: MessageWord,
        #[command(flatten)]
        which: Which,
    },
    /// Show where the incident stands
    Status {
        #[command(flatten)]
        which: Which,
    },
    /// Close it
    Close {
        #[command(flatten)]
        which: Which,
        /// It was none, or is given up
        #[arg(long)]
        abandoned: bool,
        /// A last word
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Print the report, or write it into a file
    Report {
        #[command(flatten)]
        which: Which,
        /// The post-incident review instead, with what is to be done
        #[arg(long)]
        review: bool,
        /// A page that can be printed; by itself where the file ends with .html
        #[arg(long)]
        html: bool,
        /// The file, which must not be there
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// List the incidents there were
    List {
        /// Only of this deployment
        name: Option<String>,
        /// Only where this is in its title, notes or findings
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListWord {
    Before,
    During,
    After,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MessageWord {
    First,
    Progress,
    Resolved,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let service = &session.service;
    let answer = match args.command {
        Command::Start { name, scenario, symptom } => {
            let request = IncidentStartArgs { deployment: name, scenario, symptom };
            let answer = service.start_incident(&request)?;
            show::begun(&answer, session);
            return Ok(ending(&answer));
        }
        Command::Run { which, accept_unverified } => return run::run(which.id, accept_unverified, session),
        Command::Next { which } => service.incident(which.id.as_deref())?,
        Command::Do { which, was_done, again, yes, accept_unverified } => {
            let how = match (was_done, again) {
                (true, _) => IncidentDo::WasDone,
                (_, true) => IncidentDo::Again,
                _ => IncidentDo::GoOn,
            };
            return do_step(which.id, how, yes, accept_unverified, session);
        }
        Command::Done { which, found } => service.step_done(which.id.as_deref(), found.as_deref())?,
        Command::Answer { answer, which } => service.answer_step(which.id.as_deref(), &answer)?,
        Command::Skip { reason, which } => service.skip_step(which.id.as_deref(), &reason)?,
        Command::Note { text, which } => service.note_incident(which.id.as_deref(), &text)?,
        Command::Todo { text, which } => service.add_to_do(which.id.as_deref(), &text)?,
        Command::Tick { list, number, undo, which } => {
            let list = match list {
                ListWord::Before => ChecklistWhen::Before,
                ListWord::During => ChecklistWhen::During,
                ListWord::After => ChecklistWhen::After,
            };
            let answer = service.tick_incident(which.id.as_deref(), list, number, !undo)?;
            show::checklists(&answer, session);
            return Ok(ending(&answer));
        }
        Command::Message { message, which } => return self::message(message, which, session),
        Command::Status { which } => {
            let answer = service.incident(which.id.as_deref())?;
            show::status(&answer, session);
            return Ok(ending(&answer));
        }
        Command::Close { which, abandoned, note } => {
            let how = if abandoned { IncidentClosing::Abandoned } else { IncidentClosing::Resolved };
            let answer = service.close_incident(which.id.as_deref(), how, note)?;
            show::closed(&answer, session);
            return Ok(ending(&answer));
        }
        Command::Report { which, review, html, output } => return report(which, review, html, output, session),
        Command::List { name, text } => return list::run(name.as_deref(), text.as_deref(), session),
    };
    show::next(&answer, session);
    Ok(ending(&answer))
}

fn ending(answer: &IncidentAnswer) -> Ending {
    Ending::new(answer.outcome, [], answer)
}

fn message(word: MessageWord, which: Which, session: &Session) -> Answer<Ending> {
    let message = match word {
        MessageWord::First => IncidentMessage::First,
        MessageWord::Progress => IncidentMessage::Progress,
        MessageWord::Resolved => IncidentMessage::Resolved,
    };
    let text = session.service.incident_message(which.id.as_deref(), message)?;
    session.out.line(&text);
    Ok(Ending::new(Outcome::Done, [], &json!({ "outcome": Outcome::Done, "text": text })))
}

fn do_step(
    id: Option<String>,
    how: IncidentDo,
    yes: bool,
    accept_unverified: bool,
    session: &Session,
) -> Answer<Ending> {
    let before = session.service.incident(id.as_deref())?;
    let id = before.id.clone();
    if let Some(step) = before.current.as_ref().filter(|step| step.changes && how != IncidentDo::WasDone) {
        let action = step.action.as_deref().unwrap_or_default();
        let question = format!("{} It {action}.", step.title);
        session.confirm(yes, "the step", &question)?;
    }
    let keys = session.keys(accept_unverified)?;
    let request = IncidentArgs { id: Some(id), keys };
    let answer = session.service.do_step(&request, how, &session.job)?;
    show::done(before.current.as_ref(), &answer, session);
    show::next(&answer, session);
    Ok(ending(&answer))
}

fn report(which: Which, review: bool, html: bool, output: Option<PathBuf>, session: &Session) -> Answer<Ending> {
    let page = html || output.as_ref().is_some_and(|path| path.extension().is_some_and(|ending| ending == "html"));
    let request = ReportArgs {
        id: which.id,
        kind: if review { ReportKind::Review } else { ReportKind::Report },
        form: if page { ReportForm::Html } else { ReportForm::Markdown },
    };
    let answer = session.service.incident_report(&request)?;
    match &output {
        Some(path) => {
            write_new(path, &answer.text)?;
            session.out.say(format!("Written to {}.", path.display()));
        }
        None => session.out.text(&answer.text),
    }
    Ok(Ending::new(Outcome::Done, [], &answer).with("outcome", &Outcome::Done).with("output", &output))
}

/// A report that is there is not written over.
fn write_new(path: &std::path::Path, text: &str) -> Answer<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|e| {
        let failure = Failure::new(holdfast_api::Code::InputOutput, path.display().to_string(), e);
        failure.then("Name a file that is not there yet, in a folder that can be written to.")
    })
}

/// A line that must not be empty.
fn line(question: &str) -> Answer<Option<String>> {
    prompt::wish(question)
}
