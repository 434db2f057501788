use crate::ending::Ending;
use crate::session::Session;
use holdfast_api::{Answer, PinArgs};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast pin latest
  holdfast pin chatbot_2026-11-21T020000Z_weekly-full
  holdfast unpin 'yesterday 14:30' --deployment chatbot

A pinned archive is kept with all that it needs, whatever the rules say.")]
pub struct Args {
    /// A name, a time, or latest
    archive: String,
    /// The deployment; may be left out when there is one
    #[arg(long, short, value_name = "NAME")]
    deployment: Option<String>,
}

pub fn run(args: Args, pinned: bool, session: &Session) -> Answer<Ending> {
    let request = PinArgs { deployment: args.deployment, archive: args.archive, pinned };
    let answer = session.service.pin(&request)?;
    let said = if pinned { "is kept for ever" } else { "is kept as the rules say" };
    session.out.say(format!("{} {said}.", answer.archive));
    Ok(Ending::new(answer.outcome, &[], &answer))
}
