use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::{prompt, table};
use clap::Subcommand;
use holdfast_api::{Answer, Failure, Passphrase, passphrase_from_file};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast key show
  holdfast key change-passphrase chatbot
  holdfast key change-passphrase --passphrase-file old.txt --new-passphrase-file new.txt")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the public keys, and where the secret ones lie
    #[command(after_help = "Examples:
  holdfast key show
  holdfast key show chatbot --json")]
    Show {
        /// The deployment; may be left out when there is one
        name: Option<String>,
    },
    /// Seal the recovery key with a new passphrase; all archives open as before
    #[command(after_help = "Examples:
  holdfast key change-passphrase chatbot
  holdfast key change-passphrase --passphrase-file old.txt --new-passphrase-file new.txt

Copies of the recovery key elsewhere, such as on a drive in a drawer, still open with the old one.")]
    ChangePassphrase {
        /// The deployment; may be left out when there is one
        name: Option<String>,
        /// The file that holds the new passphrase
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    match args.action {
        Action::Show { name } => show(name.as_deref(), session),
        Action::ChangePassphrase { name, new_passphrase_file } => {
            change(name.as_deref(), new_passphrase_file.as_deref(), session)
        }
    }
}

fn show(name: Option<&str>, session: &Session) -> Answer<Ending> {
    let answer = session.service.key(name)?;
    let out = &session.out;
    let copies: Vec<String> = answer.recovery_key_copies.iter().map(|path| path.display().to_string()).collect();
    let keyring = if answer.identity_in_keyring { "holds the key" } else { "does not hold the key" };
    let facts = [
        ("archives are for", answer.recipients.join(" ")),
        ("signed by", answer.signing_public.clone()),
        ("recovery key", answer.recovery_key.display().to_string()),
        ("its copies", copies.join(" ")),
        ("keyring", keyring.to_owned()),
        ("signing key in", answer.signing_key_in.to_owned()),
    ];
    out.line(answer.deployment.as_str());
    out.lines(table::facts(&facts));
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn change(name: Option<&str>, new: Option<&std::path::Path>, session: &Session) -> Answer<Ending> {
    // Looked up first: a name that is wrong should not cost two passphrases.
    let deployment = session.service.key(name)?.deployment;
    let given = session.given_passphrase()?;
    let old = or_ask(given, session, "--passphrase-file", || {
        prompt::passphrase(&format!("Present passphrase of {deployment}: "))
    })?;
    let given = new.map(passphrase_from_file).transpose()?;
    let new = or_ask(given, session, "--new-passphrase-file", || prompt::new_passphrase(deployment.as_str()))?;
    let answer = session.service.change_passphrase(name, &old, &new)?;
    let out = &session.out;
    out.say(format!("The recovery key of {} opens with the new passphrase:", answer.deployment));
    answer.replaced.iter().for_each(|path| out.say(format!("  {}", path.display())));
    out.say("Copies of it elsewhere still open with the old one.");
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn or_ask(
    given: Option<Passphrase>,
    session: &Session,
    option: &str,
    ask: impl FnOnce() -> Answer<Passphrase>,
) -> Answer<Passphrase> {
    if let Some(given) = given {
        return Ok(given);
    }
    if session.out.interactive {
        return ask();
    }
    let cause = "a passphrase is missing, and there is no terminal to ask on";
    Err(Failure::not_begun("the change of the passphrase", cause, format!("Give it with {option}.")))
}
