use crate::ending::Ending;
use crate::session::Session;
use holdfast_api::{Answer, PauseArgs, PauseFor};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast pause
  holdfast pause chatbot --for 90m
  holdfast pause --until 'tomorrow 08:00'

The pause ends by itself, also after a restart. Backups by hand are made all the same.")]
pub struct Args {
    /// The deployment; all where none is named
    name: Option<String>,
    /// How long: 90m, 1h, 2d; a month at most
    #[arg(long = "for", value_name = "TIME", default_value = "1h")]
    span: String,
    /// Until when: 18:30, tomorrow, 'tomorrow 08:00', '2026-12-24 08:00'
    #[arg(long, value_name = "WHEN", conflicts_with = "span")]
    until: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast resume
  holdfast resume chatbot

What became due meanwhile is made soon after.")]
pub struct ResumeArgs {
    /// The deployment; all where none is named
    name: Option<String>,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let pause = args.until.map_or(PauseFor::Span(args.span), PauseFor::Until);
    let answer = session.service.pause(&PauseArgs { deployment: args.name, pause })?;
    for name in &answer.deployments {
        session.out.say(format!("{name}: nothing is made by itself until {}.", session.out.when(answer.until)));
    }
    Ok(Ending::new(answer.outcome, &[], &answer))
}

pub fn resume(args: ResumeArgs, session: &Session) -> Answer<Ending> {
    let answer = session.service.resume(args.name.as_deref())?;
    if answer.deployments.is_empty() {
        session.out.say("Nothing was paused.");
    }
    for name in &answer.deployments {
        session.out.say(format!("{name}: the pause is over."));
    }
    Ok(Ending::new(answer.outcome, &[], &answer))
}
