use crate::ending::Ending;
use crate::session::Session;
use holdfast_api::words::{count_words, printable};
use holdfast_api::{Answer, Outcome, SettleArgs};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  holdfast settle --path data/.env         this one file went on purpose
  holdfast settle chatbot                  names all that is lost, and asks
  holdfast settle chatbot --dry-run        names it, and settles nothing

Files that went and should not have are told by every backup until they are there again. Where they were meant to go, say so
here: only what is named is settled. The archives that hold them keep them, and are kept as the rules say.")]
pub struct Args {
    /// The deployment; may be left out when there is one
    name: Option<String>,
    /// Only this file, or what is lost below this folder, such as data/uploads; may be given several times
    #[arg(long = "path", short, value_name = "PATH")]
    paths: Vec<String>,
    /// Name what is lost, and settle nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on without asking
    #[arg(long)]
    yes: bool,
}

pub fn run(args: Args, session: &Session) -> Answer<Ending> {
    let request = SettleArgs { deployment: args.name, paths: args.paths };
    let planned = session.service.plan_settle(&request)?;
    let paths = &planned.preview.paths;
    let out = &session.out;
    if paths.is_empty() {
        out.line(format!("Nothing that {} lost is open.", planned.preview.deployment));
    } else {
        let count = count_words(paths.len() as u64, "file", "files");
        out.line(format!("Lost, as the last backup saw it, and not there again: {count}"));
        out.lines(paths.iter().map(|path| format!("  {}", printable(path))));
    }
    if args.dry_run || paths.is_empty() {
        let ending = Ending::new(Outcome::Done, [], &planned.preview);
        return Ok(ending.with("outcome", &"done").with("dry_run", &args.dry_run));
    }
    session.confirm(args.yes, "settling", "No backup names these any more.")?;
    let answer = session.service.settle_losses(planned)?;
    let count = count_words(answer.settled.len() as u64, "loss is settled", "losses are settled");
    let left = if answer.left == 0 { String::new() } else { format!("; {} stay open", answer.left) };
    out.say(format!("{count}{left}. The archives that hold them are as they were."));
    Ok(Ending::new(answer.outcome, &[], &answer).with("dry_run", &false))
}
