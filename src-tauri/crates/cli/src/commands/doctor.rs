use crate::ending::Ending;
use crate::session::Session;
use holdfast_api::words::printable;
use holdfast_api::{Answer, CheckState};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast doctor
  holdfast doctor --json

Ends with 1 where a check fails, and with 3 where one warns.")]
pub struct Args {}

pub fn run(_: Args, session: &Session) -> Answer<Ending> {
    let answer = session.service.doctor()?;
    let out = &session.out;
    let mut group = None;
    for check in &answer.checks {
        if check.deployment != group {
            group.clone_from(&check.deployment);
            if let Some(name) = &group {
                out.line(format!("{name}:"));
            }
        }
        let word = match check.state {
            CheckState::Ok => "ok",
            CheckState::Unknown => "unknown",
            CheckState::Warning => "warning",
            CheckState::Failing => "FAILING",
        };
        if out.quiet && check.state == CheckState::Ok {
            continue;
        }
        out.line(format!("  {word:<8} {:<16} {}", check.name, printable(&check.seen)));
        if let (Some(step), true) = (&check.next_step, check.state != CheckState::Ok) {
            out.line(format!("  {:<25} What to do: {step}", ""));
        }
    }
    Ok(Ending::new(answer.outcome, [], &answer))
}
