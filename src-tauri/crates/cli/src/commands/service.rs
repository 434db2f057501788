use crate::ending::Ending;
use crate::session::Session;
use crate::terminal::Out;
use holdfast_api::words::printable;
use holdfast_api::{Answer, PartState, Proof, ServiceAct, ServiceActArgs, ServiceStep};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast service status
  holdfast service stop --dry-run
  holdfast service stop chatbot --yes
  holdfast service start

How a chatbot is stopped and started is written into its settings, a part each; databases are started first and stopped last:
  [[service]]
  name = \"app\"
  kind = \"systemd\"                systemd, compose, command, none
  unit = \"chatbot.service\"
  user = true
  [[service]]
  name = \"stack\"
  kind = \"compose\"
  path = \"/srv/chatbot\"           the folder with the compose file
  services = [\"web\"]              all of them where it is left out
  [[service]]
  name = \"main\"
  kind = \"command\"
  start = [\"/usr/bin/python3\", \"main.py\"]
  path = \"/srv/chatbot\"           the folder that it is started in
  matches = \"/srv/chatbot/main.py\"  to find it by where Holdfast did not start it
  kill = true                     what does not end within stop_seconds (30) is killed
  tier = \"application\"            database, application, rest
Where nothing is written, a compose file in its folders and the units that have its data open are taken.

Stopped, the chatbot is under maintenance until it is started again: its health does not fail meanwhile.

Exit codes: 0 done; 3 done, and not all of it can be proven; 1 it goes on, or did not start.")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Show the parts, and whether they run
    Status(Named),
    /// Stop the chatbot, and prove that it is down
    Stop(Acting),
    /// Start the chatbot, and prove that it answers
    Start(Acting),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The deployment; may be left out when there is one
    name: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Acting {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// Only show what would be run
    #[arg(long)]
    dry_run: bool,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    match args.what {
        What::Status(named) => status(named.name.as_deref(), session),
        What::Stop(acting) => act(acting, ServiceAct::Stop, session),
        What::Start(acting) => act(acting, ServiceAct::Start, session),
    }
}

fn status(name: Option<&str>, session: &Session) -> Answer<Ending> {
    let answer = session.service.service_status(name)?;
    let out = &session.out;
    if let Some(flag) = &answer.maintenance {
        out.line(format!("Under maintenance since {}: {}", out.when(flag.since), printable(&flag.reason)));
    }
    if answer.parts.is_empty() {
        out.line("How it is stopped and started is not known: holdfast service --help shows how to say it.");
    }
    for part in &answer.parts {
        let state = match part.state {
            PartState::Up => "up",
            PartState::Down => "down",
            PartState::Unknown => "unknown",
        };
        out.line(format!("  {state:<8} {:<16} {}", part.part, part.tier.as_str()));
        runs(part, out);
    }
    proof(&answer.proof, out);
    Ok(Ending::new(answer.outcome, [], &answer))
}

fn runs(step: &ServiceStep, out: &Out) {
    if !step.runs.is_empty() {
        out.line(format!("           runs now: {}", printable(&step.runs)));
    }
}

fn proof(proof: &[Proof], out: &Out) {
    for one in proof {
        out.line(format!(
            "  {:<8} {}: {}",
            if one.holds { "yes" } else { "no" },
            printable(&one.what),
            printable(&one.seen)
        ));
    }
}

fn act(args: Acting, act: ServiceAct, session: &Session) -> Answer<Ending> {
    let planned = session.service.plan_service(&ServiceActArgs { deployment: args.name, act })?;
    let (preview, out) = (&planned.preview, &session.out);
    let (verb, done) = match act {
        ServiceAct::Stop => ("Stop", "is down"),
        ServiceAct::Start => ("Start", "is up"),
    };
    let from = if preview.guessed { ", as far as can be seen (its settings do not say it)" } else { "" };
    let say = |text: String| if args.dry_run { out.line(text) } else { out.say(text) };
    say(format!("{verb} {}{from}:", preview.deployment));
    for step in &preview.steps {
        say(format!("  {:<16} {}   (within {} s)", step.part, printable(&step.command), step.seconds));
        runs(step, out);
    }
    preview.proof.iter().for_each(|what| say(format!("  then look whether {}", printable(what))));
    if args.dry_run {
        let ending = Ending::new(holdfast_api::Outcome::Done, [], preview);
        return Ok(ending.with("outcome", &"done").with("dry_run", &true));
    }
    let question = match act {
        ServiceAct::Stop => "Nobody can use the chatbot until it is started again.",
        ServiceAct::Start => "The chatbot works with what is in its folders now.",
    };
    session.confirm(args.yes, if act == ServiceAct::Stop { "the stop" } else { "the start" }, question)?;
    let answer = session.service.run_service(planned, &session.job)?;
    for step in &answer.done {
        out.say(format!("  {:<16} {} ({:.1} s)", step.part, step.how, step.seconds));
    }
    proof(&answer.proof, out);
    out.say(format!("{} {done}.", answer.deployment));
    Ok(Ending::new(answer.outcome, [], &answer).with("dry_run", &false))
}
