use crate::ending::Ending;
use crate::session::Session;
use clap::Subcommand;
use holdfast_api::{Answer, Failure, Passphrase};

mod check;
mod kit;
mod passphrase;
mod recipients;
mod rotate;
mod show;

pub use kit::offered;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast key show
  holdfast key kit --output kit.html --open
  holdfast key check
  holdfast key passphrase chatbot
  holdfast key recipients add age1… --name Ana
  holdfast key rotate")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the public keys, and where the secret ones lie
    Show(show::Args),
    /// Write the recovery kit, a page to print: the key itself, and the steps
    Kit(kit::Args),
    /// Prove the printed kit: type back what stands on it
    Check(check::Args),
    /// Seal the recovery key with a new passphrase; all archives open as before
    #[command(alias = "change-passphrase")]
    Passphrase(passphrase::Args),
    /// Make new keys; the next archive is a full one, old archives open as before
    Rotate(rotate::Args),
    /// Say who else can open new archives, with a key of their own
    Recipients(recipients::Args),
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    match args.action {
        Action::Show(args) => show::run(&args, session),
        Action::Kit(args) => kit::run(&args, session),
        Action::Check(args) => check::run(&args, session),
        Action::Passphrase(args) => passphrase::run(&args, session),
        Action::Rotate(args) => rotate::run(&args, session),
        Action::Recipients(args) => recipients::run(args, session),
    }
}

/// What was given, or what the person types.
fn or_ask(
    given: Option<Passphrase>,
    session: &Session,
    what: &str,
    option: &str,
    ask: impl FnOnce() -> Answer<Passphrase>,
) -> Answer<Passphrase> {
    if let Some(given) = given {
        return Ok(given);
    }
    if session.out.interactive {
        session.out.clear();
        return ask();
    }
    let cause = "a passphrase is missing, and there is no terminal to ask on";
    Err(Failure::not_begun(what, cause, format!("Give it with {option}.")))
}
