use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::{Out, prompt};
use holdfast_api::words::{count_words, printable, quoted};
use holdfast_api::{Answer, Code, Failure, Stays};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast forget oldbot
  holdfast forget oldbot --yes
  holdfast forget oldbot --dry-run

Takes a chatbot's settings, keys and records off this machine: it was set up wrongly, or is protected elsewhere now. The
chatbot itself, its archives and the drives stay as they are; holdfast recover brings its protection back.")]
pub struct Args {
    /// The deployment
    name: String,
    /// Say what would go and what stays, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let planned = session.service.plan_forget(&args.name)?;
    let out = &session.out;
    show(&planned.preview.stays, args.dry_run, out);
    if args.dry_run {
        return Ok(Ending::new(planned.preview.outcome, &planned.preview.problems, &planned.preview));
    }
    if args.yes || !out.interactive {
        session.confirm(args.yes, "the removal from this machine", "")?;
    } else {
        out.clear();
        let typed = prompt::line("To go on, type the deployment's name", "")?;
        if typed != args.name {
            return Err(Failure::new(Code::Cancelled, "the removal from this machine", "its name was not typed"));
        }
    }
    let answer = session.service.forget_deployment(planned)?;
    out.say(format!("{} is forgotten on this machine.", answer.stays.deployment));
    if let Some(place) = answer.stays.places.iter().find(|place| place.archives > 0) {
        let from = quoted(&place.path.display().to_string());
        out.say(format!("To protect it again with those archives: holdfast recover --from {from}"));
    }
    Ok(Ending::new(answer.outcome, &answer.problems, &answer))
}

fn show(stays: &Stays, dry_run: bool, out: &Out) {
    let say = |text: String| if dry_run { out.line(text) } else { out.say(text) };
    say(format!(
        "Goes from this machine: the settings of {}, its keys, and what is known of its archives.",
        stays.deployment
    ));
    say("Stays as it is:".to_owned());
    for root in &stays.roots {
        say(format!("  the chatbot, {}", printable(&root.display().to_string())));
    }
    for place in &stays.places {
        let path = printable(&place.path.display().to_string());
        let held =
            if place.there { count_words(place.archives, "archive", "archives") } else { "not there now".to_owned() };
        say(format!("  {} ({held}), {path}", place.destination));
    }
    if stays.key_beside_archives {
        say("The archives open with the passphrase, or with the printed recovery kit.".to_owned());
    } else {
        say("No place that is there now holds the sealed key: without the printed recovery kit, or a copy of \
             recovery-key.age, nobody opens its archives any more."
            .to_owned());
    }
}
