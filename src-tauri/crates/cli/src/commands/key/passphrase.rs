use super::or_ask;
use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::prompt;
use holdfast_api::{Answer, passphrase_from_file};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast key passphrase chatbot
  holdfast key passphrase --passphrase-file old.txt --new-passphrase-file new.txt

Copies of the recovery key elsewhere, such as on a drive in a drawer, still open with the old passphrase: \
replace or destroy them. Printed kits stay right.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// The file that holds the new passphrase
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
}

const WHAT: &str = "the change of the passphrase";

pub fn run(args: &Args, session: &Session) -> Answer<Ending> {
    let name = args.name.as_deref();
    // Looked up first: a name that is wrong should not cost two passphrases.
    let deployment = session.service.deployment(name)?;
    let given = session.given_passphrase()?;
    let old = or_ask(given, session, WHAT, "--passphrase-file", || {
        prompt::passphrase(&format!("Present passphrase of {deployment}: "))
    })?;
    let given = args.new_passphrase_file.as_deref().map(passphrase_from_file).transpose()?;
    if let Some(given) = &given {
        session.out.aside(prompt::strength_words(given));
    }
    let new = or_ask(given, session, WHAT, "--new-passphrase-file", || prompt::new_passphrase(deployment.as_str()))?;
    let answer = session.service.change_passphrase(name, &old, &new)?;
    let out = &session.out;
    out.say(format!("The recovery key of {} opens with the new passphrase:", answer.deployment));
    answer.replaced.iter().for_each(|path| out.say(format!("  {path}")));
    out.say("Copies of it elsewhere still open with the old one, and so does a copy that someone made before.");
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}
