use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::Out;
use holdfast_api::words::printable;
use holdfast_api::{AcknowledgeArgs, AlarmInfo, AlarmsArgs, Answer};

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  holdfast alarm                        what looks wrong, since when, and the last good archive
  holdfast alarm chatbot --all          those that were acknowledged too
  holdfast alarm acknowledge 3 --note 'moved to a new format'
  holdfast alarm acknowledge 3 --undo   it is open again

An alarm is raised by a backup that finds files replaced by noise (encrypted), most files changed at once, a database that lost
most of its rows, a size far from what it was, or files that cannot be read any more. As long as one is open no archive is
removed, at any place. Ends with 3 where one is open."
)]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// Also those that were acknowledged
    #[arg(long)]
    all: bool,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Say that an alarm was meant, or is dealt with: old archives go by the rules again
    #[command(after_help = "Examples:
  holdfast alarm acknowledge 3
  holdfast alarm acknowledge 3 --note 'restored' --deployment chatbot
  holdfast alarm acknowledge 3 --undo")]
    Acknowledge(Acknowledge),
}

#[derive(Debug, clap::Args)]
struct Acknowledge {
    /// The alarm's number
    id: u32,
    /// Why; kept with it
    #[arg(long, value_name = "TEXT", conflicts_with = "undo")]
    note: Option<String>,
    /// Take it back: the alarm is open again
    #[arg(long)]
    undo: bool,
    /// The deployment; may be left out when there is one
    #[arg(long, short, value_name = "NAME")]
    deployment: Option<String>,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let out = &session.out;
    if let Some(What::Acknowledge(args)) = args.what {
        let undo = args.undo;
        let request = AcknowledgeArgs { deployment: args.deployment, id: args.id, note: args.note, undo };
        let answer = session.service.acknowledge(&request)?;
        let said = if undo { "is open again" } else { "is closed" };
        out.say(format!("Alarm {} of {} {said}.", answer.alarm.id, answer.deployment));
        match &answer.frozen {
            Some(why) => out.say(format!("No archive is removed for now: {why}.")),
            None => out.say("Old archives go by the rules again, after the next backup or with holdfast prune."),
        }
        return Ok(Ending::new(answer.outcome, &[], &answer));
    }
    let answer = session.service.alarms(&AlarmsArgs { deployment: args.name, all: args.all })?;
    if answer.alarms.is_empty() {
        let which = if args.all { "was ever raised" } else { "is open" };
        out.line(format!("No alarm of {} {which}.", answer.deployment));
    }
    answer.alarms.iter().for_each(|alarm| told(alarm, out));
    if let Some(why) = &answer.frozen {
        out.line(format!("No archive is removed for now: {why}."));
    }
    for filling in &answer.filling {
        out.line(format!("{} will be full {}, as it grows now.", filling.place, out.when(filling.full_at)));
    }
    out.notes(&answer.problems);
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn told(alarm: &AlarmInfo, out: &Out) {
    out.line(format!("{}: {}", alarm.id, printable(&alarm.title)));
    out.line(format!("  {}; {}.", printable(&alarm.seen), printable(&alarm.expected)));
    out.line(format!("  Raised {} by {}.", out.when(alarm.since), alarm.archive));
    if let Some((good, at)) = alarm.good.as_ref().zip(alarm.good_at) {
        out.line(format!("  Last good archive: {good}, {}.", out.when(at)));
    }
    if let Some(over) = &alarm.over {
        out.line(format!("  No longer so in {over}."));
    }
    if let Some(at) = alarm.acknowledged {
        let note = alarm.note.as_ref().map(|note| format!(": {}", printable(note))).unwrap_or_default();
        out.line(format!("  Acknowledged {}{note}.", out.when(at)));
    }
    out.line(format!("  What to do: {}", printable(&alarm.next_step)));
}
